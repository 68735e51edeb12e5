/** What a hello that opened may do to the sessions of its sender (B.7). Only ever asked about an authenticated hello. */

/** A contact's session is replaced at most this often; a hello that comes earlier is silence, and is repeated by its sender. */
export const REPLACE_INTERVAL_MS = 3_600_000;
/** A hello that was not answered for this long does not compete with theirs any more: they may have lost the prekey it was made for. */
export const PENDING_MS = 3_600_000;

export interface HelloFacts {
  /** We have a session with them that both sides have used, or that they began. Never so for a stranger. */
  established: boolean;
  /** The id of our own hello to them while it waits for its first answer, at most `PENDING_MS` long; else null. */
  pendingHelloId: Uint8Array | null;
  helloId: Uint8Array;
  /** When their last replacement was admitted; null: never. */
  lastReplaced: number | null;
  now: number;
}

/**
 * - `first`: there is nothing to replace.
 * - `simultaneous`: both began. `sendsOn` says on which session both sides send; the other one, and any before, only receive.
 * - `replaces`: the sessions there were only receive from now on, the new one sends; the user gets a line.
 * - `refused`: too soon after the last replacement: silence, nothing changes.
 */
export type Admission =
  { kind: 'first' } | { kind: 'simultaneous'; sendsOn: 'theirs' | 'ours' } | { kind: 'replaces' } | { kind: 'refused' };

/** Pure; the same facts give the same answer. A clock that went back counts as no time passed. */
export function admitHello({ established, pendingHelloId, helloId, lastReplaced, now }: HelloFacts): Admission {
  if (pendingHelloId) return { kind: 'simultaneous', sendsOn: sendsFirst({ helloId }, { helloId: pendingHelloId }) ? 'theirs' : 'ours' };
  if (!established) return { kind: 'first' };
  const isTooSoon = lastReplaced !== null && now - lastReplaced < REPLACE_INTERVAL_MS;
  return { kind: isTooSoon ? 'refused' : 'replaces' };
}

/** Of two sessions begun at the same time both sides send on the one with the smaller hello id, compared as bytes. */
export function sendsFirst(a: { helloId: Uint8Array }, b: { helloId: Uint8Array }): boolean {
  const at = a.helloId.findIndex((byte, index) => byte !== b.helloId[index]);
  return at >= 0 && (a.helloId[at] ?? 0) < (b.helloId[at] ?? 0);
}
