/**
 * Links that open Sotto: `irc:` and `ircs:` (draft-butcher-irc-url-04, draft-mirashi-url-irc-01, and what other clients write), `sotto:`.
 * A link is text of a stranger. What is read from it is bounded, cannot break a line of IRC, and is only ever shown to the person.
 */
import { domainToASCII, domainToUnicode } from 'node:url';
import { isIP } from 'node:net';
import { MAX_LINK_TEXT, type LinkView } from '../contract/desktop.ts';
import { ContractError } from '../contract/errors.ts';
import type { ServerName } from '../contract/ids.ts';

/** Channels of one link. */
const MAX_LINK_CHANNELS = 10;
/** As a server allows at most (CHANNELLEN is 50 to 64 in practice); the dialogue shows them whole. */
const MAX_CHANNEL_LENGTH = 64;
const MAX_KEY_LENGTH = 64;
const MAX_NICK_LENGTH = 64;
/** RFC 1035 §2.3.4. */
const MAX_HOST_LENGTH = 253;
const TLS_PORT = 6697;
const PLAIN_PORT = 6667;

const refuse = (why: string): never => {
  throw new ContractError('badInput', `This link cannot be opened: ${why}`);
};

/** Control characters, spaces of all kinds, and what turns the direction of text: none of them belongs into a name that is shown. */
const unfit = /[\p{Cc}\p{Zs}\p{Zl}\p{Zp}\p{Bidi_Control}\u200b-\u200f\u2060\ufeff]/u;

/** `known`: the entry of the configuration for a host and port. Throws `badInput` with a sentence. */
export function readLink(text: string, known: (host: string, port: number) => ServerName | null): LinkView {
  const link = text.trim();
  if (link.length > MAX_LINK_TEXT) return refuse('it is too long.');
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(link)?.[1]?.toLowerCase();
  if (scheme === 'sotto') {
    if (!/^sotto:[\x21-\x7e]+$/i.test(link)) return refuse('it holds characters that a route or an invite never has.');
    return { kind: 'connect', text: link };
  }
  if (scheme === 'irc' || scheme === 'ircs') return readIrc(link.slice(scheme.length + 1), scheme === 'ircs', known);
  return refuse('Sotto opens links that begin with irc:, ircs: or sotto:.');
}

function readIrc(rest: string, secure: boolean, known: (host: string, port: number) => ServerName | null): LinkView {
  if (unfit.test(rest)) return refuse('it holds spaces or control characters.');
  const after = /^\/\/([^/?#]*)\/?(.*)$/s.exec(rest) ?? refuse('it names no server.');
  const { host, port: given } = readAuthority(after[1] ?? '');
  const tls = secure || given === null || given === TLS_PORT;
  const port = given ?? TLS_PORT;
  const target = readTarget(after[2] ?? '');
  return {
    kind: 'irc',
    server: host,
    unicode: ownScript(host),
    port,
    tls,
    ...target,
    known: known(host, port),
    insecurePort: !tls && port === PLAIN_PORT,
  };
}

/** `host`, `host:port`, `[IPv6]:port`. Names and passwords before an `@` are refused: a link never logs anybody in. */
function readAuthority(authority: string): { host: string; port: number | null } {
  if (authority.includes('@')) return refuse('it holds a name or password, which links must not.');
  const parts = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/i.exec(authority) ?? refuse('its server is not one.');
  const port = parts[3] === undefined ? null : Number(parts[3]);
  if (port !== null && (port < 1 || port > 65_535)) return refuse('its port is not one.');
  const address = parts[1];
  if (address !== undefined) return isIP(address) === 6 ? { host: address.toLowerCase(), port } : refuse('its address is not one.');
  const host = domainToASCII(decode(parts[2] ?? '')).replace(/\.$/, '');
  const labels = /^(?!-)[a-z0-9_-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9_-]{1,63}(?<!-))*$/;
  if (host.length > MAX_HOST_LENGTH || !labels.test(host)) return refuse('its server is not one.');
  return { host, port };
}

/** Null where it is the same, or holds what is not for reading. */
function ownScript(host: string): string | null {
  const unicode = host.includes('xn--') ? domainToUnicode(host) : host;
  return unicode === host || unicode === '' || unfit.test(unicode) ? null : unicode;
}

function readTarget(path: string): { channels: string[]; key: string | null; needsKey: boolean; nick: string | null } {
  const none = { channels: [], key: null, needsKey: false, nick: null };
  const question = path.indexOf('?');
  const [names, query] = question < 0 ? [path, ''] : [path.slice(0, question), path.slice(question + 1)];
  const parts = names.split(',').map(decode);
  const words = new Set(parts.slice(1).filter((part) => /^(?:is|need)[a-z]+$/.test(part)));
  const targets = parts.filter((part) => part !== '' && !words.has(part));
  if (targets.length === 0) return none;
  if (words.has('isserver')) return none;
  if (words.has('isnick') || words.has('isuser')) {
    const nick = (targets[0] ?? '').split(/[!@]/, 1)[0] ?? '';
    if (nick.length > MAX_NICK_LENGTH || nick === '' || /[\s,*?:#&]/.test(nick) || unfit.test(nick)) return refuse('its nick is not one.');
    return { ...none, nick };
  }
  if (targets.length > MAX_LINK_CHANNELS) return refuse(`it names more than ${MAX_LINK_CHANNELS} channels.`);
  const channels = targets.map((target) => {
    const name = /^[#&+!]/.test(target) ? target : `#${target}`;
    if (name.length > MAX_CHANNEL_LENGTH || name.length < 2 || /[ ,:]/.test(name) || unfit.test(name))
      return refuse('its channel is not one.');
    return name;
  });
  const key = readKey(query);
  return { channels, key, needsKey: key === null && words.has('needkey'), nick: null };
}

/** `?key=…`, or the whole of it where it has no name (draft-mirashi-url-irc-01). Anything else of a query is not looked at. */
function readKey(query: string): string | null {
  if (query === '') return null;
  const named = query.split('&').find((part) => part.startsWith('key='));
  const raw = named === undefined ? (query.includes('=') ? '' : query) : named.slice('key='.length);
  if (raw === '') return null;
  const key = decode(raw);
  if (key.length > MAX_KEY_LENGTH || /[ ,:]/.test(key) || unfit.test(key)) return refuse('its channel key is not one.');
  return key;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return refuse('it is not written as a link.');
  }
}
