/** Masks: the facts of ircdocs/parser-tests (mask-match) in cases of our own, and what a mask may cost. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fullMask, matchesMask, MAX_MASK } from '../../../src/irc/wire/mask.ts';

describe('masks', () => {
  test.each([
    ['*@10.0.0.1', ['ada!al@10.0.0.1', 'bob3!~bo@10.0.0.1'], ['ada!al@10.0.0.5', 'bob3!~bo@10.0.1.1']],
    ['ada*@*', ['ada!al@10.0.0.1', 'adam7!~b@10.0.0.1', 'ada12!ab@example.org'], ['eda!ab@10.0.0.5', 'aada!~d@10.0.0.1']],
    ['ada!*@*', ['ada!al@10.0.0.1', 'ada!~b@10.0.0.1', 'ada!31@example.org'], ['adam!ab@10.0.0.1', 'ada3!~c@10.0.0.1', 'eda!b@10.0.0.5']],
    ['ada!?user@*', ['ada!auser@10.0.0.1', 'ada!~user@10.0.0.1'], ['ada!user@10.0.0.1']],
    ['ada!a?*@*', ['ada!ab@10.0.0.1', 'ada!abc@10.0.0.1'], ['ada!a@10.0.0.1']],
    ['a[da]!*@*', ['a[da]!al@10.0.0.1', 'a[da]!a@example.org'], ['ad!al@10.0.0.1', 'a[!ab@10.0.0.1']],
    ['a\\*!*@*', ['a\\b!x@y', 'a\\!x@y'], ['a*!x@y']],
    ['', [''], ['a']],
    ['*', ['', 'anything'], []],
    ['**?**', ['a', 'ab'], ['']],
  ])('%s', (mask, fitting, others) => {
    for (const text of fitting) expect(matchesMask(mask, text), text).toBe(true);
    for (const text of others) expect(matchesMask(mask, text), text).toBe(false);
  });
  test('what is left out of a mask is a star', () => {
    expect(['ada', 'al@host', 'ada!al', 'ada!al@host', '*.example.org', '@host', '!x@', ''].map(fullMask)).toEqual([
      'ada!*@*',
      '*!al@host',
      'ada!al@*',
      'ada!al@host',
      '*.example.org!*@*',
      '*!*@host',
      '*!x@*',
      '*!*@*',
    ]);
  });
  test('means the same as the regular expression', () => {
    const part = fc.constantFrom('a', 'b', '*', '?', '.');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), fc.stringMatching(/^[ab.]{0,12}$/), (parts, text) => {
        const pattern = parts.map((piece) => (piece === '*' ? '.*' : piece === '?' ? '.' : piece === '.' ? '\\.' : piece)).join('');
        expect(matchesMask(parts.join(''), text)).toBe(new RegExp(`^${pattern}$`).test(text));
      }),
      { numRuns: 500 },
    );
  });
  test('neither stars without end nor a long text make it dear', () => {
    expect(matchesMask('*a'.repeat(MAX_MASK / 2), 'a'.repeat(MAX_MASK - 1) + 'b')).toBe(false);
    expect(matchesMask('*', 'a'.repeat(MAX_MASK + 1))).toBe(false);
    expect(matchesMask('*'.repeat(MAX_MASK + 1), 'a')).toBe(false);
  });
});
