import { expect, it } from 'vitest';
import { scriptNodeBuilder } from '../../../src/host/nodeBuilder.ts';

it('finds the build script and says what is missing to build the node', async () => {
  const builder = scriptNodeBuilder();
  const tools = await builder.check();
  expect(tools.ok || (tools.missing.length > 0 && tools.hint.includes('apt-get'))).toBe(true);
  const path = await builder.path();
  expect(path === null || path.endsWith('veilid-node')).toBe(true);
});

it('stops before it has built anything when it is cancelled', async () => {
  const reason = new Error('cancelled');
  await expect(scriptNodeBuilder().build({ signal: AbortSignal.abort(reason), onProgress: () => undefined })).rejects.toBe(reason);
});
