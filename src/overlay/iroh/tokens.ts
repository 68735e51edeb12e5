import { equalBytes } from '../base64.ts';
import { MAX_ADDRESSES } from '../overlay.ts';
import { TOKEN_BYTES } from './address.ts';

/** Announced before, still answering. The oldest gives way. */
const MAX_RETIRED = 8;
const MAX_TOKENS = MAX_ADDRESSES + MAX_RETIRED;

/** What opens our addresses, newest first: the first MAX_ADDRESSES are announced, the others only answer. */
export interface Tokens {
  live(): Uint8Array[];
  /** The token itself, as it is held here; null for one that is not ours (any more). */
  find(token: Uint8Array): Uint8Array | null;
  /** New ones are announced, the old ones go on answering. */
  renew(): void;
  /** Forgets one; where it was announced, a new one takes its place. */
  release(token: Uint8Array): void;
  all(): Uint8Array[];
}

/** `kept`: those of the last run. What is no token is left out. */
export function createTokens(kept: readonly Uint8Array[], random: (length: number) => Uint8Array): Tokens {
  const fill = (tokens: Uint8Array[]): Uint8Array[] => {
    const missing = Math.max(0, MAX_ADDRESSES - tokens.length);
    return [...Array.from({ length: missing }, () => random(TOKEN_BYTES)), ...tokens];
  };
  let tokens = fill(kept.filter((token) => token.length === TOKEN_BYTES).slice(0, MAX_TOKENS));
  return {
    live: () => tokens.slice(0, MAX_ADDRESSES),
    find: (token) => tokens.find((own) => equalBytes(own, token)) ?? null,
    renew: () => {
      tokens = [...Array.from({ length: MAX_ADDRESSES }, () => random(TOKEN_BYTES)), ...tokens].slice(0, MAX_TOKENS);
    },
    release: (token) => {
      const wasLive = tokens.slice(0, MAX_ADDRESSES).some((own) => equalBytes(own, token));
      const left = tokens.filter((own) => !equalBytes(own, token));
      tokens = wasLive ? [random(TOKEN_BYTES), ...left] : left;
    },
    all: () => [...tokens],
  };
}
