/** scripts/release.mjs in a repository of its own. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { afterAll, expect, test } from 'vitest';

const tree = fileURLToPath(new URL('../../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'sotto-release-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const CHANGELOG = '# Changelog\n\n## [Unreleased]\n\n### Added\n\n- Something `new`.\n\n## [0.1.0] - 2026-01-01\n\n- The first.\n';

interface Repository {
  git: (...args: string[]) => string;
  read: (file: string) => string;
  release: (...args: string[]) => { code: number; output: string };
}

function repository(changes: { changelog?: string; ready?: string } = {}): Repository {
  const place = mkdtempSync(join(folder, 'repository-'));
  const write = (file: string, content: string): void => {
    writeFileSync(join(place, file), content);
  };
  mkdirSync(join(place, 'scripts'));
  for (const name of ['release.mjs', 'set-up.mjs']) cpSync(join(tree, 'scripts', name), join(place, 'scripts', name));
  // What follows from the changelog, as scripts/metainfo.mjs does it, in short.
  write(
    'scripts/metainfo.mjs',
    `import fs from 'node:fs'; fs.writeFileSync('releases', fs.readFileSync('CHANGELOG.md', 'utf8').match(/^## .*$/gm).join('\\n'));`,
  );
  write('releases', '');
  const entry = { name: 'sotto', version: '0.1.0' };
  write('package.json', `${JSON.stringify({ ...entry, scripts: { ready: changes.ready ?? 'echo ready' } }, null, 2)}\n`);
  const other = { 'node_modules/other': { version: '0.1.0' } };
  write('package-lock.json', `${JSON.stringify({ ...entry, packages: { '': entry, ...other } }, null, 2)}\n`);
  write('CHANGELOG.md', changes.changelog ?? CHANGELOG);
  const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' };
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: place, encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'ignore'] });
  git('init', '--quiet');
  git('config', 'user.name', 'Someone');
  git('config', 'user.email', 'someone@example.org');
  git('add', '.');
  git('commit', '--quiet', '--message', 'start');
  return {
    git,
    read: (file) => readFileSync(join(place, file), 'utf8'),
    release: (...args) => {
      try {
        const options = { encoding: 'utf8', stdio: 'pipe', env: { ...env, npm_execpath: '' } } as const;
        return { code: 0, output: execFileSync(process.execPath, [join(place, 'scripts', 'release.mjs'), ...args], options) };
      } catch (error) {
        const failure = v.parse(v.object({ status: v.number(), stdout: v.string(), stderr: v.string() }), error);
        return { code: failure.status, output: failure.stdout + failure.stderr };
      }
    },
  };
}

test('a release has its version everywhere, a dated section, one commit and a tag', () => {
  const { git, read, release } = repository();
  expect(release('minor', '--date', '2026-12-31')).toMatchObject({ code: 0 });
  const Versions = v.object({ version: v.string(), packages: v.optional(v.record(v.string(), v.object({ version: v.string() }))) });
  expect(v.parse(Versions, JSON.parse(read('package.json'))).version).toBe('0.2.0');
  const lock = v.parse(Versions, JSON.parse(read('package-lock.json')));
  expect(lock.version).toBe('0.2.0');
  expect(lock.packages).toEqual({ '': { version: '0.2.0' }, 'node_modules/other': { version: '0.1.0' } });
  expect(read('CHANGELOG.md')).toBe(CHANGELOG.replace('## [Unreleased]\n', '## [Unreleased]\n\n## [0.2.0] - 2026-12-31\n'));
  expect(read('releases')).toContain('[0.2.0] - 2026-12-31');
  expect(git('status', '--porcelain')).toBe('');
  expect(git('log', '--format=%s')).toBe('Sotto 0.2.0\nstart\n');
  expect(git('cat-file', '-t', 'v0.2.0')).toBe('tag\n');
  expect(git('rev-parse', 'v0.2.0^{}')).toBe(git('rev-parse', 'HEAD'));
});

test('a dry run writes nothing, but runs the checks', () => {
  const { git, release } = repository();
  const { code, output } = release('1.0.0', '--dry-run');
  expect(code).toBe(0);
  expect(output).toContain('0.1.0 -> 1.0.0');
  expect(output).toContain('ready');
  expect(git('status', '--porcelain')).toBe('');
  expect(git('tag')).toBe('');
  expect(repository({ ready: 'exit 1' }).release('patch', '--dry-run').code).toBe(1);
});

test('where a check fails everything is put back and nothing is tagged', () => {
  const { git, read, release } = repository({ ready: 'exit 1' });
  const { code, output } = release('patch');
  expect(code).toBe(1);
  expect(output).toContain('npm run ready failed');
  expect(git('status', '--porcelain')).toBe('');
  expect(read('CHANGELOG.md')).toBe(CHANGELOG);
  expect(git('log', '--format=%s')).toBe('start\n');
  expect(git('tag')).toBe('');
});

test('a release that says nothing, of a changed tree, or of a version that is no step forward is refused', () => {
  const empty = CHANGELOG.replace('- Something `new`.\n', '');
  expect(repository({ changelog: empty }).release('patch').output).toContain('says nothing under "Unreleased"');
  const { git, release } = repository();
  for (const wrong of ['0.1.0', '0.0.9']) expect(release(wrong).output).toContain('is not after 0.1.0');
  for (const wrong of ['next', 'v1.0.0', '1.0', '1.0.0-rc']) expect(release(wrong).output).toContain('neither');
  expect(release('patch', '--date', '31.12.2026').output).toContain('is no date');
  expect(release().output).toContain('usage');
  git('tag', 'v0.1.1');
  expect(release('patch').output).toContain('There is a tag v0.1.1 already.');
  git('rm', '--quiet', 'releases');
  expect(release('minor').output).toContain('Commit or put away');
  expect(git('log', '--format=%s')).toBe('start\n');
});
