/** What Sotto says to a real node and hears from it, held against the schema that the Veilid library itself prints. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Channel, ChannelHandlers } from '../../src/overlay/veilid/channel.ts';
import { createClient, type NodeClient } from '../../src/overlay/veilid/client.ts';
import { createConnection, type Connection } from '../../src/overlay/veilid/connection.ts';
import { processChannel } from '../../src/overlay/veilid/node.ts';
import { isMembers, type Update } from '../../src/overlay/veilid/protocol.ts';
import { OverlayError } from '../../src/overlay/overlay.ts';
import { codeOf } from '../overlay/compliance.ts';
import { problems } from '../overlay/jsonSchema.ts';
import type { Members } from '../overlay/scriptedNode.ts';
import { labBinary, startLab, type Lab } from '../support/veilid/lab.ts';

const PASSWORD = 'a-device-password-nobody-may-read';
const never = new AbortController().signal;
const dir = mkdtempSync(join(tmpdir(), 'sotto-api-'));
let lab: Lab;

const schema = (name: string): unknown =>
  JSON.parse(execFileSync(labBinary(), ['--schema', name], { encoding: 'utf8', maxBuffer: 4 * 1024 * 1024 }));

interface Heard {
  client: NodeClient;
  connection: Connection;
  sent: Members[];
  received: Members[];
  updates: Update[];
  log: () => string[];
  stop(): Promise<void>;
}

/** A client on a real node, with everything that goes over the pipe but the configuration. */
async function listenIn(index: number, { binary = labBinary(), verbose = false } = {}): Promise<Heard> {
  const { command, networkOverrides } = lab.app(index);
  const [sent, received, updates]: [Members[], Members[], Update[]] = [[], [], []];
  let channel: Channel | null = null;
  const keep = (line: string, into: Members[]): void => {
    const value: unknown = JSON.parse(line);
    if (isMembers(value)) into.push(value);
  };
  const listening = (): Channel | null =>
    channel === null
      ? null
      : {
          send(line) {
            keep(line, sent);
            return channel?.send(line) ?? false;
          },
          close: () => Promise.resolve(),
        };
  const connection = createConnection(
    listening,
    (update) => updates.push(update),
    () => undefined,
  );
  const { open, ring } = processChannel(
    {
      kind: 'process',
      binary,
      command: verbose
        ? (program, args) => {
            const [first, rest] = command(program, args);
            return ['env', ['RUST_LOG=info', first, ...rest]];
          }
        : command,
      configDirectory: join(dir, `api${index}`),
      storageDirectory: join(dir, `api${index}`, 'veilid'),
      namespace: '',
      devicePassword: PASSWORD,
      networkOverrides,
    },
    () => undefined,
  );
  const handlers: ChannelHandlers = {
    onLine(line) {
      keep(line, received);
      connection.read(line);
    },
    onClose(reason) {
      connection.fail(new OverlayError('stopped', reason));
    },
  };
  channel = await open(handlers, never);
  const opened = channel;
  const client = createClient(connection);
  await client.attach(never);
  await expect.poll(async () => (await client.attachment(never)).publicInternetReady, { timeout: 60_000, interval: 500 }).toBe(true);
  return { client, connection, sent, received, updates, log: () => ring.lines(), stop: () => opened.close() };
}

/** Everything Sotto ever asks of a node, once. `other` is somebody else's node. */
async function askEverything({ client, connection, updates }: Heard, other: Heard): Promise<{ secrets: string[] }> {
  const route = await again(() => client.newRoute(never));
  const imported = await other.client.importRoute(route.blob, never);
  const calling = again(() => other.client.call(imported, Uint8Array.of(1, 2), never));
  const answered = (async () => {
    await expect.poll(() => updates.some(({ kind }) => kind === 'call'), { timeout: 30_000 }).toBe(true);
    for (const update of updates) if (update.kind === 'call') await client.reply(update.callId, Uint8Array.of(3), never);
  })();
  expect(await calling).toEqual(Uint8Array.of(3));
  await answered;

  const record = await client.createRecord(16, never);
  await again(() => client.setValue(record.key, 0, Uint8Array.of(5), record.writer, never));
  await other.client.openRecord(record.key, null, never);
  expect((await again(() => other.client.getValue(record.key, 0, 'network', never)))?.bytes).toEqual(Uint8Array.of(5));
  await other.client.watchRecord(record.key, never);
  // a watch is registered some seconds after its answer: write until it tells
  await expect
    .poll(
      async () => {
        await client.setValue(record.key, 0, Uint8Array.of(Math.floor(Math.random() * 256), 6), record.writer, never);
        return other.updates.some(({ kind }) => kind === 'valueChange');
      },
      { timeout: 60_000, interval: 1_500 },
    )
    .toBe(true);
  await client.inspect(record.key, 'Local', null, never);
  await client.inspect(record.key, 'UpdateGet', [0, 0], never);
  await other.client.cancelWatch(record.key, never);
  await other.client.closeRecord(record.key, never);
  await client.closeRecord(record.key, never);
  await client.deleteRecord(record.key, never);
  await client.state(never);
  await client.libraryVersion(never);
  await client.releaseRoute(route.id, never);
  await expect.poll(() => updates.some(({ kind }) => kind === 'routeChange'), { timeout: 30_000 }).toBe(true);
  // refusals are answers too
  expect(await codeOf(client.importRoute(new Uint8Array(300), never))).toBe('badAddress');
  await expect(connection.request('RoutingContext', { rc_id: 4_000, rc_op: 'CloseDhtRecord', key: record.key }, never)).rejects.toThrow();
  return {
    secrets: [
      ...record.key.split(':').slice(1),
      record.writer.split(':')[2] ?? '',
      Buffer.from(route.blob).toString('base64url'),
      route.id.slice(5),
    ],
  };
}
async function again<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (tries === 12 || !(error instanceof OverlayError)) throw error;
    }
  }
}

