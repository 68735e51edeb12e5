import { describe, expect, test, vi } from 'vitest';
import { OverlayError } from '../../src/overlay/overlay.ts';
import { createClient } from '../../src/overlay/veilid/client.ts';
import { createConnection, type Connection } from '../../src/overlay/veilid/connection.ts';
import { isMembers, readLine, type Update } from '../../src/overlay/veilid/protocol.ts';
import { codeOf } from './compliance.ts';
import type { Members } from './scriptedNode.ts';

const never = new AbortController().signal;
/** More than may wait at a time. */
const MANY = 300;

function connect(): {
  connection: Connection;
  sent: Members[];
  updates: Update[];
  answer: (request: Members | undefined, more: Members) => void;
} {
  const sent: Members[] = [];
  const updates: Update[] = [];
  const channel = {
    send(line: string) {
      const request: unknown = JSON.parse(line);
      if (isMembers(request)) sent.push(request);
      return true;
    },
    close: () => Promise.resolve(),
  };
  const connection = createConnection(
    () => channel,
    (update) => updates.push(update),
    () => undefined,
  );
  return {
    connection,
    sent,
    updates,
    answer(request, more) {
      connection.read(JSON.stringify({ type: 'Response', id: request?.['id'], op: request?.['op'], ...more }));
    },
  };
}

describe('requests to a node', () => {
  test('that are cancelled are forgotten: any number of them leaves room for the next, and their late answers are ignored', async () => {
    const { connection, sent, answer } = connect();
    for (let n = 0; n < MANY; n += 1) {
      const controller = new AbortController();
      const asked = connection.request('GetState', {}, controller.signal);
      controller.abort(new Error('enough'));
      await expect(asked).rejects.toThrow('enough');
    }
    const next = connection.request('Now', {}, never);
    for (const old of sent.slice(0, MANY)) answer(old, { value: 'late' });
    answer(sent[MANY], { value: 'mine' });
    expect(await next).toBe('mine');
    expect(new Set(sent.map(({ id }) => id)).size).toBe(MANY + 1);
  });

  test('that are cancelled before they begin are never sent', async () => {
    const { connection, sent } = connect();
    await expect(connection.request('Attach', {}, AbortSignal.abort(new Error('no')))).rejects.toThrow('no');
    expect(sent).toEqual([]);
  });

  test('wait in a bounded number, and are all told when the node ends', async () => {
    const { connection, sent } = connect();
    const all = Array.from({ length: MANY }, () => codeOf(connection.request('GetState', {}, never)));
    expect(sent).toHaveLength(256);
    connection.fail(new OverlayError('stopped', 'The node ended.'));
    const codes = await Promise.all(all);
    expect(codes.filter((code) => code === 'stopped')).toHaveLength(256);
    expect(codes.filter((code) => code === 'tryAgain')).toHaveLength(MANY - 256);
    expect(await codeOf(connection.request('GetState', {}, never))).toBe('stopped');
  });

  test('of which one is never answered show a node that hangs, unless something else is heard from it', () => {
    vi.useFakeTimers();
    const silences: string[] = [];
    const hang = (name: string): Connection =>
      createConnection(
        () => ({ send: () => true, close: () => Promise.resolve() }),
        () => undefined,
        () => undefined,
        () => silences.push(name),
      );
    const [hanging, busy] = [hang('hanging'), hang('busy')];
    const asked = [hanging, busy].map((connection) => codeOf(connection.request('GetState', {}, never)));
    vi.advanceTimersByTime(30_000);
    busy.read('{"type":"Update","kind":"RouteChange"}');
    expect(silences).toEqual([]);
    vi.advanceTimersByTime(30_000);
    vi.useRealTimers();
    expect(silences).toEqual(['hanging']);
    return expect(Promise.all(asked)).resolves.toEqual(['timeout', 'timeout']);
  });

  test('answered twice, or with an id nobody used, change nothing', async () => {
    const { connection, sent, answer } = connect();
    const asked = connection.request('Now', {}, never);
    answer({ id: 77, op: 'Now' }, { value: 'not mine' });
    answer(sent[0], { value: 'first' });
    answer(sent[0], { error: { kind: 'Timeout' } });
    expect(await asked).toBe('first');
  });
});

