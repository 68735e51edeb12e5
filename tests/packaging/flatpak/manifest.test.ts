// The two variants of the manifest that scripts/flatpak-manifest.mjs writes: for building this folder, and for publishing a tag.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { writeLocal, writePublished } from '../../../scripts/flatpak-manifest.mjs';
import { manifestRules } from './manifestRules.ts';
import { app, parsePackage, readTexts } from './package.ts';

const folder = mkdtempSync(join(tmpdir(), 'sotto-manifest-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});
const complaints = (manifest: string): string[] => {
  const checked = parsePackage({ ...readTexts(), manifest });
  return Object.entries(manifestRules)
    .filter(([, rule]) => rule(checked) !== null)
    .map(([name]) => name);
};
const lists = ['cargo-sources.json', 'electron-sources.json', 'npm-sources.json'];

describe('the published manifest', () => {
  it('names the tag and its commit for each module and keeps all rules', () => {
    const commit = '0123456789abcdef0123456789abcdef01234567';
    const asked: string[] = [];
    writePublished(join(folder, 'published'), (tag) => {
      asked.push(tag);
      return commit;
    });
    const text = readFileSync(join(folder, 'published', `${app.id}.yml`), 'utf8');
    expect(text.match(new RegExp(`commit: '?${commit}'?$`, 'gm'))).toHaveLength(2);
    expect(text).not.toContain('0'.repeat(40));
    expect(text).toContain(`tag: ${asked[0] ?? ''}`);
    expect(complaints(text)).toEqual([]);
    expect(readdirSync(join(folder, 'published')).sort()).toEqual([...lists, `${app.id}.yml`].sort());
  });

  it('is refused without a tag', () => {
    expect(() => {
      writePublished(join(folder, 'none'), () => {
        throw new Error('no tag');
      });
    }).toThrow('no tag');
  });
});

describe('the local manifest', () => {
  it('builds what git would keep of this folder, the node from its own sources alone', () => {
    const local = join(folder, 'local');
    writeLocal(local);
    const text = readFileSync(join(local, `${app.id}.yml`), 'utf8');
    expect(text).not.toContain('type: git');
    expect(complaints(text)).toEqual(['no folder of this computer is a source']);
    const names = (archive: string): string[] =>
      execFileSync('tar', ['-tf', join(local, archive)], { encoding: 'utf8' })
        .trim()
        .split('\n');
    expect(names('veilid-node.tar').every((name) => name.startsWith('sotto/veilid-node/'))).toBe(true);
    expect(names('sotto.tar')).toEqual(
      expect.arrayContaining(['sotto/package-lock.json', 'sotto/src/host/program.ts', `sotto/flatpak/${app.id}.desktop`]),
    );
    expect(names('sotto.tar').filter((name) => /node_modules|\/dist\/|\.git\//.test(name))).toEqual([]);
  });

  it('is the same for the same files', () => {
    writeLocal(join(folder, 'again'));
    const archive = (name: string): Buffer => readFileSync(join(folder, name, 'veilid-node.tar'));
    expect(archive('again').equals(archive('local'))).toBe(true);
  });
});
