/** 005: what the server says about itself. Every value is read with bounds; a senseless one leaves the default. */
import { cleanText } from '../wire/clean.ts';
import { readCaseMapping, type CaseMapping } from '../state/fold.ts';

const MAX_PREFIXES = 16;
const MAX_CHANTYPES = 8;
const MAX_MODES = 128;
const MAX_NETWORK_NAME = 64;
/** Values above this length are not looked at. */
const MAX_VALUE = 512;
/** Entries of a list value such as TARGMAX or CLIENTTAGDENY. */
const MAX_ENTRIES = 64;

/** `ACCOUNTEXTBAN=a,account`: the letters or names that match an account in an extended ban; `prefix` stands before them. */
export interface Extban {
  prefix: string;
  types: string;
}

/** Null where the server does not say it; counts and lengths are then as the RFC has them, or unlimited. */
export interface Isupport {
  /** Status modes and their characters, highest first. */
  prefixes: { mode: string; symbol: string }[];
  chanTypes: string;
  /** Modes by kind: A lists, B always with parameter, C with parameter when set, D without. */
  chanModes: { list: string; always: string; whenSet: string; never: string };
  caseMapping: CaseMapping;
  network: string | null;
  /** Bytes of an outgoing line with its line end. */
  lineLength: number;
  nickLength: number;
  channelLength: number | null;
  topicLength: number | null;
  kickLength: number | null;
  awayLength: number | null;
  nameLength: number | null;
  userLength: number | null;
  keyLength: number | null;
  /** Characters that may stand before a channel to reach only members of that status or above. */
  statusMsg: string;
  /** Channels in one JOIN. */
  joinTargets: number;
  /** TARGMAX: targets one command may name, by upper-case command; Infinity: no limit. Absent: one. */
  targets: ReadonlyMap<string, number>;
  /** MODES: changes with a parameter in one MODE; Infinity where the server sets no limit. */
  modes: number;
  /** MAXLIST: entries a list mode may have, by mode letter. */
  maxList: ReadonlyMap<string, number>;
  /** EXCEPTS and INVEX: the list modes for ban exceptions and invitations; null: there are none. */
  banExceptions: string | null;
  inviteExceptions: string | null;
  extban: Extban | null;
  /** ACCOUNTEXTBAN: the names of the extended ban for accounts, as they stand after the prefix. */
  accountExtban: readonly string[];
  /** CHATHISTORY: most lines of one request; 0: no limit is told; null: not offered. */
  chatHistory: number | null;
  /** MSGREFTYPES in the server's order of preference; empty: not told. */
  msgRefTypes: readonly ('timestamp' | 'msgid')[];
  /** MONITOR: nicks that may be watched; Infinity where no limit is told; null: not offered. */
  monitor: number | null;
  /** SILENCE: masks; null: not offered. */
  silence: number | null;
  /** BOT: the user mode that marks a bot. */
  bot: string | null;
  whox: boolean;
  /** ELIST: letters of the conditions LIST takes, upper case. */
  elist: string;
  safelist: boolean;
  utf8Only: boolean;
  /** CLIENTTAGDENY: see `isTagAllowed`. */
  clientTagDeny: readonly string[];
  /** BOUNCER_NETID: the network of a bouncer this connection is bound to. */
  bouncerNetId: string | null;
  /** draft/ICON: address of the network's picture as told; unchecked. */
  icon: string | null;
  /** soju.im/FILEHOST: upload address as told; unchecked. */
  filehost: string | null;
  /** soju.im/SAFERATE: the server slows us down by itself, so that we need not. */
  saferate: boolean;
  /** Every token as told, values unescaped: for what has no field here. At most MAX_TOKENS. */
  tokens: Map<string, string>;
}
const MAX_TOKENS = 256;

export const defaultIsupport = (caseMapping: CaseMapping): Isupport => ({
  prefixes: [
    { mode: 'o', symbol: '@' },
    { mode: 'v', symbol: '+' },
  ],
  chanTypes: '#&',
  chanModes: { list: 'b', always: 'k', whenSet: 'l', never: 'imnpst' },
  caseMapping,
  network: null,
  lineLength: 512,
  nickLength: 30,
  channelLength: null,
  topicLength: null,
  kickLength: null,
  awayLength: null,
  nameLength: null,
  userLength: null,
  keyLength: null,
  statusMsg: '',
  joinTargets: 10,
  targets: new Map(),
  modes: 3,
  maxList: new Map(),
  banExceptions: null,
  inviteExceptions: null,
  extban: null,
  accountExtban: [],
  chatHistory: null,
  msgRefTypes: [],
  monitor: null,
  silence: null,
  bot: null,
  whox: false,
  elist: '',
  safelist: false,
  utf8Only: false,
  clientTagDeny: [],
  bouncerNetId: null,
  icon: null,
  filehost: null,
  saferate: false,
  tokens: new Map(),
});

