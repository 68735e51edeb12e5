/** What the dialogue of a link says, and what its answer is typed as. Pure. */
import type { LinkView } from '../../contract/desktop.ts';
import { visibleName } from '../chat/visible.ts';

const TLS_PORT = 6697;
const PLAIN_PORT = 6667;

export function linkTitle({ server, channels, nick }: Extract<LinkView, { kind: 'irc' }>): string {
  if (nick !== null) return `Write to ${visibleName(nick)}?`;
  const [first, ...more] = channels;
  if (first === undefined) return `Connect to ${server}?`;
  return more.length === 0 ? `Join ${visibleName(first)}?` : `Join ${channels.length} channels?`;
}

/** The usual port for the choice, where the one given is the usual one of the other. */
export const portFor = (port: number, tls: boolean): number =>
  tls && port === PLAIN_PORT ? TLS_PORT : !tls && port === TLS_PORT ? PLAIN_PORT : port;

export const channelNames = (text: string): string[] => [
  ...new Set(
    text
      .split(/[\s,]+/)
      .filter((name) => name !== '')
      .map((name) => (/^[#&+!]/.test(name) ? name : `#${name}`)),
  ),
];

/** One line: neither the names nor the key hold spaces or commas. */
export const joinCommand = (channels: readonly string[], key: string): string =>
  `/join ${channels.join(',')}${key === '' ? '' : ` ${key.replace(/[\s,]/g, '')}`}`;
