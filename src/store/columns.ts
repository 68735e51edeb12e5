/** Between SQLite's values and ours: no booleans there, no Buffers (which are views that may share memory) here. */
import { limit } from './errors.ts';
import { MAX_ADDRESS_BYTES, MAX_CONTACT_ADDRESSES, MAX_NAME_LENGTH, MAX_SECRET_BYTES, MAX_TEXT_LENGTH } from './limits.ts';

export const flag = (value: boolean): 0 | 1 => (value ? 1 : 0);
/** A choice that may be left open. */
export const flagOrNull = (value: boolean | null): 0 | 1 | null => (value === null ? null : flag(value));
export const choice = (value: number | null): boolean | null => (value === null ? null : value === 1);
export const bytes = (value: Uint8Array): Uint8Array => new Uint8Array(value);
export const bytesOrNull = (value: Uint8Array | null): Uint8Array | null => (value === null ? null : bytes(value));

/** Each throws 'limit' where a value is larger than what the store takes. */
export const boundName = (value: string): string => {
  if (value.length > MAX_NAME_LENGTH) throw limit('A name is too long to be stored.');
  return value;
};
export const boundText = (value: string): string => {
  if (value.length > MAX_TEXT_LENGTH) throw limit('A text is too long to be stored.');
  return value;
};
export const boundBytes = (value: Uint8Array, max = MAX_SECRET_BYTES): Uint8Array => {
  if (value.length > max) throw limit('Something is too large to be stored.');
  return value;
};

/** Addresses as one value: each with its length in two bytes before it. */
export const packAddresses = (addresses: readonly Uint8Array[]): Uint8Array => {
  if (addresses.length > MAX_CONTACT_ADDRESSES) throw limit('A contact has too many addresses.');
  const packed = new Uint8Array(addresses.reduce((sum, { length }) => sum + 2 + length, 0));
  const view = new DataView(packed.buffer);
  let at = 0;
  for (const address of addresses) {
    boundBytes(address, MAX_ADDRESS_BYTES);
    view.setUint16(at, address.length);
    packed.set(address, at + 2);
    at += 2 + address.length;
  }
  return packed;
};
export const unpackAddresses = (packed: Uint8Array): Uint8Array[] => {
  const copy = bytes(packed);
  const view = new DataView(copy.buffer);
  const addresses: Uint8Array[] = [];
  for (let at = 0; at + 2 <= copy.length;) {
    const end = at + 2 + view.getUint16(at);
    addresses.push(copy.slice(at + 2, end));
    at = end;
  }
  return addresses;
};
