/** A packet of a session we know: open, commit, then answer with the tag (design §6.5). */
import type { DmEvent } from '../../contract/chat.ts';
import type { ContactId, MessageId } from '../../contract/ids.ts';
import { PqError } from '../../pq/errors.ts';
import { REPLACE_INTERVAL_MS } from '../../pq/admission.ts';
import { isNewer, locate, open, replyBytes } from '../../pq/session.ts';
import type { RandomSource, RatchetSession, RatchetSource } from '../../pq/types.ts';
import { StoreError, type ContactChange, type ContactRow, type Store } from '../../store/store.ts';
import type { Buffers } from '../buffers.ts';
import { toHex } from './bytes.ts';
import { nameOf, type Contacts } from './contacts.ts';
import { droppedBy, type Dropped } from './drops.ts';
import { follow } from './follow.ts';
import type { Gaps } from './gaps.ts';
import type { Gossip } from './gossip.ts';
import { newSession, type Note } from './notes.ts';
import { changeOf, identityOf, keepOf, lineOf, readOf } from './opened.ts';
import type { Own } from './own.ts';
import type { SerialQueue } from './queue.ts';
import type { Loaded, Sessions } from './sessions.ts';

export interface ReceiveOptions {
  store: Store;
  own: Own;
  contacts: Contacts;
  sessions: Sessions;
  buffers: Buffers;
  gaps: Gaps;
  gossip: Gossip;
  note: Note;
  random: RandomSource;
  /** The next ratchet key, made ahead of time. */
  ratchet: RatchetSource;
  now: () => number;
  nextMessageId: () => MessageId;
  /** One step of a contact at a time; 'new' decides who somebody is. */
  serial: SerialQueue['run'];
  onEvent: (event: DmEvent) => void;
  /** Something of theirs opened: whatever waits for them may get through. */
  heard: (contact: ContactId) => void;
  /** Their first answer opened: a packet of ours makes us certain to them as well (B.3), so it says again who we are. */
  confirm: (contact: ContactId) => Promise<void>;
  /** They know our identity log up to that entry only. */
  behind: (contact: ContactId, seq: number) => Promise<void>;
  /** An authentic header showed that they went back to an older state. Called within the contact's turn. */
  wentBack: (contact: ContactRow, loaded: Loaded) => Promise<void>;
  drop: (what: Dropped) => null;
  log: (line: string) => void;
}

type Received = Awaited<ReturnType<Store['commitReceive']>>;
type Opened = Extract<ReturnType<typeof open>, { kind: 'opened' }>;

/** A packet does not wait longer than this for the ones before it, even while these keep coming. */
const LONGEST_WAIT_MS = 1_500;

export type Aftermath = (received: Received, more: () => Promise<void>) => Promise<void>;

/** What follows a commit. The packet is stored by now: whatever fails here, it is answered. */
export function createAftermath({
  buffers,
  contacts,
  onEvent,
  log,
}: Pick<ReceiveOptions, 'buffers' | 'contacts' | 'onEvent' | 'log'>): Aftermath {
  return async (received, more) => {
    try {
      for (const receipt of received.receipts) onEvent({ kind: 'receipt', ...receipt });
      const { message, notes, contact } = received;
      for (const line of [...(message ? [message] : []), ...notes]) {
        const isNew = buffers.get(line.buffer) === undefined;
        if (isNew) await buffers.adopt();
        if (contacts.get(contact)?.state !== 'request') onEvent({ kind: 'stored', message: line, counts: !isNew });
        else if (!isNew) buffers.held(line);
      }
      if (contacts.get(contact)?.state === 'request') onEvent({ kind: 'contact', contact });
      await more();
    } catch (error) {
      log(`after a packet: ${error instanceof Error ? error.name : 'unknown error'}`);
    }
  };
}

/** Overwrites message keys that were passed on to the store. */
export const wipeRows = (rows: readonly { bytes: Uint8Array }[]): void => {
  for (const { bytes } of rows) bytes.fill(0);
};

