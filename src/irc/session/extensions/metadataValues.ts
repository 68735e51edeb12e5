/** Values of metadata as they may be shown: one line, bounded, without anything that hides or turns text. */
import { cleanLine } from '../../wire/clean.ts';

/** In order of preference, as a server may allow fewer. Halloy's keys. */
export const METADATA_KEYS = ['display-name', 'avatar', 'pronouns', 'homepage', 'color', 'status'] as const;
export type MetadataKey = (typeof METADATA_KEYS)[number];
export const isMetadataKey = (key: string): key is MetadataKey => METADATA_KEYS.some((known) => known === key);

/** UTF-16 units. */
const MAX_LENGTH: Readonly<Record<MetadataKey, number>> = {
  'display-name': 64,
  avatar: 512,
  pronouns: 64,
  homepage: 512,
  color: 7,
  status: 256,
};

function address(text: string, protocols: readonly string[]): string | null {
  if (!/^[\x21-\x7e]+$/.test(text) || !URL.canParse(text)) return null;
  const { protocol, username, password } = new URL(text);
  return protocols.includes(protocol) && username === '' && password === '' ? text : null;
}

/** Null where the value is none for this key: it is then as if it were not set. */
export function readMetadataValue(key: MetadataKey, text: string): string | null {
  const value = cleanLine(text.slice(0, 4 * MAX_LENGTH[key])).trim();
  if (value === '' || value.length > MAX_LENGTH[key])
    return key === 'status' && value !== '' ? value.slice(0, MAX_LENGTH[key]).toWellFormed() : null;
  switch (key) {
    case 'avatar':
      return address(value, ['https:']);
    case 'homepage':
      return address(value, ['https:', 'http:']);
    case 'color':
      return /^#[0-9a-fA-F]{6}$/.test(value) ? value : null;
    case 'display-name':
    case 'pronouns':
    case 'status':
      return value;
  }
}

/** Letters of other scripts that look like Latin ones, and signs that look like letters. */
const LOOK_ALIKES: Readonly<Record<string, string>> = Object.fromEntries(
  [
    ['аɑα', 'a'],
    ['ьвβ', 'b'],
    ['сϲᴄ', 'c'],
    ['ԁ', 'd'],
    ['еҽε', 'e'],
    ['ɡ', 'g'],
    ['һн', 'h'],
    ['іıι1l|!ǀ', 'i'],
    ['јϳ', 'j'],
    ['кκ', 'k'],
    ['мᴍμ', 'm'],
    ['пո', 'n'],
    ['оοօ0σ', 'o'],
    ['рρ', 'p'],
    ['ԛ', 'q'],
    ['гᴦ', 'r'],
    ['ѕ5$', 's'],
    ['тτ', 't'],
    ['υս', 'u'],
    ['ѵν', 'v'],
    ['ѡω', 'w'],
    ['хχ×', 'x'],
    ['уγү', 'y'],
    ['ᴢζ', 'z'],
  ].flatMap(([from = '', to = '']) => Array.from(from, (letter) => [letter, to])),
);

/** What a name looks like at a glance: names with the same skeleton can be taken for each other. Not a name itself. */
export const skeleton = (name: string): string =>
  Array.from(
    name
      .normalize('NFKD')
      .toLowerCase()
      .replace(/[\p{M}\p{Cf}\s_.-]/gu, ''),
    (letter) => LOOK_ALIKES[letter] ?? letter,
  ).join('');
