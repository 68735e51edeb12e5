/** Seals outbox rows with the contact's session. New state and packet are committed together before the packet may leave. */
import type { ContactId } from '../../contract/ids.ts';
import { decodeBody } from '../../pq/payload.ts';
import { seal, verifyReply } from '../../pq/session.ts';
import type { RandomSource } from '../../pq/types.ts';
import type { ContactRow, OutboxRow } from '../../store/rows.ts';
import { StoreError, type Store } from '../../store/store.ts';
import { fromHex } from './bytes.ts';
import type { SealedRow } from './delivery.ts';
import type { Loaded, Sessions } from './sessions.ts';

export interface Sealing {
  /** Null when the contact has too many sealed packets waiting already, or no session. */
  seal(contact: ContactId, row: OutboxRow): Promise<SealedRow | null>;
  /** The first packet of a new session, committed together with the session itself. */
  sealFirst(contact: ContactRow, made: Omit<Loaded, 'version'>, mid: string, payload: Uint8Array): Promise<void>;
}

interface Options {
  store: Store;
  sessions: Sessions;
  random: RandomSource;
  now: () => number;
  serial: <T>(contact: ContactId, task: () => Promise<T>) => Promise<T>;
}

export function createSealing({ store, sessions, random, now, serial }: Options): Sealing {
  const sealed = (packet: Uint8Array, ackTag: Uint8Array): SealedRow => ({ packet, isValid: (reply) => verifyReply(reply, ackTag) });
  return {
    seal: async (contact, row) => {
      if (row.packet && row.ackTag) return sealed(row.packet, row.ackTag);
      return serial(contact, async () => {
        const loaded = sessions.sending(contact);
        if (!loaded) return null;
        const made = seal(loaded.state, { payload: { mid: fromHex(row.mid), body: decodeBody(row.payload) }, random, now: row.created });
        try {
          await store.commitSeal({
            contact,
            session: sessions.write(loaded, made.session),
            retire: [],
            mid: row.mid,
            packet: made.packet,
            ackTag: made.ackTag,
            sealedAt: now(),
          });
        } catch (error) {
          if (error instanceof StoreError && error.code === 'limit') return null;
          throw error;
        }
        sessions.committed(loaded, made.session);
        return sealed(made.packet, made.ackTag);
      });
    },
    sealFirst: (contact, made, mid, payload) =>
      serial(contact.id, async () => {
        const first = seal(made.state, { payload: { mid: fromHex(mid), body: decodeBody(payload) }, random, now: now() });
        const next = { ...made, state: first.session };
        await store.commitSeal({
          contact: contact.id,
          session: sessions.writeNew(next),
          retire: [],
          mid,
          packet: first.packet,
          ackTag: first.ackTag,
          sealedAt: now(),
        });
        sessions.added(next);
      }),
  };
}
