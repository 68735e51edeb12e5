import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { hostNodeBuilder, packagedNodeBuilder } from '../../../src/host/nodeBuilder.ts';

it('finds the build script and says what is missing to build the node', async () => {
  const builder = hostNodeBuilder();
  const tools = await builder.check();
  expect(tools.ok || (tools.missing.length > 0 && tools.hint.includes('apt-get'))).toBe(true);
  const path = await builder.path();
  expect(path === null || path.endsWith('veilid-node')).toBe(true);
});

it('stops before it has built anything when it is cancelled', async () => {
  const reason = new Error('cancelled');
  await expect(hostNodeBuilder().build({ signal: AbortSignal.abort(reason), onProgress: () => undefined })).rejects.toBe(reason);
});

it('a package takes the node it brings, and compiles nothing where that is missing', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sotto-node-'));
  const file = join(folder, 'veilid-node');
  const builder = packagedNodeBuilder(file);
  const options = { signal: new AbortController().signal, onProgress: () => undefined };
  try {
    expect(await builder.path()).toBeNull();
    expect(await builder.check()).toEqual({ ok: false, missing: ['Sotto’s program veilid-node'], hint: 'Install Sotto again.' });
    await expect(builder.build(options)).rejects.toThrow('Install Sotto again.');
    await writeFile(file, '', { mode: 0o755 });
    expect(await builder.path()).toBe(file);
    expect(await builder.check()).toEqual({ ok: true });
    expect(await builder.build(options)).toBe(file);
  } finally {
    await rm(folder, { recursive: true });
  }
});
