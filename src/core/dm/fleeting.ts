/** Payloads nobody keeps or repeats (presence): sealed with the contact's session, sent once, forgotten. */
import type { ContactId } from '../../contract/ids.ts';
import type { Overlay } from '../../overlay/overlay.ts';
import { seal, verifyReply } from '../../pq/session.ts';
import type { Body, RandomSource } from '../../pq/types.ts';
import { StoreError, type Store } from '../../store/store.ts';
import { attempt, type Attempt } from './attempt.ts';
import type { Contacts } from './contacts.ts';
import { reachableAt } from './direct.ts';
import type { SerialQueue } from './queue.ts';
import type { Sessions } from './sessions.ts';

const MESSAGE_ID_BYTES = 16;

interface Options {
  store: Pick<Store, 'commitSeal'>;
  sessions: Sessions;
  contacts: Pick<Contacts, 'get'>;
  overlay: () => Overlay | null;
  /** Reads their record; true when it brought other addresses: since either of the two started, the other may have moved. */
  reread: (contact: ContactId, signal: AbortSignal) => Promise<boolean>;
  random: RandomSource;
  now: () => number;
  serial: SerialQueue['run'];
}

/** True once they have acknowledged it; false where there is no proven session, no way to them, or no answer. */
export type SendFleeting = (contact: ContactId, body: Body, signal: AbortSignal) => Promise<boolean>;

export function createFleeting({ store, sessions, contacts, overlay, reread, random, now, serial }: Options): SendFleeting {
  const addressesOf = (contact: ContactId): Uint8Array[] => {
    const row = contacts.get(contact);
    return row ? reachableAt(row) : [];
  };
  return async (contact, body, signal) => {
    const current = overlay();
    if (current?.state().phase !== 'ready' || signal.aborted) return false;
    const made = await serial(contact, async () => {
      await sessions.settle(contact);
      const loaded = sessions.sending(contact);
      const row = contacts.get(contact);
      if (!loaded?.state.confirmed || row?.state !== 'active' || row.level === 'changed') return null;
      const peerLogHead = row.logHead ?? loaded.state.peerLogHead;
      const sealed = seal({ ...loaded.state, peerLogHead }, { payload: { mid: random(MESSAGE_ID_BYTES), body }, random, now: now() });
      try {
        await store.commitSeal({
          contact,
          session: sessions.write(loaded, sealed.session),
          retire: [],
          mid: null,
          packet: null,
          ackTag: null,
          sealedAt: now(),
        });
      } catch (error) {
        if (!(error instanceof StoreError) || error.code !== 'conflict') throw error;
        // Another step was committed than the one we know; the next telling goes from there.
        await sessions.reload(contact);
        return null;
      }
      sessions.committed(loaded, sealed.session);
      return sealed;
    });
    if (!made) return false;
    const send = (): Promise<Attempt> =>
      attempt(current, addressesOf(contact), made.packet, (reply) => verifyReply(reply, made.ackTag), signal);
    const isOver = (): boolean => signal.aborted;
    const first = await send();
    if (first.kind === 'acknowledged') return true;
    if (!first.rereads || isOver() || !(await reread(contact, signal)) || isOver()) return false;
    return (await send()).kind === 'acknowledged';
  };
}
