/** Names and addresses of servers as people write them, to what the network understands. */
import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { NetError } from './errors.ts';

/** RFC 1035 §2.3.4, in octets. */
const MAX_NAME_LENGTH = 253;
const MAX_LABEL_LENGTH = 63;
/** Alphabets whose letters are made to look like each other's. */
const alphabets = [
  /\p{Script=Latin}/u,
  /\p{Script=Cyrillic}/u,
  /\p{Script=Greek}/u,
  /\p{Script=Armenian}/u,
  /\p{Script=Cherokee}/u,
  /\p{Script=Coptic}/u,
];

export interface Host {
  /** In lower case, A-labels (RFC 5890), without brackets and trailing dot. */
  readonly name: string;
  /** 4 or 6 for an address, 0 for a name. */
  readonly family: number;
  /** A name that exists inside Tor only (RFC 7686). */
  readonly onion: boolean;
}

const bad = (why: string): NetError => new NetError('badAddress', why);
const mixed = (label: string): boolean => alphabets.filter((alphabet) => alphabet.test(label)).length > 1;

function toAscii(text: string): string {
  // eslint-disable-next-line no-control-regex -- these are what ASCII is
  if (/^[\x00-\x7f]*$/.test(text)) return text.toLowerCase();
  if (text.split(/[.。．｡]/u).some(mixed)) throw bad('The server name mixes alphabets in one word, as names that imitate others do.');
  const ascii = domainToASCII(text);
  // Full-width digits and the like would turn a name into an address.
  if (ascii === '' || isIP(ascii) !== 0 || ascii.startsWith('[')) throw bad('The server name is not a name that the internet can have.');
  return ascii;
}

/**
 * Reads a host name (also in other alphabets), an IPv4 or an IPv6 address, the latter with or without brackets.
 * Throws NetError `badAddress`.
 */
export function readHost(text: string): Host {
  const bare = /^\[(.*)\]$/.exec(text)?.[1] ?? text;
  const family = isIP(bare);
  if (family !== 0) return { name: bare.toLowerCase(), family, onion: false };
  const name = toAscii(text).replace(/\.$/, '');
  const labels = name.split('.');
  if (
    name.length > MAX_NAME_LENGTH ||
    labels.some((label) => label.length > MAX_LABEL_LENGTH || !/^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?$/.test(label))
  )
    throw bad('The server name is empty or holds characters that names cannot have.');
  return { name, family: 0, onion: labels.at(-1) === 'onion' };
}

export function checkPort(port: number): void {
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw bad('The port has to be between 1 and 65535.');
}

/** "host:port" for sentences. */
export const placeOf = (host: Host, port: number): string => (host.family === 6 ? `[${host.name}]:${port}` : `${host.name}:${port}`);
