/** What a network can do to packets: every field of the four kinds, and of the hello in them. Nothing opens, nothing changes. */
import { describe } from 'vitest';
import { encodeSession } from '../../../src/pq/session.ts';
import { alice, arrive, bob, conversation, counter, look, overBlob, overInvite, sealBy, side, text, type Side } from '../people.ts';
import { byteString, copy, read, write } from '../fuzz/tree.ts';
import { describeFields, type Field, type Outcome } from './changes.ts';

const bytesOf = ({ session }: Side): Uint8Array => (session ? encodeSession(session) : new Uint8Array(0));
const open = (to: Side) => (packet: Uint8Array) => {
  const arrived = look(to, packet, counter('opening'));
  if (arrived.kind !== 'opened') throw new Error('a duplicate');
};

const BODY = 5;
/** Takes from the body, or gives to it, what a changed field before it made the packet too long or too short by. */
function toBucket(packet: Uint8Array, bucket: number): Uint8Array {
  const whole = read(packet);
  if (packet.length === bucket || !whole) return packet;
  const changed = copy(whole);
  const body = changed.items[BODY];
  if (body?.major !== 2) return packet;
  const length = Math.max(0, body.bytes.length + bucket - packet.length);
  Object.assign(body, byteString(Uint8Array.from({ length }, (_, index) => body.bytes[index] ?? 0)));
  return write(changed);
}

const VERSIONS = [0n, 2n, 23n, 24n, 255n, 2n ** 53n].map((version) => [version, 'malformed'] as const);

const fields = (hdr: Outcome): Field[] => [
  { name: 'the version', at: [0], values: VERSIONS },
  { name: 'the salt', at: [1], flipped: 'notForUs', swapped: 'notForUs' },
  { name: 'the hint', at: [2], flipped: 'notForUs', swapped: 'notForUs' },
  { name: 'the header', at: [4], flipped: hdr, swapped: hdr, lengths: [0, 1_633, 1_635, 3_203, 4_775] },
  { name: 'the MAC', at: [6], flipped: 'authentication', swapped: 'authentication', lengths: [0, 16] },
];

/** Its length is what a packet is filled up with, so that is not repaired. */
const body: Field = { name: 'the body', at: [5], flipped: 'authentication', swapped: 'authentication', lengths: [0, 15] };

/** A packet whose hello is repeated is of the session with that hello; another is the business of who has none yet. */
const helloFields: Field[] = [
  { name: 'the prekey id', at: [3, 0], flipped: 'unknownPrekey', swapped: 'gate' },
  { name: 'the X25519 key', at: [3, 1], flipped: 'gate', swapped: 'gate' },
  { name: 'the ciphertext to the prekey', at: [3, 2], flipped: 'gate', swapped: 'gate' },
  { name: 'the ciphertext to the identity', at: [3, 3], flipped: 'gate', swapped: 'gate' },
  { name: 'the sealed introduction', at: [3, 4], flipped: 'gate', swapped: 'gate', lengths: [0, 3_611], anyLength: true },
  { name: 'the gate', at: [3, 5], flipped: 'gate', swapped: 'gate' },
];

const words = (count: number): string => 'x'.repeat(count);

describe('a packet of the chain that runs', () => {
  const { a, b } = conversation();
  const other = conversation();
  const genuine = sealBy(a, text(words(600))).packet;
  const foreign = sealBy(other.a, text(words(600))).packet;
  const { packet: hello } = sealBy(side(alice, overBlob()), text('hello'));
  describeFields({
    name: 'packet',
    genuine,
    other: foreign,
    fields: [...fields('authentication'), { name: 'the place of the hello', at: [3], lengths: [1, 23, 24, 255, 12_001] }],
    open: open(b),
    repair: (input) => toBucket(input, genuine.length),
    state: () => bytesOf(b),
  });
  describeFields({ name: 'packet', genuine, other: foreign, fields: [body], open: open(b), state: () => bytesOf(b) });
  describeFields({
    name: 'packet with a hello of another session',
    genuine,
    other: hello,
    fields: [{ name: 'the hello', at: [3], swapped: 'notForUs' }],
    open: open(b),
    repair: (input) => toBucket(input, 16_384),
    state: () => bytesOf(b),
  });
});

describe('a packet that turns the ratchet', () => {
  const { a, b } = conversation();
  const other = sealBy(conversation().b, text(words(600))).packet;
  const genuine = sealBy(b, text(words(600))).packet;
  describeFields({
    name: 'packet',
    genuine,
    other,
    fields: fields('authentication'),
    open: open(a),
    repair: (input) => toBucket(input, genuine.length),
    state: () => bytesOf(a),
  });
  describeFields({ name: 'packet', genuine, other, fields: [body], open: open(a), state: () => bytesOf(a) });
});

describe('the first answer', () => {
  const begin = (): { a: Side; answer: Uint8Array } => {
    const a = side(alice, overBlob());
    const b = side(bob);
    arrive(b, sealBy(a, text('hello')).packet);
    return { a, answer: sealBy(b, text(words(600))).packet };
  };
  const { a, answer } = begin();
  const other = begin().answer;
  describeFields({
    name: 'packet',
    genuine: answer,
    other,
    fields: fields('authentication'),
    open: open(a),
    repair: (input) => toBucket(input, answer.length),
    state: () => bytesOf(a),
  });
  describeFields({ name: 'packet', genuine: answer, other, fields: [body], open: open(a), state: () => bytesOf(a) });
});

describe('a hello', () => {
  const genuine = sealBy(side(alice, overBlob()), text('hello')).packet;
  // Over an invite: another prekey, another gate.
  const other = sealBy(side(alice, overInvite()), text('hello')).packet;
  const b = side(bob);
  describeFields({ name: 'packet', genuine, other, fields: [body], open: open(b) });
  describeFields({
    name: 'packet',
    genuine,
    other,
    fields: [
      // The header's associated data are salt and hello: the hint alone says which key it is for.
      ...fields('authentication'),
      ...helloFields,
      { name: 'the hello', at: [3], swapped: 'notForUs', lengths: [255, 256, 12_001] },
    ],
    open: open(b),
    repair: (input) => toBucket(input, genuine.length),
    state: () => bytesOf(b),
  });
});

describe('a hello over an invite', () => {
  const genuine = sealBy(side(alice, overInvite()), text('hello')).packet;
  const b = side(bob);
  describeFields({
    name: 'packet',
    genuine,
    other: sealBy(side(alice, overBlob()), text('hello')).packet,
    fields: helloFields,
    open: open(b),
    repair: (input) => toBucket(input, genuine.length),
    state: () => bytesOf(b),
  });
});

describe('a hello that is repeated', () => {
  const a = side(alice, overBlob());
  const b = side(bob);
  arrive(b, sealBy(a, text('one')).packet);
  const genuine = sealBy(a, text('two')).packet;
  const elsewhere = sealBy(side(alice, overInvite()), text('two')).packet;
  describeFields({ name: 'packet', genuine, other: elsewhere, fields: [body], open: open(b), state: () => bytesOf(b) });
  describeFields({
    name: 'packet',
    genuine,
    other: elsewhere,
    fields: [
      ...fields('authentication'),
      ...helloFields.map((field): Field => ({ ...field, flipped: 'notForUs', swapped: 'notForUs', shaped: 'notForUs', lengths: [] })),
    ],
    open: open(b),
    repair: (input) => toBucket(input, genuine.length),
    state: () => bytesOf(b),
  });
});
