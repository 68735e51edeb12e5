/**
 * What a malicious peer can put under encryption: it knows every key of its session and makes each MAC right. Whatever it puts into
 * header, payload and introduction is taken for what it says or refused; what is refused changes nothing.
 */
import { describe, expect, it } from 'vitest';
import { encodeCbor, type CborValue } from '../../../src/pq/cbor.ts';
import type { PqErrorCode } from '../../../src/pq/errors.ts';
import { decodeHello, gateOf } from '../../../src/pq/hello.ts';
import { encodePublicIdentity, fingerprint } from '../../../src/pq/identity.ts';
import { encodePayload } from '../../../src/pq/payload.ts';
import { encodeHeader } from '../../../src/pq/ratchet.ts';
import { encodeSession, seal } from '../../../src/pq/session.ts';
import type { ExpandedIdentity, RatchetSession } from '../../../src/pq/types.ts';
import {
  NOW,
  alice,
  arrive,
  bob,
  bobOpensHello,
  conversation,
  counter,
  flip,
  items,
  look,
  mallory,
  overBlob,
  sealBy,
  side,
  text,
  type Side,
} from '../people.ts';
import { outcomeOf, withBytes, withInteger, withItem, type Outcome } from './changes.ts';
import { beginForged, forge, introductionOf, payloadOf, type FirstForgery, type Forgery } from './forge.ts';
import { item } from '../fuzz/tree.ts';
import { badCoefficients, smallPoints, unreduced } from './wrongKeys.ts';

const NOTHING = new Uint8Array(0);
const sessionOf = ({ session }: Side): RatchetSession => {
  if (!session) throw new Error('no session');
  return session;
};
const open = (to: Side, packet: Uint8Array): RatchetSession => {
  const arrived = look(to, packet, counter('opening'));
  if (arrived.kind !== 'opened') throw new Error('a duplicate');
  return arrived.session;
};

/** Tries a forgery: its outcome, that nothing changed, and that the honest packet still opens. */
function attempt(from: RatchetSession, to: Side, forgery: Forgery): Outcome {
  const before = to.session ? encodeSession(to.session) : NOTHING;
  const outcome = outcomeOf(() => open(to, forge(from, forgery)));
  expect(to.session ? encodeSession(to.session) : NOTHING).toEqual(before);
  const honest = seal(from, { payload: { mid: new Uint8Array(16), body: text('honest') }, random: counter('honest'), now: NOW });
  expect(outcomeOf(() => open(to, honest.packet))).toBe('accepted');
  return outcome;
}

const { a, b } = conversation();
/** a goes on in its chain; b's next packet is a turn. */
const inChain = sessionOf(a);
const turning = sessionOf(b);
const waiting = sessionOf(side(alice, overBlob()));
const answering = side(bob);
const asking = side(alice, overBlob());
arrive(answering, sealBy(asking, text('hello')).packet);
const first = sessionOf(answering);

/** Each kind of packet: who sends, and who receives. */
const kinds: [string, RatchetSession, Side][] = [
  ['in the chain', inChain, b],
  ['at a turn', turning, a],
  ['in the first answer', first, asking],
  ['in a hello', waiting, side(bob)],
];

