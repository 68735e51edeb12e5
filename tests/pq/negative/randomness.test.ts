/** Randomness that fails (B.11): the generator or the stored seed may be bad, not both. */
import { describe, expect, it } from 'vitest';
import { hedgedRandom } from '../../../src/pq/hedge.ts';
import { createPrekey } from '../../../src/pq/prekey.ts';
import { initiate, seal } from '../../../src/pq/session.ts';
import type { RandomSource } from '../../../src/pq/types.ts';
import { NOW, WEEK, begin, bobOpensHello, bobsCard, counter, random, text } from '../people.ts';

const NOTHING = new Uint8Array(0);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('a generator that fails', () => {
  const constant: RandomSource = (length) => new Uint8Array(length).fill(7);
  const draws = (source: RandomSource): string[] => [32, 32, 16, 64, 32, 1, 5_000, 20_000].map((length) => hex(source(length)));

  it('does no harm while the stored seed is secret: outputs differ among themselves, between starts and between seeds', () => {
    let seed = random(32);
    const all: string[] = [];
    for (let start = 0; start < 3; start++) {
      const { random: source, nextSeed } = hedgedRandom(seed, constant);
      all.push(...draws(source).filter((drawn) => drawn.length > 2), hex(nextSeed));
      expect(source(24_000)).toHaveLength(24_000);
      expect(nextSeed).not.toEqual(seed);
      seed = nextSeed;
    }
    all.push(...draws(hedgedRandom(random(32), constant).random).filter((drawn) => drawn.length > 2));
    const heads = all.map((drawn) => drawn.slice(0, 32));
    expect(new Set(heads).size).toBe(heads.length);
    expect(heads).not.toContain(hex(constant(16)));
    // Neither is a part of another.
    for (const drawn of all) expect(all.filter((other) => other.includes(drawn.slice(0, 32)))).toHaveLength(1);
  });

  it('does no harm either when the seed is known and the generator is good', () => {
    const seed = new Uint8Array(32);
    const all = ['one', 'two', 'three'].flatMap((name) => {
      const { random: source, nextSeed } = hedgedRandom(seed, counter(name));
      return [...draws(source).filter((drawn) => drawn.length > 2), hex(nextSeed)];
    });
    const heads = all.map((drawn) => drawn.slice(0, 32));
    expect(new Set(heads).size).toBe(heads.length);
    // Each draw takes fresh bytes: a state that leaked says nothing about what comes after the next draw.
    let drawn = 0;
    const { random: source } = hedgedRandom(seed, (length) => {
      drawn += length;
      return random(length);
    });
    const before = drawn;
    source(32);
    expect(drawn - before).toBeGreaterThanOrEqual(32);
  });

  it('makes no two sessions, prekeys or salts the same', () => {
    let seed = random(32);
    const sessions = [1, 2].map(() => {
      const { random: source, nextSeed } = hedgedRandom(seed, constant);
      seed = nextSeed;
      const session = initiate({ ...begin, prekey: bobsCard.prekey, invite: null, random: source });
      const packets = [1, 2].map(
        () => seal(session, { payload: { mid: source(16), body: text('same') }, random: source, now: NOW }).packet,
      );
      return { session, packets, prekey: createPrekey(source, { notBefore: NOW, notAfter: NOW + WEEK, oneTime: true }) };
    });
    const seen = sessions.flatMap(({ session, packets, prekey }) => [session.id, session.send.x, session.send.k, prekey.id, prekey.x, ...packets.map((packet) => packet.slice(3, 19))].map(hex)); // prettier-ignore
    expect(new Set(seen).size).toBe(seen.length);
    const [first] = sessions;
    if (!first) throw new Error('two were made');
    expect(bobOpensHello(first.packets[0] ?? NOTHING).payload.body).toEqual(text('same'));
  });
});
