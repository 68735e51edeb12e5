/** How lines are put together: the facts of ircdocs/parser-tests (msg-join) in cases of our own. A client sends no source. */
import { describe, expect, test } from 'vitest';
import { encodeLine } from '../../../src/irc/wire/encode.ts';
import { parseLine } from '../../../src/irc/wire/parse.ts';

const cases: [fact: string, params: string[], allowed: string[]][] = [
  ['words', ['one', 'two', 'three'], ['WORD one two three', 'WORD one two :three']],
  ['no parameters', [], ['WORD']],
  ['one empty parameter', [''], ['WORD :']],
  ['spaces in the last', ['one', 'two', 'three four'], ['WORD one two :three four']],
  ['an empty last one', ['one', 'two', ''], ['WORD one two :']],
  ['a colon first in the last', ['one', 'two', ':three'], ['WORD one two ::three']],
  ['spaces at both ends', ['one', 'two', '  three four '], ['WORD one two :  three four ']],
  ['colons and spaces', ['one', 'well :) '], ['WORD one :well :) ']],
  ['only spaces', ['one', 'two', '  '], ['WORD one two :  ']],
  ['a tab in the middle', ['o\tne', 'two'], ['WORD o\tne two', 'WORD o\tne :two']],
];
const tagged: [fact: string, tags: Record<string, string>, params: string[], allowed: string[]][] = [
  ['an empty value', { asd: '' }, ['one', '  '], ['@asd WORD one :  ', '@asd= WORD one :  ']],
  ['escaped values', { a: 'y\\or\nz', d: 'en;d' }, [], ['@a=y\\\\or\\nz;d=en\\:d WORD', '@d=en\\:d;a=y\\\\or\\nz WORD']],
  ['escaped values and parameters', { a: 'y\\or\nz' }, ['p', 'q'], ['@a=y\\\\or\\nz WORD p q', '@a=y\\\\or\\nz WORD p :q']],
  ['everything that is escaped', { x: '\\\\;\\s \r\n' }, [], ['@x=\\\\\\\\\\:\\\\s\\s\\r\\n WORD']],
];

describe('joining lines', () => {
  test.each(cases)('%s', (_fact, params, allowed) => {
    const line = encodeLine('WORD', params);
    expect(allowed).toContain(line);
    expect(parseLine(line)?.params).toEqual(params);
  });
  test.each(tagged)('tags: %s', (_fact, tags, params, allowed) => {
    const line = encodeLine('WORD', params, undefined, tags);
    expect(allowed).toContain(line);
    expect(Object.fromEntries(parseLine(line)?.tags ?? [])).toEqual(tags);
  });
});
