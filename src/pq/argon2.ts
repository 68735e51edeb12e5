/**
 * Argon2id (RFC 9106, version 1.3), computed by OpenSSL through node:crypto where the runtime has it (Node 24.7 and newer, not
 * Electron), else by noble, which takes several times as long. The bytes are the same either way.
 */
import * as crypto from 'node:crypto';
import { argon2id as nobleArgon2id } from '@noble/hashes/argon2.js';
import { hexToBytes } from '@noble/hashes/utils.js';
import { equalBytes, plain } from './primitives.ts';

export interface Argon2Cost {
  /** KiB. */
  memory: number;
  passes: number;
  lanes: number;
}

export interface Argon2Input extends Argon2Cost {
  message: Uint8Array;
  /** At least 8 bytes. */
  salt: Uint8Array;
  /** Bytes of the result. */
  length: number;
  /** Both optional inputs of RFC 9106 section 3.1. */
  secret?: Uint8Array;
  associated?: Uint8Array;
}

/** One implementation. It blocks its thread for seconds: to be called in a worker. */
export type Argon2id = (input: Argon2Input) => Uint8Array;

const NOTHING = new Uint8Array(0);

export const argon2idNoble: Argon2id = ({ message, salt, memory, passes, lanes, length, secret = NOTHING, associated = NOTHING }) =>
  nobleArgon2id(message, salt, {
    m: memory,
    t: passes,
    p: lanes,
    dkLen: length,
    key: secret,
    personalization: associated,
    maxmem: (memory + 1_024) * 1_024,
  });

export const argon2idNative: Argon2id = ({ message, salt, memory, passes, lanes, length, secret, associated }) =>
  plain(
    crypto.argon2Sync('argon2id', {
      message,
      nonce: salt,
      memory,
      passes,
      parallelism: lanes,
      tagLength: length,
      ...(secret ? { secret } : {}),
      ...(associated ? { associatedData: associated } : {}),
    }),
  );

/** RFC 9106 section 5.3. */
const EXAMPLE: Argon2Input = {
  message: new Uint8Array(32).fill(1),
  salt: new Uint8Array(16).fill(2),
  secret: new Uint8Array(8).fill(3),
  associated: new Uint8Array(12).fill(4),
  memory: 32,
  passes: 3,
  lanes: 4,
  length: 32,
};
const EXPECTED = hexToBytes('0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659');

/** Whether the runtime's own works, found out by doing it: it is there since Node 24.7, and needs an OpenSSL of 3.2 or newer. */
export function hasNativeArgon2(): boolean {
  try {
    return equalBytes(argon2idNative(EXAMPLE), EXPECTED);
  } catch {
    return false;
  }
}

export const argon2id: Argon2id = (input) => (hasNativeArgon2() ? argon2idNative : argon2idNoble)(input);
