/**
 * DCC SEND, RESUME and ACCEPT as they stand in a CTCP message (modern.ircdocs.horse/dcc; passive sends as mIRC and HexChat write them).
 * Pure: nothing here trusts a name or an address, it only reads their form.
 */
import type { DccOffer } from '../../contract/chat.ts';

/** UTF-16 units of a request that are looked at; no IRC line has more without tags. */
const MAX_REQUEST = 1_024;
const MAX_TOKEN = 32;
/** What stands for the address in a passive offer, which nobody is to connect to (HexChat's value). */
const NO_ADDRESS = '199';

export type DccRequest =
  | { verb: 'send'; offer: DccOffer }
  /** `resume`: they have that much of what we offer; `accept`: they go on from there. `position` in bytes. */
  | { verb: 'resume' | 'accept'; name: string; port: number; position: number; token: string | null }
  /** CHAT and everything else, by its name. */
  | { verb: 'other'; name: string };

const whole = (text: string | undefined, max: number): number | null => {
  if (text === undefined || !/^[0-9]{1,16}$/.test(text)) return null;
  const value = Number(text);
  return value <= max ? value : null;
};

/** A decimal 32-bit number or a dotted IPv4 address, both as dotted text; IPv6 text; null for anything else. */
export function readAddress(text: string): string | null {
  if (/^[0-9]{1,10}$/.test(text)) {
    const value = Number(text);
    return value > 0xff_ff_ff_ff ? null : [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
  }
  if (/^[0-9]{1,3}(?:\.[0-9]{1,3}){3}$/.test(text)) {
    const parts = text.split('.');
    // A leading zero means octal to some programs: such an address means two things.
    return parts.every((part) => Number(part) <= 255 && String(Number(part)) === part) ? text : null;
  }
  return text.includes(':') && /^[0-9a-fA-F:.]{2,45}$/.test(text) ? text.toLowerCase() : null;
}

/** IPv4 as the decimal number old programs want, IPv6 as text. */
export const writeAddress = (address: string): string =>
  address.includes(':') ? address : String(address.split('.').reduce((value, part) => value * 256 + Number(part), 0));

/** Splits off the name: quoted, or everything before the last `count` words. Null where there are fewer. */
function splitName(text: string, count: number): { name: string; words: string[] } | null {
  const end = text.startsWith('"') ? text.lastIndexOf('" ') : -1;
  if (end > 0) {
    const words = text
      .slice(end + 2)
      .split(' ')
      .filter(Boolean);
    return words.length === count ? { name: text.slice(1, end), words } : null;
  }
  const all = text.split(' ').filter(Boolean);
  const name = all.slice(0, -count).join(' ');
  return name === '' ? null : { name, words: all.slice(-count) };
}

function readSend(text: string): DccOffer | null {
  // Without a size, a name with spaces could be read in several ways.
  const isClear = text.startsWith('"') || text.split(' ').filter(Boolean).length === 3;
  for (const count of isClear ? [4, 3, 2] : [4, 3]) {
    const { name = '', words = [] } = splitName(text, count) ?? {};
    const [at = '', portText, sizeText, token] = words;
    const address = readAddress(at);
    const port = whole(portText, 65_535);
    const size = whole(sizeText, Number.MAX_SAFE_INTEGER);
    if (name === '' || address === null || port === null || (sizeText !== undefined && size === null)) continue;
    if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) continue;
    if (port === 0 && token === undefined) continue;
    return { name, size, address: port === 0 ? null : address, port, token: token?.slice(0, MAX_TOKEN) ?? null };
  }
  return null;
}

/** Reads what stands behind `DCC `. Null where it means nothing. */
export function readDcc(text: string): DccRequest | null {
  const [, word = '', rest = ''] = /^ *([A-Za-z]{1,16})(?: +(.*))?$/s.exec(text.slice(0, MAX_REQUEST)) ?? [];
  const verb = word.toLowerCase();
  if (verb === 'send') {
    const offer = readSend(rest.trim());
    return offer && { verb, offer };
  }
  if (verb === 'resume' || verb === 'accept') {
    for (const count of [3, 2]) {
      const { name = '', words = [] } = splitName(rest.trim(), count) ?? {};
      const port = whole(words[0], 65_535);
      const position = whole(words[1], Number.MAX_SAFE_INTEGER);
      const token = words[2] ?? null;
      if (name === '' || port === null || position === null || (token !== null) !== (port === 0)) continue;
      return { verb, name, port, position, token: token?.slice(0, MAX_TOKEN) ?? null };
    }
    return null;
  }
  return verb === '' ? null : { verb: 'other', name: word.toUpperCase() };
}

const quoted = (name: string): string => (name.includes(' ') ? `"${name}"` : name);

/** The text behind `DCC ` of an offer. `address` null: passive. Double quotes in the name become apostrophes, as nothing escapes them. */
export function writeSend({ name, size, address, port, token }: DccOffer): string {
  const words = [quoted(name.replaceAll('"', "'")), address === null ? NO_ADDRESS : writeAddress(address), String(port)];
  if (size !== null) words.push(String(size));
  if (token !== null) words.push(token);
  return `SEND ${words.join(' ')}`;
}

export const writeResume = (verb: 'RESUME' | 'ACCEPT', name: string, port: number, position: number, token: string | null): string =>
  [verb, quoted(name.replaceAll('"', "'")), String(port), String(position), ...(token === null ? [] : [token])].join(' ');
