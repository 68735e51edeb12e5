import { describe, expect, it } from 'vitest';
import {
  compareLogHead,
  decodeLogEntry,
  encodeLogEntry,
  followLog,
  logHead,
  rotate,
  startLog,
  type LogEntry,
} from '../../src/pq/identityLog.ts';
import {
  NOW,
  alice,
  arrive,
  bob,
  bobOpensHello,
  bobsCard,
  flip,
  logHeadOf,
  mallory,
  overBlob,
  person,
  random,
  refused,
  sealBy,
  side,
  text,
} from './people.ts';

const first = startLog(alice, NOW);
const next = person();
const second = rotate(first, alice, next, NOW + 1);
const third = rotate(second, next, person(), NOW + 2);
const known = { head: logHead(first), seq: null, identity: alice.public };

describe('the identity log', () => {
  it('leads from one identity to the next, entry by entry', () => {
    const after = followLog(known, encodeLogEntry(second));
    expect(after).toEqual({ head: logHead(second), seq: 1, identity: next.public, fingerprint: next.fingerprint });
    expect(followLog(after, encodeLogEntry(third)).seq).toBe(2);
    expect(decodeLogEntry(encodeLogEntry(second))).toEqual(second);
    expect(encodeLogEntry(first).length).toBeLessThan(7_100);
    expect(encodeLogEntry(second).length).toBeLessThan(10_600);
  });

  it('has another head with every field', () => {
    const variants: LogEntry[] = [
      second,
      { ...second, seq: 2 },
      { ...second, previous: random(32) },
      { ...second, identity: bob.public },
      { ...second, time: NOW },
    ];
    expect(new Set(variants.map((entry) => logHead(entry).toString())).size).toBe(variants.length);
  });

  it('is not followed by an entry that leaves one out, comes twice or follows another head', () => {
    expect(refused(() => followLog(known, encodeLogEntry(third)))).toBe('identityMismatch');
    expect(refused(() => followLog(known, encodeLogEntry(first)))).toBe('identityMismatch');
    const after = followLog(known, encodeLogEntry(second));
    expect(refused(() => followLog(after, encodeLogEntry(second)))).toBe('identityMismatch');
    expect(refused(() => followLog({ ...known, head: random(32) }, encodeLogEntry(second)))).toBe('identityMismatch');
    expect(refused(() => followLog({ ...known, seq: 1 }, encodeLogEntry(second)))).toBe('identityMismatch');
  });

  it('needs the signature of the identity before, and of the new one', () => {
    const stolen = rotate(startLog(mallory, NOW), mallory, next, NOW + 1);
    expect(refused(() => followLog(known, encodeLogEntry({ ...second, old: stolen.old })))).toBe('badSignature');
    expect(refused(() => followLog(known, encodeLogEntry({ ...second, own: stolen.own })))).toBe('badSignature');
    expect(refused(() => followLog(known, encodeLogEntry({ ...second, identity: mallory.public })))).toBe('badSignature');
    expect(refused(() => rotate(first, bob, next, NOW))).toBe('identityMismatch');
    for (const which of ['own', 'old'] as const)
      for (const half of ['ed', 'pq'] as const) {
        const signature = second[which];
        if (!signature) throw new Error('no signature');
        const changed = { ...second, [which]: { ...signature, [half]: flip(signature[half], 5) } };
        expect(refused(() => followLog(known, encodeLogEntry(changed)))).toBe('badSignature');
      }
  });

  it('begins with zeros and one signature, and only its first entry does', () => {
    expect(refused(() => decodeLogEntry(encodeLogEntry({ ...first, previous: random(32) })))).toBe('malformed');
    expect(refused(() => decodeLogEntry(encodeLogEntry({ ...first, old: second.old })))).toBe('malformed');
    expect(refused(() => decodeLogEntry(encodeLogEntry({ ...second, old: null })))).toBe('malformed');
  });

  it('is compared with what the other side was shown', () => {
    const own = [logHead(third), logHead(second), logHead(first)];
    expect(compareLogHead(own, logHead(third))).toBe('same');
    expect(compareLogHead(own, logHead(first))).toBe('behind');
    expect(compareLogHead(own, new Uint8Array(32))).toBe('none');
    expect(compareLogHead(own, random(32))).toBe('split');
  });

  it('is told to the other side by card, hello and every payload', () => {
    expect(bobsCard.logHead).toEqual(logHeadOf(bob));
    const a = side(alice, overBlob());
    const opened = bobOpensHello(sealBy(a, text('hello')).packet);
    expect(opened.logHead).toEqual(logHeadOf(alice));
    expect(opened.payload.logHead).toEqual(logHeadOf(bob));
    const b = side(bob, opened.session);
    const answered = arrive(a, sealBy(b, text('hello yourself')).packet);
    expect(answered).toMatchObject({ payload: { logHead: logHeadOf(alice) } });
  });
});
