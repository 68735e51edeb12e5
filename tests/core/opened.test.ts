import { describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { MessageId } from '../../src/contract/ids.ts';
import { changeOf, identityOf, keepOf, lineOf, readOf } from '../../src/core/dm/opened.ts';
import { decodeBody } from '../../src/pq/payload.ts';
import type { Body, Payload } from '../../src/pq/types.ts';

const target = new Uint8Array(16).fill(0xab);
const address = new Uint8Array(300).fill(1);
const id = v.parse(MessageId, 7);
const payload = (body: Body): Payload => ({
  mid: new Uint8Array(16).fill(0x0c),
  ts: 5,
  fingerprint: new Uint8Array(32),
  ack: { chain: 0, base: 0, bitmap: new Uint8Array(0) },
  logHead: new Uint8Array(32),
  body,
});
const lineFor = (body: Body): readonly [string, string] | null => {
  const line = lineOf(payload(body), { from: 'Alice', now: 99, nextMessageId: () => id });
  if (line) expect(line).toMatchObject({ id, from: 'Alice', time: 99, self: false, receipt: null });
  return line && [line.kind, line.text];
};
const place = { session: '5e', chain: '0000000a', n: 3 };

const file: Body = { kind: 'file', id: target, name: 'a.txt', mediaType: 'text/plain', size: 1, sha256: new Uint8Array(32) };
const unknown: Body = { kind: 'unknown', code: 99, bytes: new Uint8Array(5) };
const newer = ['unknown', 'This message needs a newer Sotto.'] as const;

const introduction = (nickname: string): Body => ({
  kind: 'introduction',
  nickname,
  fingerprint: new Uint8Array(32).fill(0xab),
  addresses: [address],
});

/** A body, the line it is shown as, and whether a later version needs it. */
const rows: [Body, readonly [string, string] | null, boolean][] = [
  [{ kind: 'text', text: 'hi\r\n\u0007there', action: false }, ['privmsg', 'hi\nthere'], false],
  [{ kind: 'text', text: 'waves', action: true }, ['action', 'waves'], false],
  [{ kind: 'reply', target, text: 'yes', action: false }, ['privmsg', 'yes'], true],
  [{ kind: 'reply', target, text: 'nods', action: true }, ['action', 'nods'], true],
  [{ kind: 'edit', target, text: 'better\u0007' }, ['action', 'edited: better'], true],
  [{ kind: 'delete', target }, ['action', 'deleted a message'], true],
  [{ kind: 'reaction', target, emoji: '👍', add: true }, ['action', 'reacted with 👍'], true],
  [{ kind: 'reaction', target, emoji: '👍', add: false }, ['action', 'took back 👍'], true],
  [file, newer, true],
  [unknown, newer, true],
  [{ kind: 'read', mids: [target] }, null, false],
  [{ kind: 'profile', nickname: 'A', addresses: [], recordKey: null }, null, false],
  [{ kind: 'addressUpdate', addresses: [address] }, null, false],
  [{ kind: 'record', recordKey: 'k' }, null, false],
  [{ kind: 'identity', entry: new Uint8Array(9) }, null, false],
  [{ kind: 'typing', state: 'active' }, null, false],
  [{ kind: 'presence', state: 'away' }, null, false],
  [introduction('Car\u202eol'), ['introduction', 'Carol'], true],
  [introduction('\u202e'), ['introduction', 'somebody'], true],
  [{ kind: 'ack' }, null, false],
  [{ kind: 'dummy' }, null, false],
];

it.each(rows)('shows what can be shown and keeps what a later version shows better: %o', (body, line, isKept) => {
  expect(lineFor(body)).toEqual(line);
  const kept = keepOf(payload(body), place);
  expect(kept !== null).toBe(isKept);
  if (!kept) return;
  expect(kept).toMatchObject({ mid: '0c'.repeat(16), ...place });
  expect(decodeBody(kept.bytes)).toEqual(body);
});

it('names who is introduced by the short fingerprint as well', () => {
  const subjectOf = (body: Body): string | null | undefined =>
    lineOf(payload(body), { from: 'Alice', now: 99, nextMessageId: () => id })?.subject;
  expect(subjectOf(introduction('Carol'))).toBe('NENT-QAXB-NENT-QAXB');
  expect(subjectOf({ kind: 'text', text: 'hi', action: false })).toBeNull();
});

it('keeps the code of a kind it does not know', () => {
  expect(keepOf(payload(unknown), place)?.kind).toBe(99);
  expect(keepOf(payload(file), place)?.kind).toBe(12);
});

describe('what a payload changes', () => {
  it('is the contact, where it tells about the contact', () => {
    expect(changeOf(payload({ kind: 'record', recordKey: 'VLD0:new' }))).toEqual({ theirRecord: 'VLD0:new' });
    expect(changeOf(payload({ kind: 'addressUpdate', addresses: [address] }))).toEqual({ addresses: [address] });
    expect(changeOf(payload({ kind: 'addressUpdate', addresses: [] }))).toEqual({});
    expect(changeOf(payload({ kind: 'profile', nickname: 'Al\u202eice', addresses: [], recordKey: null }))).toEqual({ nickname: 'Alice' });
    const [texts] = [rows.filter(([body]) => !['profile', 'addressUpdate', 'record'].includes(body.kind))];
    for (const [body] of texts) expect(changeOf(payload(body))).toEqual({});
  });

  it('is receipts, for a read receipt alone', () => {
    for (const [body] of rows) expect(readOf(payload(body))).toEqual(body.kind === 'read' ? ['ab'.repeat(16)] : []);
  });

  it('is the identity log, for an entry of it alone', () => {
    for (const [body] of rows) expect(identityOf(payload(body))).toEqual(body.kind === 'identity' ? body.entry : null);
  });
});
