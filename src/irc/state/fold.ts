/** How a server compares names (005 CASEMAPPING). */
export type CaseMapping = 'ascii' | 'rfc1459' | 'rfc1459-strict' | 'unicode';

declare const folded: unique symbol;
/** A nick as a map key. Only `foldNick` makes one. */
export type FoldedNick = string & { readonly [folded]: 'nick' };
/** A channel's name as a map key. Only `foldChannel` makes one. */
export type FoldedChannel = string & { readonly [folded]: 'channel' };

export const readCaseMapping = (value: string): CaseMapping => {
  switch (value.toLowerCase()) {
    case 'ascii':
      return 'ascii';
    case 'strict-rfc1459':
    case 'rfc1459-strict':
      return 'rfc1459-strict';
    case 'rfc7613':
    case 'rfc8265':
    case 'precis':
      return 'unicode';
    default:
      return 'rfc1459';
  }
};

// eslint-disable-next-line no-control-regex -- all of ASCII is meant
const ASCII_ONLY = /^[\u0000-\u007f]*$/;
/** Only these change under any of the ASCII mappings: most names are as they should be, and every line folds some. */
const CHANGING = /[A-Z[\]\\^]/;
const ascii = (name: string): string =>
  ASCII_ONLY.test(name) ? name.toLowerCase() : name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

/** RFC 1459 2.2: {}| are the lower case of []\, and by its erratum ~ that of ^. */
export function fold(mapping: CaseMapping, name: string): string {
  if (mapping !== 'unicode' && !CHANGING.test(name)) return name;
  switch (mapping) {
    case 'ascii':
      return ascii(name);
    case 'rfc1459':
      return ascii(name).replaceAll('[', '{').replaceAll(']', '}').replaceAll('\\', '|').replaceAll('^', '~');
    case 'rfc1459-strict':
      return ascii(name).replaceAll('[', '{').replaceAll(']', '}').replaceAll('\\', '|');
    case 'unicode':
      return name.normalize('NFC').toLowerCase();
  }
}

// The two places where the brands are given.
export const foldNick = (mapping: CaseMapping, name: string): FoldedNick => fold(mapping, name) as FoldedNick;
export const foldChannel = (mapping: CaseMapping, name: string): FoldedChannel => fold(mapping, name) as FoldedChannel;