describe.each(kinds)('a header %s', (kind, from, to) => {
  const { send } = from;
  const isTurn = kind !== 'in the chain';
  /** The same length again, so that only the header's own parser can tell. */
  const header = encodeHeader(send);
  const shifted = (at: number, into: number): Uint8Array => {
    const changed = [...items(header)];
    const [shrunk, grown] = [changed[at], changed[into]];
    if (!(shrunk instanceof Uint8Array) || !(grown instanceof Uint8Array)) throw new Error('bytes');
    changed[at] = shrunk.slice(1);
    changed[into] = Uint8Array.of(...grown, 0);
    return encodeCbor(changed);
  };

  it('has fields of their lengths, and nothing after them', () => {
    for (const [at, into] of [[0, 1], [1, 0], [4, 5], [5, 4], [0, 5], [1, 4]] as const) expect([at, into, attempt(from, to, { headerBytes: shifted(at, into) })]).toEqual([at, into, 'malformed']); // prettier-ignore
    expect(attempt(from, to, { headerBytes: header.slice(0, -1) })).toBe('malformed');
    expect(attempt(from, to, { headerBytes: Uint8Array.of(...header, 0) })).toBe('malformed');
    expect(attempt(from, to, { headerBytes: new Uint8Array(header.length) })).toBe('malformed');
    for (const at of [0, 1, 2, 3, 4, 5])
      expect(attempt(from, to, { headerBytes: withItem(header, [at], item({ major: 7 })) })).toBe('malformed');
  });

  it('may not pass over 1,025 messages, in its chain or the one before', () => {
    const expected = to.session?.receive?.n ?? 0;
    const next = isTurn ? 0 : expected;
    expect(attempt(from, to, { header: { n: next + 1_025 } })).toBe('limit');
    expect(attempt(from, to, { header: { n: 0xffff_ffff } })).toBe('limit');
    expect(outcomeOf(() => open(to, forge({ ...from, send: { ...send, n: isTurn ? 0 : send.n } }, { header: { n: next + 1_024 } })))).toBe(
      'accepted',
    );
    const before: Record<string, Outcome> = { 'at a turn': 'limit', 'in the first answer': 'malformed', 'in a hello': 'malformed' };
    for (const previous of [expected + 1_025, 0xffff_ffff])
      expect(attempt(from, to, { header: { previous } })).toBe(before[kind] ?? 'accepted');
  });

  it('never counts fewer messages in the chain before than have arrived', () => {
    const arrived = to.session?.receive?.n ?? 0;
    if (kind !== 'at a turn') return;
    expect(arrived).toBeGreaterThan(0);
    for (let previous = 0; previous < arrived; previous++) expect(attempt(from, to, { header: { previous } })).toBe('malformed');
  });

  it('has no ciphertext where none belongs, and one where one does', () => {
    const some = new Uint8Array(1_568).fill(3);
    const outcomes = {
      added: attempt(from, to, { header: { ct: some } }),
      removed: attempt(from, to, { header: { ct: NOTHING, ctIdentity: NOTHING } }),
      addedToIdentity: attempt(from, to, { header: { ctIdentity: send.ct.length > 0 ? send.ct : some } }),
    };
    // In a running chain the header's keys were used at its turn: nothing looks at them again, and nothing comes of them.
    const expected: Record<string, typeof outcomes> = {
      'in the chain': { added: 'accepted', removed: 'accepted', addedToIdentity: 'accepted' },
      'at a turn': { added: 'authentication', removed: 'malformed', addedToIdentity: 'malformed' },
      'in the first answer': { added: 'authentication', removed: 'malformed', addedToIdentity: 'authentication' },
      'in a hello': { added: 'malformed', removed: 'accepted', addedToIdentity: 'malformed' },
    };
    expect(outcomes).toEqual(expected[kind]);
  });

  it('is refused with a ciphertext that is zeros, changed or of another session: only the MAC tells', () => {
    if (send.ct.length === 0 || !isTurn) return;
    const others = [
      new Uint8Array(1_568),
      new Uint8Array(1_568).fill(0xff),
      flip(send.ct, 0),
      flip(send.ct, 1_567, 7),
      inChain.send.ct,
      first.send.ctIdentity,
    ];
    for (const ct of others) expect(attempt(from, to, { header: { ct } })).toBe('authentication');
    if (send.ctIdentity.length === 0) return;
    for (const ctIdentity of [...others.slice(0, -1), send.ct, turning.send.ct])
      expect(attempt(from, to, { header: { ctIdentity } })).toBe('authentication');
  });

  it('turns with an X25519 key that is right, or not at all', () => {
    for (const xPublic of smallPoints) expect(attempt(from, to, { header: { xPublic } })).toBe(isTurn ? 'malformed' : 'accepted');
    for (const xPublic of [flip(send.xPublic, 0), bob.public.x])
      expect(attempt(from, to, { header: { xPublic } })).toBe(isTurn ? 'authentication' : 'accepted');
  });

  it('turns with an ML-KEM key of reduced coefficients, or not at all', () => {
    for (const index of badCoefficients)
      expect(attempt(from, to, { header: { kPublic: unreduced(send.kPublic, index) } })).toBe(isTurn ? 'malformed' : 'accepted');
  });

  it('with other keys in a running chain leads to the same state', () => {
    if (isTurn) return;
    const changed = { xPublic: mallory.public.x, kPublic: mallory.public.k, ct: NOTHING, ctIdentity: NOTHING, previous: 77 };
    expect(encodeSession(open(to, forge(from, { header: changed })))).toEqual(encodeSession(open(to, forge(from))));
  });
});

