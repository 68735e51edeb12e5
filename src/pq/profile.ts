/** What contacts tell each other about themselves: in the hello's sealed identity block, in a `profile` payload, on a card. */
import type { CborValue } from './cbor.ts';
import { PqError } from './errors.ts';
import { readBytes, readList, readText, readTuple, writeText } from './fields.ts';
import type { Profile } from './types.ts';

/** Design §4: 712-1,100 observed. */
export const MIN_ADDRESS_BYTES = 200;
export const MAX_ADDRESS_BYTES = 4_096;
const MAX_ADDRESSES = 2;
/** Code points of a nickname; UTF-8 takes at most four bytes for each. */
const MAX_NICKNAME = 64;
const MAX_NICKNAME_BYTES = 4 * MAX_NICKNAME;
const MAX_RECORD_KEY_BYTES = 256;

/** Throws `limit` for more than 64 code points. */
export function writeNickname(nickname: string): Uint8Array {
  if (Array.from(nickname).length > MAX_NICKNAME) throw new PqError('limit');
  return writeText(nickname, MAX_NICKNAME_BYTES);
}

export function readNickname(value: CborValue | undefined): string {
  const nickname = readText(value, MAX_NICKNAME_BYTES);
  if (Array.from(nickname).length > MAX_NICKNAME) throw new PqError('malformed');
  return nickname;
}

/** The first two addresses, and of these the ones that fit into `room` bytes together. Throws `limit` for one of a wrong length. */
export function fitAddresses(addresses: readonly Uint8Array[], room: number = MAX_ADDRESSES * MAX_ADDRESS_BYTES): Uint8Array[] {
  let left = room;
  return addresses.slice(0, MAX_ADDRESSES).filter(({ length }) => {
    if (length < MIN_ADDRESS_BYTES || length > MAX_ADDRESS_BYTES) throw new PqError('limit');
    if (length > left) return false;
    left -= length;
    return true;
  });
}

export const readAddresses = (value: CborValue | undefined): Uint8Array[] =>
  readList(value, MAX_ADDRESSES).map((address) => readBytes(address, MIN_ADDRESS_BYTES, MAX_ADDRESS_BYTES));

export const writeRecordKey = (key: string | null): Uint8Array | null => (key === null ? null : writeText(key, MAX_RECORD_KEY_BYTES));

export function readRecordKey(value: CborValue | undefined): string | null {
  if (value === null) return null;
  const key = readText(value, MAX_RECORD_KEY_BYTES);
  if (key === '') throw new PqError('malformed');
  return key;
}

export const writeProfile = ({ nickname, addresses, recordKey }: Profile, room?: number): CborValue => [
  writeNickname(nickname),
  fitAddresses(addresses, room),
  writeRecordKey(recordKey),
];

export function readProfile(value: CborValue | undefined): Profile {
  const [nickname, addresses, recordKey] = readTuple(value, 3);
  return { nickname: readNickname(nickname), addresses: readAddresses(addresses), recordKey: readRecordKey(recordKey) };
}