describe('the routing context', () => {
  test('is made once for all that need it at the same time', async () => {
    const { connection, sent, answer } = connect();
    const client = createClient(connection);
    const calls = [1, 2, 3].map(() => client.call('VLD0:r', Uint8Array.of(1), never));
    expect(sent.map(({ op }) => op)).toEqual(['NewRoutingContext']);
    answer(sent[0], { value: 9 });
    await expect.poll(() => sent.length).toBe(4);
    for (const request of sent.slice(1)) {
      expect(request).toMatchObject({ op: 'RoutingContext', rc_op: 'AppCall', rc_id: 9 });
      answer(request, { value: '' });
    }
    expect(await Promise.all(calls)).toEqual([new Uint8Array(), new Uint8Array(), new Uint8Array()]);
  });

  test('survives that the one who asked for it first gives up', async () => {
    const { connection, sent, answer } = connect();
    const client = createClient(connection);
    const controller = new AbortController();
    const first = client.call('VLD0:r', Uint8Array.of(1), controller.signal);
    const second = client.call('VLD0:r', Uint8Array.of(2), never);
    controller.abort(new Error('enough'));
    await expect(first).rejects.toThrow('enough');
    answer(sent[0], { value: 3 });
    await expect.poll(() => sent.length).toBe(2);
    answer(sent[1], { value: 'AQ' });
    expect(await second).toEqual(Uint8Array.of(1));
  });

  test('that the node does not know any more is made anew, and the request is repeated', async () => {
    const { connection, sent, answer } = connect();
    const calling = createClient(connection).call('VLD0:r', Uint8Array.of(1), never);
    answer(sent[0], { value: 3 });
    await expect.poll(() => sent.length).toBe(2);
    answer(sent[1], { rc_id: 3, rc_op: 'InvalidId' });
    await expect.poll(() => sent.length).toBe(3);
    expect(sent[2]).toMatchObject({ op: 'NewRoutingContext' });
    answer(sent[2], { value: 4 });
    await expect.poll(() => sent.length).toBe(4);
    expect(sent[3]).toMatchObject({ rc_op: 'AppCall', rc_id: 4 });
    answer(sent[3], { value: 'AQ' });
    expect(await calling).toEqual(Uint8Array.of(1));
  });
});

describe('what a node says is read leniently', () => {
  const update = (members: Members): unknown => {
    const line = readLine(JSON.stringify({ type: 'Update', ...members }));
    return line?.type === 'update' ? line.update : line;
  };

  test('attachments of 0.5.2 and 0.5.7, with members and states nobody has seen', () => {
    const old = {
      kind: 'Attachment',
      state: 'FullyAttached',
      public_internet_ready: true,
      local_network_ready: false,
      uptime: '1',
      attached_uptime: null,
    };
    expect(update(old)).toEqual({ kind: 'attachment', attachment: { state: 'FullyAttached', publicInternetReady: true, peers: null } });
    const odd = { kind: 'Attachment', state: 'AttachedSideways', public_internet_ready: true, live_peer_count: '12', novel: [1] };
    expect(update(odd)).toEqual({ kind: 'attachment', attachment: { state: 'AttachedSideways', publicInternetReady: true, peers: 12 } });
  });

  test('updates Sotto has no use for, unknown ones and broken ones', () => {
    for (const kind of ['Network', 'Config', 'Log', 'AppMessage', 'Novel', 7, null])
      expect(update({ kind, peers: [{ peer_address: 'x' }] })).toBeNull();
    expect(update({ kind: 'AppCall', message: 'AA' })).toBeNull();
    expect(update({ kind: 'RouteChange', dead_routes: ['VLD0:a', 4, null], dead_remote_routes: 'no' })).toEqual({
      kind: 'routeChange',
      deadRoutes: ['VLD0:a'],
      deadRemoteRoutes: [],
    });
    expect(update({ kind: 'ValueChange', key: 'VLD0:k', subkeys: [[0, 2], [5, 1], 'x', [1]], count: 4294967295, value: null })).toEqual({
      kind: 'valueChange',
      key: 'VLD0:k',
      subkeys: [[0, 2]],
      count: 4294967295,
    });
  });

  test('traffic, of our node with its sums and of a server without; the peers are left where they are', async () => {
    const { connection, sent, answer } = connect();
    const client = createClient(connection);
    const own = client.state(never);
    answer(sent[0], {
      value: { attachment: {}, network: { bps_down: '10', bps_up: '20', bytes_down: 5_000, bytes_up: 7_000, peers: [] }, config: null },
    });
    expect((await own).traffic).toEqual({ down: 10, up: 20, totalDown: 5_000, totalUp: 7_000 });
    const server = client.state(never);
    const peers = Array.from({ length: 2_000 }, (_, n) => ({ peer_address: `UDP|192.0.2.1:${n}`, node_ids: [`VLD0:${n}`] }));
    answer(sent[1], { value: { attachment: {}, network: { bps_down: '1', bps_up: '2', peers }, config: { config: { secret: 'x' } } } });
    expect((await server).traffic).toEqual({ down: 1, up: 2, totalDown: null, totalUp: null });
    const odd = client.state(never);
    answer(sent[2], { value: { attachment: {}, network: { bps_down: -1 } } });
    expect((await odd).traffic).toBeNull();
  });
});
