import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  FILE_HASH_BYTES,
  FILE_ID_BYTES,
  MAX_EMOJI_BYTES,
  MAX_FILE_NAME_BYTES,
  MAX_IDENTITY_ENTRY_BYTES,
  MAX_KIND,
  MAX_MEDIA_TYPE_BYTES,
  MAX_READ_MIDS,
  kindCode,
} from '../../src/pq/body.ts';
import { decodeCbor, encodeCbor, type CborValue } from '../../src/pq/cbor.ts';
import { readBytes, readList } from '../../src/pq/fields.ts';
import { TEXT_AFTER_ANSWER, decodeBody, decodePayload, encodeBody, encodePayload } from '../../src/pq/payload.ts';
import type { Body, FileOffer, Introduction, Payload } from '../../src/pq/types.ts';
import { address, counter, refused } from './people.ts';

const random = counter('payloads');
const mid = random(16);
const utf8 = new TextEncoder();
const family = '👨‍👩‍👧‍👦';
const offer: FileOffer = { id: random(16), name: 'Übersicht.pdf', mediaType: 'application/pdf', size: 3_000_000_000, sha256: random(32) };
const file = (change: Partial<FileOffer>): Body => ({ kind: 'file', ...offer, ...change });

const introduction = { kind: 'introduction', nickname: 'Carol', fingerprint: random(32), addresses: [address(), address()] } as const;
const introduce = (change: Partial<Introduction>): Body => ({ ...introduction, addresses: [...introduction.addresses], ...change });

const bodies: Record<Body['kind'], Body> = {
  dummy: { kind: 'dummy' },
  text: { kind: 'text', text: 'Grüße 🌍', action: true },
  profile: { kind: 'profile', nickname: 'Alice', addresses: [address(), address()], recordKey: 'VLD0:pair' },
  addressUpdate: { kind: 'addressUpdate', addresses: [address()] },
  ack: { kind: 'ack' },
  reply: { kind: 'reply', target: mid, action: false, text: 'so do I' },
  edit: { kind: 'edit', target: mid, text: 'better words' },
  delete: { kind: 'delete', target: mid },
  reaction: { kind: 'reaction', target: mid, emoji: family, add: true },
  typing: { kind: 'typing', state: 'paused' },
  read: { kind: 'read', mids: [mid, random(16)] },
  record: { kind: 'record', recordKey: 'VLD0:new' },
  file: file({}),
  identity: { kind: 'identity', entry: random(700) },
  presence: { kind: 'presence', state: 'online' },
  introduction: introduce({}),
  unknown: { kind: 'unknown', code: 77, bytes: random(40) },
};
const codes = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 77];
const kinds = Object.entries(bodies);
const structured = kinds.filter(([kind]) => !['dummy', 'ack', 'unknown'].includes(kind));

/** Code and content as they are on the wire. */
const onWire = (body: Body): { code: CborValue | undefined; content: Uint8Array } => {
  const [code, content] = readList(decodeCbor(encodeBody(body), 40_000), 2);
  return { code, content: readBytes(content, 0, 40_000) };
};
const itemsOf = (body: Body): readonly CborValue[] => readList(decodeCbor(onWire(body).content, 40_000), 1_024);
const read = (code: CborValue | undefined, content: Uint8Array): Body => decodeBody(encodeCbor([code ?? null, content]));
const readItems = (body: Body, items: CborValue): Body => read(kindCode(body), encodeCbor(items));
const payload = (body: Body): Payload => ({
  mid,
  ts: 1_790_000_000_000,
  fingerprint: random(32),
  ack: { chain: 3, base: 70_000, bitmap: Uint8Array.of(5, 1) },
  logHead: random(32),
  body,
});

