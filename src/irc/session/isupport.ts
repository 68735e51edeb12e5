/** 005: what the server says about itself. Every value is read with bounds; a senseless one leaves the default. */
import { cleanText } from '../wire/clean.ts';
import { readCaseMapping, type CaseMapping } from '../state/fold.ts';

const MAX_PREFIXES = 16;
const MAX_CHANTYPES = 8;
const MAX_MODES = 128;
const MAX_NETWORK_NAME = 64;
/** Values above this length are not looked at. */
const MAX_VALUE = 512;

export interface Isupport {
  /** Status modes and their characters, highest first. */
  prefixes: { mode: string; symbol: string }[];
  chanTypes: string;
  /** Modes by kind: A lists, B always with parameter, C with parameter when set, D without. */
  chanModes: { list: string; always: string; whenSet: string; never: string };
  caseMapping: CaseMapping;
  nickLength: number;
  network: string | null;
  /** Bytes of an outgoing line with its line end. */
  lineLength: number;
  /** Characters that may stand before a channel to reach only members of that status or above. */
  statusMsg: string;
  /** Channels in one JOIN. */
  joinTargets: number;
}

export const defaultIsupport = (caseMapping: CaseMapping): Isupport => ({
  prefixes: [
    { mode: 'o', symbol: '@' },
    { mode: 'v', symbol: '+' },
  ],
  chanTypes: '#&',
  chanModes: { list: 'b', always: 'k', whenSet: 'l', never: 'imnpst' },
  caseMapping,
  nickLength: 30,
  network: null,
  lineLength: 512,
  statusMsg: '',
  joinTargets: 10,
});

const unescape = (value: string): string =>
  value.replace(/\\x([0-9a-fA-F]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

const number = (value: string, min: number, max: number, otherwise: number): number =>
  /^[0-9]{1,9}$/.test(value) ? Math.min(max, Math.max(min, Number(value))) : otherwise;

/** `(ov)@+`; null where both halves do not match. */
function readPrefixes(value: string): Isupport['prefixes'] | null {
  if (value === '') return [];
  const [, modes = '', symbols = ''] = /^\(([A-Za-z]*)\)([\x21-\x7e]*)$/.exec(value) ?? [];
  if (modes === '' || modes.length !== symbols.length || modes.length > MAX_PREFIXES) return null;
  if (new Set(modes).size !== modes.length || new Set(symbols).size !== symbols.length) return null;
  return Array.from(modes, (mode, index) => ({ mode, symbol: symbols[index] ?? '' }));
}

/** Applies one token (`NAME`, `NAME=value` or `-NAME`), changing `isupport`. */
export function applyToken(isupport: Isupport, token: string): void {
  if (token.length > MAX_VALUE) return;
  const cut = token.indexOf('=');
  const removed = token.startsWith('-');
  const name = removed ? token.slice(1) : cut === -1 ? token : token.slice(0, cut);
  const value = removed || cut === -1 ? '' : unescape(token.slice(cut + 1));
  const standard = defaultIsupport('rfc1459');
  switch (name) {
    case 'PREFIX':
      isupport.prefixes = removed ? standard.prefixes : (readPrefixes(value) ?? isupport.prefixes);
      return;
    case 'CHANTYPES':
      if (removed) isupport.chanTypes = standard.chanTypes;
      else if (/^[\x21-\x2b\x2d-\x2f\x3a-\x40\x5b-\x60\x7b-\x7e]*$/.test(value)) isupport.chanTypes = value.slice(0, MAX_CHANTYPES);
      return;
    case 'CHANMODES': {
      if (removed) isupport.chanModes = standard.chanModes;
      if (value.length > MAX_MODES || !/^[A-Za-z]*(?:,[A-Za-z]*){3,}$/.test(value)) return;
      const [list = '', always = '', whenSet = '', never = ''] = value.split(',');
      isupport.chanModes = { list, always, whenSet, never };
      return;
    }
    case 'CASEMAPPING':
      isupport.caseMapping = readCaseMapping(value);
      return;
    case 'NICKLEN':
      isupport.nickLength = number(value, 1, 256, standard.nickLength);
      return;
    case 'NETWORK': {
      const text = cleanText(value).slice(0, MAX_NETWORK_NAME);
      isupport.network = text === '' ? null : text;
      return;
    }
    case 'LINELEN':
      isupport.lineLength = number(value, 512, 16_384, standard.lineLength);
      return;
    case 'STATUSMSG':
      isupport.statusMsg = /^[\x21-\x7e]*$/.test(value) ? value.slice(0, MAX_PREFIXES) : '';
      return;
    case 'TARGMAX': {
      const join = /(?:^|,)JOIN:([0-9]*)(?:,|$)/.exec(value)?.[1];
      if (join !== undefined) isupport.joinTargets = join === '' ? 64 : number(join, 1, 64, standard.joinTargets);
    }
  }
}

export const isChannelName = (isupport: Isupport, name: string): boolean => name !== '' && isupport.chanTypes.includes(name.charAt(0));

/** `@#chan` goes to the operators of `#chan`: the channel is what follows the status characters. */
export function messageTarget(isupport: Isupport, target: string): string {
  const rest = target.slice(1);
  return target !== '' && isupport.statusMsg.includes(target.charAt(0)) && isChannelName(isupport, rest) ? rest : target;
}

/** The status characters at the head of a name in a NAMES reply, and the name. */
export function splitPrefix(isupport: Isupport, name: string): { prefix: string; rest: string } {
  let end = 0;
  while (end < name.length && isupport.prefixes.some(({ symbol }) => symbol === name[end])) end += 1;
  return { prefix: sortPrefix(isupport, name.slice(0, end)), rest: name.slice(end) };
}

/** Highest first, each once. */
export const sortPrefix = (isupport: Isupport, symbols: string): string =>
  isupport.prefixes
    .filter(({ symbol }) => symbols.includes(symbol))
    .map(({ symbol }) => symbol)
    .join('');
