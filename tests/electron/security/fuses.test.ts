import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { FuseState, FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { expect, it, onTestFinished } from 'vitest';
import { root } from '../sources.ts';

const run = promisify(execFile);
const script = join(root, 'scripts', 'fuses.mjs');

/** A file with a fuse wire where Electron has one: the mark, version 1, nine switches, all as Electron ships them or worse. */
const program = async (wire: string): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'sotto-fuses-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const file = join(directory, 'electron');
  await writeFile(
    file,
    Buffer.concat([
      Buffer.alloc(1_000, 7),
      Buffer.from(`dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX\u0001${String.fromCharCode(wire.length)}${wire}`),
      Buffer.alloc(100),
    ]),
  );
  return file;
};

it('E11: all nine fuses are set in a program, and read back', async () => {
  const file = await program('101100011');
  await expect(run(process.execPath, [script, '--check', file])).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('RunAsNode should be off') as unknown,
  });
  await run(process.execPath, [script, file]);
  const wire = await getCurrentFuseWire(file);
  const names = Object.keys(FuseV1Options).filter((name) => Number.isNaN(Number(name)));
  expect(names).toHaveLength(9);
  const { RunAsNode, EnableCookieEncryption, EnableNodeOptionsEnvironmentVariable, EnableNodeCliInspectArguments } = FuseV1Options;
  const {
    EnableEmbeddedAsarIntegrityValidation,
    OnlyLoadAppFromAsar,
    LoadBrowserProcessSpecificV8Snapshot,
    GrantFileProtocolExtraPrivileges,
    WasmTrapHandlers,
  } = FuseV1Options;
  for (const off of [
    RunAsNode,
    EnableNodeOptionsEnvironmentVariable,
    EnableNodeCliInspectArguments,
    LoadBrowserProcessSpecificV8Snapshot,
    GrantFileProtocolExtraPrivileges,
  ]) {
    expect([FuseV1Options[off], wire[off]]).toEqual([FuseV1Options[off], FuseState.DISABLE]);
  }
  for (const on of [EnableCookieEncryption, EnableEmbeddedAsarIntegrityValidation, OnlyLoadAppFromAsar, WasmTrapHandlers]) {
    expect([FuseV1Options[on], wire[on]]).toEqual([FuseV1Options[on], FuseState.ENABLE]);
  }
  await expect(run(process.execPath, [script, '--check', file])).resolves.toBeDefined();
  expect((await readFile(file)).subarray(0, 1_000).every((byte) => byte === 7)).toBe(true);
});

it('E11: a program with a fuse that nobody has decided on is refused', async () => {
  await expect(run(process.execPath, [script, await program('1011000111')])).rejects.toMatchObject({
    stderr: expect.stringContaining('10 fuses') as unknown,
  });
});
