import { expect, it } from 'vitest';
import { readPageToken } from '../../../src/contract/pageToken.ts';
import { MAX_TABS, MAX_UNUSED, createPageTokens } from '../../../src/host/serve/tokens.ts';

const kinds = (tokens: ReturnType<typeof createPageTokens>, given: string[]): string[] => given.map((token) => tokens.accept(token).kind);

it('forgets the oldest unused token and the tab that was away longest when there are too many', () => {
  const tokens = createPageTokens(() => 0);
  const unused = Array.from({ length: MAX_UNUSED + 1 }, () => tokens.create());
  expect(kinds(tokens, unused.slice(0, 2))).toEqual(['unknown', 'tab']);

  const tabs = Array.from({ length: MAX_TABS }, () => {
    const answer = tokens.accept(tokens.create());
    return answer.kind === 'tab' ? answer.token : '';
  });
  expect(kinds(tokens, tabs.slice(0, 1))).toEqual(['tab']);
  tokens.accept(tokens.create());
  expect(kinds(tokens, tabs.slice(0, 2))).toEqual(['tab', 'unknown']);
});

it('reads a token from the fragment of an address, and nothing else', () => {
  const token = createPageTokens(() => 0).create();
  expect(readPageToken(`#t=${token}`)).toBe(token);
  for (const hash of ['', '#', `#${token}`, `#t=${token}x`, `#t=${token.slice(1)}`, `#t=${token}&x=1`])
    expect(readPageToken(hash)).toBeNull();
});
