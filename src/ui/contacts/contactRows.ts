/** Which contacts the list shows, and in which order. */
import type { ContactView } from '../../contract/views.ts';
import { visibleName } from '../chat/visible.ts';

/** Rows drawn at a time; more are found by searching. */
export const MAX_SHOWN_CONTACTS = 200;

export type ContactFilter = 'all' | 'here' | 'blocked';

const fold = (text: string): string => text.normalize('NFKC').toLocaleLowerCase();

const fits = (contact: ContactView, filter: ContactFilter): boolean => {
  switch (filter) {
    case 'all':
      return contact.shield !== 'blocked';
    case 'here':
      return contact.presence === 'online' || contact.presence === 'away';
    case 'blocked':
      return contact.shield === 'blocked';
  }
};

/** By name; `query` is looked for in both names and in the fingerprint, with or without its hyphens. */
export function contactRows(contacts: Iterable<ContactView>, filter: ContactFilter, query: string): ContactView[] {
  const wanted = fold(query.trim());
  const print = wanted.replaceAll('-', '');
  return [...contacts]
    .filter((contact) => fits(contact, filter))
    .filter(
      ({ nickname, theirName, fingerprint }) =>
        wanted === '' ||
        fold(visibleName(nickname)).includes(wanted) ||
        fold(visibleName(theirName)).includes(wanted) ||
        (print.length >= 2 &&
          fold(fingerprint ?? '')
            .replaceAll('-', '')
            .includes(print)),
    )
    .sort((a, b) => fold(a.nickname).localeCompare(fold(b.nickname)) || a.id - b.id);
}
