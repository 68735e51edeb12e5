/** A packet that does not open changes nothing of what was passed in and answers nothing; whatever it was, the genuine one still opens. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { PqError } from '../../../src/pq/errors.ts';
import { locate, matchesHint, open } from '../../../src/pq/session.ts';
import type { RatchetSession } from '../../../src/pq/types.ts';
import {
  NOW,
  alice,
  arrive,
  bob,
  conversation,
  counter,
  flip,
  look,
  overBlob,
  overInvite,
  sealBy,
  side,
  text,
  type Side,
} from '../people.ts';
import { chance } from '../fuzz/chance.ts';
import { mutate } from '../fuzz/mutate.ts';

/** A hash over everything in a value: bytes, numbers, texts, in order. */
function digest(value: unknown): string {
  const hash = createHash('sha256');
  const add = (part: unknown): void => {
    if (part instanceof Uint8Array) hash.update(`${part.length} `).update(part);
    else if (typeof part === 'object' && part !== null)
      for (const [name, inner] of Object.entries(part)) {
        hash.update(`${name}:`);
        add(inner);
      }
    else hash.update(`${typeof part} ${String(part)};`);
  };
  add(value);
  return hash.digest('hex');
}

/** Nothing in it can be assigned any more. Elements of byte arrays cannot be frozen: `digest` watches those. */
function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !(value instanceof Uint8Array)) {
    Object.freeze(value);
    Object.values(value).forEach(freeze);
  }
  return value;
}

const sessionOf = ({ session }: Side): RatchetSession => {
  if (!session) throw new Error('no session');
  return session;
};

interface Situation {
  to: Side;
  genuine: Uint8Array;
  words: string;
}

const situations: Record<string, () => Situation> = {
  'in the chain': () => {
    const { a, b } = conversation();
    return { to: b, genuine: sealBy(a, text('genuine')).packet, words: 'genuine' };
  },
  'past others in the chain': () => {
    const { a, b } = conversation();
    sealBy(a, text('lost'));
    return { to: b, genuine: sealBy(a, text('genuine')).packet, words: 'genuine' };
  },
  'at a turn, past others before and after it': () => {
    const { a, b } = conversation();
    sealBy(b, text('lost'));
    const answer = sealBy(a, text('turn')).packet;
    sealBy(b, text('lost before the turn'));
    arrive(b, answer);
    sealBy(b, text('lost after the turn'));
    return { to: a, genuine: sealBy(b, text('genuine')).packet, words: 'genuine' };
  },
  'that was passed over': () => {
    const { a, b } = conversation();
    const late = sealBy(a, text('genuine')).packet;
    arrive(b, sealBy(a, text('later')).packet);
    return { to: b, genuine: late, words: 'genuine' };
  },
  'of an old chain': () => {
    const { a, b } = conversation();
    const late = sealBy(a, text('genuine')).packet;
    arrive(b, sealBy(a, text('later')).packet);
    arrive(a, sealBy(b, text('turn')).packet);
    arrive(b, sealBy(a, text('turned')).packet);
    return { to: b, genuine: late, words: 'genuine' };
  },
  'at a turn': () => {
    const { a, b } = conversation();
    return { to: a, genuine: sealBy(b, text('genuine')).packet, words: 'genuine' };
  },
  'of the first answer': () => {
    const a = side(alice, overBlob());
    const b = side(bob);
    arrive(b, sealBy(a, text('hello')).packet);
    return { to: a, genuine: sealBy(b, text('genuine')).packet, words: 'genuine' };
  },
  'of a hello that is repeated': () => {
    const a = side(alice, overBlob());
    const b = side(bob);
    arrive(b, sealBy(a, text('hello')).packet);
    return { to: b, genuine: sealBy(a, text('genuine')).packet, words: 'genuine' };
  },
  'of a hello': () => ({ to: side(bob), genuine: sealBy(side(alice, overBlob()), text('genuine')).packet, words: 'genuine' }),
  'of a hello over an invite': () => ({
    to: side(bob),
    genuine: sealBy(side(alice, overInvite()), text('genuine')).packet,
    words: 'genuine',
  }),
};

