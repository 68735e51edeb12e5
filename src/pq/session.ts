/** The door of the ratchet: begin, seal, open, store. */
import type { RatchetSession } from './types.ts';

export { initiate } from './initiate.ts';
export { openHello, type OpenedHello } from './openHello.ts';
export { open, matchesHint, type OpenedPacket } from './open.ts';
export { seal, textLimit, type Sealed } from './seal.ts';
export { encodeSession, decodeSession } from './sessionState.ts';
export { replyBytes, verifyReply } from './acknowledgement.ts';
export { helloIdOf } from './packet.ts';

/** Of two sessions begun at the same time both sides send on the one with the smaller hello id (B.7); the other one only receives. */
export function sendsFirst(a: Pick<RatchetSession, 'helloId'>, b: Pick<RatchetSession, 'helloId'>): boolean {
  const at = a.helloId.findIndex((byte, index) => byte !== b.helloId[index]);
  return at >= 0 && (a.helloId[at] ?? 0) < (b.helloId[at] ?? 0);
}
