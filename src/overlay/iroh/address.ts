/**
 * An iroh address as the rest of Sotto sees it: opaque bytes of at least 200 (DM/1's lower bound), padded so that their length
 * does not tell how many network addresses the ticket holds.
 *
 *   "iroh/1" ‖ token 16 ‖ length of the ticket uint16 ‖ ticket (ASCII) ‖ zeros up to a multiple of 256
 */

const MAGIC = new TextEncoder().encode('iroh/1');
const STEP = 256;
/** DM/1 takes no longer addresses (PROTOCOL, cards). */
const MAX_ADDRESS_BYTES = 4_096;
/** `endpoint`, then base32. */
const TICKET = /^endpoint[a-z2-7]+$/;

/** Random bytes that open one of our addresses; an address is withdrawn by forgetting its token. */
export const TOKEN_BYTES = 16;
/** The longest ticket that fits. */
const MAX_TICKET = MAX_ADDRESS_BYTES - MAGIC.length - TOKEN_BYTES - 2;

export interface IrohAddress {
  token: Uint8Array;
  ticket: string;
}

/** True for bytes that begin as an iroh address does. A Veilid blob of that form would have to be made on purpose. */
export const isIrohAddress = (bytes: Uint8Array): boolean => MAGIC.every((byte, at) => bytes[at] === byte);

/** Null when the ticket is too long to be announced. */
export function encodeAddress({ token, ticket }: IrohAddress): Uint8Array | null {
  if (!TICKET.test(ticket) || ticket.length > MAX_TICKET) return null;
  const used = MAGIC.length + TOKEN_BYTES + 2 + ticket.length;
  const bytes = new Uint8Array(Math.ceil(used / STEP) * STEP);
  bytes.set(MAGIC);
  bytes.set(token, MAGIC.length);
  new DataView(bytes.buffer).setUint16(MAGIC.length + TOKEN_BYTES, ticket.length);
  bytes.set(new TextEncoder().encode(ticket), MAGIC.length + TOKEN_BYTES + 2);
  return bytes;
}

/** The parts of an address; null for everything that `encodeAddress` does not make. Whether the ticket is one is not checked. */
export function decodeAddress(bytes: Uint8Array): IrohAddress | null {
  if (bytes.length === 0 || bytes.length > MAX_ADDRESS_BYTES || bytes.length % STEP !== 0 || !isIrohAddress(bytes)) return null;
  const start = MAGIC.length + TOKEN_BYTES + 2;
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint16(start - 2);
  const isPadded = start + length > bytes.length - STEP && bytes.subarray(start + length).every((byte) => byte === 0);
  if (start + length > bytes.length || !isPadded) return null;
  const ticket = new TextDecoder().decode(bytes.subarray(start, start + length));
  return TICKET.test(ticket) ? { token: bytes.slice(MAGIC.length, MAGIC.length + TOKEN_BYTES), ticket } : null;
}