const unescape = (value: string): string =>
  value.replace(/\\x([0-9a-fA-F]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

const number = (value: string, min: number, max: number, otherwise: number): number =>
  /^[0-9]{1,9}$/.test(value) ? Math.min(max, Math.max(min, Number(value))) : otherwise;
const length = (value: string): number | null => (/^[0-9]{1,9}$/.test(value) && Number(value) > 0 ? Number(value) : null);
/** A count where an empty value means no limit; null where it is none at all. */
const limit = (value: string): number | null => (value === '' ? Infinity : length(value));

const list = (value: string, separator = ','): string[] =>
  value
    .split(separator, MAX_ENTRIES)
    .map((entry) => cleanText(entry))
    .filter((entry) => entry !== '');

/** `NAME:number,…`; a name without number has no limit. Letters in front of one number are each their own name with `letters`. */
function readLimits(value: string, letters: boolean): Map<string, number> {
  const found = new Map<string, number>();
  for (const entry of list(value)) {
    const [names = '', count = ''] = entry.split(':', 2);
    const most = limit(count);
    if (most === null) continue;
    for (const name of letters ? names.slice(0, MAX_MODES) : [names.toUpperCase()]) found.set(name, most);
  }
  return found;
}

/** `(ov)@+`; null where both halves do not match. */
function readPrefixes(value: string): Isupport['prefixes'] | null {
  if (value === '') return [];
  const [, modes = '', symbols = ''] = /^\(([A-Za-z]*)\)([\x21-\x7e]*)$/.exec(value) ?? [];
  if (modes === '' || modes.length !== symbols.length || modes.length > MAX_PREFIXES) return null;
  if (new Set(modes).size !== modes.length || new Set(symbols).size !== symbols.length) return null;
  return Array.from(modes, (mode, index) => ({ mode, symbol: symbols[index] ?? '' }));
}

function readExtban(value: string): Extban | null {
  const cut = value.indexOf(',');
  const prefix = value.slice(0, cut);
  const types = value.slice(cut + 1);
  return cut === -1 || prefix.length > 1 || !/^[\x21-\x7e]*$/.test(types) ? null : { prefix, types: types.slice(0, MAX_MODES) };
}

const letter = (value: string, otherwise: string | null): string | null => {
  if (value === '') return otherwise;
  return /^[A-Za-z]$/.test(value) ? value : null;
};
const address = (value: string): string | null => (/^[\x21-\x7e]+$/.test(value) ? value : null);

type Apply = (isupport: Isupport, value: string) => void;

/** What each token changes. A removed one is set back to its default before, and goes no further. */
const tokens: Readonly<Record<string, { fields: readonly (keyof Isupport)[]; apply: Apply }>> = {
  PREFIX: { fields: ['prefixes'], apply: (is, value) => void (is.prefixes = readPrefixes(value) ?? is.prefixes) },
  CHANTYPES: {
    fields: ['chanTypes'],
    apply: (is, value) => {
      if (/^[\x21-\x2b\x2d-\x2f\x3a-\x40\x5b-\x60\x7b-\x7e]*$/.test(value)) is.chanTypes = value.slice(0, MAX_CHANTYPES);
    },
  },
  CHANMODES: {
    fields: ['chanModes'],
    apply: (is, value) => {
      if (value.length > MAX_MODES || !/^[A-Za-z]*(?:,[A-Za-z]*){3,}$/.test(value)) return;
      const [modes = '', always = '', whenSet = '', never = ''] = value.split(',');
      is.chanModes = { list: modes, always, whenSet, never };
    },
  },
  // A mapping that is taken back stays: nothing says what comes instead.
  CASEMAPPING: { fields: [], apply: (is, value) => void (is.caseMapping = readCaseMapping(value)) },
  NETWORK: {
    fields: ['network'],
    apply: (is, value) => {
      const text = cleanText(value).slice(0, MAX_NETWORK_NAME);
      is.network = text === '' ? null : text;
    },
  },
  LINELEN: { fields: ['lineLength'], apply: (is, value) => void (is.lineLength = number(value, 512, 16_384, 512)) },
  NICKLEN: { fields: ['nickLength'], apply: (is, value) => void (is.nickLength = number(value, 1, 256, 30)) },
  CHANNELLEN: { fields: ['channelLength'], apply: (is, value) => void (is.channelLength = length(value)) },
  TOPICLEN: { fields: ['topicLength'], apply: (is, value) => void (is.topicLength = length(value)) },
  KICKLEN: { fields: ['kickLength'], apply: (is, value) => void (is.kickLength = length(value)) },
  AWAYLEN: { fields: ['awayLength'], apply: (is, value) => void (is.awayLength = length(value)) },
  NAMELEN: { fields: ['nameLength'], apply: (is, value) => void (is.nameLength = length(value)) },
  USERLEN: { fields: ['userLength'], apply: (is, value) => void (is.userLength = length(value)) },
  KEYLEN: { fields: ['keyLength'], apply: (is, value) => void (is.keyLength = length(value)) },
  STATUSMSG: {
    fields: ['statusMsg'],
    apply: (is, value) => void (is.statusMsg = /^[\x21-\x7e]*$/.test(value) ? value.slice(0, MAX_PREFIXES) : ''),
  },
  TARGMAX: {
    fields: ['targets', 'joinTargets'],
    apply: (is, value) => {
      is.targets = readLimits(value, false);
      const joins = is.targets.get('JOIN');
      if (joins !== undefined) is.joinTargets = Math.min(64, joins);
    },
  },
  MODES: { fields: ['modes'], apply: (is, value) => void (is.modes = limit(value) ?? 3) },
  MAXLIST: { fields: ['maxList'], apply: (is, value) => void (is.maxList = readLimits(value, true)) },
  EXCEPTS: { fields: ['banExceptions'], apply: (is, value) => void (is.banExceptions = letter(value, 'e')) },
  INVEX: { fields: ['inviteExceptions'], apply: (is, value) => void (is.inviteExceptions = letter(value, 'I')) },
  EXTBAN: { fields: ['extban'], apply: (is, value) => void (is.extban = readExtban(value)) },
  ACCOUNTEXTBAN: { fields: ['accountExtban'], apply: (is, value) => void (is.accountExtban = list(value)) },
  CHATHISTORY: { fields: ['chatHistory'], apply: (is, value) => void (is.chatHistory = number(value, 0, 100_000, 0)) },
  'draft/CHATHISTORY': { fields: ['chatHistory'], apply: (is, value) => void (is.chatHistory = number(value, 0, 100_000, 0)) },
  MSGREFTYPES: {
    fields: ['msgRefTypes'],
    apply: (is, value) => void (is.msgRefTypes = list(value).filter((type) => type === 'timestamp' || type === 'msgid')),
  },
  MONITOR: { fields: ['monitor'], apply: (is, value) => void (is.monitor = limit(value)) },
  SILENCE: { fields: ['silence'], apply: (is, value) => void (is.silence = length(value)) },
  BOT: { fields: ['bot'], apply: (is, value) => void (is.bot = letter(value, null)) },
  WHOX: { fields: ['whox'], apply: (is) => void (is.whox = true) },
  ELIST: { fields: ['elist'], apply: (is, value) => void (is.elist = /^[A-Za-z]{0,16}$/.test(value) ? value.toUpperCase() : '') },
  SAFELIST: { fields: ['safelist'], apply: (is) => void (is.safelist = true) },
  UTF8ONLY: { fields: ['utf8Only'], apply: (is) => void (is.utf8Only = true) },
  CLIENTTAGDENY: { fields: ['clientTagDeny'], apply: (is, value) => void (is.clientTagDeny = list(value)) },
  BOUNCER_NETID: { fields: ['bouncerNetId'], apply: (is, value) => void (is.bouncerNetId = value === '' ? null : cleanText(value)) },
  'draft/ICON': { fields: ['icon'], apply: (is, value) => void (is.icon = address(value)) },
  'soju.im/FILEHOST': { fields: ['filehost'], apply: (is, value) => void (is.filehost = address(value)) },
  'draft/FILEHOST': { fields: ['filehost'], apply: (is, value) => void (is.filehost = address(value)) },
  'soju.im/SAFERATE': { fields: ['saferate'], apply: (is) => void (is.saferate = true) },
};

/** Applies one token (`NAME`, `NAME=value` or `-NAME`), changing `isupport`. */
export function applyToken(isupport: Isupport, token: string): void {
  if (token.length > MAX_VALUE) return;
  const cut = token.indexOf('=');
  const removed = token.startsWith('-');
  const name = (removed ? token.slice(1) : cut === -1 ? token : token.slice(0, cut)).split('=', 1)[0] ?? '';
  const value = removed || cut === -1 ? '' : unescape(token.slice(cut + 1));
  const known = Object.hasOwn(tokens, name) ? tokens[name] : undefined;
  if (removed) {
    isupport.tokens.delete(name);
    const standard = defaultIsupport(isupport.caseMapping);
    for (const field of known?.fields ?? []) Object.assign(isupport, { [field]: standard[field] });
    return;
  }
  if (isupport.tokens.size < MAX_TOKENS || isupport.tokens.has(name)) isupport.tokens.set(name, cleanText(value));
  known?.apply(isupport, value);
}

/** May a client-only tag (with its `+`, e.g. `+typing`) be sent? CLIENTTAGDENY names them without it; `*` denies all but `-exempted` ones. */
export function isTagAllowed({ clientTagDeny }: Isupport, tag: string): boolean {
  const name = tag.startsWith('+') ? tag.slice(1) : tag;
  if (clientTagDeny.includes(`-${name}`)) return true;
  return !clientTagDeny.includes('*') && !clientTagDeny.includes(name);
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
  // Most names have none.
  if (!isupport.prefixes.some(({ symbol }) => symbol === name[0])) return { prefix: '', rest: name };
  while (end < name.length && isupport.prefixes.some(({ symbol }) => symbol === name[end])) end += 1;
  return { prefix: sortPrefix(isupport, name.slice(0, end)), rest: name.slice(end) };
}

/** Highest first, each once. */
export function sortPrefix({ prefixes }: Isupport, symbols: string): string {
  let sorted = '';
  for (const { symbol } of prefixes) if (symbols.includes(symbol)) sorted += symbol;
  return sorted;
}
