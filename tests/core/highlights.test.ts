import { expect, test } from 'vitest';
import { namesNick } from '../../src/core/highlights.ts';

test.each([
  ['bob: hello', 'bob', true],
  ['hello BOB!', 'bob', true],
  ['ask bob_ about it', 'bob', false],
  ['bobsled', 'bob', false],
  ['kebob, bob', 'bob', true],
  ['[bob] is here', '[bob]', true],
  ['nothing', '', false],
])('%j names %j: %s', (text, nick, expected) => {
  expect(namesNick(text, nick)).toBe(expected);
});