/** Opens a packet in the session with that id. */
export function createIncoming(options: ReceiveOptions): (session: string, packet: Uint8Array) => Promise<Uint8Array | null> {
  const { store, own, contacts, sessions, gaps, random, ratchet, now, serial, drop } = options;
  const after = createAftermath(options);

  /** Opens it with what is remembered of its place. 'rollback': nobody who has not gone back seals such a packet. */
  const openAt = async (loaded: Loaded, packet: Uint8Array): Promise<ReturnType<typeof open> | 'rollback'> => {
    const place = locate(loaded.state, packet);
    const { skipped, replay, highest } = await store.loadPlace({ session: loaded.id, ...place });
    try {
      return open(loaded.state, {
        identity: own.keys.byFingerprint(loaded.state.ownFingerprint) ?? own.keys.identity,
        packet,
        skipped: skipped ? [skipped] : [],
        replay: replay ? [replay] : [],
        random,
        ratchet,
        now: now(),
      });
    } catch (error) {
      if (!(error instanceof PqError)) throw error;
      if (error.code === 'rollback') return 'rollback';
      // A number past the end of a chain that is over: it was used in a state they no longer have.
      if (error.code === 'replay' && highest !== null && place.n > highest) return 'rollback';
      throw error;
    } finally {
      if (skipped) wipeRows([skipped]);
    }
  };

  /**
   * What only receives from now on, and whether everything that may send with them is proven. A session that becomes confirmed
   * takes over from the older ones; one that waits for its proof is given up when they go on in the old one an hour later.
   */
  const overtaken = (contact: ContactRow, loaded: Loaded, after: RatchetSession): { superseded: Loaded[]; isProven: boolean } => {
    const others = sessions.ofContact(contact.id).filter(({ active, id }) => active && id !== loaded.id);
    const isFresh = after.confirmed && !loaded.state.confirmed;
    const older = isFresh ? others.filter(({ state }) => isNewer(after, state)) : [];
    const candidate = sessions.answering(contact.id);
    const isGivenUp = candidate && candidate.id !== loaded.id && after.confirmed && now() - candidate.created >= REPLACE_INTERVAL_MS;
    return {
      superseded: [...older, ...(isGivenUp ? [candidate] : [])],
      isProven: after.confirmed && (!candidate || candidate.id === loaded.id || isGivenUp === true),
    };
  };

  const commit = async (contact: ContactRow, loaded: Loaded, opened: Opened): Promise<Uint8Array | null> => {
    const { payload } = opened;
    const isRequest = contact.state === 'request';
    const entry = identityOf(payload);
    const followed = entry ? follow(contact, entry, options) : null;
    if (followed === 'refused') return drop('identityLog');
    const heard = options.gossip(contact, nameOf(contact), payload.logHead);
    const change: ContactChange = { ...changeOf(payload), ...followed?.change, ...heard.change, waiting: false, lastSeen: now() };
    const { superseded, isProven } = overtaken(contact, loaded, opened.session);
    if (isProven && !contact.confirmed) change.confirmed = true;
    const started =
      superseded.some(({ state }) => state.confirmed) && !loaded.state.initiator ? [options.note(newSession(nameOf(contact)))] : [];
    const isFirstAnswer = change.confirmed === true && loaded.state.initiator;
    let received: Received;
    try {
      received = await store.commitReceive({
        now: now(),
        contact: { id: contact.id, change },
        session: sessions.write(loaded, opened.session),
        retire: superseded.map(({ id }) => id),
        skippedAdd: opened.skippedAdd,
        skippedDelete: opened.skippedDelete,
        replayAdd: opened.replayAdd,
        usedPrekey: null,
        usedInvite: null,
        mid: toHex(payload.mid),
        message: lineOf(payload, { from: nameOf({ ...contact, ...change }), now: now(), nextMessageId: options.nextMessageId }),
        buffer: null,
        notes: isRequest ? [] : [...(followed?.notes ?? []), ...started, ...heard.notes],
        acknowledged: opened.acknowledged.map(toHex),
        read: readOf(payload),
        keep: keepOf(payload, { session: loaded.id, ...opened.replayAdd }),
        resetBackoff: true,
      });
    } catch (error) {
      if (error instanceof StoreError && error.code === 'conflict') await sessions.reload(contact.id);
      throw error;
    }
    sessions.committed(loaded, opened.session);
    sessions.retired(superseded.map(({ id }) => id));
    wipeRows(opened.skippedAdd);
    contacts.took(contact.id, change);
    gaps.moved(loaded.id);
    await after(received, async () => {
      if (isFirstAnswer) await options.confirm(contact.id);
      if (heard.behind !== null && !isRequest) await options.behind(contact.id, heard.behind);
      options.heard(contact.id);
    });
    return isRequest ? null : replyBytes(opened.ackTag, random);
  };

  const step = async (session: string, packet: Uint8Array, mayWait: boolean): Promise<Uint8Array | null | 'early'> => {
    const loaded = sessions.get(session);
    const contact = loaded && contacts.get(loaded.contact);
    if (!contact || contact.state === 'blocked') return drop('blocked');
    const opened = await openAt(loaded, packet);
    if (opened === 'rollback') {
      await options.wentBack(contact, loaded);
      return drop(droppedBy('rollback'));
    }
    if (opened.kind === 'duplicate') return opened.tag && contact.state !== 'request' ? replyBytes(opened.tag, random) : null;
    if (mayWait && opened.skippedAdd.length > 0) return 'early';
    return commit(contact, loaded, opened);
  };

  return async (session, packet) => {
    const until = now() + LONGEST_WAIT_MS;
    let mayWait = true;
    for (;;) {
      const contact = sessions.get(session)?.contact;
      if (contact === undefined) return drop('unmatched');
      const isFirst = mayWait;
      const result = await serial(contact, () => step(session, packet, isFirst));
      if (result !== 'early') return result;
      mayWait = (await gaps.wait(session)) && now() < until;
    }
  };
}
