/**
 * One test for each pitfall the design names (B.11), in its order. What has a table of its own is in the files beside this one, and so
 * is failing randomness.
 */
import { describe, expect, it } from 'vitest';
import { readCard, signCard } from '../../../src/pq/card.ts';
import { openCardAnswer, openCardRequest, sealCardAnswer, sealCardRequest } from '../../../src/pq/cardRequest.ts';
import { encodeCbor } from '../../../src/pq/cbor.ts';
import { PqError } from '../../../src/pq/errors.ts';
import { decodeHello, firstKey, helloTranscript, sessionKeys } from '../../../src/pq/hello.ts';
import { fingerprint } from '../../../src/pq/identity.ts';
import { kemDecapsulate, kemEncapsulate, kemKeys } from '../../../src/pq/kem.ts';
import { prefixed } from '../../../src/pq/labels.ts';
import { openBody, sealBody } from '../../../src/pq/messageKeys.ts';
import { parsePacket, type Wire } from '../../../src/pq/packet.ts';
import { publicPrekey } from '../../../src/pq/prekey.ts';
import { dh } from '../../../src/pq/primitives.ts';
import { rootStep, stepTranscript } from '../../../src/pq/ratchet.ts';
import { encodeSession, initiate, open, openHello, seal, verifyReply, replyBytes } from '../../../src/pq/session.ts';
import type { Card, ExpandedIdentity, PrekeySecret, PublicIdentity, RandomSource, RatchetSession } from '../../../src/pq/types.ts';
import {
  NOW,
  WEEK,
  alice,
  arrive,
  begin,
  bob,
  bobOpensHello,
  bobsCard,
  bobsInviteCard,
  cardOf,
  conversation,
  expectText,
  flip,
  invite,
  logHeadOf,
  look,
  mallory,
  overBlob,
  overInvite,
  random,
  refused,
  reusable,
  sealBy,
  side,
  text,
  type Side,
} from '../people.ts';
import { withInteger } from './changes.ts';
import { beginForged, forge } from './forge.ts';
import { badCoefficients, smallPoints, unreduced } from './wrongKeys.ts';

const NOTHING = new Uint8Array(0);
const sessionOf = ({ session }: Side): RatchetSession => {
  if (!session) throw new Error('no session');
  return session;
};
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('implicit rejection of ML-KEM', () => {
  it('gives a secret for every ciphertext: only the MAC or the box tells, and always in the same words', () => {
    const { publicKey, secretKey } = kemKeys(random(64));
    const { ct, secret } = kemEncapsulate(publicKey, random);
    const wrong = [new Uint8Array(1_568), new Uint8Array(1_568).fill(0xff), flip(ct, 0), flip(ct, 1_567, 7)];
    for (const changed of wrong) {
      const rejected = kemDecapsulate(secretKey, changed);
      expect(rejected).toHaveLength(32);
      expect(rejected).not.toEqual(secret);
      expect(kemDecapsulate(secretKey, changed)).toEqual(rejected);
    }
    const { a, b } = conversation();
    const turning = sessionOf(b);
    const byCiphertext = forge(turning, { header: { ct: flip(turning.send.ct, 700) } });
    const packet = forge(turning);
    const byMac = flip(packet, packet.length - 1);
    for (const changed of [byCiphertext, byMac]) expect(refused(() => look(a, changed))).toBe('authentication');
  });
});

/** Bob's card as it would be with other public keys: signed by Bob, who may be anybody. */
function cardWith(keys: Partial<PublicIdentity>, prekeyKeys: { x?: Uint8Array; k?: Uint8Array }): Card {
  const owner: ExpandedIdentity = { ...bob, public: { ...bob.public, ...keys } };
  const prekey = { ...publicPrekey(reusable), ...prekeyKeys };
  return readCard(signCard(owner, { prekey, nickname: 'Bob', seq: 1, logHead: logHeadOf(bob), addresses: [] }), NOW);
}
const beginWith = ({ identity, prekey }: Card): RatchetSession => initiate({ ...begin, peer: identity, prekey, invite: null });

