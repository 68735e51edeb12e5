/** A packet of a session we know: open, commit, then answer with the tag (design §6.5). */
import type { DmEvent } from '../../contract/chat.ts';
import type { ContactId, MessageId } from '../../contract/ids.ts';
import { open, replyBytes } from '../../pq/session.ts';
import type { RandomSource } from '../../pq/types.ts';
import { StoreError, type ContactChange, type Store } from '../../store/store.ts';
import type { Buffers } from '../buffers.ts';
import { toHex } from './bytes.ts';
import { nameOf, type Contacts } from './contacts.ts';
import type { Dropped } from './drops.ts';
import type { Gaps } from './gaps.ts';
import { changeOf, lineOf } from './opened.ts';
import type { Own } from './own.ts';
import type { SerialQueue } from './queue.ts';
import type { Sessions } from './sessions.ts';

export interface ReceiveOptions {
  store: Store;
  own: Own;
  contacts: Contacts;
  sessions: Sessions;
  buffers: Buffers;
  gaps: Gaps;
  random: RandomSource;
  now: () => number;
  nextMessageId: () => MessageId;
  /** One step of a contact at a time; 'new' decides who somebody is. */
  serial: SerialQueue['run'];
  onEvent: (event: DmEvent) => void;
  /** Something of theirs opened: whatever waits for them may get through. */
  heard: (contact: ContactId) => void;
  /** Their first answer opened: a packet of ours makes us certain to them as well (B.3). */
  confirm: (contact: ContactId) => Promise<void>;
  drop: (what: Dropped) => null;
  log: (line: string) => void;
}

type Received = Awaited<ReturnType<Store['commitReceive']>>;

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
      const { message, contact } = received;
      if (message) {
        const isNew = buffers.get(message.buffer) === undefined;
        if (isNew) await buffers.adopt();
        if (contacts.get(contact)?.state !== 'request') onEvent({ kind: 'stored', message, counts: !isNew });
        else if (!isNew) buffers.held(message);
      }
      if (contacts.get(contact)?.state === 'request') onEvent({ kind: 'contact', contact });
      await more();
    } catch (error) {
      log(`after a packet: ${error instanceof Error ? error.name : 'unknown error'}`);
    }
  };
}

/** Opens a packet in the session with that id. */
export function createIncoming(options: ReceiveOptions): (session: string, packet: Uint8Array) => Promise<Uint8Array | null> {
  const { store, own, contacts, sessions, gaps, random, now, serial, drop } = options;
  const after = createAftermath(options);

  const step = async (session: string, packet: Uint8Array, mayWait: boolean): Promise<Uint8Array | null | 'early'> => {
    const loaded = sessions.get(session);
    const contact = loaded && contacts.get(loaded.contact);
    if (!contact || contact.state === 'blocked') return drop('blocked');
    const [skipped, replay] = await Promise.all([store.loadSkipped(loaded.id), store.loadReplay(loaded.id)]);
    const opened = open(loaded.state, { identity: own.identity, packet, skipped, replay, random, now: now() });
    if (opened.kind === 'duplicate') return opened.tag && contact.state !== 'request' ? replyBytes(opened.tag, random) : null;
    if (mayWait && opened.skippedAdd.length > 0) return 'early';
    const { payload } = opened;
    const change: ContactChange = { ...changeOf(payload), waiting: false, lastSeen: now() };
    if (opened.session.confirmed && !contact.confirmed) change.confirmed = true;
    const isFirstAnswer = change.confirmed === true && loaded.state.initiator;
    let received: Received;
    try {
      received = await store.commitReceive({
        now: now(),
        contact: { id: contact.id, change },
        session: sessions.write(loaded, opened.session),
        retire: [],
        skippedAdd: opened.skippedAdd,
        skippedDelete: opened.skippedDelete,
        replayAdd: opened.replayAdd,
        usedPrekey: null,
        usedInvite: null,
        mid: toHex(payload.mid),
        message: lineOf(payload, { from: nameOf({ ...contact, ...change }), now: now(), nextMessageId: options.nextMessageId }),
        buffer: null,
        acknowledged: opened.acknowledged.map(toHex),
        read: [],
        resetBackoff: true,
      });
    } catch (error) {
      if (error instanceof StoreError && error.code === 'conflict') await sessions.reload(contact.id);
      throw error;
    }
    sessions.committed(loaded, opened.session);
    contacts.took(contact.id, change);
    gaps.moved(session);
    await after(received, async () => {
      if (isFirstAnswer) await options.confirm(contact.id);
      options.heard(contact.id);
    });
    return contact.state === 'request' ? null : replyBytes(opened.ackTag, random);
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
