/** One infrastructure node of the lab: a veilid-node that is only attached and asked for its state. */
import { join } from 'node:path';
import { createConnection } from '../../../src/overlay/veilid/connection.ts';
import type { Channel } from '../../../src/overlay/veilid/channel.ts';
import { createClient } from '../../../src/overlay/veilid/client.ts';
import type { JsonObject } from '../../../src/overlay/veilid/config.ts';
import { processChannel, type NodeCommand } from '../../../src/overlay/veilid/node.ts';
import { OverlayError } from '../../../src/overlay/overlay.ts';

const READY_LIMIT_MS = 120_000;

export interface LabNode {
  request(op: string, args: Record<string, unknown>): Promise<unknown>;
  /** Resolves when the node can be used by others. */
  ready(): Promise<void>;
  stop(): Promise<void>;
}

export async function startLabNode(options: {
  name: string;
  dir: string;
  binary: string;
  overrides: JsonObject;
  command?: NodeCommand;
}): Promise<LabNode> {
  const { name, dir, binary, overrides, command } = options;
  const life = new AbortController();
  let channel: Channel | null = null;
  let isReady = false;
  let heard = (): void => undefined;
  const connection = createConnection(
    () => channel,
    (update) => {
      if (update.kind !== 'attachment') return;
      isReady = update.attachment.publicInternetReady;
      heard();
    },
    () => undefined,
  );
  const own = processChannel(
    {
      kind: 'process',
      binary,
      ...(command === undefined ? {} : { command }),
      configDirectory: join(dir, name),
      storageDirectory: join(dir, name),
      namespace: name,
      devicePassword: '',
      networkOverrides: overrides,
    },
    () => undefined,
  );
  channel = await own.open(
    {
      onLine(line) {
        connection.read(line);
      },
      onClose(reason) {
        connection.fail(new OverlayError('stopped', `${name}: ${reason} ${own.ring.lines().slice(-5).join(' ')}`));
        heard();
      },
    },
    life.signal,
  );
  return {
    request: (op, args) => connection.request(op, args, life.signal),
    async ready() {
      isReady ||= (await createClient(connection).attachment(life.signal)).publicInternetReady;
      if (isReady) return;
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => {
          reject(new Error(`${name} was not ready in time: ${own.ring.lines().slice(-5).join(' ')}`));
        }, READY_LIMIT_MS);
        heard = () => {
          if (!isReady) return;
          clearTimeout(timer);
          resolve();
        };
      });
    },
    async stop() {
      await channel.close();
    },
  };
}
