/** The door of the ratchet: begin, seal, open, store. */
export { admitHello, beginAfter, isNewer, makesRoom, sendsOn, type Admission } from './admission.ts';
export { initiate } from './initiate.ts';
export { openHello, type OpenedHello } from './openHello.ts';
export { open, locate, matchesHint, type OpenedPacket } from './open.ts';
export { prepareRatchet } from './ratchet.ts';
export { seal, textLimit, type Sealed } from './seal.ts';
export { encodeSession, decodeSession } from './sessionState.ts';
export { wipeReplaced } from './wipeReplaced.ts';
export { replyBytes, verifyReply } from './acknowledgement.ts';
export { helloIdOf } from './packet.ts';
