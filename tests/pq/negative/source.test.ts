/** What must not be in the source of DM/1 at all (B.11): chance and time of its own, output, and errors made of data. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const room = path.resolve(import.meta.dirname, '../../../src/pq');
/** Without comments; texts stay. */
const sources = fs
  .readdirSync(room, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => ({ name, code: fs.readFileSync(path.join(room, name), 'utf8').replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '') })); // prettier-ignore

const found = (pattern: RegExp): string[] =>
  sources.flatMap(({ name, code }) => Array.from(code.matchAll(pattern), ([text]) => `${name}: ${text}`));

describe('the source of DM/1', () => {
  it('is where these tests look', () => {
    expect(sources.length).toBeGreaterThan(20);
    expect(found(/\bnew PqError\(/g).length).toBeGreaterThan(20);
  });

  it('draws no randomness and asks no clock of its own', () => {
    expect(
      found(
        /Math\s*\.\s*random|\bDate\b|performance\s*\.|hrtime|setTimeout|setInterval|queueMicrotask|getRandomValues|randomUUID|randomInt/g,
      ),
    ).toEqual([]);
    // Only to allocate what is overwritten, and for probes of the runtime.
    expect(found(/\brandomBytes\b.*/g).filter((line) => !/^(primitives|kem|derKey|native\w*)\.ts/.test(line))).toEqual([]);
  });

  it('prints nothing, stops nowhere and evaluates nothing', () => {
    expect(
      found(
        /\bconsole\b|process\s*\.\s*(stdout|stderr|emitWarning|on)\b|\bdebugger\b|\beval\b|new Function|util\.inspect|JSON\.stringify/g,
      ),
    ).toEqual([]);
  });

  it('makes each error of a code and a sentence of its own, never of data', () => {
    const made = sources.flatMap(({ name, code }) =>
      Array.from(code.matchAll(/new PqError\(([^;]*?)\)(?=[;,)\s])/g), (match) => ({ name, given: match[1] ?? '' })),
    );
    expect(made.length).toBeGreaterThan(20);
    for (const { name, given } of made)
      expect([name, given]).toEqual([
        name,
        expect.stringMatching(/^'[a-zA-Z]+'(, ('[^'$]*'|[A-Z_]+|undefined))?(, \{ cause(: \w+)? \})?,?$/),
      ]);
    expect(found(/throw new (?!PqError)\w+/g)).toEqual([]);
  });

  it('has a name of its own for each use of a hash or key derivation', () => {
    const uses = found(/\b(?:label|derive|transcript)\((?:\w+, )?'([^']+)'/g).map((use) => /'([^']+)'/.exec(use)?.[1] ?? '');
    expect(uses.length).toBeGreaterThan(15);
    const names = [...new Set(uses)];
    // No name followed by context can be read as another: none is the beginning of another plus bytes of a fixed-length context.
    for (const name of names) expect(name).toMatch(/^[a-z0-9 ]+$/);
  });
});
