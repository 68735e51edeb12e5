/** The stored form of a session: what has another shape is refused, and what was changed opens nothing that it should not. */
import { describe, expect, it } from 'vitest';
import { decodeSession, encodeSession } from '../../../src/pq/session.ts';
import type { RatchetSession } from '../../../src/pq/types.ts';
import { alice, arrive, conversation, counter, flip, look, mallory, overBlob, sealBy, side, text, type Side } from '../people.ts';
import { array, byteString, integer } from '../fuzz/tree.ts';
import { describeFields, fieldOf, outcomeOf, withBytes, withItem, type Field } from './changes.ts';

const sessionOf = ({ session }: Side): RatchetSession => {
  if (!session) throw new Error('no session');
  return session;
};
const UNSAFE = 2n ** 53n;
const unsafe = [[UNSAFE, 'malformed'], [2n ** 64n - 1n, 'malformed']] as const; // prettier-ignore
const flag = [[2n, 'malformed'], [UNSAFE, 'malformed']] as const; // prettier-ignore

/** Two people some turns on, with old chains and open messages on both sides. */
function talk(): { a: Side; b: Side } {
  const { a, b } = conversation();
  for (const words of ['one', 'two']) {
    arrive(b, sealBy(a, text(words)).packet);
    arrive(a, sealBy(b, text(words)).packet);
  }
  sealBy(b, text('lost'));
  sealBy(b, text('lost too'));
  return { a, b };
}
const { a, b } = talk();
const genuine = encodeSession(sessionOf(b));
const bytes = (name: string, at: number[], lengths: number[] = [0]): Field => ({ name, at, lengths });

