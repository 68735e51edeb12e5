/** The bundle of scripts/build-app.mjs: complete in itself, the same for the same sources, and it runs without the source tree. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const tree = fileURLToPath(new URL('../../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'sotto-bundle-'));
const app = join(folder, 'one', 'app');

const bundle = (out: string): void => {
  const args = [join(tree, 'scripts', 'build-app.mjs'), '--out', join(folder, out), '--hosts', 'serve,headless'];
  execFileSync(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
};
const scripts = (): string[] => readdirSync(app).filter((name) => name.endsWith('.js'));
const sourceOf = (name: string): string => readFileSync(join(app, name), 'utf8');

beforeAll(() => {
  bundle('one');
  bundle('two');
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

test('the same sources give the same bytes', () => {
  const files = readdirSync(app, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(app, name)).isFile());
  expect(files.length).toBeGreaterThan(8);
  for (const name of files) expect(readFileSync(join(app, name)).equals(readFileSync(join(folder, 'two', 'app', name))), name).toBe(true);
});

test('everything it imports is Node’s or lies beside it, also workers', () => {
  let workers = 0;
  for (const name of scripts()) {
    const source = sourceOf(name);
    for (const [, from] of source.matchAll(/^(?:import|export) .*?["']([^"']+)["'];$/gm)) {
      const known =
        from?.startsWith('./') === true ? existsSync(join(app, from)) : builtinModules.includes(from?.replace(/^node:/, '') ?? '');
      expect(known, `${String(from)} in ${name}`).toBe(true);
    }
    for (const [, worker] of source.matchAll(/new URL\("([\w./-]+\.js)", import\.meta\.url\)/g)) {
      expect(existsSync(join(app, worker ?? '')), worker).toBe(true);
      workers += 1;
    }
    expect(source).not.toContain(".ts', import.meta.url");
    expect(source).not.toContain('sourceMappingURL');
  }
  expect(workers).toBeGreaterThanOrEqual(2);
});

test('the version guard comes before everything else', () => {
  for (const entry of ['serve.js', 'headless.js']) expect(sourceOf(entry).split('\n', 1)).toEqual(['import "./nodeVersion.js";']);
  expect(sourceOf('nodeVersion.js')).not.toMatch(/^import|from "/m);
  expect(sourceOf('nodeVersion.js')).toContain('process.versions.napi');
});

test('away from the source tree it opens a store, answers calls and ends with its input', async () => {
  const profile = join(folder, 'profile');
  mkdirSync(join(folder, 'elsewhere'));
  const child = spawn(process.execPath, [join(app, 'headless.js'), '--profile', profile], {
    cwd: join(folder, 'elsewhere'),
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { PATH: '/usr/bin:/bin', HOME: folder },
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const received: string[] = [];
  const output = createInterface({ input: child.stdout });
  const say = (frame: unknown): void => {
    child.stdin.write(`${JSON.stringify(frame)}\n`);
  };
  say({ t: 'hello', version: 1, contract: '' });
  for await (const line of output) {
    received.push(line);
    const contract = /"contract":"(\w+)"/.exec(line)?.[1];
    if (received.length === 1) {
      say({ t: 'hello', version: 1, contract });
      say({ t: 'call', id: 1, method: 'app.snapshot', params: {} });
    }
    if (line.includes('"t":"result"') || line.includes('"t":"error"')) break;
  }
  child.stdin.end();
  expect(received[0]).toContain('"t":"hello"');
  expect(received.at(-1)).toContain('"version":"');
  expect(await ended).toBe(0);
  expect(statSync(join(profile, 'state', 'store.key')).mode & 0o777).toBe(0o600);
});
