/** A session past its greeting with chosen capabilities and 005 tokens; in no channel. */
import type { IrcEvent } from '../../../src/contract/chat.ts';
import type { NetworkOptions } from '../../../src/irc/network.ts';
import { harness, type SessionHarness } from '../../support/irc/session.ts';

export interface Started extends SessionHarness {
  /** Events of one kind so far. */
  all<K extends IrcEvent['kind']>(kind: K): Extract<IrcEvent, { kind: K }>[];
  /** The lines sent since the last look. */
  takeSent(): string[];
  /** Own JOIN and a nick list, e.g. join('#room', '@ann +bob cee'). */
  join(channel: string, names?: string): void;
  /** Sentences of the server's voice. */
  said(): string[];
}

interface Start {
  caps?: string;
  isupport?: string;
  options?: Partial<NetworkOptions>;
}

const isKind =
  <K extends IrcEvent['kind']>(kind: K) =>
  (event: IrcEvent): event is Extract<IrcEvent, { kind: K }> =>
    event.kind === kind;

export function started({ caps = 'batch message-tags multi-prefix server-time', isupport = '', options = {} }: Start = {}): Started {
  const made = harness({ ...options });
  const names = caps.replace(/=\S*/g, '');
  made.feed(
    `:irc.test CAP * LS :${caps}`,
    `:irc.test CAP * ACK :${names}`,
    ':irc.test 001 me :Welcome',
    ':irc.test 005 me PREFIX=(ov)@+ CHANTYPES=# CHANMODES=beI,k,l,imnpst NETWORK=Net :are supported',
    ...(isupport === '' ? [] : [`:irc.test 005 me ${isupport} :are supported`]),
    ':irc.test 376 me :End of MOTD',
  );
  return {
    ...made,
    all: (kind) => made.events.filter(isKind(kind)),
    takeSent: () => made.sent.splice(0),
    join: (channel, list = '@ann +bob cee') => {
      made.feed(`:me!user@host JOIN ${channel}`, `:irc.test 353 me = ${channel} :me ${list}`, `:irc.test 366 me ${channel} :End`);
    },
    said: () => made.events.filter(isKind('server')).map(({ text }) => text),
  };
}
