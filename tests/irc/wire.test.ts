import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeLine } from '../../src/irc/wire/encode.ts';
import { parseLine } from '../../src/irc/wire/parse.ts';
import { createLineReader, MAX_LINE_BYTES } from '../../src/irc/wire/reader.ts';
import { splitText } from '../../src/irc/wire/split.ts';
import { cleanText } from '../../src/irc/wire/clean.ts';

const encoder = new TextEncoder();
const bytes = (text: string): Uint8Array => encoder.encode(text);
const read = (...chunks: Uint8Array[]): string[] => {
  const lines: string[] = [];
  const reader = createLineReader((line) => lines.push(line));
  for (const chunk of chunks) reader.push(chunk);
  return lines;
};

describe('the line reader', () => {
  test('cuts at LF wherever the packets are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.stringMatching(/^[ -~äöü€😀]{1,80}$/u), { maxLength: 20 }),
        fc.array(fc.nat(2_000), { maxLength: 20 }),
        (lines, cuts) => {
          const all = bytes(lines.map((line) => `${line}\r\n`).join(''));
          const borders = [0, ...cuts.map((cut) => Math.min(cut, all.length)).sort((a, b) => a - b), all.length];
          const chunks = borders.slice(1).map((end, index) => all.subarray(borders[index], end));
          expect(read(...chunks)).toEqual(lines);
        },
      ),
      { numRuns: 300 },
    );
  });
  test('takes any bytes without throwing and never delivers CR, LF or NUL', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 10 }), (chunks) => {
        // eslint-disable-next-line no-control-regex -- exactly these are meant
        for (const line of read(...chunks)) expect(line).not.toMatch(/[\r\n\u0000]/);
      }),
      { numRuns: 500 },
    );
  });
  test('reads what is not UTF-8 as Latin-1, line by line', () => {
    expect(read(Uint8Array.of(0x67, 0x72, 0xfc, 0x6e, 10), bytes('grün\n'))).toEqual(['grün', 'grün']);
    expect(read(Uint8Array.of(...bytes('grün\r\n'), 0x67, 0x72, 0xfc, 0x6e, 13, 10, ...bytes('grün\n')))).toEqual(['grün', 'grün', 'grün']);
  });
  test('reads short, long, empty and odd lines of one packet, each by itself', () => {
    const [long, longest] = ['y'.repeat(1_500), 'z'.repeat(8_000)];
    const packet = bytes(`\r\n\n${long}\r\none\ntwo\r\n${longest}\r\nth\rree\r\r\nfo\u0000ur\n${'five\r\n'.repeat(400)}si`);
    const lines = [long, 'one', 'two', longest, 'three', 'four', ...Array.from({ length: 400 }, () => 'five'), 'six'];
    expect(read(packet, bytes('x\n'))).toEqual(lines);
  });
  test('takes a line of the full length and refuses one byte more', () => {
    const line = 'x'.repeat(MAX_LINE_BYTES - 2);
    expect(read(bytes(`${line}\r\n`))).toEqual([line]);
    const reader = createLineReader(() => undefined);
    expect(reader.push(bytes(`${line}x\r\n`))).toBe(false);
    expect(reader.push(bytes('PING :x\r\n'))).toBe(false);
  });
  test('keeps at most one line of what has no end', () => {
    const reader = createLineReader(() => undefined);
    expect(reader.push(new Uint8Array(MAX_LINE_BYTES))).toBe(true);
    expect(reader.push(new Uint8Array(1))).toBe(false);
    expect(reader.kept()).toBe(0);
  });
});

