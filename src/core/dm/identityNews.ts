/**
 * Tells contacts of our new identity: first an entry of the log over the session there is, and only once that has arrived a
 * hello of the new identity. A session of the old identity that nobody has answered is begun anew at once.
 */
import type { ContactId } from '../../contract/ids.ts';
import { decodeBody } from '../../pq/payload.ts';
import type { ContactRow } from '../../store/rows.ts';
import type { Store } from '../../store/store.ts';
import { sameBytes } from './bytes.ts';
import type { Contacts } from './contacts.ts';
import type { Outgoing } from './outgoing.ts';
import type { OwnIdentity } from './ownIdentity.ts';
import type { Loaded, Sessions } from './sessions.ts';

export interface IdentityNews {
  /** Queues the entries after that one, unless some wait already. */
  tell(contact: ContactId, after: number): Promise<void>;
  /** They have acknowledged everything there is to tell: our new card may stand in the record made for them. */
  isTold(row: ContactRow): Promise<boolean>;
  /** Tells what is untold. True when a session of an earlier identity is to be replaced now. */
  isDue(contact: ContactId, sending: Loaded): Promise<boolean>;
}

interface Options {
  store: Store;
  own: Pick<OwnIdentity, 'seq' | 'fingerprint' | 'entriesAfter'>;
  contacts: Contacts;
  sessions: Pick<Sessions, 'sending'>;
  outgoing: Pick<Outgoing, 'identity'>;
}

export function createIdentityNews({ store, own, contacts, sessions, outgoing }: Options): IdentityNews {
  const isWaiting = async (contact: ContactId): Promise<boolean> =>
    (await store.outbox(contact)).some((row) => decodeBody(row.payload).kind === 'identity');
  const tell: IdentityNews['tell'] = async (contact, after) => {
    if (await isWaiting(contact)) return;
    for (const entry of own.entriesAfter(after)) await outgoing.identity(contact, entry);
    await contacts.change(contact, { toldSeq: own.seq });
  };
  return {
    tell,
    isTold: async (row) => {
      const sending = sessions.sending(row.id);
      if (sending && sameBytes(sending.state.ownFingerprint, own.fingerprint)) return true;
      return (row.toldSeq ?? 0) >= own.seq && !(await isWaiting(row.id));
    },
    isDue: async (contact, { state }) => {
      if (sameBytes(state.ownFingerprint, own.fingerprint)) return false;
      if (state.pre.length > 0) return true;
      const told = contacts.get(contact)?.toldSeq ?? 0;
      if (told >= own.seq) return !(await isWaiting(contact));
      await tell(contact, told);
      return false;
    },
  };
}
