/** Overwriting what a committed step made useless. Best effort: the runtime may hold copies that nobody can reach. */
import { wipe } from './primitives.ts';
import type { RatchetSession } from './types.ts';

function secretsOf({ rootKey, send, nextSendKey, receive, nextReceiveKey, oldChains }: RatchetSession): Uint8Array[] {
  return [
    rootKey,
    send.headerKey,
    send.chainKey,
    send.x,
    send.k,
    ...(send.kSecret ? [send.kSecret] : []),
    nextSendKey,
    ...(receive ? [receive.headerKey, receive.chainKey] : []),
    nextReceiveKey,
    ...oldChains.map(({ headerKey }) => headerKey),
  ];
}

/**
 * Overwrites every secret of `before` that `after` does not share. For the owner of the state alone, once `after` is committed
 * and nothing else holds `before`: all other functions of this room leave what they were given as it was.
 */
export function wipeReplaced(before: RatchetSession, after: RatchetSession): void {
  const kept = new Set(secretsOf(after));
  wipe(...secretsOf(before).filter((secret) => !kept.has(secret)));
}
