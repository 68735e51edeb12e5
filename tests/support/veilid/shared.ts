/** One real node for many, behind a socket, as veilid-server does it: every update goes to everybody, ids are each one's own. */
import { createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import type { Channel } from '../../../src/overlay/veilid/channel.ts';
import { createConnection } from '../../../src/overlay/veilid/connection.ts';
import { createClient } from '../../../src/overlay/veilid/client.ts';
import { processChannel } from '../../../src/overlay/veilid/node.ts';
import { isMembers } from '../../../src/overlay/veilid/protocol.ts';
import { OverlayError } from '../../../src/overlay/overlay.ts';
import { until } from '../cores.ts';
import { labBinary, type Lab } from './lab.ts';

const READY_LIMIT_MS = 60_000;
/** Ids of our own requests end below this; those of the others begin here. */
const FIRST_ID = 1_000_000;

export interface SharedNode {
  /** For `[veilid] server`. */
  readonly address: string;
  stop(): Promise<void>;
}

export async function startSharedNode(lab: Lab, index: number, dir: string): Promise<SharedNode> {
  const name = `shared${index}`;
  const { command, networkOverrides } = lab.app(index);
  const life = new AbortController();
  const guests = new Set<Socket>();
  const asked = new Map<number, { guest: Socket; id: unknown }>();
  let nextId = FIRST_ID;
  let channel: Channel | null = null;
  const connection = createConnection(
    () => channel,
    () => undefined,
    () => undefined,
  );
  const source = processChannel(
    {
      kind: 'process',
      binary: labBinary(),
      command,
      configDirectory: join(dir, name),
      storageDirectory: join(dir, name),
      namespace: name,
      devicePassword: '',
      networkOverrides,
    },
    () => undefined,
  );
  const onLine = (line: string): void => {
    const message: unknown = JSON.parse(line);
    if (!isMembers(message)) return;
    const id = message['id'];
    if (typeof id !== 'number' || id < FIRST_ID) {
      connection.read(line);
      if (message['type'] === 'Update') for (const guest of guests) guest.write(`${line}\n`);
      return;
    }
    const from = asked.get(id);
    asked.delete(id);
    if (from?.guest.writable) from.guest.write(`${JSON.stringify({ ...message, id: from.id })}\n`);
  };
  channel = await source.open(
    {
      onLine,
      onClose: (reason) => {
        connection.fail(new OverlayError('stopped', reason));
      },
    },
    life.signal,
  );
  const running = channel;
  const client = createClient(connection);
  await client.attach(life.signal);
  await until(`${name} is ready`, async () => (await client.attachment(life.signal)).publicInternetReady, READY_LIMIT_MS);

  const server = createServer((guest) => {
    guests.add(guest);
    guest.on('error', () => undefined);
    guest.once('close', () => guests.delete(guest));
    const lines = createInterface({ input: guest });
    // of the socket, told here once more
    lines.on('error', () => undefined);
    lines.on('line', (line) => {
      const request: unknown = JSON.parse(line);
      if (!isMembers(request)) return;
      nextId += 1;
      asked.set(nextId, { guest, id: request['id'] });
      running.send(JSON.stringify({ ...request, id: nextId }));
    });
  });
  const address = join(dir, `${name}.socket`);
  await new Promise<void>((done) => server.listen(address, done));
  return {
    address,
    stop: async () => {
      for (const guest of guests) guest.destroy();
      server.close();
      await running.close();
    },
  };
}
