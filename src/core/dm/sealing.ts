/** Seals outbox rows with the contact's session. New state and packet are committed together before the packet may leave. */
import type { ContactId } from '../../contract/ids.ts';
import { PqError } from '../../pq/errors.ts';
import { decodeBody } from '../../pq/payload.ts';
import { seal, verifyReply, wipeReplaced } from '../../pq/session.ts';
import type { Body, RandomSource, RatchetSession } from '../../pq/types.ts';
import type { ContactRow, OutboxRow } from '../../store/rows.ts';
import { StoreError, type Store } from '../../store/store.ts';
import { fromHex } from './bytes.ts';
import type { Contacts } from './contacts.ts';
import type { SerialQueue } from './queue.ts';
import type { Loaded, Sessions } from './sessions.ts';

export type Sealed =
  | { kind: 'sealed'; packet: Uint8Array; isValid: (reply: Uint8Array) => boolean }
  /** Not now: the row is gone, or its text fits only once they have answered. */
  | { kind: 'later' }
  /** As many packets are sealed and unacknowledged as may be (design §6.5). */
  | { kind: 'full' };

export interface Sealing {
  /** The contact's rows; packets of sessions that send no more are dropped, to be sealed anew under the same ids (B.6). */
  waiting(contact: ContactId): Promise<OutboxRow[]>;
  /** Milliseconds until a first answer that nobody acknowledged is sent again, at least a second; null: there is none. */
  nextAnswerIn(contact: ContactId): Promise<number | null>;
  /** Seals a row and commits it, or takes the bytes sealed before. */
  seal(contact: ContactId, row: OutboxRow): Promise<Sealed>;
  /** The first packet of a new session, committed together with the session itself; `replaced` only receives from then on. */
  sealFirst(contact: ContactRow, made: Omit<Loaded, 'version'>, mid: string, body: Body, replaced: Loaded | null): Promise<void>;
}

interface Options {
  store: Store;
  sessions: Sessions;
  contacts: Contacts;
  random: RandomSource;
  now: () => number;
  serial: SerialQueue['run'];
  /** What a queued profile says now. */
  profile: (contact: ContactId) => Promise<Body>;
  /** A row that can never be sent. */
  fail: (mid: string, reason: string) => Promise<void>;
}

/** What answers a new session before it is confirmed: who we are. */
const isAnswer = ({ payload }: OutboxRow): boolean => decodeBody(payload).kind === 'profile';
/**
 * An answer in a session that we do not send on: they may have lost that session again, or it was never theirs. Then it is sent more
 * and more seldom, and is given up when they would have begun anew.
 */
const ANSWER_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 24 * 3_600_000;
const KEEP_ANSWER_MS = 7 * 24 * 3_600_000;
const SHORTEST_PAUSE_MS = 1_000;