describe.each(kinds)('a payload %s', (_, from, to) => {
  const genuine = encodePayload({ ...payloadOf(from), ack: { chain: 1, base: 2, bitmap: Uint8Array.of(1) } });
  const refusedWith = (code: PqErrorCode, changed: readonly Uint8Array[]): void => {
    for (const payloadBytes of changed) expect(attempt(from, to, { payloadBytes })).toBe(code);
  };
  const lengths = (at: number[], wrong: readonly number[]): Uint8Array[] =>
    wrong.map((length) => withBytes(genuine, at, new Uint8Array(length).fill(1)));
  const numbers = (at: number[], wrong: readonly bigint[]): Uint8Array[] => wrong.map((value) => withInteger(genuine, at, value));
  const BIG = [2n ** 32n, 2n ** 53n, 2n ** 64n - 1n];

  it('has a kind below 2^32; one that is not known is kept as it came', () => {
    refusedWith('malformed', [...numbers([0], BIG), ...lengths([0], [0, 1])]);
    for (const code of [200, 0xffff_ffff]) {
      const arrived = look(to, forge(from, { payloadBytes: withInteger(genuine, [0], BigInt(code)) }), counter('opening'));
      expect(arrived.kind === 'opened' && arrived.payload.body).toEqual({ kind: 'unknown', code, bytes: items(genuine)[6] });
    }
  });
  it('has a message id of 16 bytes', () => {
    refusedWith('malformed', [...lengths([1], [0, 15, 17]), ...numbers([1], [1n])]);
  });
  it('has a time that a number can hold, whatever it is', () => {
    refusedWith('malformed', [...numbers([2], [2n ** 53n, 2n ** 64n - 1n]), ...lengths([2], [8])]);
    for (const ts of [0, Number.MAX_SAFE_INTEGER]) expect(attempt(from, to, { payload: { ts } })).toBe('accepted');
  });
  it('names the fingerprint of the session, which is the sender’s and nobody else’s', () => {
    refusedWith('malformed', [...lengths([3], [0, 31, 33]), ...numbers([3], [0n])]);
    const wrong = [flip(from.ownFingerprint, 31), from.peerFingerprint, mallory.fingerprint, new Uint8Array(32)];
    for (const named of wrong) expect(attempt(from, to, { payload: { fingerprint: named } })).toBe('identityMismatch');
  });
  it('has an acknowledgement of three fields, of at most 256 bits', () => {
    refusedWith('malformed', [
      ...numbers([4, 0], BIG),
      ...numbers([4, 1], BIG),
      ...lengths([4, 2], [33, 64, 4_096]),
      ...lengths([4], [0, 3]),
    ]);
    refusedWith('malformed', [withItem(genuine, [4], item({ major: 4 })), withItem(genuine, [4, 2], item({ major: 7 }))]);
    const everything = { chain: 0xffff_ffff, base: 0xffff_ffff, bitmap: new Uint8Array(32).fill(0xff) };
    const state = open(to, forge(from, { payload: { ack: everything } }));
    expect(state.unacknowledged).toEqual(to.session?.unacknowledged ?? []);
  });
  it('has a head of the log of 32 bytes', () => {
    refusedWith('malformed', [...lengths([5], [0, 31, 33]), ...numbers([5], [0n])]);
  });
  it('has content of its kind', () => {
    const contents: CborValue[] = [[], [0], [0, NOTHING, 0], [2, NOTHING], [0, 0], [0, Uint8Array.of(0xff)], [0, Uint8Array.of(0xed, 0xa0, 0x80)]];
    refusedWith('malformed', contents.map((content) => withBytes(genuine, [6], encodeCbor(content))));
    refusedWith('malformed', lengths([6], [0, 1]));
    // A longer text fits no packet with a larger header.
    if (from === inChain || from === turning) refusedWith('malformed', [withBytes(genuine, [6], encodeCbor([0, new Uint8Array(29_001).fill(0x61)]))]);
  }); // prettier-ignore
});

