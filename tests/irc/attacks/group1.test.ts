/** Framing: bytes as no honest server sends them. Each goes through the reader, the parser and a whole session. */
import { describe, expect, it, onTestFinished } from 'vitest';
import type { IrcEvent } from '../../../src/contract/chat.ts';
import { createLineReader, MAX_LINE_BYTES } from '../../../src/irc/wire/reader.ts';
import { startIrcServer } from '../../../src/host/demo/ircServer.ts';
import { testClient } from '../../support/irc/client.ts';
import { onlineHarness } from '../../support/irc/session.ts';

type EventOf<K extends IrcEvent['kind']> = Extract<IrcEvent, { kind: K }>;

/** Bytes cut into packets, through a reader into a session that is online in #room; what it told and sent. */
const feed = (
  ...packets: (string | Uint8Array)[]
): { texts: string[]; events: IrcEvent[]; sent: string[]; kept: number; open: boolean } => {
  const one = onlineHarness();
  const reader = createLineReader((line) => {
    one.session.receive(line);
  });
  const open = packets.every((packet) => reader.push(typeof packet === 'string' ? new TextEncoder().encode(packet) : packet));
  const isText = (event: IrcEvent): event is EventOf<'text'> => event.kind === 'text';
  return { texts: one.events.filter(isText).map(({ text }) => text), events: one.events, sent: one.sent, kept: reader.kept(), open };
};
const say = (text: string): string => `:ann!u@h PRIVMSG #room :${text}`;
const bytes = (head: string, ...tail: number[]): Uint8Array => Uint8Array.from([...new TextEncoder().encode(head), ...tail]);
const LINE_END = [13, 10];

