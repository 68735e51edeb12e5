import { KEEP_RETIRED_MS, type Store } from '../../store/store.ts';
import { sameBytes } from './bytes.ts';
import type { Contacts } from './contacts.ts';
import type { Invites } from './invites.ts';
import type { Own } from './own.ts';
import type { Sessions } from './sessions.ts';

interface Options {
  store: Store;
  own: Own;
  contacts: Contacts;
  sessions: Sessions;
  invites: Invites;
  now: number;
}

/** Deletes what nobody needs any more: once a day. */
export async function forgetOld({ store, own, contacts, sessions, invites, now }: Options): Promise<void> {
  await invites.prune();
  // Prekeys first: their hellos are remembered as long as they can be used.
  own.prune();
  await store.prune(now);
  sessions.removed(await store.removeIdleSessions(now - KEEP_RETIRED_MS));
  const all = contacts.all().flatMap(({ id }) => sessions.ofContact(id));
  await own.keys.dropOld((fingerprint) => all.some(({ state }) => sameBytes(state.ownFingerprint, fingerprint)));
}
