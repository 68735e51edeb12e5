import fc from 'fast-check';
import { parse } from 'smol-toml';
import { expect, it } from 'vitest';
import { removeValue, setValue } from '../../../src/config/edit.ts';
import type { TomlValue } from '../../../src/config/toml.ts';

const file = `# my servers

[servers.a] # the first
# nick comment
nickname = "bob"   # who I am
channels = [
  "#a", # home
  "#b",
]
sasl.plain = { username = "u" }

[veilid] # last
enabled = true`;

it('replaces a value in place and leaves every other character', () => {
  expect(setValue(file, ['servers', 'a', 'nickname'], 'eve "x"\n')).toBe(file.replace('"bob"', '"eve \\"x\\"\\n"'));
});

it('adds a key below the last one of its table', () => {
  expect(setValue(file, ['veilid', 'server'], '/run/x')).toBe(`${file}\nserver = "/run/x"`);
  expect(setValue('[a] # c\n\n[b]\n', ['a', 'k'], 1)).toBe('[a] # c\nk = 1\n\n[b]\n');
});

it('adds to an inline table', () => {
  expect(setValue(file, ['servers', 'a', 'sasl', 'plain', 'password'], 'p')).toContain('{ username = "u", password = "p" }');
});

it('adds a table at the end of the file, its name quoted where it must be', () => {
  expect(setValue(file, ['servers', 'my net'], { nickname: 'b', channels: ['#a', '#b'] })).toBe(
    `${file}\n\n[servers."my net"]\nnickname = "b"\nchannels = ["#a", "#b"]\n`,
  );
  expect(setValue('', ['servers', 'a', 'nickname'], 'b')).toBe('[servers.a]\nnickname = "b"\n');
});

it('adds a root key above the first table and the comment that belongs to it', () => {
  expect(setValue('# top\n\n# of a\n[a]\n', ['theme'], 'x')).toBe('# top\n\ntheme = "x"\n\n# of a\n[a]\n');
});

it('keeps the comments inside a list that is replaced', () => {
  expect(setValue(file, ['servers', 'a', 'channels'], ['#c'])).toContain('# home\nchannels = ["#c"]\n');
});

it('puts a neighbour beside dotted keys', () => {
  const next = setValue('[servers]\na.nickname = "b"\n', ['servers', 'a', 'server'], 'x');
  expect(next).toBe('[servers]\na.nickname = "b"\na.server = "x"\n');
});

it('keeps Windows line ends and the byte order mark', () => {
  expect(setValue('\ufeff[a]\r\nb = 1\r\n', ['a', 'c'], 2)).toBe('\ufeff[a]\r\nb = 1\r\nc = 2\r\n');
});

it('removes a key, a table and an entry of an inline table, and keeps the comments', () => {
  expect(removeValue(file, ['servers', 'a', 'nickname'])).toBe(file.replace('nickname = "bob"   # who I am', '# who I am'));
  expect(removeValue(file, ['servers', 'a', 'sasl', 'plain', 'username'])).toContain('sasl.plain = {}');
  const without = removeValue(file, ['servers', 'a']);
  expect(parse(without)).toEqual({ veilid: { enabled: true } });
  for (const comment of ['# my servers', '# the first', '# nick comment', '# who I am', '# home']) expect(without).toContain(comment);
  expect(removeValue(file, ['servers', 'nobody'])).toBe(file);
});

it.each([
  ['through a list', ['servers', 'a', 'channels', 'x'], 'badPath'],
  ['through a text', ['servers', 'a', 'nickname', 'x'], 'badPath'],
  ['of nothing', [], 'badPath'],
])('refuses an edit %s', (_, path, code) => {
  expect(() => setValue(file, path, 1)).toThrow(expect.objectContaining({ code }));
});

it('refuses to edit a file that is not valid, and values TOML cannot hold', () => {
  expect(() => setValue('a = ', ['a'], 1)).toThrow(expect.objectContaining({ code: 'broken' }));
  expect(() => setValue('', ['a'], Number.NaN)).toThrow(expect.objectContaining({ code: 'badValue' }));
  expect(() => setValue('', ['a'], '\ud800')).toThrow(expect.objectContaining({ code: 'badValue' }));
});

const name = fc.oneof(
  fc.constantFrom('servers', 'a', 'nickname', 'b c', '', 'ü', '"', 'channels'),
  fc.string({ unit: 'grapheme', maxLength: 8 }),
);
const value: fc.Arbitrary<TomlValue> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }),
  fc.boolean(),
  fc.array(fc.string({ maxLength: 10 }), { maxLength: 5 }),
);
const at = (root: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((table, part) => new Map(Object.entries(table ?? {})).get(part), root);

it('reads back whatever was set anywhere, with all comments still standing', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(name, name, name, value), { minLength: 1, maxLength: 6 }), (edits) => {
      let text = file;
      for (const [a, b, c, given] of edits) {
        const path = ['x', a, b, c];
        const before = text;
        try {
          text = setValue(before, path, given);
        } catch (error) {
          expect(error).toMatchObject({ code: 'badPath' });
          const blocked = at(parse(before), path.slice(0, 2)) ?? at(parse(before), path.slice(0, 3));
          expect(blocked).toBeDefined();
          continue;
        }
        expect(at(parse(text), path)).toEqual(Object.is(given, -0) ? 0 : given);
        for (const comment of ['# my servers', '# the first', '# nick comment', '# who I am', '# home', '# last']) {
          expect(text).toContain(comment);
        }
        expect(parse(text)).toMatchObject(parse(file));
        expect(at(parse(removeValue(text, path)), path)).toBeUndefined();
      }
    }),
    { numRuns: 60 },
  );
});
