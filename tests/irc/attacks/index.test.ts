import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { attackEntries } from './entries.ts';

const root = join(import.meta.dirname, '..', '..');
const own = ['entries.ts', 'index.test.ts'].map((name) => join(import.meta.dirname, name));
const tests = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => join(root, name))
  .filter((file) => !own.includes(file))
  .map((file) => readFileSync(file, 'utf8'))
  .join('\n');

/** `it('attack …`, `test.each(…)('attack …` and the rows of `it.each([['attack …`: the name as it stands in the source. */
const names = [...tests.matchAll(/[([]\s*(['"`])(attack \d+: .*?)\1\s*,/g)].map(([, , name]) => name ?? '');

describe('the attack checklist', () => {
  it.each(attackEntries)('has a test of %s', (entry) => {
    expect(
      names.filter(
        (name) => name === entry || name.startsWith(`${entry} `) || name.startsWith(`${entry}:`) || name.startsWith(`${entry},`),
      ),
    ).not.toEqual([]);
  });
  it('has no test under a name that is not in the list', () => {
    expect(names.filter((name) => !attackEntries.some((entry) => name.startsWith(entry)))).toEqual([]);
  });
});