const MUTANTS = 400;

describe.each(Object.entries(situations))('a packet %s', (name, make) => {
  it('that was changed on the way changes nothing, answers nothing, and stops nothing', () => {
    const { to, genuine, words } = make();
    freeze(to);
    freeze(to.identity);
    const before = digest(to);
    const source = chance(`transactional ${name}`);
    const codes = new Set<string>();
    for (let count = 0; count < MUTANTS; count++) {
      // Every third is one bit; the rest are changes of the structure, filled up to the length again.
      const at = source.integer(genuine.length);
      const packet = count % 3 === 0 ? flip(genuine, at, source.integer(8)) : mutate([genuine], source);
      if (Buffer.compare(packet, genuine) === 0) continue;
      const given = digest(packet);
      expect(() => {
        try {
          look(to, packet, counter('opening'));
        } catch (error) {
          if (error instanceof PqError) codes.add(error.code);
          throw error;
        }
      }).toThrow(PqError);
      if (to.session) matchesHint(to.session, packet);
      expect(digest(packet)).toBe(given);
      expect(digest(to)).toBe(before);
    }
    // What makes a core think of a reset never comes from outside, and something got as far as the keys.
    expect(codes).not.toContain('rollback');
    expect(codes).toContain('authentication');
    const arrived = look(to, genuine, counter('opening'));
    expect(arrived.kind === 'opened' && arrived.payload.body).toEqual(text(words));
    expect(digest(to)).toBe(before);
  });
});

describe('a packet that arrived before', () => {
  it('is answered with the tag it had, whatever became of its body, and changes nothing', () => {
    const { a, b } = conversation();
    const { packet, ackTag } = sealBy(a, text('once'));
    arrive(b, packet);
    freeze(b);
    const before = digest(b);
    const source = chance('duplicates');
    let duplicates = 0;
    for (let count = 0; count < MUTANTS; count++) {
      const changed = count === 0 ? packet : flip(packet, source.integer(packet.length), source.integer(8));
      try {
        const arrived = look(b, changed, counter('opening'));
        expect(arrived).toMatchObject({ kind: 'duplicate', tag: ackTag });
        duplicates++;
      } catch (error) {
        if (!(error instanceof PqError)) throw error;
        expect(error.code).toMatch(/^(malformed|notForUs|authentication)$/);
      }
      expect(digest(b)).toBe(before);
    }
    expect(duplicates).toBeGreaterThan(0);
  });
});

describe('locating a packet', () => {
  it('says where it belongs without changing anything, and refuses what does not belong', () => {
    const { to, genuine } = situations['at a turn']?.() ?? { to: side(bob), genuine: new Uint8Array(0) };
    freeze(to);
    const before = digest(to);
    const session = sessionOf(to);
    const located = locate(session, genuine);
    const { chain, n, isAhead } = located;
    expect(isAhead).toBe(true);
    const opened = open(session, { identity: to.identity, packet: genuine, skipped: [], replay: [], random: counter('opening'), now: NOW });
    expect(opened.kind === 'opened' && { chain: opened.replayAdd.chain, n: opened.replayAdd.n }).toEqual({ chain, n });
    for (let at = 0; at < genuine.length; at += 97) {
      try {
        // Header, salt and hint decide; a body is not looked at.
        expect(locate(session, flip(genuine, at))).toEqual(located);
      } catch (error) {
        expect(error).toBeInstanceOf(PqError);
      }
    }
    expect(digest(to)).toBe(before);
  });

  it('tells how many others have to be passed over for it', () => {
    const found = Object.values(situations).flatMap((make) => {
      const { to, genuine } = make();
      if (!to.session) return [];
      const { passesOver } = locate(to.session, genuine);
      const opened = look(to, genuine, counter('opening'));
      expect(opened.kind === 'opened' && opened.skippedAdd.length).toBe(passesOver);
      return [passesOver];
    });
    expect(found).toEqual(expect.arrayContaining([0, 1, 3]));
  });
});