describe('every kind', () => {
  it('has the code that is written down', () => {
    expect(kinds.map(([, body]) => kindCode(body))).toEqual(codes);
    expect(kinds.map(([, body]) => onWire(body).code)).toEqual(codes);
  });

  it.each(kinds)('%s comes back as it was, alone and in a payload', (_, body) => {
    expect(decodeBody(encodeBody(body))).toEqual(body);
    const whole = payload(body);
    const bytes = encodePayload(whole);
    expect(decodePayload(bytes)).toEqual(whole);
    expect(encodePayload(decodePayload(bytes))).toEqual(bytes);
  });

  it.each(structured)('%s is refused with a field less, a field more, and a field of another type', (_, body) => {
    const items = itemsOf(body);
    // An update with fewer addresses is an update as well.
    if (body.kind !== 'addressUpdate') expect(refused(() => readItems(body, items.slice(0, -1)))).toBe('malformed');
    expect(refused(() => readItems(body, [...items, body.kind === 'addressUpdate' ? 0 : random(200)]))).toBe('malformed');
    expect(refused(() => readItems(body, items[0] ?? null))).toBe('malformed');
    for (const index of items.keys()) {
      // A profile may leave out its record key.
      const isNullable = body.kind === 'profile' && index === 2;
      for (const other of isNullable ? [[], 9] : [null, [[]]])
        expect(refused(() => readItems(body, items.with(index, other)))).toBe('malformed');
    }
  });

  it.each(structured)('%s is refused where its content ends early, goes on, or is not in the shortest form', (_, body) => {
    const { code, content } = onWire(body);
    for (const length of [0, 1, content.length - 1]) expect(refused(() => read(code, content.slice(0, length)))).toBe('malformed');
    expect(refused(() => read(code, Uint8Array.of(...content, 0)))).toBe('malformed');
    const [head = 0, ...rest] = content;
    expect(refused(() => read(code, Uint8Array.of(0x98, head & 31, ...rest)))).toBe('malformed');
  });

  it.each(['dummy', 'ack'] as const)('%s has no content', (kind) => {
    expect(refused(() => read(kindCode(bodies[kind]), Uint8Array.of(0)))).toBe('malformed');
    expect(refused(() => read(kindCode(bodies[kind]), encodeCbor([])))).toBe('malformed');
  });
});

describe('a payload', () => {
  const items = readList(decodeCbor(encodePayload(payload(bodies.text)), 40_000), 7);
  const changed = (index: number, value: CborValue): string => refused(() => decodePayload(encodeCbor(items.with(index, value))));

  it('is refused with a field of another length or range', () => {
    for (const [index, length] of [
      [1, 16],
      [3, 32],
      [5, 32],
    ] as const)
      for (const wrong of [0, length - 1, length + 1]) expect(changed(index, random(wrong))).toBe('malformed');
    expect(changed(0, MAX_KIND + 1)).toBe('malformed');
    expect(changed(4, [0, 0])).toBe('malformed');
    expect(changed(4, [0, 0, random(33)])).toBe('malformed');
    expect(changed(4, [2 ** 32, 0, random(1)])).toBe('malformed');
    expect(changed(4, [0, 2 ** 32, random(1)])).toBe('malformed');
    expect(refused(() => decodePayload(encodeCbor(items.slice(0, -1))))).toBe('malformed');
    expect(refused(() => decodePayload(encodeCbor([...items, 0])))).toBe('malformed');
  });

  it('takes every time that is a safe integer', () => {
    expect(decodePayload(encodeCbor(items.with(2, Number.MAX_SAFE_INTEGER))).ts).toBe(Number.MAX_SAFE_INTEGER);
  });
});

describe('a kind of a later version', () => {
  it('is kept byte for byte, whatever it holds', () => {
    fc.assert(
      fc.property(fc.integer({ min: 16, max: MAX_KIND }), fc.uint8Array({ maxLength: 300 }), (code, bytes) => {
        const body = read(code, bytes);
        expect(body).toEqual({ kind: 'unknown', code, bytes });
        expect(encodeBody(body)).toEqual(encodeCbor([code, bytes]));
      }),
      { numRuns: 100 },
    );
  });

  it('may be as long as a packet', () => {
    const bytes = random(32_000);
    expect(read(16, bytes)).toEqual({ kind: 'unknown', code: 16, bytes });
  });
});

