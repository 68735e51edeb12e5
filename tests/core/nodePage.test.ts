import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connectClient, type Client } from '../../src/contract/rpc/client.ts';
import { createCore } from '../../src/core/core.ts';
import { createProfileDirectories, profilePaths } from '../../src/core/profile.ts';
import { portPair } from '../../src/host/portPair.ts';
import { createLoopbackOverlay } from '../../src/overlay/loopback/loopback.ts';
import { createLoopbackNetwork } from '../../src/overlay/loopback/network.ts';
import { startPerson, testDirectory, until } from '../support/cores.ts';

const PROXIED = `
[servers.here]
nickname = "ada"
server = "127.0.0.1"
autoconnect = false
proxy.tor = {}

[servers.bob]
protocol = "veilid"
`;

/** A core without an overlay of its own, whose node is "built" as a file that is not there: it can be wanted, never run. */
async function startCore(directory: string, config: string): Promise<{ client: Client; stop: () => Promise<void> }> {
  const paths = profilePaths(directory, {});
  await createProfileDirectories(paths);
  await mkdir(dirname(paths.configFile), { recursive: true });
  await writeFile(paths.configFile, config);
  const core = createCore({
    profile: paths,
    version: '0.0.0-test',
    demo: false,
    nodeBuilder: {
      path: () => Promise.resolve(join(directory, 'no-such-program')),
      check: () => Promise.resolve({ ok: false, missing: ['cargo'], hint: 'install it' }),
      build: () => Promise.reject(new Error('nothing is built here')),
    },
    host: { newPageToken: () => Promise.resolve('none'), quit: () => undefined, keyring: null },
    log: () => undefined,
  });
  await core.start();
  onTestFinished(() => core.stop());
  const [near, far] = portPair();
  core.attach(far);
  const client = connectClient(near);
  await client.ready;
  return { client, stop: () => core.stop() };
}
const phase = async (client: Client): Promise<string> => (await client.call('app.snapshot', {})).node.phase;

describe('the node page', () => {
  it('tells what runs, and a route only by its end', async () => {
    const network = createLoopbackNetwork();
    const person = await startPerson({ name: 'ada', config: '', overlay: () => createLoopbackOverlay(network) });
    expect(await person.client.call('node.page', {})).toMatchObject({ phase: 'off', routes: [], node: null, proxied: false });
    const { text } = await person.client.call('route.get', {});
    const page = await until('a route', async () => {
      const found = await person.client.call('node.page', {});
      return found.routes.length > 0 && found;
    });
    expect(page.routes.map(({ short }) => short)).toContain(text.slice(-8));
    expect(JSON.stringify(page)).not.toContain(text.slice(0, 12));
    await expect(person.client.call('node.restart', {})).rejects.toThrow('There is no Veilid node to restart.');
  });

  it('asks once before Veilid goes around a proxy, and remembers the consent over restarts', async () => {
    const directory = await testDirectory();
    const first = await startCore(directory, PROXIED);
    await until('the question', async () => (await phase(first.client)) === 'confirm');
    await expect(first.client.call('route.get', {})).rejects.toThrow('Veilid does not run through it');
    expect(await first.client.call('node.page', {})).toMatchObject({ phase: 'confirm', proxied: true, agreed: false });
    await first.client.call('node.confirm', {});
    // it goes on to start the program, which is not there
    await until('the start', async () => (await phase(first.client)) === 'stopped');
    await first.stop();

    const second = await startCore(directory, PROXIED);
    await until('the start', async () => (await phase(second.client)) === 'stopped');
    expect(await second.client.call('node.page', {})).toMatchObject({ proxied: true, agreed: true });
    await second.stop();
  });
});
