/** A packet of a session we know: open, commit, then answer with the tag (design §6.5). */
import type { DmEvent } from '../../contract/chat.ts';
import type { ContactId, MessageId } from '../../contract/ids.ts';
import type { PresenceState } from '../../contract/views.ts';
import type { Position } from '../../pq/conversationState.ts';
import { PqError } from '../../pq/errors.ts';
import { isNewer, locate, open, replyBytes } from '../../pq/session.ts';
import type { Body, RandomSource, RatchetSession, RatchetSource } from '../../pq/types.ts';
import { StoreError, type ContactChange, type ContactRow, type Store } from '../../store/store.ts';
import type { Buffers } from '../buffers.ts';
import { sameBytes, toHex } from './bytes.ts';
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
  /** Something of theirs opened: whatever waits for them may get through. `kind`: what it was, in a session that was there. */
  heard: (contact: ContactId, kind?: Body['kind']) => void;
  /** Whether what they say to have read is believed (`[direct_messages] read_receipts`); if not, it has only arrived. */
  believesRead: (contact: ContactRow) => boolean;
  /** They said so in a proven session, in the packet of that place. */
  presence: (contact: ContactId, state: PresenceState, place: Position) => void;
  /** Their first answer opened: a packet of ours in that session makes us certain to them as well (B.3), so it says again who we are. */
  confirm: (contact: ContactId, session: string) => Promise<void>;
  /** They know our identity log up to that entry only. */
  behind: (contact: ContactId, seq: number) => Promise<void>;
  /** An authentic header showed that they went back to an older state. Called within the contact's turn. */
  wentBack: (contact: ContactRow, loaded: Loaded) => Promise<void>;
  drop: (what: Dropped) => null;
  log: (line: string) => void;
}

type Received = Awaited<ReturnType<Store['commitReceive']>>;
type Opened = Extract<ReturnType<typeof open>, { kind: 'opened' }>;

/** While a hello is so fresh it may be that they have lost what they had: the shield says that we are not certain. */
const CONFIRMING_MS = 3_600_000;
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

/** An answer that waits for its commit. */
interface Committing {
  done: Promise<Uint8Array | null>;
}

/** Nothing but that we have heard from them. */
const changesNothing = ({ waiting, lastSeen, ...rest }: ContactChange): boolean =>
  waiting === false && lastSeen !== undefined && Object.keys(rest).length === 0;

/** What is remembered of a place that the chain has not come to. */
const nothingStored: Awaited<ReturnType<Store['loadPlace']>> = { skipped: null, replay: null, highest: null };

/** Overwrites message keys that were passed on to the store. */
export const wipeRows = (rows: readonly { bytes: Uint8Array }[]): void => {
  for (const { bytes } of rows) bytes.fill(0);
};

