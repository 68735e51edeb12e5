/* eslint-disable no-control-regex -- mIRC codes are what this is about */
/** Cutting long texts: by bytes, between graphemes, with formatting that goes on in the next line. */
import { describe, expect, it } from 'vitest';
import { formattingAfter, plain } from '../../src/irc/wire/formatting.ts';
import { splitText } from '../../src/irc/wire/split.ts';
import { onlineHarness } from '../support/irc/session.ts';

const bytes = (text: string): number => new TextEncoder().encode(text).length;
/** Text without mIRC codes. */
const bare = (text: string): string =>
  text.replace(/\u0003(?:\d{1,2}(?:,\d{1,2})?)?|\u0004[0-9a-fA-F]{6}|[\u0002\u000f\u0011\u0016\u001d\u001e\u001f]/g, '');

describe('splitting a text', () => {
  it('carries bold, colour and the rest into the next line, and stops where they were switched off', () => {
    const text = `\u0002\u00034,1${'one two '.repeat(10)}\u000f${'three four '.repeat(10)}`;
    const pieces = splitText(text, 60);
    expect(pieces.length).toBeGreaterThan(2);
    expect(pieces[1]).toMatch(/^\u0002\u000304,01/);
    const last = pieces.at(-1) ?? '';
    expect(last).toBe(bare(last));
    for (const piece of pieces) expect(bytes(piece)).toBeLessThanOrEqual(60);
    expect(bare(pieces.join(' '))).toBe(bare(text));
  });
  it('writes colours with two digits, so that a digit behind them stays text', () => {
    const pieces = splitText(`\u000304${'5'.repeat(200)}`, 50);
    expect(pieces[1]).toMatch(/^\u0003045/);
    const comma = splitText(`\u00034${'x'.repeat(37)},5${'y'.repeat(60)}`, 39);
    expect(comma[1]).toMatch(/^\u000304\u0002\u0002,5y/);
  });
  it('never cuts inside a colour code', () => {
    for (let length = 20; length < 40; length += 1)
      for (const piece of splitText(`${'x'.repeat(length)}\u000312,04${'y'.repeat(60)}`, 32))
        expect(piece).not.toMatch(/\u0003(?:1|12,|12,0)?$/);
  });
  it('keeps leading spaces, and every character of pasted code', () => {
    const text = `    if (x) {\tindent   stays${' and goes on'.repeat(20)}`;
    const pieces = splitText(text, 64);
    expect(pieces[0]?.startsWith('    if')).toBe(true);
    expect(pieces.join(' ')).toBe(text);
  });
  it('keeps families of emoji and combining marks whole', () => {
    const family = '👨‍👩‍👧‍👦';
    for (const piece of splitText(family.repeat(40), 120)) expect(piece.length % family.length).toBe(0);
    for (const piece of splitText('e\u0301'.repeat(200), 61)) expect(piece.startsWith('\u0301')).toBe(false);
  });
  it('cuts a paste of 100,000 combining marks in linear time, by refusing it', () => {
    expect(() => splitText(`a${'\u0301'.repeat(400_000)}`, 400)).toThrow(/more than 500/);
    expect(splitText(`a${'\u0301'.repeat(90_000)}`, 400).length).toBeGreaterThan(400);
  });
  it('knows what is on after a text: toggles twice are off, a new foreground keeps the background', () => {
    expect(formattingAfter('\u0002a\u0002b', plain)).toEqual(plain);
    expect(formattingAfter('\u00034,2a\u00037b', plain).colour).toBe('\u000307,02');
    expect(formattingAfter('\u00034,2a\u0003b', plain).colour).toBe('');
    expect(formattingAfter('\u0004ff0000x', plain).colour).toBe('\u0004ff0000');
  });
});

describe('a text of ours', () => {
  const say = (one: ReturnType<typeof onlineHarness>, text: string, form: 'privmsg' | 'action' = 'privmsg'): void => {
    one.session.act({ kind: 'text', target: '#room', form, text });
  };
  it('fits with our own source before it into 512 bytes, as the server tells it', () => {
    const one = onlineHarness({ antiFloodMs: 0 }, 'message-tags');
    say(one, 'ä'.repeat(600));
    one.clock.advance(60_000);
    expect(one.sent.length).toBeGreaterThan(2);
    const source = ':me!user@host ';
    for (const line of one.sent) expect(bytes(source + line) + 2).toBeLessThanOrEqual(512);
    // No shorter than it has to be: one more letter would not fit.
    expect(bytes(source + (one.sent[0] ?? '')) + 2).toBeGreaterThan(509);
  });
  it('uses the whole LINELEN of the server', () => {
    const one = onlineHarness();
    one.feed(':irc.test 005 me LINELEN=2048 :are supported');
    say(one, 'x'.repeat(1_800));
    expect(one.sent).toHaveLength(1);
  });
  it('is one line for each of its lines, and never more than text', () => {
    const one = onlineHarness({ antiFloodMs: 0 });
    say(one, '  first\r\n\r\nQUIT :second\rthird');
    one.clock.advance(60_000);
    expect(one.sent.map((line) => line.slice(line.indexOf('PRIVMSG')))).toEqual([
      'PRIVMSG #room :  first',
      'PRIVMSG #room :QUIT :second',
      'PRIVMSG #room :third',
    ]);
  });
  it('is an action in every piece', () => {
    const one = onlineHarness({ antiFloodMs: 0 });
    say(one, `waves ${'and waves '.repeat(80)}`, 'action');
    one.clock.advance(60_000);
    expect(one.sent.length).toBeGreaterThan(1);
    for (const line of one.sent) expect(line).toMatch(/PRIVMSG #room :\u0001ACTION .*\u0001$/);
  });
  it('cannot be a CTCP request, whatever was pasted', () => {
    const one = onlineHarness();
    say(one, '\u0001DCC SEND x 1 1024 1\u0001');
    expect(one.sent.join()).not.toContain('\u0001');
  });
});

describe('a raw line', () => {
  const raw = (one: ReturnType<typeof onlineHarness>, line: string): void => {
    one.session.act({ kind: 'raw', line });
  };
  it('goes out as typed', () => {
    const one = onlineHarness();
    raw(one, ' MODE #room +o  ann ');
    expect(one.sent).toEqual(['MODE #room +o  ann']);
  });
  it.each([
    'a\r\nQUIT',
    'a\nb',
    'a\u0000b',
    '',
    ':me PRIVMSG x :y',
    `PRIVMSG #room :${'x'.repeat(600)}`,
    `@a=${'x'.repeat(5_000)} TAGMSG #room`,
  ])('is refused where it is none or too long (%#)', (line) => {
    const one = onlineHarness();
    expect(() => {
      raw(one, line);
    }).toThrow();
    expect(one.sent).toEqual([]);
  });
});