describe('the modulus check of ML-KEM keys', () => {
  it('is done wherever a foreign key enters: card, prekey, card request, hello, first header, turn', () => {
    for (const index of badCoefficients) {
      expect(refused(() => kemEncapsulate(unreduced(bob.public.k, index), random))).toBe('malformed');
      expect(refused(() => beginWith(cardWith({ k: unreduced(bob.public.k, index) }, {})))).toBe('malformed');
      expect(refused(() => beginWith(cardWith({}, { k: unreduced(bobsCard.prekey.k, index) })))).toBe('malformed');
      const request = openCardRequest(sealCardRequest(random).packet);
      expect(refused(() => sealCardAnswer(random, { ...request, k: unreduced(request.k, index) }, cardOf(bob, reusable)))).toBe(
        'malformed',
      );
      const hello = beginForged({ from: alice });
      expect(refused(() => bobOpensHello(forge(hello, { header: { kPublic: unreduced(hello.send.kPublic, index) } })))).toBe('malformed');
      const { a, b } = conversation();
      const turning = sessionOf(b);
      expect(refused(() => look(a, forge(turning, { header: { kPublic: unreduced(turning.send.kPublic, index) } })))).toBe('malformed');
    }
  });
});

describe('X25519 keys of small order', () => {
  const from = side(alice, overBlob());
  const to = side(bob);
  arrive(to, sealBy(from, text('hello')).packet);
  const { a, b } = conversation();
  const { packet, pending } = sealCardRequest(random);
  const request = openCardRequest(packet);
  const card = cardOf(bob, reusable);
  const wrong = smallPoints.map((x) => ({ name: hex(x), x }));

  it.each(wrong)('$name is refused in a card, a card request and its answer', ({ x }) => {
    expect(refused(() => dh(random(32), x))).toBe('malformed');
    expect(refused(() => beginWith(cardWith({ x }, {})))).toBe('malformed');
    expect(refused(() => beginWith(cardWith({}, { x })))).toBe('malformed');
    expect(refused(() => sealCardAnswer(random, { ...request, x }, card))).toBe('malformed');
    const answer = encodeCbor([1, x, new Uint8Array(1_568), new Uint8Array(16_384 - 1_610)]);
    expect(answer).toHaveLength(16_384);
    expect(refused(() => openCardAnswer(answer, pending))).toBe('malformed');
  });

  it.each(wrong)('$name is refused in a hello, its introduction, its header, the first answer and a turn', ({ x }) => {
    expect(refused(() => bobOpensHello(forge(beginForged({ from: alice, hello: { x } }))))).toBe('malformed');
    const changed = { ...mallory.public, x };
    const posing = { ...mallory, public: changed, fingerprint: fingerprint(changed) };
    expect(refused(() => bobOpensHello(forge(beginForged({ from: posing }))))).toBe('malformed');
    expect(refused(() => bobOpensHello(forge(beginForged({ from: alice }), { header: { xPublic: x } })))).toBe('malformed');
    expect(refused(() => look(from, forge(sessionOf(to), { header: { xPublic: x } })))).toBe('malformed');
    expect(refused(() => look(a, forge(sessionOf(b), { header: { xPublic: x } })))).toBe('malformed');
  });
});

