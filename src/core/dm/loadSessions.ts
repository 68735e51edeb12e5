import type { Store } from '../../store/store.ts';
import type { Dropped } from './drops.ts';
import type { Sessions } from './sessions.ts';

interface Options {
  store: Store;
  sessions: Sessions;
  /** private.db is older than the generation counter says: its ratchet state must not be used again. */
  rolledBack: boolean;
  drop: (what: Dropped) => null;
  log: (line: string) => void;
}

/** Loads the ratchet sessions. What cannot be read, or may have been used further than it says, is replaced by a new session. */
export async function loadSessions({ store, sessions, rolledBack, drop, log }: Options): Promise<void> {
  const damaged = await sessions.load();
  for (const { id, contact } of damaged) {
    // The next hello says which session it replaces; written first, since afterwards nothing tells of it.
    await store.updateContact({ id: contact, change: { replaces: id } });
    await store.removeSession(id);
    drop('damagedSession');
  }
  if (rolledBack) {
    for (const { id } of await store.listContacts()) {
      const lost = sessions.sending(id);
      if (lost) await store.updateContact({ id, change: { replaces: lost.id } });
      sessions.retired(sessions.ofContact(id).map((loaded) => loaded.id));
    }
    await store.retireSessions(null);
    log('private.db is older than this profile: every conversation starts a new session');
  }
}