describe('framing', () => {
  it('attack 1: bare CR and bare LF', () => {
    expect(feed(`${say('one')}\n${say('two')}\r\n`).texts).toEqual(['one', 'two']);
    // A CR ends no line: what follows it is text, never a command.
    const one = feed(`${say('a\rQUIT :b\rPING :c')}\r\n`);
    expect(one.texts).toEqual(['aQUIT :bPING :c']);
    expect(one.sent).toEqual([]);
    expect(feed(`${'\r'.repeat(8_000)}\n\r\n${say('x')}\n`).texts).toEqual(['x']);
  });
  it('attack 1: CRLF split over packets', () => {
    expect(feed(`${say('one')}\r`, `\n${say('tw')}`, 'o', '\r', '\n').texts).toEqual(['one', 'two']);
  });
  it('attack 1: NUL in a line', () => {
    expect(feed(`${say('a\u0000b')}\r\n\u0000\r\n:ann!u@h PRIV\u0000MSG #room :c\r\n`).texts).toEqual(['ab', 'c']);
  });
  it('attack 1: one byte at a time', () => {
    const drip = [...new TextEncoder().encode(`${say('grüße 👋')}\r\n${say('end')}\r\n`)].map((byte) => Uint8Array.of(byte));
    expect(feed(...drip).texts).toEqual(['grüße 👋', 'end']);
  });
  it('attack 1: a line of 8,704 bytes ends the connection, one of 8,703 does not', () => {
    const room = MAX_LINE_BYTES - `${say('')}\r\n`.length;
    const longest = feed(`${say('x'.repeat(room))}\r\n`);
    expect([longest.open, longest.texts[0]?.length]).toEqual([true, room]);
    expect(MAX_LINE_BYTES).toBe(8_703);
    const longer = feed(`${say('x'.repeat(room + 1))}\r\n`);
    expect([longer.open, longer.texts, longer.kept]).toEqual([false, [], 0]);
    // Nothing that stands behind it counts.
    expect(feed(`${'x'.repeat(9_000)}\r\n${say('y')}\r\n`).texts).toEqual([]);
  });
  it('attack 1: a tag section of more than 8,191 bytes', () => {
    const tags = (length: number): string => `@${`k${'x'.repeat(100)}=${'v'.repeat(100)};`.repeat(100).slice(0, length - 2)} `;
    expect(feed(`${tags(8_191)}${say('fits')}\r\n`).texts).toEqual(['fits']);
    expect(feed(`${tags(8_192 + 600)}${say('does not')}\r\n`)).toMatchObject({ open: false, texts: [] });
  });
  it('attack 1: 100,000 parameters', () => {
    // In one line they do not fit, so as many as do, of each shape.
    for (const line of [`:s 005 me ${'a '.repeat(4_000)}`, `:ann!u@h MODE #room ${'+o '.repeat(2_500)}`, `X ${': '.repeat(4_000)}`]) {
      const one = feed(`${line}\r\n`, `${say('alive')}\r\n`);
      expect([one.open, one.texts]).toEqual([true, ['alive']]);
    }
    expect(feed(`X ${'a '.repeat(100_000)}\r\n`).open).toBe(false);
  });
  it('attack 1: empty lines', () => {
    const one = feed('\r\n'.repeat(10_000), '\n \n  \n:\n: \n@\n@ \n:x\n@a :b\n', `${say('x')}\n`);
    expect(one.texts).toEqual(['x']);
    expect(one.events.filter(({ kind }) => kind !== 'text')).toEqual([]);
  });
  it('attack 1: invalid UTF-8 and Latin-1', () => {
    // One line of Latin-1 among others in UTF-8: each is read as what it is.
    expect(feed(bytes(say('caf'), 0xe9, ...LINE_END), `${say('café')}\r\n`).texts).toEqual(['café', 'café']);
    expect(feed(bytes(say(''), 0xff, 0xfe, 0x80, ...LINE_END)).texts).toHaveLength(1);
    // A cut character at the end of a packet is no invalid one.
    expect(feed(bytes(say('caf'), 0xc3), Uint8Array.of(0xa9, ...LINE_END)).texts).toEqual(['café']);
  });
  it('attack 1: lone surrogates and overlong forms', () => {
    const encoded = [
      [0xed, 0xa0, 0x80],
      [0xc0, 0x8a],
      [0xc0, 0xaf],
      [0xe0, 0x80, 0x8a],
      [0xf0, 0x80, 0x80, 0x8a],
      [0xf8, 0x88, 0x80, 0x80, 0x80],
      [0xf4, 0x90, 0x80, 0x80],
    ];
    for (const tail of encoded) {
      const { texts, sent } = feed(bytes(say('a'), ...tail, ...new TextEncoder().encode('QUIT'), ...LINE_END));
      expect(texts).toHaveLength(1);
      expect(texts[0]?.isWellFormed()).toBe(true);
      expect(texts[0]).not.toMatch(/[\r\n]/);
      expect(sent).toEqual([]);
    }
  });
  it('attack 1: a byte order mark of UTF-16', () => {
    const utf16 = (text: string): number[] => Array.from(text, (character) => [character.charCodeAt(0), 0]).flat();
    const one = feed(Uint8Array.from([0xff, 0xfe, ...utf16(`${say('x')}\r\n`)]), `${say('y')}\r\n`);
    expect(one.texts).toEqual(['y']);
    // The mark of UTF-8 is no part of a line that could be taken for another.
    expect(feed(`\uFEFF${say('x')}\r\n${say('y')}\r\n`).texts).toEqual(['y']);
  });
});

it('attack 1: 64 MiB without a newline cost the connection, and less than 2 MiB', async () => {
  const reader = createLineReader(() => undefined);
  let taken = 0;
  let most = 0;
  const piece = new Uint8Array(4_096).fill(0x78);
  while (taken < 64 * 1024 * 1024 && reader.push(piece)) {
    taken += piece.length;
    most = Math.max(most, reader.kept());
  }
  expect(taken).toBeLessThan(2 * 1024 * 1024);
  expect(most).toBeLessThanOrEqual(MAX_LINE_BYTES);
  expect(reader.kept()).toBe(0);
  const server = await startIrcServer();
  onTestFinished(() => server.stop());
  const client = testClient({ port: server.port, reconnectDelaySeconds: 600 });
  onTestFinished(() => client.network.stop(null));
  client.network.start();
  await client.waitPhase('online');
  server.client('sotto')?.sendBytes(new Uint8Array(64 * 1024).fill(0x78));
  const { state } = await client.waitPhase('waiting');
  expect(state.text).toContain('more than 8703 bytes');
});
