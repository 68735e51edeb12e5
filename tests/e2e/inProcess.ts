/** Hosts with pages inside the process of the test: what needs the loopback overlay, which ends at a process. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { connectClient } from '../../src/contract/rpc/client.ts';
import { createCore, type Core } from '../../src/core/core.ts';
import { profilePaths } from '../../src/core/profile.ts';
import { startDemo } from '../../src/host/demo/demo.ts';
import { portPair } from '../../src/host/portPair.ts';
import { runServe, type ServeOptions } from '../../src/host/serve/run.ts';
import { createLoopbackOverlay } from '../../src/overlay/loopback/loopback.ts';
import { createLoopbackNetwork, type LoopbackNetwork } from '../../src/overlay/loopback/network.ts';
import { startPerson, until } from '../support/cores.ts';

export interface PageHost {
  /** The address of one more page. */
  newUrl(): string;
  stop(): Promise<void>;
}

const options = (directory: string): ServeOptions => ({
  arguments: { profile: directory, open: false, demo: false, link: null },
  env: { XDG_RUNTIME_DIR: directory },
  version: '0.0.0-test',
  uiDirectory: fileURLToPath(new URL('../../dist/ui', import.meta.url)),
  nodeBuilder: null,
  print: () => undefined,
  log: () => undefined,
});

export async function startDemoHost(directory: string): Promise<PageHost> {
  const run = await startDemo({ ...options(directory), arguments: { profile: directory, open: false, demo: true, link: null } });
  if (run.kind !== 'running') throw new Error('another demo runs here');
  return { newUrl: run.server.newUrl, stop: run.stop };
}

interface CoreHost extends PageHost {
  core: Core;
}

/** A host with a configuration of its own, on a loopback overlay. Ends with the test. */
async function startHost(directory: string, config: string, network: LoopbackNetwork): Promise<CoreHost> {
  const made: { core: Core | null } = { core: null };
  const { configFile } = profilePaths(directory, {});
  await mkdir(dirname(configFile), { recursive: true });
  await writeFile(configFile, config);
  const run = await runServe({
    ...options(directory),
    core: { overlay: () => createLoopbackOverlay(network) },
    createCore: (given) => {
      made.core = createCore(given);
      return made.core;
    },
  });
  if (run.kind !== 'running' || made.core === null) throw new Error('this profile runs already');
  onTestFinished(run.stop);
  return { newUrl: run.server.newUrl, stop: run.stop, core: made.core };
}

/** Hosts that can reach each other in private; each call of the result starts one. */
export function loopbackHosts(): (directory: string, config: string) => Promise<PageHost> {
  const network = createLoopbackNetwork();
  return (directory, config) => startHost(directory, config, network);
}

/** A host whose person has a request from `nickname`, with one text in it. Ends with the test. */
export async function startRequested(directory: string, nickname: string, text: string): Promise<PageHost> {
  const network = createLoopbackNetwork();
  // Nobody listens there; the entry gives the person a name.
  const config = (nick: string): string => `[servers.lab]\nnickname = "${nick}"\nserver = "127.0.0.1"\nport = 1\nautoconnect = false\n`;
  const host = await startHost(directory, config('wren'), network);
  const [near, far] = portPair();
  host.core.attach(far);
  const client = connectClient(near);
  await client.ready;
  const route = await client.call('route.get', {});
  const stranger = await startPerson({
    name: nickname,
    config: config(nickname),
    overlay: () => createLoopbackOverlay(network),
    directory: join(directory, nickname),
  });
  const { buffer } = await stranger.client.call('contact.connect', { text: route.text });
  await stranger.input(buffer, text);
  await until('the request', async () => (await client.call('app.snapshot', {})).requests[0]?.texts === 1);
  return host;
}
