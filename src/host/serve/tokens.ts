/**
 * The tokens that let a page connect (design section 7). A single-use token opens one tab within a minute; the tab gets a token of its own
 * for its later connections, valid until Sotto ends. Only hashes are kept, so comparing them in constant time needs no equal lengths.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

export const SINGLE_USE_MS = 60_000;
/** Single-use tokens that wait at one time; the oldest makes room. */
export const MAX_UNUSED = 16;
/** Tabs that are remembered; the one that connected longest ago makes room. */
export const MAX_TABS = 64;
/** Wrong tokens within a minute, after which single-use tokens are not looked at. Tabs that are known still come back. */
export const MAX_WRONG_PER_MINUTE = 10;
const MINUTE_MS = 60_000;

type TokenAnswer = { kind: 'tab'; token: string } | { kind: 'unknown' } | { kind: 'tooMany' };

export interface PageTokens {
  /** A new single-use token: 32 random bytes as base64url. */
  create(): string;
  /** Spends a single-use token, or recognises a tab's; answers with the token of the tab. */
  accept(token: string): TokenAnswer;
}

interface Known {
  hash: Uint8Array;
  expires: number;
}

/** `now` is in milliseconds and never goes back (performance.now). */
export function createPageTokens(now: () => number): PageTokens {
  let unused: Known[] = [];
  let tabs: Known[] = [];
  let wrong: number[] = [];

  const make = (): string => randomBytes(32).toString('base64url');
  const hashOf = (token: string): Uint8Array => createHash('sha256').update(token).digest();
  /** Looks at every entry, so that time does not tell which one matched. */
  const find = (known: readonly Known[], hash: Uint8Array): Known | null => {
    let found: Known | null = null;
    for (const entry of known) if (timingSafeEqual(entry.hash, hash)) found = entry;
    return found;
  };

  return {
    create: () => {
      const token = make();
      unused = [...unused.filter((entry) => entry.expires > now()), { hash: hashOf(token), expires: now() + SINGLE_USE_MS }].slice(
        -MAX_UNUSED,
      );
      return token;
    },
    accept: (token) => {
      const hash = hashOf(token);
      const tab = find(tabs, hash);
      if (tab !== null) {
        tabs = [...tabs.filter((entry) => entry !== tab), tab];
        return { kind: 'tab', token };
      }
      wrong = wrong.filter((time) => time > now() - MINUTE_MS);
      if (wrong.length >= MAX_WRONG_PER_MINUTE) return { kind: 'tooMany' };
      const entry = find(unused, hash);
      if (entry === null || entry.expires <= now()) {
        wrong.push(now());
        return { kind: 'unknown' };
      }
      unused = unused.filter((other) => other !== entry);
      const own = make();
      tabs = [...tabs, { hash: hashOf(own), expires: Infinity }].slice(-MAX_TABS);
      return { kind: 'tab', token: own };
    },
  };
}
