import type { Readable, Writable } from 'node:stream';
import { createCore, type Core, type CoreOptions } from '../../core/core.ts';
import { secretService } from '../../core/key/secretService.ts';
import { createProfileDirectories, profilePaths } from '../../core/profile.ts';
import type { HostArguments } from '../arguments.ts';
import { endOnce, type Running } from '../ending.ts';
import { unlockOption } from '../passphrase.ts';
import { claimInstance } from '../instance.ts';
import { linePort } from './linePort.ts';

export interface HeadlessOptions {
  arguments: HostArguments;
  env: Readonly<Record<string, string | undefined>>;
  version: string;
  input: Readable;
  output: Writable;
  nodeBuilder: CoreOptions['nodeBuilder'];
  log: (line: string) => void;
  /** For tests: laid over the options of the core. */
  core?: Partial<Pick<CoreOptions, 'overlay' | 'nodeCommand' | 'nodeOverrides' | 'openStore'>>;
  /** For tests: what stands in for the core. */
  createCore?: (options: CoreOptions) => Core;
}

/** Runs a profile over `input` and `output`. Rejects with a sentence when it cannot be used, also when it already runs. */
export async function runHeadless(options: HeadlessOptions): Promise<Running> {
  const { input, output, version, nodeBuilder, log } = options;
  const profile = profilePaths(options.arguments.profile, options.env);
  await createProfileDirectories(profile);
  const claim = await claimInstance(profile.runtimeSocket, () =>
    Promise.resolve({ t: 'none', reason: 'Sotto already runs with this profile, without a window. End it first.' }),
  );
  if (claim.kind === 'second') throw new Error('Sotto already runs with this profile. End it first.');

  const core = (options.createCore ?? createCore)({
    profile,
    version,
    nodeBuilder,
    log,
    demo: false,
    host: {
      newPageToken: () => Promise.reject(new Error('There are no pages here.')),
      keyring: secretService({ env: options.env }),
      quit: () => {
        stop();
      },
    },
    ...unlockOption(options.arguments),
    ...options.core,
  });
  const running = endOnce(async () => {
    try {
      await core.stop();
      await written(output);
    } finally {
      await claim.release();
    }
  });
  const stop = (): void => {
    // A failure reaches whoever waits for `ended`.
    running.stop().catch(() => undefined);
  };
  try {
    await core.start();
  } catch (error) {
    await claim.release();
    throw error;
  }
  const port = linePort(input, output);
  core.attach(port);
  port.onClose(stop);
  return running;
}

/** A pipe is written in the background: without this the last answers die with the process. */
const written = (output: Writable): Promise<void> =>
  new Promise((resolve) => {
    output.write('', () => {
      resolve();
    });
  });
