import { createHash, randomBytes } from 'node:crypto';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeBackup, encodeBackup, type Backup } from '../../src/core/dm/backupContent.ts';
import { COST, MAX_BACKUP_BYTES, openBackup, sealBackup, type Derive } from '../../src/core/dm/backupFile.ts';
import { deriveInWorker } from '../../src/core/slowCrypto/argon2Worker.ts';
import { encodeCbor } from '../../src/pq/cbor.ts';
import { createIdentity, encodeIdentity } from '../../src/pq/identity.ts';

/** Fast, and another key for every other input: what Argon2id gives is tested elsewhere. */
const quick: Derive = ({ message, salt, memory, passes, lanes, length }) =>
  Promise.resolve(
    new Uint8Array(createHash('sha256').update(message).update(salt).update(`${memory} ${passes} ${lanes}`).digest().subarray(0, length)),
  );
const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));
const { signal } = new AbortController();
const seal = (content: Uint8Array, passphrase = 'right'): Promise<Uint8Array> =>
  sealBackup(content, passphrase, { random, derive: quick, signal });
const open = (file: Uint8Array, passphrase = 'right'): Promise<Uint8Array> => openBackup(file, passphrase, { derive: quick, signal });
const content = new TextEncoder().encode('what nobody may read');
/** The file with its checksum made right again, as whoever changes it on purpose does. */
const checked = (file: Uint8Array): Uint8Array => {
  const changed = file.slice();
  changed.set(createHash('sha256').update(changed.subarray(0, -32)).digest(), changed.length - 32);
  return changed;
};
const withWord = (file: Uint8Array, at: number, value: number): Uint8Array => {
  const changed = file.slice();
  new DataView(changed.buffer).setUint32(at, value);
  return checked(changed);
};

test('what is sealed opens with the same passphrase only, whichever keyboard it was typed on', async () => {
  const file = await seal(content, 'caf\u00e9 au lait');
  expect(await open(file, 'cafe\u0301 au lait')).toEqual(content);
  await expect(open(file, 'cafe au lait')).rejects.toThrow('The passphrase is wrong');
  expect(await seal(content)).not.toEqual(await seal(content));
});

test('the header says what docs/BACKUP.md says', async () => {
  const file = await seal(content);
  const view = new DataView(file.buffer);
  expect(new TextDecoder().decode(file.subarray(0, 8))).toBe('sotto-bk');
  expect([view.getUint8(8), view.getUint8(9), view.getUint32(10), view.getUint32(14), view.getUint32(18)]).toEqual([1, 1, 262_144, 3, 4]);
  expect(COST).toEqual({ memory: 262_144, passes: 3, lanes: 4 });
  expect(file.length).toBe(54 + content.length + 16 + 32 + 32);
});

test('every byte counts: a changed one is a damaged file, and with the checksum made right it still does not open', async () => {
  const file = await seal(content);
  for (let at = 0; at < file.length; at += 1) {
    const changed = file.slice();
    changed[at] = (changed[at] ?? 0) ^ 1;
    await expect(open(changed)).rejects.toMatchObject({ code: 'badInput' });
    if (at < file.length - 32) await expect(open(checked(changed))).rejects.toMatchObject({ code: 'badInput' });
  }
  for (let length = 0; length < file.length; length += 7)
    await expect(open(file.subarray(0, length))).rejects.toMatchObject({ code: 'badInput' });
  await expect(open(Uint8Array.of(...file, 0))).rejects.toThrow('damaged');
});

test('says what is wrong before anything is derived: another file, a newer one, too large, or asking too much of the computer', async () => {
  const refuse: Derive = () => Promise.reject(new Error('nothing may be derived'));
  const file = await seal(content);
  const tryIt = (bytes: Uint8Array): Promise<Uint8Array> => openBackup(bytes, 'right', { derive: refuse, signal });
  await expect(tryIt(new TextEncoder().encode('{"hello": 1}'))).rejects.toThrow('not a backup');
  const newer = file.slice();
  newer[8] = 2;
  await expect(tryIt(checked(newer))).rejects.toThrow('newer Sotto');
  await expect(tryIt(new Uint8Array(MAX_BACKUP_BYTES + 1))).rejects.toThrow('too large');
  for (const [at, value] of [
    [10, 0xffff_ffff],
    [10, 1_048_577],
    [10, 65_535],
    [14, 0],
    [14, 11],
    [18, 0],
    [18, 17],
  ] as const)
    await expect(tryIt(withWord(file, at, value))).rejects.toThrow('work');
  await expect(seal(new Uint8Array(MAX_BACKUP_BYTES))).rejects.toMatchObject({ code: 'limit' });
});