/** Writes at the edge and reads it back; what is one beyond is refused at both ends. */
describe('the edge of every limit', () => {
  const accepted = (body: Body): void => {
    expect(decodeBody(encodeBody(body))).toEqual(body);
  };
  /** Refused by the writer; `items` is the same content, as a writer without limits would make it. */
  const refusedBoth = (body: Body, items: CborValue): void => {
    expect(refused(() => encodeBody(body))).toBe('limit');
    expect(refused(() => readItems(body, items))).toBe('malformed');
  };
  const long = (length: number): string => 'x'.repeat(length);

  it.each([15, 17, 0])('a target has 16 bytes, not %i', (length) => {
    const target = random(length);
    refusedBoth({ kind: 'delete', target }, [target]);
    refusedBoth({ kind: 'reply', target, action: false, text: '' }, [target, 0, random(0)]);
    refusedBoth({ kind: 'edit', target, text: '' }, [target, random(0)]);
    refusedBoth({ kind: 'reaction', target, emoji: 'x', add: true }, [target, utf8.encode('x'), 1]);
    refusedBoth({ kind: 'read', mids: [target] }, [[target]]);
  });

  it('a text takes 29,000 bytes, also as a reply or an edit', () => {
    const [whole, more] = [long(TEXT_AFTER_ANSWER), long(TEXT_AFTER_ANSWER + 1)];
    accepted({ kind: 'text', text: whole, action: false });
    accepted({ kind: 'reply', target: mid, text: whole, action: false });
    accepted({ kind: 'edit', target: mid, text: whole });
    accepted({ kind: 'edit', target: mid, text: '' });
    refusedBoth({ kind: 'text', text: more, action: false }, [0, utf8.encode(more)]);
    refusedBoth({ kind: 'reply', target: mid, text: more, action: false }, [mid, 0, utf8.encode(more)]);
    refusedBoth({ kind: 'edit', target: mid, text: more }, [mid, utf8.encode(more)]);
  });

  it('text is UTF-8 and a flag is 0 or 1', () => {
    expect(refused(() => readItems(bodies.edit, [mid, Uint8Array.of(0xff)]))).toBe('malformed');
    expect(refused(() => readItems(bodies.reply, [mid, 2, utf8.encode('x')]))).toBe('malformed');
    expect(refused(() => readItems(bodies.reaction, [mid, utf8.encode('x'), 2]))).toBe('malformed');
  });

  it('an emoji has at most 64 bytes and no control character', () => {
    const widest = `x${'\u0301'.repeat(31)}`;
    expect(utf8.encode(widest)).toHaveLength(MAX_EMOJI_BYTES - 1);
    for (const emoji of [widest, '👍', '👍🏽', '🏴‍☠️', '🇺🇳', '1️⃣', family]) accepted({ kind: 'reaction', target: mid, emoji, add: false });
    for (const emoji of [`${widest}\u0301`, '', '\n', '\r\n', '\u0085', '\0'])
      refusedBoth({ kind: 'reaction', target: mid, emoji, add: true }, [mid, utf8.encode(emoji), 1]);
  });

  it('more than one emoji is not written, and is kept like a kind of a later version when it arrives', () => {
    for (const emoji of ['👍👍', 'ab', '\ud83d'])
      expect(refused(() => encodeBody({ kind: 'reaction', target: mid, emoji, add: true }))).toBe('limit');
    const content = encodeCbor([mid, utf8.encode('👍👍'), 1]);
    const body = read(8, content);
    expect(body).toEqual({ kind: 'unknown', code: 8, bytes: content });
    expect(encodeBody(body)).toEqual(encodeCbor([8, content]));
  });

  it('typing is done, active or paused', () => {
    for (const [number, state] of (['done', 'active', 'paused'] as const).entries()) {
      accepted({ kind: 'typing', state });
      expect(readItems(bodies.typing, [number])).toEqual({ kind: 'typing', state });
    }
    expect(refused(() => readItems(bodies.typing, [3]))).toBe('malformed');
  });

  it('a read receipt names 1 to 256 messages, each once', () => {
    const mids = Array.from({ length: MAX_READ_MIDS + 1 }, () => random(16));
    accepted({ kind: 'read', mids: mids.slice(1) });
    accepted({ kind: 'read', mids: mids.slice(0, 1) });
    for (const wrong of [mids, [], [mid, random(16), mid]]) refusedBoth({ kind: 'read', mids: wrong }, [wrong]);
  });

  it('a record has a key of 1 to 256 bytes', () => {
    accepted({ kind: 'record', recordKey: long(256) });
    for (const recordKey of [long(257), '']) refusedBoth({ kind: 'record', recordKey }, [utf8.encode(recordKey)]);
    expect(refused(() => readItems(bodies.record, [null]))).toBe('malformed');
  });

  const withItem = (index: number, value: CborValue): CborValue => itemsOf(file({})).with(index, value);

  it('a file name has at most 255 bytes and is no path', () => {
    for (const name of [long(MAX_FILE_NAME_BYTES), 'a', '.hidden', '...', 'a b', 'ä'.repeat(127)]) accepted(file({ name }));
    for (const name of [long(256), 'ä'.repeat(128), '', '.', '..', 'a/b', 'a\\b', 'a\0', 'a\nb', '\u007f', '\u009b'])
      refusedBoth(file({ name }), withItem(1, utf8.encode(name)));
    expect(refused(() => encodeBody(file({ name: 'half \ud83d' })))).toBe('limit');
  });

  it('a media type is type/subtype in at most 127 bytes of ASCII', () => {
    const longest = `a/${long(MAX_MEDIA_TYPE_BYTES - 2)}`;
    for (const mediaType of [longest, 'image/svg+xml', 'application/vnd.ms-excel', 'a/b']) accepted(file({ mediaType }));
    for (const mediaType of [
      `${longest}x`,
      '',
      'text',
      'text/',
      '/plain',
      'a/b/c',
      'text/plain; a=b',
      'tëxt/plain',
      'text/ plain',
      'a/b\n',
    ])
      refusedBoth(file({ mediaType }), withItem(2, utf8.encode(mediaType)));
  });

  it('a file has a size that is a safe integer, an id of 16 bytes and a hash of 32', () => {
    accepted(file({ size: 0 }));
    accepted(file({ size: Number.MAX_SAFE_INTEGER }));
    for (const size of [-1, 1.5, Number.MAX_SAFE_INTEGER + 1]) expect(refused(() => encodeBody(file({ size })))).toBe('limit');
    for (const length of [0, FILE_ID_BYTES - 1, FILE_ID_BYTES + 1]) refusedBoth(file({ id: random(length) }), withItem(0, random(length)));
    for (const length of [0, FILE_HASH_BYTES - 1, FILE_HASH_BYTES + 1])
      refusedBoth(file({ sha256: random(length) }), withItem(4, random(length)));
  });

  it('presence is offline, online or away', () => {
    for (const [number, state] of (['offline', 'online', 'away'] as const).entries()) {
      accepted({ kind: 'presence', state });
      expect(readItems(bodies.presence, [number])).toEqual({ kind: 'presence', state });
    }
    expect(refused(() => readItems(bodies.presence, [3]))).toBe('malformed');
  });

  const introducedAs = (index: number, value: CborValue): CborValue => itemsOf(introduce({})).with(index, value);

  it('an introduction has a nickname of at most 64 code points and a fingerprint of 32 bytes', () => {
    for (const nickname of [long(64), '🌍'.repeat(64), '', '\ufeffCarol']) accepted(introduce({ nickname }));
    for (const nickname of [long(65), '🌍'.repeat(65), 'ä'.repeat(129)])
      refusedBoth(introduce({ nickname }), introducedAs(0, utf8.encode(nickname)));
    for (const length of [0, 31, 33]) refusedBoth(introduce({ fingerprint: random(length) }), introducedAs(1, random(length)));
  });

  it('an introduction has one or two addresses of 200 to 4,096 bytes', () => {
    for (const addresses of [[address(200)], [address(4_096)], [address(4_096), address(4_096)]]) accepted(introduce({ addresses }));
    for (const addresses of [[], [address(199)], [address(4_097)], [address(), address(199)]])
      refusedBoth(introduce({ addresses }), introducedAs(2, addresses));
    const three = [address(), address(), address()];
    expect(refused(() => readItems(bodies.introduction, introducedAs(2, three)))).toBe('malformed');
    expect(decodeBody(encodeBody(introduce({ addresses: three })))).toEqual(introduce({ addresses: three.slice(0, 2) }));
  });

  it('an entry of the identity log has 1 to 12,000 bytes', () => {
    accepted({ kind: 'identity', entry: random(MAX_IDENTITY_ENTRY_BYTES) });
    for (const length of [0, MAX_IDENTITY_ENTRY_BYTES + 1]) {
      const entry = random(length);
      refusedBoth({ kind: 'identity', entry }, [entry]);
    }
  });
});

it('answers arbitrary content of every kind with a body that encodes to the same bytes, or with one error', () => {
  const content = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc
      .array(
        fc.oneof(
          fc.constant(mid),
          fc.nat(3),
          fc.constant(null),
          fc.string({ unit: 'binary', maxLength: 6 }).map((text) => utf8.encode(text)),
        ),
        {
          maxLength: 5,
        },
      )
      .map(encodeCbor),
  );
  fc.assert(
    fc.property(fc.nat(16), content, (code, bytes) => {
      try {
        expect(encodeBody(read(code, bytes))).toEqual(encodeCbor([code, bytes]));
      } catch (error) {
        expect(error).toMatchObject({ name: 'PqError', code: 'malformed' });
      }
    }),
    { numRuns: 2_000 },
  );
});
