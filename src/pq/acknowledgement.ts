/** The two ways a message is acknowledged (design §6.5): the tag in the reply to its packet, and the sealed vector. */
import { ACK_BITMAP_BYTES } from './payload.ts';
import { concat, equalBytes, hmac } from './primitives.ts';
import { derive } from './labels.ts';
import type { AckVector, RandomSource, RatchetSession, ReceiveChain } from './types.ts';

const ACK_TAG_BYTES = 16;
/** tag ‖ 16 random bytes. */
const REPLY_BYTES = 32;
const WINDOW = 8 * ACK_BITMAP_BYTES;

/** HMAC(HKDF(mk, "ack"), mid)[0..16]: only who could open the packet can make it. */
export const ackTag = (messageKey: Uint8Array, mid: Uint8Array): Uint8Array =>
  hmac(derive(messageKey, 'ack', 32), mid).slice(0, ACK_TAG_BYTES);

export const replyBytes = (tag: Uint8Array, random: RandomSource): Uint8Array => concat(tag, random(REPLY_BYTES - ACK_TAG_BYTES));

/** In constant time. */
export const verifyReply = (reply: Uint8Array, tag: Uint8Array): boolean =>
  reply.length === REPLY_BYTES && equalBytes(reply.subarray(0, ACK_TAG_BYTES), tag);

const isSet = (bitmap: Uint8Array, bit: number): boolean => (((bitmap[bit >> 3] ?? 0) >> (bit & 7)) & 1) === 1;

/** `n` has arrived. What lies more than 256 past the first missing number is left to the tags. */
export function received({ base, bitmap }: ReceiveChain['ack'], n: number): ReceiveChain['ack'] {
  if (n < base || n - base >= WINDOW) return { base, bitmap };
  let bits = 0n;
  for (const [index, byte] of bitmap.entries()) bits |= BigInt(byte) << BigInt(8 * index);
  bits |= 1n << BigInt(n - base);
  let first = base;
  for (; (bits & 1n) === 1n; bits >>= 1n) first++;
  const bytes: number[] = [];
  for (; bits > 0n; bits >>= 8n) bytes.push(Number(bits & 0xffn));
  return { base: first, bitmap: Uint8Array.from(bytes) };
}

/** What to tell the other side about its newest chain. */
export const ackVector = ({ receive }: RatchetSession): AckVector =>
  receive ? { chain: receive.number, ...receive.ack } : { chain: 0, base: 0, bitmap: new Uint8Array(0) };

const covers = ({ chain, base, bitmap }: AckVector, of: { chain: number; n: number }): boolean =>
  of.chain === chain && (of.n < base || isSet(bitmap, of.n - base));

/** Which of our messages a vector acknowledges, and what is still open. Older chains are left to the tags. */
export function settle(
  session: RatchetSession,
  ack: AckVector,
): { acknowledged: Uint8Array[]; unacknowledged: RatchetSession['unacknowledged'] } {
  const { unacknowledged, send } = session;
  if (ack.chain > send.number) return { acknowledged: [], unacknowledged };
  const acknowledged = unacknowledged.filter((sent) => covers(ack, sent)).map(({ mid }) => mid);
  const isOpen = ({ chain, mid }: { chain: number; mid: Uint8Array }): boolean =>
    chain >= ack.chain && !acknowledged.some((other) => equalBytes(other, mid));
  return { acknowledged, unacknowledged: unacknowledged.filter(isOpen) };
}