const full: Backup = {
  made: 1_700_000_000_000,
  cardSeq: 1_700_000_000,
  seeds: encodeIdentity(createIdentity(random)),
  log: [random(100), random(200)],
  former: [{ seq: 0, seeds: encodeIdentity(createIdentity(random)) }],
  contacts: [
    {
      nickname: 'bob',
      petname: 'The miller',
      fingerprint: random(32),
      state: 'active',
      level: 'verified',
      source: 'invite',
      addresses: [random(1_000), random(900)],
      theirRecord: 'VLD0:record',
      cardSeq: 7,
      ownRecord: { key: 'VLD0:own', writer: 'VLD0:pair' },
      logHead: random(32),
      logSeq: 3,
      toldSeq: 1,
      splitSeen: true,
      created: 1,
      lastSeen: 2,
      readReceipts: false,
      presence: true,
      cover: null,
    },
    {
      nickname: '',
      petname: null,
      fingerprint: random(32),
      state: 'blocked',
      level: 'not-verified',
      source: 'request',
      addresses: [],
      theirRecord: null,
      cardSeq: 0,
      ownRecord: null,
      logHead: null,
      logSeq: null,
      toldSeq: null,
      splitSeen: false,
      created: 1,
      lastSeen: null,
      readReceipts: null,
      presence: null,
      cover: null,
    },
  ],
  blocked: [{ fingerprint: random(32), time: 5 }],
};

test('the content comes back with every field', () => {
  expect(decodeBackup(encodeBackup(full))).toEqual(full);
});

test('content that somebody else made is refused, or read as what it can only be', () => {
  const bytes = encodeBackup(full);
  fc.assert(
    fc.property(fc.nat({ max: bytes.length - 1 }), fc.integer({ min: 1, max: 255 }), fc.boolean(), (at, flip, cut) => {
      const changed = cut ? bytes.slice(0, at) : bytes.slice();
      if (!cut) changed[at] = (changed[at] ?? 0) ^ flip;
      try {
        const { contacts, log } = decodeBackup(changed);
        expect(contacts.length).toBeLessThanOrEqual(2);
        expect(log.length).toBeLessThanOrEqual(2);
      } catch (error) {
        expect(error).toMatchObject({ name: 'PqError' });
      }
    }),
    { numRuns: 2_000 },
  );
  const record = (kind: number, body: Uint8Array): Uint8Array => {
    const made = new Uint8Array(5 + body.length);
    new DataView(made.buffer).setUint8(0, kind);
    new DataView(made.buffer).setUint32(1, body.length);
    made.set(body, 5);
    return made;
  };
  const profile = record(1, encodeCbor([1, 0, 0, full.seeds]));
  const entry = record(2, random(9));
  for (const parts of [[entry, profile], [profile], [profile, profile, entry], [profile, entry, record(9, random(3))], []])
    expect(() => decodeBackup(Uint8Array.from(parts.flatMap((part) => [...part])))).toThrow('damaged');
});

test('deriving in a worker gives what Argon2id gives, and ends when it is cancelled', async () => {
  const input = { message: random(8), salt: random(16), memory: 64, passes: 1, lanes: 1, length: 32 };
  expect(await deriveInWorker(input, signal)).toEqual(await deriveInWorker(input, signal));
  const cancel = new AbortController();
  const running = deriveInWorker({ ...input, memory: 1_048_576, passes: 10 }, cancel.signal);
  cancel.abort();
  await expect(running).rejects.toMatchObject({ name: 'AbortError' });
});
