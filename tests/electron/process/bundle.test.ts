/** The bundle that packages ship, in two processes on Node: everything of the window but Electron, for which a stand-in stands. */
import { execFile, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import * as v from 'valibot';
import { expect, onTestFinished, test } from 'vitest';
import { root } from '../sources.ts';

const LIMIT_MS = 240_000;

test(
  'the bundled main process starts the bundled core; a page survives the death of the core and quits the program',
  async () => {
    const directory = await mkdtemp(join(tmpdir(), 'sotto-bundle-'));
    onTestFinished(() => rm(directory, { recursive: true, force: true }));
    const out = join(directory, 'dist');
    await promisify(execFile)(process.execPath, [join(root, 'scripts/build-app.mjs'), '--out', out], { cwd: root });
    await mkdir(join(out, 'ui'));
    await cp(join(root, 'index.html'), join(out, 'ui', 'index.html'));
    const runtime = join(directory, 'run');
    await mkdir(runtime, { mode: 0o700 });

    const register = pathToFileURL(join(root, 'tests/electron/standIn/register.mjs')).href;
    const child = spawn(
      process.execPath,
      ['--import', register, join(out, 'app/electron/main.js'), `--profile=${join(directory, 'profile')}`],
      {
        env: { ...process.env, XDG_RUNTIME_DIR: runtime, DBUS_SESSION_BUS_ADDRESS: '' },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    onTestFinished(() => {
      child.kill('SIGKILL');
    });
    let output = '';
    let errors = '';
    child.stdout.on('data', (bytes: Uint8Array) => (output += new TextDecoder().decode(bytes)));
    child.stderr.on('data', (bytes: Uint8Array) => (errors += new TextDecoder().decode(bytes)));
    const code = await new Promise((resolve) => child.once('close', resolve));

    const said: unknown[] = output
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    const { version } = v.parse(v.object({ version: v.string() }), JSON.parse(await readFile(join(root, 'package.json'), 'utf8')));
    expect({ code, said }, errors).toEqual({
      code: 0,
      said: [
        'sandbox',
        { scheme: 'app' },
        { handled: 'app' },
        { forked: 'Sotto core', args: ['--from-source'], profile: true },
        { window: true, sandbox: true },
        { loaded: 'app://sotto/' },
        { page: 1, version, firstRun: true },
        'lost',
        { forked: 'Sotto core', args: ['--from-source'], profile: true },
        { page: 2, version, firstRun: true },
        'lost',
      ],
    });
  },
  LIMIT_MS,
);
