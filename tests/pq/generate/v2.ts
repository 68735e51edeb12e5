/** V2: fingerprints, short fingerprints, safety numbers. */
import { fingerprint, shortFingerprint } from '../../../src/pq/identity.ts';
import { safetyNumber } from '../../../src/pq/safetyNumber.ts';
import { sha512 } from '../../../src/pq/primitives.ts';
import type { ExpandedIdentity } from '../../../src/pq/types.ts';
import { alice, aliceNext, bob, mallory } from './cast.ts';
import { hex, type Json } from './json.ts';
import { concat, label, same, steps } from './steps.ts';

const ROUNDS = 5_200;
const SHOWN = [1, 2, 3, ROUNDS - 1, ROUNDS];

function name(who: string, { public: own, fingerprint: expected }: ExpandedIdentity): Json {
  const trace = steps();
  same('fingerprint', trace.hash('fingerprint', 'id', { ed: own.ed, pq: own.pq, x: own.x, k: own.k }), expected);
  return { identity: who, fingerprint: hex(fingerprint(own)), short: shortFingerprint(expected), steps: trace.json() };
}

function number(names: readonly [string, string], a: Uint8Array, b: Uint8Array): Json {
  const { digits, qr } = safetyNumber(a, b);
  const [low, high] = [hex(a), hex(b)].sort();
  const pair = hex(a) === low ? concat(a, b) : concat(b, a);
  const rounds: Json[] = [];
  let h = sha512(concat(label('sn'), pair));
  for (let round = 1; ; h = sha512(concat(h, pair)), round++) {
    if (SHOWN.includes(round)) rounds.push({ round, h: hex(h) });
    if (round === ROUNDS) break;
  }
  same('safety number', h, qr);
  return {
    between: names,
    low: low ?? '',
    high: high ?? '',
    firstInput: hex(concat(label('sn'), pair)),
    rounds,
    groups: digits.map((group, index) => ({ bytes: hex(qr.slice(5 * index, 5 * index + 5)), digits: group })),
    text: digits.join(' '),
    qr: hex(qr),
  };
}

export function v2(): Json {
  // Two fingerprints that differ in the last byte only, and in the first only: the order is that of the bytes.
  const [ones, almost] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(1)];
  almost[31] = 2;
  const [first, second] = [new Uint8Array(32).fill(0xff), new Uint8Array(32).fill(0xff)];
  first[0] = 0x7f;
  return {
    about:
      'fingerprint = H("id", ed, pq, x, k). Short: its first 80 bits in Crockford base 32. Safety number: h_1 = SHA-512("sotto/dm/1 sn" ‖ low ‖ high), h_i = SHA-512(h_(i-1) ‖ low ‖ high), i up to 5,200.',
    fingerprints: [name('alice', alice), name('aliceNext', aliceNext), name('bob', bob), name('mallory', mallory)],
    safetyNumbers: [
      number(['alice', 'bob'], alice.fingerprint, bob.fingerprint),
      number(['bob', 'alice'], bob.fingerprint, alice.fingerprint),
      number(['aliceNext', 'bob'], aliceNext.fingerprint, bob.fingerprint),
      number(['01…01', '01…02'], ones, almost),
      number(['ff…ff', '7f…ff'], second, first),
    ],
    refused: [{ low: hex(ones), high: hex(ones), reason: 'twice the same person' }],
  };
}
