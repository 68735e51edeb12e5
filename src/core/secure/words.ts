/** What the user reads about a private conversation that was begun over IRC. */
import type { Binding } from './binding.ts';

export const begun = (nick: string, server: string, contact: string): string =>
  `From here on this is private: what you write goes over Veilid to ${contact}, sealed, and not over IRC. The IRC server could have been in between when it began: compare the safety number to be sure that ${contact} is ${nick} on ${server}.`;

export const ended = (reason: string, nick: string, contact: string): string =>
  `${reason} This conversation stays with ${contact}; the nick ${nick} may be anybody’s.`;

export const held = ({ reason, nick }: Pick<Binding, 'reason' | 'nick'>, contact: string): string =>
  `${reason} Choose first, in the conversation with ${nick}, whom this is for: private to ${contact}, or plain IRC to ${nick}.`;

export const isPrivate = (nick: string, contact: string): string =>
  `You talk to ${nick} in private, as ${contact}. To say something over plain IRC, where the server can read it, type /insecure.`;
