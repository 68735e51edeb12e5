/** What pages are told of offers and bindings. Pure. */
import type { ContactId, ServerName } from '../../contract/ids.ts';
import type { BufferView, SecureView } from '../../contract/views.ts';
import type { Binding, Bindings } from './binding.ts';
import type { Offers } from './offers.ts';

export interface Surroundings {
  /** The conversation with a contact. */
  conversation: (contact: ContactId) => BufferView | undefined;
  /** The open query with that folded nick. */
  query: (server: ServerName, key: string) => BufferView | undefined;
  nameOf: (contact: ContactId) => string;
  /** Where an offer leads to that is shown in a buffer. */
  known: (invite: string) => ContactId | null;
  /** Plain IRC to that folded nick was confirmed. */
  isOpen: (server: ServerName, key: string) => boolean;
}

/** Whether what is typed in a conversation is meant for a nick: it was a query of that server once. */
export const isOfServer = (buffer: Pick<BufferView, 'server'> | undefined, server: ServerName): boolean => buffer?.server === server;

function ofBinding(server: ServerName, binding: Binding, all: Bindings, around: Surroundings): SecureView[] {
  const views: SecureView[] = [];
  const conversation = around.conversation(binding.contact);
  const { nick, reason, key } = binding;
  const contact = around.nameOf(binding.contact);
  const isMet = all.some((other) => other.contact === binding.contact && other.state !== 'held');
  if (conversation && binding.state === 'bound') views.push({ kind: 'bound', buffer: conversation.id, server, nick });
  if (conversation && binding.state === 'held' && !isMet && isOfServer(conversation, server))
    views.push({ kind: 'held', buffer: conversation.id, server, nick, contact, reason });
  const query = around.query(server, key);
  if (query && conversation)
    views.push({ kind: 'irc', buffer: query.id, nick, contact, private: conversation.id, open: around.isOpen(server, key) });
  return views;
}

/** Of one buffer, only the newest of a kind. */
function newestOnly(views: readonly SecureView[]): SecureView[] {
  const last = new Map<string, SecureView>();
  for (const view of views) last.set(`${view.kind} ${view.buffer}`, view);
  return [...last.values()];
}

export function viewsOf(server: ServerName, bindings: Bindings, { own, theirs }: Offers, around: Surroundings): SecureView[] {
  const name = (contact: ContactId | null): string | null => (contact === null ? null : around.nameOf(contact));
  const isBound = (key: string): boolean => bindings.some((binding) => binding.key === key && binding.state === 'bound');
  return newestOnly([
    ...bindings.flatMap((binding) => ofBinding(server, binding, bindings, around)),
    ...own.filter(({ key }) => !isBound(key)).map(({ buffer, nick, until }): SecureView => ({ kind: 'offering', buffer, nick, until })),
    ...theirs.map(({ buffer, nick, until, invite }): SecureView => ({
      kind: 'offered',
      buffer,
      nick,
      until,
      known: name(around.known(invite)),
    })),
  ]);
}
