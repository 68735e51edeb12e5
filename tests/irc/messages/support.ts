import type { IrcEvent } from '../../../src/contract/chat.ts';
import type { NetworkOptions } from '../../../src/irc/network.ts';
import { onlineHarness, type SessionHarness } from '../../support/irc/session.ts';

/** What a server of today acknowledges. */
export const MODERN =
  'account-tag batch draft/chathistory draft/event-playback draft/message-redaction draft/multiline draft/oper-tag draft/read-marker ' +
  'draft/relaymsg echo-message labeled-response message-tags multi-prefix server-time soju.im/search standard-replies znc.in/self-message';

type EventOf<K extends IrcEvent['kind']> = Extract<IrcEvent, { kind: K }>;

export interface Modern extends SessionHarness {
  of: <K extends IrcEvent['kind']>(kind: K) => EventOf<K>[];
  /** Texts as `target <nick> text`. */
  said: () => string[];
  /** The last line that begins with this word, tags left out, and its label. */
  lastSent: (command: string) => { line: string; label: string | null };
}

const isKind =
  <K extends IrcEvent['kind']>(kind: K) =>
  (event: IrcEvent): event is EventOf<K> =>
    event.kind === kind;

/** `without` is left out of MODERN. The session is online, in #room with ann, bob and cee. */
export function modern(options: Partial<NetworkOptions> = {}, without = '', multilineValue = 'max-bytes=400,max-lines=5'): Modern {
  const caps = MODERN.split(' ').filter((name) => !without.split(' ').includes(name));
  const made = onlineHarness(options, caps.filter((name) => name !== 'draft/multiline').join(' '));
  if (caps.includes('draft/multiline'))
    made.feed(`:irc.test CAP me NEW :draft/multiline=${multilineValue}`, ':irc.test CAP me ACK :draft/multiline');
  made.events.length = 0;
  made.sent.length = 0;
  return {
    ...made,
    of: (kind) => made.events.filter(isKind(kind)),
    said: () => made.events.filter(isKind('text')).map(({ target, from, text }) => `${target ?? '-'} <${from.nick}> ${text}`),
    lastSent: (command) => {
      const found = made.sent.findLast((line) => line.replace(/^@\S+ /, '').startsWith(command)) ?? '';
      return { line: found.replace(/^@\S+ /, ''), label: /(?:^@|;)label=([^; ]+)/.exec(found)?.[1] ?? null };
    },
  };
}