/** Opens a packet in the session with that id. */
export function createIncoming(options: ReceiveOptions): (session: string, packet: Uint8Array) => Promise<Uint8Array | null> {
  const { store, own, contacts, sessions, gaps, random, ratchet, now, serial, drop } = options;
  const after = createAftermath(options);

  /**
   * Opens it with what is remembered of its place. 'rollback': nobody who has not gone back seals such a packet; 'early': it has
   * overtaken others, and may wait for them.
   */
  const openAt = async (loaded: Loaded, packet: Uint8Array, mayWait: boolean): Promise<ReturnType<typeof open> | 'rollback' | 'early'> => {
    const { isAhead, passesOver, ...place } = locate(loaded.state, packet);
    if (mayWait && passesOver > 0) return 'early';
    const { skipped, replay, highest } = isAhead ? nothingStored : await store.loadPlace({ session: loaded.id, ...place });
    // What is remembered is not of the state we have, which is no sign that they went back.
    if (loaded.isStale === true) throw new StoreError('conflict', 'A step of this session was not committed.');
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
   * `isFresh`: the session becomes confirmed by this packet, and may send. `superseded`: the older ones, which only receive from
   * then on. `isProven`: whether we are certain of them; a hello that waits for its proof leaves that open for a while.
   */
  const overtaken = (
    contact: ContactRow,
    loaded: Loaded,
    after: RatchetSession,
  ): { isFresh: boolean; superseded: Loaded[]; isProven: boolean } => {
    const others = sessions.ofContact(contact.id).filter(({ active, id }) => active && id !== loaded.id);
    // What only receives takes nothing away any more.
    const isFresh = loaded.active && after.confirmed && !loaded.state.confirmed;
    const superseded = isFresh ? others.filter(({ state }) => isNewer(after, state)) : [];
    const isInDoubt = others.some(
      (other) => !other.state.confirmed && !other.state.initiator && !superseded.includes(other) && now() - other.created < CONFIRMING_MS,
    );
    return { isFresh, superseded, isProven: loaded.active && after.confirmed && !isInDoubt };
  };

  /** Hands the step to the store. The next step need not wait for the disk, the answer (`done`) does. */
  const commit = async (contact: ContactRow, loaded: Loaded, opened: Opened): Promise<Committing> => {
    const { payload } = opened;
    const isRequest = contact.state === 'request';
    const entry = identityOf(payload);
    const followed = entry ? follow(contact, entry, options) : null;
    if (followed === 'refused') return { done: Promise.resolve(drop('identityLog')) };
    const heard = options.gossip(contact, nameOf(contact), payload.logHead);
    const change: ContactChange = { ...changeOf(payload), ...followed?.change, ...heard.change, waiting: false, lastSeen: now() };
    const { isFresh, superseded, isProven } = overtaken(contact, loaded, opened.session);
    if (isProven && !contact.confirmed) change.confirmed = true;
    const isReplaced = superseded.some(({ state }) => state.confirmed) && !loaded.state.initiator;
    if (isReplaced) change.replaced = now();
    const started = isReplaced ? [options.note(newSession(nameOf(contact)))] : [];
    // It was made for the identity we have now: they know that one.
    if (isFresh && sameBytes(opened.session.ownFingerprint, own.fingerprint)) change.toldSeq = own.keys.seq;
    const believesRead = options.believesRead(contact);
    const isFirstAnswer = isFresh && loaded.state.initiator;
    const isUsual = contact.state === 'active' && loaded.state.confirmed && !followed && superseded.length === 0 && changesNothing(change);
    const writing = store.commitReceive({
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
      acknowledged: [...opened.acknowledged.map(toHex), ...(believesRead ? [] : readOf(payload))],
      read: believesRead ? readOf(payload) : [],
      keep: keepOf(payload, { session: loaded.id, ...opened.replayAdd }),
      resetBackoff: true,
    });
    const committed = sessions.advance(loaded, opened.session, writing);
    const finish = async (): Promise<Uint8Array | null> => {
      const received = await committed;
      sessions.retired(superseded.map(({ id }) => id));
      wipeRows(opened.skippedAdd);
      contacts.took(contact.id, change);
      gaps.moved(loaded.id);
      if (received.unknown > 0) drop('unknownReceipt');
      await after(received, async () => {
        if (isFirstAnswer) await options.confirm(contact.id, loaded.id);
        if (heard.behind !== null && !isRequest) await options.behind(contact.id, heard.behind);
        options.heard(contact.id, payload.body.kind);
        if (payload.body.kind === 'presence' && opened.session.confirmed) {
          const { chain, n } = opened.replayAdd;
          options.presence(contact.id, payload.body.state, { session: opened.session.begun, chain: Number.parseInt(chain, 16), n });
        }
      });
      return isRequest ? null : replyBytes(opened.ackTag, random);
    };
    const done = finish();
    // What changes who we talk to, or in which session, is known before the next step.
    if (!isUsual) await done;
    return { done };
  };

  const step = async (session: string, packet: Uint8Array, mayWait: boolean): Promise<Uint8Array | null | 'early' | Committing> => {
    const known = sessions.get(session)?.contact;
    if (known !== undefined) await sessions.settle(known);
    const loaded = sessions.get(session);
    const contact = loaded && contacts.get(loaded.contact);
    if (!contact || contact.state === 'blocked') return drop('blocked');
    const opened = await openAt(loaded, packet, mayWait);
    if (opened === 'early') return 'early';
    if (opened === 'rollback') {
      await options.wentBack(contact, loaded);
      return drop(droppedBy('rollback'));
    }
    if (opened.kind === 'duplicate') return opened.tag && contact.state !== 'request' ? replyBytes(opened.tag, random) : null;
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
      if (result === null || result instanceof Uint8Array) return result;
      if (result !== 'early') return result.done;
      mayWait = (await gaps.wait(session)) && now() < until;
    }
  };
}