describe('the line parser', () => {
  test('reads tags, source, command and parameters', () => {
    expect(parseLine('@time=x;+a\\s=b\\:c;flag :n!u@h privmsg #c  :a  b ')).toEqual({
      tags: new Map([
        ['time', 'x'],
        ['+a\\s', 'b;c'],
        ['flag', ''],
      ]),
      source: { nick: 'n', user: 'u', host: 'h', server: false },
      command: 'PRIVMSG',
      params: ['#c', 'a  b '],
    });
  });
  test.each([
    [':irc.example.org 001 me :hi', { nick: 'irc.example.org', user: null, host: null, server: true }],
    [':nick MODE nick :+i', { nick: 'nick', user: null, host: null, server: false }],
    [':nick@host QUIT', { nick: 'nick', user: null, host: 'host', server: false }],
    [':a!b!c@d@e QUIT', { nick: 'a', user: 'b!c@d', host: 'e', server: false }],
  ])('knows who %s is from', (line, source) => {
    expect(parseLine(line)?.source).toEqual(source);
  });
  test.each([
    '',
    ' ',
    ':',
    '@',
    '@a',
    ':x',
    'PRIVMSG',
    'PRIVMSG #c',
    ':n KICK #c',
    'CAP',
    '12 a',
    '1234 a',
    'A1 b',
    '__proto__ x',
    'constructor',
    '433 *',
  ])('leaves out %j, which no handler could use', (line) => {
    const parsed = parseLine(line);
    expect(parsed === null || parsed.command === 'CONSTRUCTOR').toBe(true);
  });
  test('never throws', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 400, unit: 'binary' }), (text) => {
        parseLine(text.replace(/[\r\n]/g, ''));
      }),
      { numRuns: 1_000 },
    );
  });
  test('removes controls and keeps formatting', () => {
    expect(cleanText('\u0002b\u000304,05c\u0004ff0000\u000f\u0011\u0016\u001d\u001e\u001f|\u0000\u0001\u0007\u001b[31m\u007f\u009b')).toBe(
      '\u0002b\u000304,05c\u0004ff0000\u000f\u0011\u0016\u001d\u001e\u001f|[31m',
    );
  });
});

describe('the encoder', () => {
  test('writes the colon before the last parameter, also when it is empty', () => {
    expect(encodeLine('TOPIC', ['#c', ''])).toBe('TOPIC #c :');
    expect(encodeLine('PRIVMSG', ['#c', ' x'])).toBe('PRIVMSG #c : x');
    expect(encodeLine('CAP', ['LS', '302'])).toBe('CAP LS 302');
    expect(encodeLine('CAP', ['REQ', 'a b'])).toBe('CAP REQ :a b');
  });
  test('refuses what would be another line or another parameter', () => {
    for (const bad of ['a\rb', 'a\nb', 'a\0b']) {
      expect(() => encodeLine('PRIVMSG', ['#c', bad])).toThrow(/Line breaks/);
      expect(() => encodeLine('PRIVMSG', [bad, 'x'])).toThrow(/Line breaks/);
    }
    for (const bad of ['', 'a b', ':a']) expect(() => encodeLine('PRIVMSG', [bad, 'x'])).toThrow(/cannot be empty/);
    expect(() => encodeLine('PRIVMSG x', ['a'])).toThrow();
    expect(() => encodeLine('PRIVMSG', ['#c', 'ü'.repeat(250)])).toThrow(/too long/);
  });
  test('whatever it accepts is read back as it was', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 20, unit: 'grapheme' }), fc.string({ maxLength: 60, unit: 'grapheme' }), (target, text) => {
        let line: string;
        try {
          line = encodeLine('PRIVMSG', [target, text]);
        } catch {
          return;
        }
        expect(read(bytes(`${line}\r\n`)).map((one) => parseLine(one)?.params)).toEqual([[target, text]]);
      }),
      { numRuns: 500 },
    );
  });
});

describe('splitting', () => {
  test('keeps every piece within the bytes and loses nothing but the spaces it cuts at', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 600, unit: 'grapheme' }), fc.integer({ min: 60, max: 200 }), (text, budget) => {
        const pieces = splitText(text, budget);
        for (const piece of pieces) expect(bytes(piece).length).toBeLessThanOrEqual(budget);
        expect(pieces.join('').replaceAll(' ', '')).toBe(text.toWellFormed().replaceAll(' ', ''));
      }),
      { numRuns: 300 },
    );
  });
  test('keeps leading spaces and does not cut a family in two', () => {
    const family = '👨‍👩‍👧‍👦';
    expect(splitText(`    ${'x'.repeat(20)}`, 12).join('')).toBe(`    ${'x'.repeat(20)}`);
    for (const piece of splitText(family.repeat(10), 60)) expect(piece.length % family.length).toBe(0);
  });
  test('a paste of combining marks ends, with an error, not with a hang', () => {
    expect(() => splitText(`a${'\u0301'.repeat(400_000)}`, 400)).toThrow(/more than 500/);
  });
});
