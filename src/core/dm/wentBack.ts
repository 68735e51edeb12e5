import { REPLACE_INTERVAL_MS } from '../../pq/admission.ts';
import type { ContactRow } from '../../store/rows.ts';
import type { Store } from '../../store/store.ts';
import type { Buffers } from '../buffers.ts';
import type { ContactId } from '../../contract/ids.ts';
import { nameOf, type Contacts } from './contacts.ts';
import { wentBack, type Note } from './notes.ts';
import type { Loaded, Sessions } from './sessions.ts';

interface Options {
  store: Store;
  buffers: Buffers;
  contacts: Contacts;
  sessions: Sessions;
  note: Note;
  now: () => number;
  retry: (contact: ContactId) => void;
}

/** A validly opened packet says that the contact's disk, or ours, is older than the conversation: a new session, once an hour. */
export function createWentBack(options: Options): (contact: ContactRow, loaded: Loaded) => Promise<void> {
  const { store, buffers, contacts, sessions, note, now } = options;
  return async (contact, loaded) => {
    const isTooSoon = contact.renewed !== null && now() - contact.renewed < REPLACE_INTERVAL_MS;
    if (isTooSoon || contact.state !== 'active' || contact.level === 'changed') return;
    await contacts.change(contact.id, { replaces: sessions.sending(contact.id)?.id ?? loaded.id, renewed: now() });
    await store.retireSessions(contact.id);
    sessions.retired(sessions.ofContact(contact.id).map(({ id }) => id));
    const buffer = buffers.ofContact(contact.id);
    if (buffer) buffers.add(buffer.id, { ...note(wentBack(nameOf(contact))), msgid: null });
    options.retry(contact.id);
  };
}
