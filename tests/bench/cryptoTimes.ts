/**
 * DM/1 alone, in a process of its own: prints the samples as JSON. `crypto.ts` runs it as the runtime is, and once more as one
 * without ML-KEM in node:crypto. The argument `long` adds 100,000 messages.
 */
import { randomBytes } from 'node:crypto';
import { kemKeys, kemNative } from '../../src/pq/kem.ts';
import { createIdentity, expandIdentity } from '../../src/pq/identity.ts';
import { createPrekey, publicPrekey } from '../../src/pq/prekey.ts';
import { safetyNumber } from '../../src/pq/safetyNumber.ts';
import { encodeSession, initiate, open, openHello, prepareRatchet, seal } from '../../src/pq/session.ts';
import type { ExpandedIdentity, OwnRatchet, RandomSource, RatchetSession } from '../../src/pq/types.ts';

/** Text of a message that takes a packet of 4 KiB, as in the design's figures. */
const TEXT = 'x'.repeat(640);
const ROUNDS = 60;
const WARM_UP = 30;
const TURNS = 4;
const SKIPPED = 1_024;
const MESSAGES = 100_000;
/** Messages of one side before the other one answers. */
const RUN = 50;

const random: RandomSource = Object.assign((length: number) => new Uint8Array(randomBytes(length)), { native: true as const });
const now = Date.now();
const [a, b] = [expandIdentity(createIdentity(random)), expandIdentity(createIdentity(random))];
const prekey = createPrekey(random, { notBefore: 0, notAfter: now + 1e9, oneTime: false });
const card = publicPrekey(prekey);
const head = random(32);
const profile = { nickname: 'bench', addresses: [random(800), random(800)], recordKey: null };
const rows = { skipped: [], replay: [] };

const times: Record<string, number[]> = {};
function measure<T>(name: string, task: () => T): T {
  const begin = performance.now();
  const result = task();
  (times[name] ??= []).push(performance.now() - begin);
  return result;
}

const sealed = (from: RatchetSession) =>
  seal(from, { payload: { mid: random(16), body: { kind: 'text', text: TEXT, action: false } }, random, now });
const begin = (): RatchetSession =>
  initiate({
    identity: a,
    peer: b.public,
    prekey: card,
    invite: null,
    profile,
    logHead: head,
    peerLogHead: head,
    replaces: null,
    begun: now,
    random,
    now,
  });
const accept = (packet: Uint8Array) => openHello({ identity: b, packet, prekey: () => prekey, inviteSecret: () => null, random, now });

function opened(session: RatchetSession, identity: ExpandedIdentity, packet: Uint8Array, ready?: OwnRatchet) {
  const result = open(session, { identity, packet, ...rows, random, now, ...(ready ? { ratchet: () => ready } : {}) });
  if (result.kind !== 'opened') throw new Error('a packet did not open');
  return result;
}

/** One after another on each side, each with its turn: what a lively conversation does. */
function conversation(): void {
  let alice = measure('initiate + seal', () => sealed(begin()));
  let bob: { session: RatchetSession } = measure('accept + open', () => accept(alice.packet));
  for (let turn = 0; turn < TURNS; turn += 1) {
    const answer = sealed(bob.session);
    const atAlice = measure(turn === 0 ? 'open the first answer' : 'open with a full turn', () => opened(alice.session, a, answer.packet));
    const same = measure('seal, same chain', () => sealed(answer.session));
    const next = measure('open, same chain', () => opened(atAlice.session, a, same.packet));
    alice = sealed(next.session);
    const ready = measure('next ratchet key', () => prepareRatchet(random));
    bob = measure('open with a turn, key ready', () => opened(same.session, b, alice.packet, ready));
  }
}

function skips(): void {
  const first = sealed(begin());
  const bob = accept(first.packet);
  let session = opened(first.session, a, sealed(bob.session).packet).session;
  for (let index = 0; index < SKIPPED; index += 1) session = { ...sealed(session).session, unacknowledged: [] };
  const late = sealed(session);
  measure(`open after ${String(SKIPPED)} skipped`, () => opened(bob.session, b, late.packet));
}

/** Bytes of both records, early and after many messages of which one in 50 is a turn; and what the heap grew by. */
function growth(): Record<string, number> {
  const first = sealed(begin());
  let sides: [RatchetSession, RatchetSession] = [first.session, accept(first.packet).session];
  let who: 0 | 1 = 1;
  const size = (): number => Math.max(...sides.map((session) => encodeSession(session).length));
  const heap = (): number => {
    globalThis.gc?.();
    return process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
  };
  const run = (count: number): void => {
    for (let index = 0; index < count; index += 1) {
      if (index % RUN === RUN - 1) who = who === 0 ? 1 : 0;
      const sent = sealed(sides[who]);
      const to = who === 0 ? opened(sides[1], b, sent.packet) : opened(sides[0], a, sent.packet);
      sides = who === 0 ? [sent.session, to.session] : [to.session, sent.session];
    }
  };
  run(1_000);
  const [early, heapEarly] = [size(), heap()];
  run(MESSAGES - 1_000);
  return { early, late: size(), grown: heap() - heapEarly };
}

for (let round = 0; round < ROUNDS + WARM_UP; round += 1) {
  if (round === WARM_UP) for (const name of Object.keys(times)) times[name] = [];
  conversation();
  measure('floor', () => kemKeys(random(64)));
}
for (let round = 0; round < 8; round += 1) {
  measure('safety number', () => safetyNumber(a.fingerprint, b.fingerprint));
  skips();
}
const waiting = sealed(begin()).session;
const facts = { native: kemNative !== null, hello: encodeSession(waiting).length, ...(process.argv[2] === 'long' ? growth() : {}) };
console.log(JSON.stringify({ times, facts }));