export function createSealing({ store, sessions, contacts, random, now, serial, profile, fail }: Options): Sealing {
  const sealed = (packet: Uint8Array, ackTag: Uint8Array): Sealed => ({
    kind: 'sealed',
    packet,
    isValid: (reply) => verifyReply(reply, ackTag),
  });
  /** The session an answer was queued for or sealed in, as long as that may send: nothing else proves it. */
  const boundTo = (row: OutboxRow): Loaded | undefined => {
    const loaded = row.session === null || !isAnswer(row) ? undefined : sessions.get(row.session);
    return loaded?.active ? loaded : undefined;
  };
  const isBeside = (row: OutboxRow, sending: Loaded): boolean => (boundTo(row) ?? sending).id !== sending.id;
  const isOver = (row: OutboxRow): boolean => now() - (boundTo(row)?.created ?? now()) >= KEEP_ANSWER_MS;
  /** Of answers beside the session we send on, by session: how often they were sent since the start, and when they may be again. */
  const tried = new Map<string, { times: number; next: number }>();
  const timesOf = ({ session }: OutboxRow): number => tried.get(session ?? '')?.times ?? 0;
  const pauseOf = ({ session }: OutboxRow): number => (tried.get(session ?? '')?.next ?? 0) - now();
  const goes = (contact: ContactId, row: OutboxRow): void => {
    const sending = sessions.sending(contact);
    if (!sending || row.session === null || !isBeside(row, sending)) return;
    const times = timesOf(row) + 1;
    tried.set(row.session, { times, next: now() + Math.min(ANSWER_PAUSE_MS * 2 ** times, LONGEST_PAUSE_MS) });
  };
  /** The step was not committed: another was than the one we know, the row is gone, or too much is sealed already. */
  const refused = (error: unknown): Sealed => {
    if (!(error instanceof StoreError) || (error.code !== 'limit' && error.code !== 'conflict')) throw error;
    return { kind: error.code === 'limit' ? 'full' : 'later' };
  };
  const sealedIn = (state: RatchetSession, row: OutboxRow, body: Body): ReturnType<typeof seal> | PqError => {
    try {
      return seal(state, { payload: { mid: fromHex(row.mid), body }, random, now: row.created });
    } catch (error) {
      if (error instanceof PqError) return error;
      throw error;
    }
  };

  return {
    waiting: async (contact) => {
      const rows = await store.outbox(contact);
      const sending = sessions.sending(contact);
      if (!sending) return rows;
      const stale = rows.filter((row) => row.packet !== null && row.session !== (boundTo(row) ?? sending).id);
      for (const row of stale) await store.dropPacket(row.mid);
      const left = stale.length === 0 ? rows : await store.outbox(contact);
      for (const id of tried.keys()) if (sessions.get(id)?.active !== true) tried.delete(id);
      const beside = left.filter((row) => isBeside(row, sending));
      const over = beside.filter(isOver);
      for (const row of over) await fail(row.mid, 'They began anew');
      const texts = left.filter((row) => !beside.includes(row));
      const due = beside.filter((row) => !over.includes(row) && pauseOf(row) <= 0).sort((x, y) => timesOf(x) - timesOf(y));
      const [next, ...later] = due;
      if (!next) return texts;
      // Once before texts, which may be for a session they have lost; then where a round that is stuck still tries it.
      return [...texts.splice(0, timesOf(next) === 0 ? 0 : 1), next, ...texts, ...later];
    },
    nextAnswerIn: async (contact) => {
      const sending = sessions.sending(contact);
      if (!sending || sessions.held(contact).length < 2) return null;
      const pauses = (await store.outbox(contact)).filter((row) => isBeside(row, sending)).map(pauseOf);
      return pauses.length === 0 ? null : Math.max(SHORTEST_PAUSE_MS, Math.min(...pauses));
    },
    seal: async (contact, row) => {
      goes(contact, row);
      if (row.packet && row.ackTag) return sealed(row.packet, row.ackTag);
      const queued = decodeBody(row.payload);
      const body = queued.kind === 'profile' ? await profile(contact) : queued;
      const turn = await serial(contact, async () => {
        await sessions.settle(contact);
        const loaded = boundTo(row) ?? sessions.sending(contact);
        if (!loaded) return null;
        // Their log as it was followed meanwhile, whichever session the entry came by.
        const peerLogHead = contacts.get(contact)?.logHead ?? loaded.state.peerLogHead;
        const made = sealedIn({ ...loaded.state, peerLogHead }, row, body);
        if (made instanceof PqError) {
          // Hello and first answer leave a long text no room; it follows once both are confirmed.
          if (made.code !== 'limit' || loaded.state.confirmed) await fail(row.mid, made.message);
          return null;
        }
        const { packet, ackTag } = made;
        const session = sessions.write(loaded, made.session);
        const writing = store.commitSeal({ contact, session, retire: [], mid: row.mid, packet, ackTag, sealedAt: now() });
        // The next step need not wait for the disk; this packet does.
        return { packet, ackTag, done: sessions.advance(loaded, made.session, writing) };
      });
      if (!turn) return { kind: 'later' };
      try {
        await turn.done;
      } catch (error) {
        return refused(error);
      }
      return sealed(turn.packet, turn.ackTag);
    },
    sealFirst: (contact, made, mid, body, replaced) =>
      serial(contact.id, async () => {
        // Their hello may have come first: one session is enough.
        const current = sessions.sending(contact.id);
        if (current && current.id !== replaced?.id) return;
        const retire = current ? [current.id] : [];
        const first = seal(made.state, { payload: { mid: fromHex(mid), body }, random, now: now() });
        const next = { ...made, state: first.session };
        await store.commitSeal({
          contact: contact.id,
          session: sessions.writeNew(next),
          retire,
          mid,
          packet: first.packet,
          ackTag: first.ackTag,
          sealedAt: now(),
        });
        sessions.retired(retire);
        sessions.added(next);
        wipeReplaced(made.state, next.state);
      }),
  };
}