describe('re-encapsulation and binding', () => {
  it('binds every root step to the key, the ciphertexts and both X25519 keys: the same secrets with another of them are other keys', () => {
    const parts = [random(1_568), random(1_568), random(32), random(32), random(1_568)] as const;
    const root = random(32);
    const step = (transcriptOf: Uint8Array): string => {
      const secrets = { dh: new Uint8Array(32).fill(1), kem: new Uint8Array(32).fill(2), identity: NOTHING };
      return hex(rootStep(root, secrets, transcriptOf).chainKey);
    };
    const [k, ct, sender, receiver, ctIdentity] = parts;
    const keys = [
      step(stepTranscript(k, ct, sender, receiver, ctIdentity)),
      step(stepTranscript(flip(k, 9), ct, sender, receiver, ctIdentity)),
      step(stepTranscript(k, flip(ct, 9), sender, receiver, ctIdentity)),
      step(stepTranscript(k, ct, flip(sender, 9), receiver, ctIdentity)),
      step(stepTranscript(k, ct, sender, flip(receiver, 9), ctIdentity)),
      step(stepTranscript(k, ct, sender, receiver, flip(ctIdentity, 9))),
      step(stepTranscript(k, ct, sender, receiver, NOTHING)),
      step(stepTranscript(ct, k, receiver, sender, ctIdentity)),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('binds the hello to the answerer, the prekey and everything sent', () => {
    const hello = decodeHello(sessionOf(side(alice, overBlob())).pre);
    const { prekey } = bobsCard;
    const transcripts = [
      helloTranscript(bob.fingerprint, prekey, hello),
      helloTranscript(mallory.fingerprint, prekey, hello),
      helloTranscript(bob.fingerprint, { ...prekey, id: flip(prekey.id, 0) }, hello),
      helloTranscript(bob.fingerprint, { ...prekey, x: flip(prekey.x, 0) }, hello),
      helloTranscript(bob.fingerprint, { ...prekey, k: flip(prekey.k, 0) }, hello),
      helloTranscript(bob.fingerprint, prekey, { ...hello, x: flip(hello.x, 0) }),
      helloTranscript(bob.fingerprint, prekey, { ...hello, ctPrekey: flip(hello.ctPrekey, 0) }),
      helloTranscript(bob.fingerprint, prekey, { ...hello, ctIdentity: flip(hello.ctIdentity, 0) }),
      helloTranscript(bob.fingerprint, prekey, { ...hello, ctPrekey: hello.ctIdentity, ctIdentity: hello.ctPrekey }),
    ].map(hex);
    expect(new Set(transcripts).size).toBe(transcripts.length);
  });
});

describe('confusion of secrets and encodings', () => {
  it('does not arise: each secret has its place and its length, and the same bytes in another place are another key', () => {
    const [one, two, three, four] = [random(32), random(32), random(32), random(32)] as const;
    const th0 = random(32);
    type Secret = readonly [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array];
    const key = ([dhIdentity, dhPrekey, hello, kemIdentity, psk]: Secret): string =>
      hex(
        firstKey(
          { dhIdentity: dhIdentity.slice(), dhPrekey: dhPrekey.slice(), hello: hello.slice(), kemIdentity: kemIdentity.slice(), psk },
          th0,
        ),
      );
    const orders: Secret[] = [
      [one, two, three, four, NOTHING],
      [two, one, three, four, NOTHING],
      [one, three, two, four, NOTHING],
      [one, two, four, three, NOTHING],
      [one, two, three, NOTHING, four],
      [one, two, three, four, new Uint8Array(32)],
      [one, two, NOTHING, three, four],
    ];
    expect(new Set(orders.map(key)).size).toBe(orders.length);
    expect(prefixed(one, two)).not.toEqual(prefixed(Uint8Array.of(...one, ...two)));
    expect(prefixed(one, NOTHING)).not.toEqual(prefixed(NOTHING, one));
    const { a } = conversation();
    const steps = [{ dh: one, kem: two, identity: NOTHING }, { dh: two, kem: one, identity: NOTHING }, { dh: one, kem: NOTHING, identity: two }]; // prettier-ignore
    const stepped = steps.map((secrets) =>
      hex(
        rootStep(sessionOf(a).rootKey, { dh: secrets.dh.slice(), kem: secrets.kem.slice(), identity: secrets.identity.slice() }, th0)
          .rootKey,
      ),
    );
    expect(new Set(stepped).size).toBe(steps.length);
  });
});

/** A prekey and an identity that say when a private key is touched. */
function watched(): { identity: ExpandedIdentity; prekey: (of: PrekeySecret) => PrekeySecret; touched: string[] } {
  const touched: string[] = [];
  const watch = <T extends object>(name: string, of: T, secrets: (keyof T)[]): T =>
    new Proxy(of, {
      get: (target, key, receiver): unknown => {
        if (secrets.some((secret) => secret === key)) touched.push(`${name}.${String(key)}`);
        return Reflect.get(target, key, receiver);
      },
    });
  return { identity: watch('identity', bob, ['seeds', 'kSecret', 'pqSecret']), prekey: (of) => watch('prekey', of, ['x', 'k']), touched };
}

describe('keys that meet chosen ciphertexts', () => {
  it('are behind the gate: a hello that does not pass it touches no private key and draws no randomness', () => {
    const { identity, prekey, touched } = watched();
    let drawn = 0;
    const source: RandomSource = (length) => {
      drawn++;
      return random(length);
    };
    const tryWith = (packet: Uint8Array, more: { oneTime?: boolean; secret?: Uint8Array | null; allow?: boolean; known?: boolean } = {}) =>
      openHello({
        identity,
        packet,
        prekey: () => (more.known === false ? null : prekey({ ...reusable, oneTime: more.oneTime ?? false })),
        inviteSecret: () => more.secret ?? null,
        allowGateless: () => more.allow ?? true,
        random: source,
        now: NOW,
      });
    const gateless = sealBy(side(alice, overBlob()), text('hello')).packet;
    const invited = sealBy(side(alice, overInvite()), text('hello')).packet;
    expect(refused(() => tryWith(gateless, { known: false }))).toBe('unknownPrekey');
    expect(refused(() => tryWith(gateless, { secret: random(32) }))).toBe('gate');
    expect(refused(() => tryWith(invited, { secret: flip(invite.secret, 0) }))).toBe('gate');
    expect(refused(() => tryWith(invited))).toBe('gate');
    expect(refused(() => tryWith(invited, { oneTime: true }))).toBe('gate');
    expect(refused(() => tryWith(gateless, { allow: false }))).toBe('limit');
    expect(refused(() => tryWith(forge(beginForged({ from: mallory, hello: { gate: random(16) } }))))).toBe('gate');
    expect(touched).toEqual([]);
    expect(drawn).toBe(0);
    // The same with nothing wrong does touch them: the watch works.
    expect(tryWith(gateless).payload.body).toEqual(text('hello'));
    expect(touched).toContain('prekey.k');
    expect(touched).toContain('identity.kSecret');
    expect(drawn).toBeGreaterThan(0);
  });

  it('answer no failure: what fails inside a session touches the identity only in the first answer', () => {
    const { identity, touched } = watched();
    const { a, b } = conversation();
    const packet = sealBy(a, text('in the chain')).packet;
    const input = { identity, skipped: [], replay: [], random, now: NOW };
    for (let at = 20; at < packet.length; at += 401)
      expect(() => open(sessionOf(b), { ...input, packet: flip(packet, at) })).toThrow(PqError);
    expect(open(sessionOf(b), { ...input, packet }).kind).toBe('opened');
    expect(touched).toEqual([]);
  });
});

describe('nonces after a rollback', () => {
  const seals = (source: RandomSource): Wire[] => {
    const { a } = conversation();
    const state = sessionOf(a);
    return ['one', 'two'].map((words) =>
      parsePacket(seal(state, { payload: { mid: random(16), body: text(words) }, random: source, now: NOW }).packet),
    );
  };
  it('do not come twice: two messages sealed from the same state share no salt, no key stream and no hint', () => {
    const [one, two] = seals(random);
    if (!one || !two) throw new Error('two were sealed');
    for (const part of ['salt', 'hint', 'mac'] as const) expect(one[part]).not.toEqual(two[part]);
    // The headers say the same: with the same key and nonce they would be the same bytes. Padding is zeros, so bodies would share their ends.
    expect(one.hdr.subarray(0, 64)).not.toEqual(two.hdr.subarray(0, 64));
    expect(one.body.subarray(-64, -16)).not.toEqual(two.body.subarray(-64, -16));
    // It is the salt that does it, and that depends on randomness alone: hence the hedge.
    const [same, again] = seals((length) => new Uint8Array(length).fill(4));
    expect(same?.hdr).toEqual(again?.hdr);
    expect(same?.body.subarray(-64, -16)).toEqual(again?.body.subarray(-64, -16));
  });
});

describe('a state that forked', () => {
  it('is noticed by the other side and by nothing an outsider can make, and changes nothing there', () => {
    const { a, b } = conversation();
    const old = sessionOf(a);
    const [here] = [sealBy(a, text('here'))];
    expectText(b, here.packet, 'here');
    const before = encodeSession(sessionOf(b));
    const there = seal(old, { payload: { mid: random(16), body: text('there') }, random, now: NOW });
    expect(refused(() => look(b, there.packet))).toBe('rollback');
    for (const at of [3, 20, 40, 60, 900, 1_600]) expect(refused(() => look(b, flip(there.packet, at)))).not.toBe('rollback');
    expect(encodeSession(sessionOf(b))).toEqual(before);
    expectText(b, sealBy(a, text('on it goes')).packet, 'on it goes');
  });
});

describe('skipping', () => {
  it('has bounds that cost nothing to reach for: nothing is derived for a jump that is refused', () => {
    const { a, b } = conversation();
    const next = sessionOf(b).receive?.n ?? 0;
    for (const n of [next + 1_025, 100_000, 0xffff_ffff])
      expect(refused(() => look(b, forge(sessionOf(a), { header: { n } })))).toBe('limit');
    const arrived = look(b, forge(sessionOf(a), { header: { n: next + 1_024 } }));
    expect(arrived.kind === 'opened' && arrived.skippedAdd).toHaveLength(1_024);
    const turning = sessionOf(conversation().b);
    expect(turning.send.previous).toBeLessThan(1_024);
    expect(refused(() => look(a, forge(sessionOf(b), { header: { previous: 1_026 + (sessionOf(a).receive?.n ?? 0) } })))).toBe('limit');
  });
});

describe('identity misbinding', () => {
  it('fails: both fingerprints are in the session, in order, and the session is in each MAC', () => {
    const [th0, eid] = [random(32), random(64)];
    const keys = (a: Uint8Array, b: Uint8Array): string =>
      hex(sessionKeys(new Uint8Array(32), new Uint8Array(32).fill(1), th0, eid, a, b).id);
    const ids = [
      keys(alice.fingerprint, bob.fingerprint),
      keys(bob.fingerprint, alice.fingerprint),
      keys(mallory.fingerprint, bob.fingerprint),
      keys(alice.fingerprint, mallory.fingerprint),
    ];
    expect(new Set(ids).size).toBe(4);
    // Alice means Mallory; Mallory passes it on to Bob.
    expect(refused(() => bobOpensHello(forge(beginForged({ from: alice, answerer: mallory.fingerprint }))))).toBe('authentication');
    // Mallory puts Alice's identity into her own hello.
    expect(refused(() => bobOpensHello(forge(beginForged({ from: { ...mallory, public: alice.public } }))))).toBe('notForUs');
    // A right message key with another session's id.
    const key = random(32);
    const outer = { salt: random(16), hint: random(16), pre: NOTHING, hdr: random(1_634) };
    const wire = sealBody(key, outer, new Uint8Array(16).fill(1), Uint8Array.of(1), 64);
    expect(openBody(key, wire, new Uint8Array(16).fill(1))).toEqual(Uint8Array.of(1));
    expect(refused(() => openBody(key, wire, new Uint8Array(16).fill(2)))).toBe('authentication');
    for (const part of ['salt', 'hint', 'hdr', 'body', 'mac'] as const)
      expect(refused(() => openBody(key, { ...wire, [part]: flip(wire[part], 0) }, new Uint8Array(16).fill(1)))).toBe('authentication');
    expect(refused(() => openBody(key, { ...wire, pre: Uint8Array.of(0) }, new Uint8Array(16).fill(1)))).toBe('authentication');
  });
});

describe('reflection', () => {
  it('fails: nobody opens a packet of their own, at any time of a session', () => {
    const a = side(alice, overBlob());
    const b = side(bob);
    const hello = sealBy(a, text('hello')).packet;
    expect(refused(() => look(a, hello))).toBe('notForUs');
    arrive(b, hello);
    const answer = sealBy(b, text('answer')).packet;
    expect(refused(() => look(b, answer))).toBe('notForUs');
    arrive(a, answer);
    for (const turn of [1, 2, 3]) {
      const there = sealBy(a, text(`there ${turn}`)).packet;
      expect(refused(() => look(a, there))).toBe('notForUs');
      arrive(b, there);
      const back = sealBy(b, text(`back ${turn}`)).packet;
      expect(refused(() => look(b, back))).toBe('notForUs');
      arrive(a, back);
    }
    expect(refused(() => look(a, hello))).toBe('notForUs');
    // Bob's own hello, sent back to him.
    const bobs = forge(beginForged({ from: bob }));
    expect(refused(() => bobOpensHello(bobs))).toBe('identityMismatch');
    const ack = sealBy(a, text('acknowledge this'));
    expect(verifyReply(replyBytes(ack.ackTag, random), ack.ackTag)).toBe(true);
    expect(verifyReply(ack.packet.slice(0, 32), ack.ackTag)).toBe(false);
  });
});

describe('versions', () => {
  it('are not negotiated: a packet of another version is not looked at, and the version is in what is authenticated', () => {
    const { a, b } = conversation();
    const packet = sealBy(a, text('version')).packet;
    for (let version = 0; version < 24; version++) {
      const changed = withInteger(packet, [0], BigInt(version));
      if (version === 1) expect(changed).toEqual(packet);
      else expect(refused(() => look(b, changed))).toBe('malformed');
    }
    const { hdr, pre, salt, hint, body, mac } = parsePacket(packet);
    expect(refused(() => parsePacket(encodeCbor([2, salt, hint, pre, hdr, body, mac])))).toBe('malformed');
  });
});

describe('the clock', () => {
  it('gates nothing in a session: a message of any time opens, at any time', () => {
    const { a, b } = conversation();
    for (const ts of [0, 1, NOW - 10 * WEEK, Number.MAX_SAFE_INTEGER]) {
      const { packet, session } = seal(sessionOf(a), { payload: { mid: random(16), body: text('when') }, random, now: ts });
      a.session = session;
      for (const now of [0, NOW, Number.MAX_SAFE_INTEGER]) {
        const opened = open(sessionOf(b), { identity: bob, packet, skipped: [], replay: [], random, now });
        expect(opened.kind === 'opened' && opened.payload.ts).toBe(ts);
      }
    }
    const hello = sealBy(side(alice, overBlob()), text('hello')).packet;
    const input = { identity: bob, packet: hello, prekey: () => reusable, inviteSecret: () => null, random };
    for (const now of [0, Number.MAX_SAFE_INTEGER]) expect(openHello({ ...input, now }).payload.body).toEqual(text('hello'));
  });
});

describe('a route that dies in the middle of a turn', () => {
  it('costs nothing: the same bytes are sent again, open once, and are answered with the same tag', () => {
    const { a, b } = conversation();
    const before = encodeSession(sessionOf(b));
    const turn = sealBy(b, text('turn'));
    const sent = encodeSession(sessionOf(b));
    expect(sent).not.toEqual(before);
    // Lost on the way: nothing is sealed anew, the state stays.
    const first = arrive(a, turn.packet);
    expect(encodeSession(sessionOf(b))).toEqual(sent);
    const committed = encodeSession(sessionOf(a));
    // The answer was lost: again.
    const second = arrive(a, turn.packet);
    expect(first.kind === 'opened' && first.ackTag).toEqual(turn.ackTag);
    expect(second).toMatchObject({ kind: 'duplicate', tag: turn.ackTag });
    expect(encodeSession(sessionOf(a))).toEqual(committed);
    // Their answer crosses it, and later ones of the chain come first.
    const more = sealBy(b, text('more'));
    expectText(b, sealBy(a, text('answer')).packet, 'answer');
    expectText(a, more.packet, 'more');
    expect(arrive(a, turn.packet)).toMatchObject({ kind: 'duplicate', tag: turn.ackTag });
  });
});

describe('errors', () => {
  it('say the same for a code whatever was in the input, and hold none of it', () => {
    const { a, b } = conversation();
    const packet = sealBy(a, text('a secret text')).packet;
    const errors: PqError[] = [];
    const collect = (task: () => unknown): void => {
      try {
        task();
      } catch (error) {
        if (!(error instanceof PqError)) throw error;
        errors.push(error);
      }
    };
    for (let at = 0; at < packet.length; at += 13) collect(() => look(b, flip(packet, at)));
    for (const x of smallPoints) collect(() => look(a, forge(sessionOf(b), { header: { xPublic: x } })));
    collect(() => look(b, forge(sessionOf(a), { payload: { fingerprint: mallory.fingerprint } })));
    collect(() => readCard(flip(cardOf(bob, reusable), 5_000), NOW));
    collect(() => readCard(cardOf(bob, reusable), NOW + 2 * WEEK));
    collect(() => initiate({ ...begin, prekey: bobsInviteCard.prekey, invite: null }));
    expect(errors.length).toBeGreaterThan(200);
    for (const error of errors) {
      expect(error.message).toBe(new PqError(error.code).message);
      expect(Object.keys(error).sort()).toEqual(['code', 'name']);
      if (error.cause instanceof Error) expect(error.cause.message).not.toMatch(/[0-9a-f]{8}|\d{4}/i);
      else expect(error.cause).toBeUndefined();
    }
  });
});
