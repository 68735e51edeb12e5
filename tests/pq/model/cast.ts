/** Who plays: keys that cost milliseconds, made once and shared by all schedules. Nothing here is ever changed in place. */
import { createIdentity, expandIdentity } from '../../../src/pq/identity.ts';
import { encodeLogEntry, logHead, rotate, startLog, type LogEntry } from '../../../src/pq/identityLog.ts';
import { createPrekey, publicPrekey } from '../../../src/pq/prekey.ts';
import { prepareRatchet } from '../../../src/pq/session.ts';
import type { ExpandedIdentity, OwnRatchet, PrekeySecret, RandomSource, SignedPrekey } from '../../../src/pq/types.ts';
import { NOW, counter } from '../people.ts';

export type Name = 'a' | 'b';
export const other = (name: Name): Name => (name === 'a' ? 'b' : 'a');

/** Rotations a person can make in one schedule. */
const ROTATIONS = 2;
const PREKEYS = 12;
const RATCHETS = 64;

export interface Person {
  /** The identity in use is the one of the disk's `rotations`. */
  identities: readonly ExpandedIdentity[];
  log: readonly { entry: LogEntry; bytes: Uint8Array; head: Uint8Array }[];
  prekeys: readonly { secret: PrekeySecret; signed: SignedPrekey }[];
}

export function at<T>(list: readonly T[], index: number): T {
  const item = list[index];
  if (item === undefined) throw new Error(`nothing at ${index}`);
  return item;
}

function cast(name: string): Person {
  const random = counter(`cast ${name}`);
  const identities = Array.from({ length: 1 + ROTATIONS }, () => expandIdentity(createIdentity(random)));
  const entries: LogEntry[] = [];
  for (const [index, identity] of identities.entries()) {
    const last = entries.at(-1);
    entries.push(last ? rotate(last, at(identities, index - 1), identity, NOW + index) : startLog(identity, NOW));
  }
  return {
    identities,
    log: entries.map((entry) => ({ entry, bytes: encodeLogEntry(entry), head: logHead(entry) })),
    prekeys: Array.from({ length: PREKEYS }, () => {
      const secret = createPrekey(random, { notBefore: NOW, notAfter: NOW, oneTime: false });
      return { secret, signed: publicPrekey(secret) };
    }),
  };
}

export const people: Readonly<Record<Name, Person>> = { a: cast('a'), b: cast('b') };

const prepared = Array.from(
  { length: RATCHETS },
  (
    (random) => () =>
      prepareRatchet(random)
  )(counter('ratchets')),
);

/** Ratchet keys of one schedule: each prepared pair once, then new ones. */
export function ratchets(random: RandomSource, usePrepared: boolean): () => OwnRatchet {
  let next = 0;
  return () => (usePrepared ? prepared[next++] : undefined) ?? prepareRatchet(random);
}
