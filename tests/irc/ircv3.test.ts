import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { WANTED_CAPABILITIES } from '../../src/irc/session/capabilities.ts';
import { ircv3Page, proofs } from './ircv3Page.ts';
import { rows } from './ircv3.ts';

const known = proofs();

describe('docs/IRCV3.md', () => {
  it.each(rows.filter(({ supported }) => supported))('$spec is proved by tests that exist', ({ tests }) => {
    expect(tests.length).toBeGreaterThan(0);
    expect(tests.filter((title) => !known.has(title))).toEqual([]);
  });
  it('names every capability the engine asks for', () => {
    const named = new Set(rows.flatMap(({ wire, supported }) => (supported ? wire : [])));
    expect(WANTED_CAPABILITIES.filter((name) => !named.has(name))).toEqual([]);
  });
  it('names nothing twice', () => {
    expect(new Set(rows.map(({ spec }) => spec)).size).toBe(rows.length);
  });
  it('is up to date', () => {
    expect(readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'IRCV3.md'), 'utf8')).toBe(ircv3Page());
  });
});