beforeAll(async () => {
  lab = await startLab({ dir, binary: labBinary(), infra: 5 });
});
afterAll(async () => {
  await lab.stop();
  rmSync(dir, { recursive: true });
});

const requestName = ({ op, rc_op: inner }: Members): string => (typeof inner === 'string' ? inner : String(op));

describe('the remote API', () => {
  test('is spoken as the library publishes it: every request we make, and every answer and update a node gives', async () => {
    const [heard, other] = await Promise.all([listenIn(0, { verbose: true }), listenIn(1)]);
    const { secrets } = await askEverything(heard, other).finally(() => Promise.all([heard.stop(), other.stop()]));
    const [asked, told] = [schema('Request'), schema('RecvMessage')];
    for (const request of [...heard.sent, ...other.sent]) expect([request, problems(asked, request)]).toEqual([request, []]);
    expect([...new Set([...heard.sent, ...other.sent].map(requestName))].sort()).toEqual([
      'AppCall',
      'AppCallReply',
      'Attach',
      'CancelDhtWatch',
      'CloseDhtRecord',
      'CreateDhtRecord',
      'DeleteDhtRecord',
      'GetDhtValue',
      'GetState',
      'ImportRemotePrivateRoute',
      'InspectDhtRecord',
      'NewPrivateRoute',
      'NewRoutingContext',
      'OpenDhtRecord',
      'ReleasePrivateRoute',
      'SetDhtValue',
      'VeilidVersionString',
      'WatchDhtValues',
    ]);
    const kinds = new Set<unknown>();
    for (const message of [...heard.received, ...other.received]) {
      if (message['type'] === 'Update') kinds.add(message['kind']);
      const { value } = message;
      if (message['op'] === 'GetState' && isMembers(value)) {
        // our node leaves the configuration out and adds sums: the members that remain are the library's
        expect(problems(told, value['attachment'], '#/$defs/VeilidStateAttachment')).toEqual([]);
        expect(problems(told, value['network'], '#/$defs/VeilidStateNetwork')).toEqual([]);
        continue;
      }
      expect([message, problems(told, message)]).toEqual([message, []]);
    }
    expect([...kinds]).toEqual(expect.arrayContaining(['AppCall', 'Attachment', 'RouteChange', 'ValueChange']));

    // the schema does tell right from wrong
    expect(problems(asked, { id: 1, op: 'NoSuchOp' })).not.toEqual([]);
    expect(problems(asked, { id: 1, op: 'ImportRemotePrivateRoute' })).not.toEqual([]);
    expect(
      problems(asked, { id: 1, op: 'RoutingContext', rc_id: 1, rc_op: 'GetDhtValue', key: 'x', subkey: 'zero', force_refresh: true }),
    ).not.toEqual([]);
    expect(problems(told, { type: 'Response', id: 1, op: 'NewPrivateRoute', value: { route_id: 5 } })).not.toEqual([]);

    // what the node logs at its most talkative that anybody would switch on
    const log = heard.log();
    expect(log.length).toBeGreaterThan(0);
    expect(secrets).toHaveLength(5);
    for (const line of log) {
      for (const secret of [...secrets, PASSWORD]) {
        expect(line).not.toContain(secret);
        expect(line).not.toContain(secret.slice(0, 20));
      }
      expect(line).not.toMatch(/192\.31\.196|2620:4f/);
    }
  });

  test('bounds the caches of the node, and a new binary keeps who the node is', async () => {
    const first = await listenIn(2);
    const nodeIds = async ({ connection }: Heard): Promise<unknown> => {
      const state = await connection.request('GetState', {}, never);
      return isMembers(state) && isMembers(state['network']) ? state['network']['node_ids'] : null;
    };
    const before = await nodeIds(first);
    expect(before).toMatchObject([expect.stringMatching(/^VLD0:/) as string]);
    const limits: unknown = JSON.parse(String(await first.connection.request('Debug', { command: 'config network.dht' }, never)));
    // the library's own default is 1/32 of the memory for each
    expect(limits).toMatchObject({ local_max_subkey_cache_memory_mb: 16, remote_max_subkey_cache_memory_mb: 16 });
    await first.stop();

    const newer = join(dir, 'veilid-node-newer');
    copyFileSync(labBinary(), newer);
    const second = await listenIn(2, { binary: newer });
    expect(await nodeIds(second)).toEqual(before);
    await second.stop();
  });
});
