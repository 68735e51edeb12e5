/** The core in a process of its own, whose only door is a port to the main process. What a window needs arrives as MessagePorts on it. */
import * as v from 'valibot';
import { assertNever } from '../../contract/chat.ts';
import { messagePort } from '../../contract/messagePort.ts';
import type { Port } from '../../contract/port.ts';
import { createCore, type Core, type CoreOptions } from '../../core/core.ts';
import type { KeyringPasswords } from '../../core/key/keyring.ts';
import { createProfileDirectories, profilePaths } from '../../core/profile.ts';
import { endOnce } from '../ending.ts';
import { claimInstance } from '../instance.ts';
import { shortened, ToCore, type FromCore } from './coreMessages.ts';
import { askingKeyring } from './keyringPort.ts';
import { asMessagePort, type MainPort } from './mainPort.ts';
import { KEYRING_NAME } from './safeStorage.ts';

/** Owners of connections at one time: the main process, and windows. */
const MAX_OWNERS = 32;

/** What is used of `process.parentPort`. */
export interface ParentPort {
  postMessage(message: FromCore): void;
  on(event: 'message', listener: (event: { data: unknown; ports: MainPort[] }) => void): unknown;
}

export interface CoreProgramOptions {
  parent: ParentPort;
  /** The directory of `--profile`, or null. */
  profile: string | null;
  env: Readonly<Record<string, string | undefined>>;
  version: string;
  nodeBuilder: CoreOptions['nodeBuilder'];
  passwords: KeyringPasswords | null;
  log: (line: string) => void;
  /** The last thing that happens, after an end in order. */
  exit: () => void;
  /** For tests: what stands in for the core. */
  createCore?: (options: CoreOptions) => Core;
}

/** Resolves when the core has started, or when it has told the main process why it cannot. */
export async function runCore(options: CoreProgramOptions): Promise<void> {
  const { parent, env, version, nodeBuilder, log } = options;
  const asking = askingKeyring(KEYRING_NAME, options.passwords, (question) => {
    parent.postMessage(question);
  });
  const started = Promise.withResolvers<Core>();
  started.promise.catch(() => undefined);
  const stopped = Promise.withResolvers<() => Promise<void>>();
  const ports = new Map<number, Port>();

  const attach = (given: MainPort, owner: number): void => {
    const port = messagePort(asMessagePort(given));
    // A page that was loaded again does not always say that it left.
    ports.get(owner)?.close();
    if (ports.size >= MAX_OWNERS) {
      port.close();
      return;
    }
    ports.set(owner, port);
    port.onClose(() => {
      if (ports.get(owner) === port) ports.delete(owner);
    });
    // What it says meanwhile waits in the port.
    started.promise.then(
      (core) => {
        core.attach(port);
      },
      () => {
        port.close();
      },
    );
  };
  const hear = (message: ToCore, given: readonly MainPort[]): void => {
    switch (message.t) {
      case 'port':
        for (const port of given) attach(port, message.owner);
        return;
      case 'stop':
        stopped.promise
          .then((stop) => stop())
          .catch(() => {
            log('the core could not end in order');
          })
          .finally(options.exit);
        return;
      case 'beat':
        parent.postMessage({ t: 'beat' });
        return;
      case 'sealed':
      case 'refused':
        asking.answered(message);
        return;
      default:
        assertNever(message);
    }
  };
  parent.on('message', ({ data, ports: given }) => {
    const parsed = v.safeParse(ToCore, data);
    if (parsed.success) hear(parsed.output, given);
    else log('the main process said something that is not understood');
  });

  try {
    const profile = profilePaths(options.profile, env);
    await createProfileDirectories(profile);
    const claim = await claimInstance(profile.runtimeSocket, (link) => {
      parent.postMessage({ t: 'show' });
      if (link !== null) started.promise.then((core) => core.openLink(link)).catch(() => undefined);
      return Promise.resolve({ t: 'none', reason: 'Sotto runs in a window of its own; it is in front now.' });
    });
    if (claim.kind === 'second') throw new Error('Sotto runs with this profile already, in a browser or without a window. End it first.');
    const host = {
      newPageToken: () => Promise.reject<string>(new Error('Windows have no tokens.')),
      quit: () => {
        parent.postMessage({ t: 'quit' });
      },
      keyring: asking.keyring,
    };
    const core = (options.createCore ?? createCore)({
      profile,
      version,
      nodeBuilder,
      log,
      demo: false,
      host,
    });
    const running = endOnce(async () => {
      try {
        await core.stop();
      } finally {
        await claim.release();
      }
    });
    stopped.resolve(running.stop);
    try {
      await core.start();
    } catch (error) {
      await running.stop().catch(() => undefined);
      throw error;
    }
    started.resolve(core);
    parent.postMessage({ t: 'started' });
  } catch (error) {
    const sentence = error instanceof Error ? error.message : 'Sotto’s core could not start.';
    log(sentence);
    started.reject(error);
    stopped.resolve(() => Promise.resolve());
    parent.postMessage({ t: 'failed', sentence: shortened(sentence) });
  }
}