describe('a hello whose gate is right', () => {
  const begun = (forgery: Omit<FirstForgery, 'from'> & { from?: ExpandedIdentity }): Outcome =>
    outcomeOf(() => bobOpensHello(forge(beginForged({ from: alice, ...forgery })), counter('bob')));
  const ct = new Uint8Array(1_568);
  const other = decodeHello(sessionOf(side(alice, overBlob())).pre);

  it('opens when nothing else is wrong', () => {
    expect(begun({})).toBe('accepted');
    expect(begun({ from: mallory })).toBe('accepted');
  });
  it('is refused with another prekey, also one that exists', () => {
    expect(begun({ hello: { prekeyId: new Uint8Array(8) } })).toBe('unknownPrekey');
  });
  it('is refused with an X25519 key of small order, or another one', () => {
    for (const x of smallPoints) expect(begun({ hello: { x } })).toBe('malformed');
    for (const x of [other.x, bob.public.x]) expect(begun({ hello: { x } })).toBe('authentication');
  });
  it('is refused with ciphertexts that are zeros, swapped or of another hello', () => {
    for (const ctPrekey of [ct, other.ctPrekey, other.ctIdentity]) expect(begun({ hello: { ctPrekey } })).toBe('authentication');
    for (const ctIdentity of [ct, other.ctPrekey, other.ctIdentity]) expect(begun({ hello: { ctIdentity } })).toBe('authentication');
  });
  it('is refused with the introduction of another hello', () => {
    expect(begun({ hello: { eid: other.eid } })).toBe('authentication');
    expect(begun({ hello: { eid: new Uint8Array(5_000) } })).toBe('authentication');
  });
  it('is refused with a secret mixed in that no invite of the prekey has', () => {
    expect(begun({ psk: new Uint8Array(32) })).toBe('authentication');
  });
  it('is refused with a gate made for somebody else', () => {
    expect(begun({ gateKey: mallory.fingerprint })).toBe('gate');
    expect(begun({ hello: { gate: new Uint8Array(16) } })).toBe('gate');
    expect(begun({ hello: { gate: gateOf(bob.fingerprint, other) } })).toBe('gate');
  });
});

describe('an introduction', () => {
  const begun = (introduction: Uint8Array, from: ExpandedIdentity = alice): Outcome =>
    outcomeOf(() => bobOpensHello(forge(beginForged({ from, introduction })), counter('bob')));
  const genuine = introductionOf(alice);
  const lengths = (at: number[], wrong: readonly number[]): void => {
    for (const length of wrong)
      expect([at, length, begun(withBytes(genuine, at, new Uint8Array(length).fill(0x61)))]).toEqual([at, length, 'malformed']);
  };
  /** Somebody with one public key that is another. */
  const posing = (part: Partial<ExpandedIdentity['public']>): ExpandedIdentity => {
    const changed = { ...mallory.public, ...part };
    return { ...mallory, public: changed, fingerprint: fingerprint(changed) };
  };

  it('names who holds the keys: another identity, or one bit of it, and nothing opens', () => {
    expect(begun(genuine)).toBe('accepted');
    const identity = encodePublicIdentity(alice.public);
    for (const at of [10, 100, 2_100, 3_000]) expect(begun(withBytes(genuine, [0], flip(identity, at)))).toMatch(/notForUs|malformed/);
    expect(begun(withBytes(genuine, [0], encodePublicIdentity(mallory.public)))).toBe('notForUs');
    expect(begun(introductionOf(bob), bob)).toBe('identityMismatch');
    lengths([0], [0, 3_595, 3_597]);
  });
  it('with the X25519 key of somebody else opens nothing: their secret is missing', () => {
    expect(begun(introductionOf(posing({ x: alice.public.x })), posing({ x: alice.public.x }))).toBe('notForUs');
  });
  it('with keys that are none is refused', () => {
    for (const x of smallPoints) expect(begun(introductionOf(posing({ x })), posing({ x }))).toBe('malformed');
    for (const index of badCoefficients) {
      const k = unreduced(mallory.public.k, index);
      expect(begun(introductionOf(posing({ k })), posing({ k }))).toBe('malformed');
    }
  });
  it('has a profile within its limits', () => {
    lengths([1, 0], [65, 257]);
    lengths([1, 1, 0], [0, 199, 4_097]);
    lengths([1, 2], [257]);
    lengths([1], [0, 3]);
    expect(begun(withBytes(genuine, [1, 0], Uint8Array.of(0xff)))).toBe('malformed');
    expect(begun(withItem(genuine, [1], item({ major: 4 })))).toBe('malformed');
  });
  it('has a head of the log of 32 bytes, and the id of a replaced session of 16 or none', () => {
    lengths([2], [0, 31, 33]);
    lengths([3], [1, 15, 17, 32]);
    expect(begun(withBytes(genuine, [3], new Uint8Array(16)))).toBe('accepted');
    expect(begun(genuine.slice(0, -1))).toBe('malformed');
    expect(begun(Uint8Array.of(...genuine, 0))).toBe('malformed');
    expect(begun(encodeCbor(items(genuine).slice(0, 4)))).toBe('malformed');
    for (const time of [null, new Uint8Array(8), []]) expect(begun(encodeCbor([...items(genuine).slice(0, 4), time]))).toBe('malformed');
    expect(begun(encodeCbor([...items(genuine), 0]))).toBe('malformed');
  });
});