describe('a stored session', () => {
  describeFields({
    name: 'session',
    genuine,
    other: encodeSession(sessionOf(conversation().a)),
    fields: [
      { name: 'the version', at: [0], values: [[0n, 'malformed'], [1n, 'malformed'], [3n, 'malformed'], [UNSAFE, 'malformed']] },
      bytes('the id', [1]),
      bytes('the id of the hello', [2]),
      { name: 'when it was begun', at: [3], values: unsafe },
      { name: 'who began', at: [4], values: flag },
      { name: 'whether it is confirmed', at: [5], values: flag },
      bytes('the own fingerprint', [6]),
      bytes('the fingerprint of the peer', [7]),
      bytes('the head of their log', [8]),
      bytes('the root key', [9]),
      { name: 'the number of the send chain', at: [10, 0], values: unsafe },
      bytes('the header key of the send chain', [10, 1]),
      bytes('the key of the send chain', [10, 2]),
      { name: 'the next number to send', at: [10, 3], values: unsafe },
      { name: 'the length of the chain before', at: [10, 4], values: unsafe },
      bytes('the X25519 seed', [10, 5]),
      bytes('the ML-KEM-1024 seed', [10, 6], [0, 32, 1_568, 3_168]),
      bytes('the X25519 key', [10, 7]),
      bytes('the ML-KEM-1024 key', [10, 8]),
      bytes('the ciphertext', [10, 9], [1, 1_088]),
      { name: 'the ciphertext to the identity', at: [10, 10], lengths: [1, 32, 1_567, 1_569], anyLength: true },
      bytes('the next header key to send with', [11]),
      { name: 'the number of the receive chain', at: [12, 0], values: unsafe },
      bytes('the header key of the receive chain', [12, 1]),
      bytes('the key of the receive chain', [12, 2]),
      { name: 'the next number to receive', at: [12, 3], values: unsafe },
      { name: 'the first number that is missing', at: [12, 4], values: unsafe },
      { name: 'what arrived past it', at: [12, 5], lengths: [33, 64], anyLength: true },
      bytes('the next header key to receive with', [13]),
      { name: 'the number of an old chain', at: [14, 0, 0], values: unsafe },
      bytes('the header key of an old chain', [14, 0, 1]),
      { name: 'the hello', at: [15], lengths: [12_001], anyLength: true },
      { name: 'the chain of an open message', at: [16, 0, 0], values: unsafe },
      { name: 'the number of an open message', at: [16, 0, 1], values: unsafe },
      { name: 'the ids of open messages', at: [16, 0, 2], lengths: [0, 15, 17, 257 * 16] },
    ],
    open: decodeSession,
  }); // prettier-ignore

  it('holds four old chains and 256 open messages, not more', () => {
    const chain = array(integer(1n), byteString(new Uint8Array(32)));
    const run = (count: number, chainNumber: bigint) => array(integer(chainNumber), integer(0n), byteString(new Uint8Array(16 * count)));
    expect(outcomeOf(() => decodeSession(withItem(genuine, [14], array(...Array.from({ length: 4 }, () => chain)))))).toBe('accepted');
    expect(outcomeOf(() => decodeSession(withItem(genuine, [14], array(...Array.from({ length: 5 }, () => chain)))))).toBe('malformed');
    expect(outcomeOf(() => decodeSession(withItem(genuine, [16], array(run(128, 1n), run(128, 2n)))))).toBe('accepted');
    expect(outcomeOf(() => decodeSession(withItem(genuine, [16], array(run(128, 1n), run(129, 2n)))))).toBe('malformed');
  });

  it('has one form: a run of open messages is not written as two', () => {
    const mids = fieldOf(genuine, [16, 0, 2]);
    const [chain, first] = [sessionOf(b).unacknowledged[0]?.chain ?? 0, sessionOf(b).unacknowledged[0]?.n ?? 0];
    const part = (from: number, to: number) =>
      array(integer(BigInt(chain)), integer(BigInt(first + from)), byteString(mids.slice(16 * from, 16 * to)));
    const count = mids.length / 16;
    expect(count).toBeGreaterThan(1);
    expect(withItem(genuine, [16], array(part(0, count)))).toEqual(genuine);
    expect(outcomeOf(() => decodeSession(withItem(genuine, [16], array(part(0, 1), part(1, count)))))).toBe('malformed');
  });

  it.each([
    ['the id', [1], 'authentication', 'authentication'],
    ['the fingerprint of the peer', [7], 'identityMismatch', 'identityMismatch'],
    ['the root key', [9], 'accepted', 'authentication'],
    ['the X25519 seed', [10, 5], 'accepted', 'authentication'],
    ['the ML-KEM-1024 seed', [10, 6], 'accepted', 'authentication'],
    ['the header key of the receive chain', [12, 1], 'notForUs', 'accepted'],
    ['the key of the receive chain', [12, 2], 'authentication', 'accepted'],
    ['the next header key to receive with', [13], 'accepted', 'notForUs'],
  ] as const)('with %s changed opens nothing that depends on it, and nothing else than was sent', (_name, at, inChain, atTurn) => {
    const { a: sender, b: receiver } = talk();
    arrive(receiver, sealBy(sender, text('first of the chain')).packet);
    const before = encodeSession(sessionOf(receiver));
    const current = sealBy(sender, text('in the chain')).packet;
    // A turn of theirs follows an answer of ours.
    arrive(sender, sealBy(receiver, text('turn')).packet);
    const answered = encodeSession(sessionOf(receiver));
    const turn = sealBy(sender, text('at a turn')).packet;
    const opening = (bytesOf: Uint8Array, packet: Uint8Array, words: string) => () => {
      const seed = fieldOf(bytesOf, at);
      const changed = decodeSession(withBytes(bytesOf, at, flip(seed, 1, 3)));
      const arrived = look({ ...side(receiver.identity, changed), skipped: [], replay: [] }, packet, counter('look'));
      expect(arrived.kind === 'opened' && arrived.payload.body).toEqual(text(words));
    };
    expect(outcomeOf(opening(before, current, 'in the chain'))).toBe(inChain);
    expect(outcomeOf(opening(answered, turn, 'at a turn'))).toBe(atTurn);
  });

  it('of another pair opens nothing', () => {
    const packet = sealBy(a, text('for b')).packet;
    for (const other of [conversation().b, conversation().a, side(alice, overBlob())])
      expect(outcomeOf(() => look({ ...other, identity: mallory }, packet, counter('look')))).toBe('notForUs');
  });
});
