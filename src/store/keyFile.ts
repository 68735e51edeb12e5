/**
 * The key file (docs/KEY.md): `store.key` in the state directory, never beside the database. JSON, two forms:
 * version 1, plain: `{"version":1,"wraps":[{"kind":"file","key":"<64 hex digits>"}]}`, the database key as it is;
 * version 2, sealed: `{"version":2,"keys":"<hex>","wraps":[…]}`, the database keys sealed under a master key, and the master key sealed
 * once for each way to open it. This file reads and writes the forms; the core opens and makes seals.
 * Kinds of wraps that are not known here are kept as they are.
 */
import { chmodSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { replaceDurably } from './durable.ts';
import { StoreError, storeError } from './errors.ts';

const MAX_KEY_FILE_BYTES = 65_536;
const MAX_WRAPS = 64;
/** Hex digits of one sealed text; longer is none that Sotto wrote. */
const MAX_HEX = 8_192;
const OTHERS = 0o077;

const hex = v.pipe(v.string(), v.regex(/^(?:[0-9a-f]{2})+$/), v.maxLength(MAX_HEX));
export const HexKey = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
/** What Argon2id may ask of this computer: RFC 9106 section 4 names 64 MiB as the least, and a file that asks for gigabytes is refused. */
const cost = (least: number, most: number) => v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most));

const KeyringWrap = v.object({
  kind: v.literal('keyring'),
  /** `Keyring.name` of the host that made it. */
  backend: v.pipe(v.string(), v.maxLength(100)),
  /** What the keyring returned for the bytes it keeps. */
  handle: hex,
  sealed: hex,
});
const PassphraseWrap = v.object({
  kind: v.literal('passphrase'),
  /** 32 bytes. */
  salt: v.pipe(hex, v.length(64)),
  /** KiB. */
  memory: cost(65_536, 1_048_576),
  passes: cost(1, 10),
  lanes: cost(1, 16),
  sealed: hex,
});
const RecoveryWrap = v.object({ kind: v.literal('recovery'), sealed: hex });
const KnownWrap = v.variant('kind', [KeyringWrap, PassphraseWrap, RecoveryWrap]);
const OtherWrap = v.pipe(
  v.looseObject({ kind: v.string() }),
  v.check(({ kind }) => !['file', 'keyring', 'passphrase', 'recovery'].includes(kind)),
);

export type KeyWrap = v.InferOutput<typeof KnownWrap>;
export type OtherWrap = v.InferOutput<typeof OtherWrap>;

const Plain = v.object({ version: v.literal(1), wraps: v.pipe(v.array(v.looseObject({ kind: v.string() })), v.maxLength(MAX_WRAPS)) });
const PlainWrap = v.object({ kind: v.literal('file'), key: HexKey });
const Sealed = v.object({
  version: v.literal(2),
  keys: hex,
  wraps: v.pipe(v.array(v.union([KnownWrap, OtherWrap])), v.minLength(1), v.maxLength(MAX_WRAPS)),
});

export interface SealedKeyFile {
  kind: 'sealed';
  /** Hex of the sealed list of database keys: the wanted one first, then one that a file may still be under. */
  keys: string;
  wraps: readonly KeyWrap[];
  others: readonly OtherWrap[];
}

type KeyFile =
  | { kind: 'missing' }
  /** `key`: 64 hex digits. */
  | { kind: 'plain'; key: string }
  | SealedKeyFile
  /** Whole, and holds nothing that this Sotto can use. */
  | { kind: 'foreign' }
  /** Cut off or damaged. */
  | { kind: 'broken' };

export const keyFilePath = (stateDirectory: string): string => join(stateDirectory, 'store.key');

const parse = (text: string): KeyFile => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: 'broken' };
  }
  const plain = v.safeParse(Plain, value);
  if (plain.success) {
    for (const candidate of plain.output.wraps) {
      const wrap = v.safeParse(PlainWrap, candidate);
      if (wrap.success) return { kind: 'plain', key: wrap.output.key };
    }
    return { kind: 'foreign' };
  }
  const sealed = v.safeParse(Sealed, value);
  if (!sealed.success) return { kind: 'foreign' };
  const wraps: KeyWrap[] = [];
  const others: OtherWrap[] = [];
  for (const wrap of sealed.output.wraps) {
    const known = v.safeParse(KnownWrap, wrap);
    if (known.success) wraps.push(known.output);
    else others.push(v.parse(OtherWrap, wrap));
  }
  return { kind: 'sealed', keys: sealed.output.keys, wraps, others };
};

const tighten = (path: string): void => {
  const status = statSync(path);
  if (!status.isFile() || status.size > MAX_KEY_FILE_BYTES) throw new StoreError('wrongKey', `${path} is not a key file.`);
  if ((status.mode & OTHERS) === 0) return;
  try {
    chmodSync(path, 0o600);
  } catch (cause) {
    throw new StoreError(
      'readOnly',
      `Others on this computer may read the key file ${path}, and that could not be changed. Run: chmod 600 '${path}'`,
      { cause },
    );
  }
};

/** Permissions wider than 0600 are tightened, or refused where they cannot be. Throws StoreError. */
export function readKeyFile(stateDirectory: string): KeyFile {
  const path = keyFilePath(stateDirectory);
  try {
    if (statSync(path, { throwIfNoEntry: false }) === undefined) return { kind: 'missing' };
    tighten(path);
    return parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw storeError(error);
  }
}

export const plainText = (key: string): string => `${JSON.stringify({ version: 1, wraps: [{ kind: 'file', key }] })}\n`;

/**
 * Replaces the key file in one step: after a crash or on a full disk the old or the new one is there, whole. Throws StoreError with a
 * sentence; the old file then still stands.
 */
export function writeKeyFile(stateDirectory: string, file: SealedKeyFile | { kind: 'plain'; key: string }): void {
  const text =
    file.kind === 'plain'
      ? plainText(file.key)
      : `${JSON.stringify({ version: 2, keys: file.keys, wraps: [...file.wraps, ...file.others] })}\n`;
  try {
    replaceDurably(keyFilePath(stateDirectory), text);
  } catch (cause) {
    const { code } = storeError(cause);
    const why = {
      diskFull: 'the disk is full. Make room and try again',
      readOnly: 'its folder is read-only',
    };
    const reason = code === 'diskFull' || code === 'readOnly' ? why[code] : 'it could not be written';
    throw new StoreError(code, `The key file was not changed: ${reason}. What opened the history before still does.`, { cause });
  }
}
