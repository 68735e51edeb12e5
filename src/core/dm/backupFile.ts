/**
 * The file a profile is exported to (docs/BACKUP.md): a header anybody can read, the content under a passphrase.
 * Argon2id stretches the passphrase; AES-256-GCM, then HMAC-SHA-256 seal, as in DM/1: the HMAC commits to the key, so no file
 * opens under two passphrases. A plain checksum tells a damaged file from a wrong passphrase.
 */
import type { Argon2Cost, Argon2Input } from '../../pq/argon2.ts';
import { ContractError } from '../../contract/errors.ts';
import { PqError } from '../../pq/errors.ts';
import { concat, equalBytes, gcmOpen, gcmSeal, hkdf, hmac, sha256, wipe } from '../../pq/primitives.ts';

const utf8 = new TextEncoder();
const MAGIC = utf8.encode('sotto-bk');
const VERSION = 1;
/** Argon2id, version 1.3. */
const KDF = 1;
const SALT_BYTES = 32;
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const MAC_BYTES = 32;
const CHECKSUM_BYTES = 32;
const TAG_BYTES = 16;
const MASTER_BYTES = 32;
/** magic 8, version 1, kdf 1, memory 4, passes 4, lanes 4, salt 32. */
const HEADER_BYTES = 54;
const SMALLEST = HEADER_BYTES + TAG_BYTES + MAC_BYTES + CHECKSUM_BYTES;

/** Bytes of a file that is written or read. 10,000 contacts with two addresses each take about 26 MB. */
export const MAX_BACKUP_BYTES = 32 * 1024 * 1024;

/**
 * RFC 9106 section 4 recommends 3 passes and 4 lanes with 64 MiB where memory is short. A backup is opened once, on a computer that
 * runs a browser: four times that memory, which makes each guess as much dearer, costs about a second (some ten without OpenSSL).
 */
export const COST: Argon2Cost = { memory: 262_144, passes: 3, lanes: 4 };

/** What a file may ask of this computer. Less than 64 MiB is none that Sotto wrote. */
const LEAST_MEMORY = 65_536;
const MOST_MEMORY = 1_048_576;
const MOST_PASSES = 10;
const MOST_LANES = 16;

export type Derive = (input: Argon2Input, signal: AbortSignal) => Promise<Uint8Array>;

const refuse = (message: string, cause?: unknown): ContractError => new ContractError('badInput', message, { cause });
const damaged = (): ContractError => refuse('This file is damaged, or not complete. Use another copy of it.');

/** Typed on another keyboard the same letters may be other code points: NFKC makes them equal. */
const passphraseBytes = (passphrase: string): Uint8Array => utf8.encode(passphrase.normalize('NFKC'));

interface Keys {
  key: Uint8Array;
  nonce: Uint8Array;
  mac: Uint8Array;
}

/** The salt is fresh for each file, so are the keys: the nonce may be derived. */
async function keysOf(passphrase: string, salt: Uint8Array, cost: Argon2Cost, derive: Derive, signal: AbortSignal): Promise<Keys> {
  const message = passphraseBytes(passphrase);
  const master = await derive({ message, salt, ...cost, length: MASTER_BYTES }, signal);
  const keys = hkdf(master, new Uint8Array(0), utf8.encode('sotto/backup/1 keys'), 2 * KEY_BYTES + NONCE_BYTES);
  wipe(message, master);
  return {
    key: keys.subarray(0, KEY_BYTES),
    mac: keys.subarray(KEY_BYTES, 2 * KEY_BYTES),
    nonce: keys.subarray(2 * KEY_BYTES),
  };
}

function headerOf(cost: Argon2Cost, salt: Uint8Array): Uint8Array {
  const header = new Uint8Array(HEADER_BYTES);
  const view = new DataView(header.buffer);
  header.set(MAGIC);
  view.setUint8(8, VERSION);
  view.setUint8(9, KDF);
  view.setUint32(10, cost.memory);
  view.setUint32(14, cost.passes);
  view.setUint32(18, cost.lanes);
  header.set(salt, 22);
  return header;
}

interface SealOptions {
  random: (length: number) => Uint8Array;
  derive: Derive;
  signal: AbortSignal;
  cost?: Argon2Cost;
}

/** Seals `content` for the passphrase. Throws `limit` for more than MAX_BACKUP_BYTES. */
export async function sealBackup(
  content: Uint8Array,
  passphrase: string,
  { random, derive, signal, cost = COST }: SealOptions,
): Promise<Uint8Array> {
  if (content.length > MAX_BACKUP_BYTES - SMALLEST) throw new ContractError('limit', 'There is more to export than one file may hold.');
  const salt = random(SALT_BYTES);
  const header = headerOf(cost, salt);
  const keys = await keysOf(passphrase, salt, cost, derive, signal);
  const sealed = gcmSeal(keys.key, keys.nonce, header, content);
  const whole = concat(header, sealed);
  const mac = hmac(keys.mac, whole);
  wipe(keys.key, keys.mac);
  const signed = concat(whole, mac);
  return concat(signed, sha256(signed));
}

/** Throws `badInput` with a sentence for what is no backup, a newer one, damaged, or asks too much. */
function readHeader(file: Uint8Array): { cost: Argon2Cost; salt: Uint8Array } {
  if (file.length > MAX_BACKUP_BYTES) throw refuse('This file is too large to be a backup of Sotto.');
  if (file.length < MAGIC.length || !equalBytes(file.subarray(0, MAGIC.length), MAGIC)) throw refuse('This is not a backup of Sotto.');
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.length > MAGIC.length && view.getUint8(8) > VERSION)
    throw refuse('This backup was made by a newer Sotto. Import it with that version or a later one.');
  if (file.length < SMALLEST || view.getUint8(8) !== VERSION || view.getUint8(9) !== KDF) throw damaged();
  if (!equalBytes(sha256(file.subarray(0, -CHECKSUM_BYTES)), file.subarray(-CHECKSUM_BYTES))) throw damaged();
  const cost = { memory: view.getUint32(10), passes: view.getUint32(14), lanes: view.getUint32(18) };
  const isFair =
    cost.memory >= LEAST_MEMORY &&
    cost.memory <= MOST_MEMORY &&
    cost.passes >= 1 &&
    cost.passes <= MOST_PASSES &&
    cost.lanes >= 1 &&
    cost.lanes <= MOST_LANES;
  if (!isFair) throw refuse('This file asks for more or less work than a backup of Sotto does. It is not used.');
  return { cost, salt: file.slice(22, 22 + SALT_BYTES) };
}

interface OpenOptions {
  derive: Derive;
  signal: AbortSignal;
}

/** The content. Throws `badInput` with a sentence; nothing is derived for a file that cannot be right. */
export async function openBackup(file: Uint8Array, passphrase: string, { derive, signal }: OpenOptions): Promise<Uint8Array> {
  const { cost, salt } = readHeader(file);
  const keys = await keysOf(passphrase, salt, cost, derive, signal);
  const signed = file.subarray(0, -CHECKSUM_BYTES);
  const whole = signed.subarray(0, -MAC_BYTES);
  try {
    if (!equalBytes(hmac(keys.mac, whole), signed.subarray(-MAC_BYTES)))
      throw refuse('The passphrase is wrong. Upper and lower case and spaces count.');
    return gcmOpen(keys.key, keys.nonce, whole.subarray(0, HEADER_BYTES), whole.subarray(HEADER_BYTES));
  } catch (error) {
    if (error instanceof PqError) throw damaged();
    throw error;
  } finally {
    wipe(keys.key, keys.mac);
  }
}
