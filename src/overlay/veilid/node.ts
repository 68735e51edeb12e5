import { spawn } from 'node:child_process';
import { chmod, mkdir, realpath } from 'node:fs/promises';
import { OverlayError } from '../overlay.ts';
import { abortable } from '../wait.ts';
import { NODE_VERSION, binaryIsThere, staleBinary } from './binary.ts';
import { MAX_UNSENT_BYTES, createLineReader, type Channel, type OpenChannel } from './channel.ts';
import { nodeConfig, type JsonObject } from './config.ts';
import { createLogRing, type LogRing } from './log.ts';
import { readLine } from './protocol.ts';

/** Unwrapping the device key takes 0.2 s; a busy machine takes longer. */
const HELLO_TIMEOUT_MS = 20_000;
/** A polite shutdown was seen to take 2.3 s. */
const STOP_TIMEOUT_MS = 15_000;
/** Mostly the node of a Sotto that was killed a moment ago: it ends within seconds. */
const BUSY = 'Another veilid-node still uses the directory of this profile.';
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

/** The part of the last line of the log that goes into the reason of an end. */
const MAX_HINT_CHARACTERS = 200;

/** Starts veilid-node each time it is called. The channel's end is the process's end, and the other way round. */
export function processChannel(source: ProcessSource, log: (line: string) => void): { open: OpenChannel; ring: LogRing } {
  const ring = createLogRing([source.devicePassword], log);
  /** A line of ours among the node's, with the time as it writes it. */
  const note = (line: string): void => {
    ring.add(`${new Date().toISOString()} ${line}`);
  };
  const open: OpenChannel = async (handlers, signal) => {
    await binaryIsThere(source.binary);
    await mkdir(source.storageDirectory, { recursive: true, mode: 0o700 });
    // the library appends to this path; a symlink that moves later must not move its stores
    const storageDirectory = await realpath(source.storageDirectory);
    // one that was there may be open to others
    await chmod(storageDirectory, 0o700);
    const config = nodeConfig({
      storageDirectory,
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
    let lastLine = '';
    const gone = new Promise<string>((resolve) => {
      const end = (reason: string): void => {
        if (closed) return;
        closed = true;
        note(reason);
        resolve(reason);
        handlers.onClose(reason);
      };
      child.once('error', (error) => {
        note(`veilid-node could not be started: ${error.message}`);
        end('veilid-node could not be started.');
      });
      child.once('close', (code, killedBy) => {
        const hint = code === 0 || lastLine === '' ? '' : `: ${lastLine}`;
        end(killedBy === null ? `veilid-node ended with status ${code ?? 'unknown'}${hint}.` : `veilid-node was ended by ${killedBy}.`);
      });
    });
    // a write after the process died fails here; the end is reported by 'close'
    child.stdin.on('error', () => undefined);
    child.stderr.setEncoding('utf8');
    child.stderr.on(
      'data',
      createLineReader((line) => {
        lastLine = ring.add(line).slice(0, MAX_HINT_CHARACTERS);
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
          reject(new OverlayError('tryAgain', 'veilid-node does not answer.'));
        }, HELLO_TIMEOUT_MS);
        let greeted = false;
        const read = createLineReader((line) => {
          if (greeted) {
            handlers.onLine(line);
            return;
          }
          const message = readLine(line);
          if (message?.type === 'busy') reject(new OverlayError('tryAgain', BUSY));
          if (message?.type !== 'hello') return;
          greeted = true;
          note(`veilid-node ${message.version} with Veilid ${message.veilid} has started.`);
          if (message.version === NODE_VERSION) resolve(undefined);
          else reject(staleBinary(message.version));
        });
        child.stdout.on('data', read);
        void gone.then((reason) => {
          reject(new OverlayError('tryAgain', reason));
        });
        return () => {
          clearTimeout(timer);
        };
      });
    } catch (error) {
      kill();
      // it holds the directory until it is gone
      await gone;
      throw error;
    }
    return channel;
  };
  return { open, ring };
}
