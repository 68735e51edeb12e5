import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access, mkdir, realpath } from 'node:fs/promises';
import { OverlayError } from '../overlay.ts';
import { abortable } from '../wait.ts';
import { MAX_UNSENT_BYTES, createLineReader, type Channel, type OpenChannel } from './channel.ts';
import { nodeConfig, type JsonObject } from './config.ts';
import { createLogRing, type LogRing } from './log.ts';
import { readLine } from './protocol.ts';

/** The version in veilid-node/Cargo.toml. Another one is a stale binary, whose messages may differ. */
export const NODE_VERSION = '0.1.0';
/** Unwrapping the device key takes 0.2 s; a busy machine takes longer. */
const HELLO_TIMEOUT_MS = 20_000;
/** A polite shutdown was seen to take 2.3 s. */
const STOP_TIMEOUT_MS = 15_000;
/** Nothing else of our environment reaches the node: no RUST_LOG (debug logs name keys), no proxies, no secrets. */
const ENVIRONMENT = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR'];

/** Replaces how the binary is started: `(binary, args) => [command, args]`. */
export type NodeCommand = (binary: string, args: string[]) => [string, string[]];

export interface ProcessSource {
  kind: 'process';
  binary: string;
  /** Test seam: starts the node inside a namespace. An argument of the constructor, never a setting. */
  command?: NodeCommand;
  /** Where our own notes about the node are kept (0700). */
  configDirectory: string;
  /** Where the node keeps its stores (0700). */
  storageDirectory: string;
  namespace: string;
  /** From the encrypted store. It goes through the pipe only: neither into a file nor onto a command line. */
  devicePassword: string;
  /** Tests only: laid over the node's configuration. */
  networkOverrides?: JsonObject;
}

/** Checks that the binary is there; rejects with `missing`. */
export async function checkBinary(source: ProcessSource): Promise<void> {
  try {
    await access(source.binary, constants.X_OK);
  } catch (cause) {
    throw new OverlayError('missing', 'veilid-node is not built yet.', { cause });
  }
}

/** Starts veilid-node each time it is called. The channel's end is the process's end, and the other way round. */
export function processChannel(source: ProcessSource, log: (line: string) => void): { open: OpenChannel; ring: LogRing } {
  const ring = createLogRing([source.devicePassword], log);
  const open: OpenChannel = async (handlers, signal) => {
    await checkBinary(source);
    await mkdir(source.storageDirectory, { recursive: true, mode: 0o700 });
    const config = nodeConfig({
      // the library appends to this path; a symlink that moves later must not move its stores
      storageDirectory: await realpath(source.storageDirectory),
      namespace: source.namespace,
      devicePassword: source.devicePassword,
      networkOverrides: source.networkOverrides ?? {},
    });
    signal.throwIfAborted();
    const args = ['--config', '-'];
    const [command, all] = source.command?.(source.binary, args) ?? [source.binary, args];
    const child = spawn(command, all, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: Object.fromEntries(ENVIRONMENT.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]))),
      // its own process group: Ctrl+C in the terminal reaches Sotto, which then ends the node in order
      detached: true,
    });
    let closed = false;
    const gone = new Promise<void>((resolve) => {
      const end = (reason: string): void => {
        if (closed) return;
        closed = true;
        resolve();
        handlers.onClose(reason);
      };
      child.once('error', (error) => {
        ring.add(`veilid-node could not be started: ${error.message}`);
        end('veilid-node could not be started.');
      });
      child.once('close', (code, killedBy) => {
        end(`veilid-node ended (${code ?? killedBy ?? 'unknown'}).`);
      });
    });
    // a write after the process died fails here; the end is reported by 'close'
    child.stdin.on('error', () => undefined);
    child.stderr.setEncoding('utf8');
    child.stderr.on(
      'data',
      createLineReader((line) => {
        ring.add(line);
      }),
    );
    const kill = (): void => {
      child.kill('SIGKILL');
    };
    const channel: Channel = {
      send(line) {
        if (closed || child.stdin.writableLength > MAX_UNSENT_BYTES) return false;
        child.stdin.write(`${line}\n`);
        return true;
      },
      async close() {
        const timer = setTimeout(kill, STOP_TIMEOUT_MS);
        // the end of its input is the node's order to shut down
        if (!closed) child.stdin.end();
        await gone;
        clearTimeout(timer);
      },
    };
    channel.send(JSON.stringify(config));
    child.stdout.setEncoding('utf8');
    try {
      await abortable<undefined>(signal, (resolve, reject) => {
        const timer = setTimeout(() => {
          reject(new OverlayError('missing', 'veilid-node does not answer.'));
        }, HELLO_TIMEOUT_MS);
        let greeted = false;
        const read = createLineReader((line) => {
          if (greeted) {
            handlers.onLine(line);
            return;
          }
          const message = readLine(line);
          if (message?.type !== 'hello') return;
          greeted = true;
          if (message.version === NODE_VERSION) resolve(undefined);
          else
            reject(new OverlayError('missing', `veilid-node has version ${message.version}, ${NODE_VERSION} is needed: build it again.`));
        });
        child.stdout.on('data', read);
        void gone.then(() => {
          reject(new OverlayError('tryAgain', 'veilid-node ended while it started.'));
        });
        return () => {
          clearTimeout(timer);
        };
      });
    } catch (error) {
      kill();
      throw error;
    }
    return channel;
  };
  return { open, ring };
}
