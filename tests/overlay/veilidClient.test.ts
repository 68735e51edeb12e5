import { afterEach, describe, expect, test } from 'vitest';
import type { Overlay } from '../../src/overlay/overlay.ts';
import { MAX_LINE_CHARACTERS } from '../../src/overlay/veilid/channel.ts';
import { codeOf, twoAddresses, until } from './compliance.ts';
import { blob, routeId, scriptNode, text, type ScriptedNode } from './scriptedNode.ts';

const never = new AbortController().signal;
const started: Overlay[] = [];

async function start(prepare: (node: ScriptedNode) => void = () => undefined): Promise<ScriptedNode> {
  const node = scriptNode();
  prepare(node);
  started.push(node.overlay);
  await node.overlay.start(never);
  await twoAddresses(node.overlay);
  return node;
}
const count = (node: ScriptedNode, op: string): number => node.requests.filter((request) => request['op'] === op).length;
const texts = (overlay: Overlay): string[] => overlay.addresses().map((address) => address.text);

afterEach(async () => {
  await Promise.all(started.splice(0).map((overlay) => overlay.stop()));
});

describe('the client of a Veilid node', () => {
  test('skips noise between the lines and takes the answer that follows', async () => {
    const node = await start((script) => {
      script.on('AppCall', ({ id }) => ({
        lines: [
          'UDPv4 bind: Ok(0.0.0.0:5150)',
          '{"type":',
          '[]',
          'null',
          '{"type":"Response"}',
          JSON.stringify({ type: 'Response', id, value: text(Uint8Array.of(1, 2)) }),
        ],
      }));
    });
    expect(await node.overlay.send(blob(50), new Uint8Array(3), never)).toEqual(Uint8Array.of(1, 2));
  });

  test('ignores the late answer to a cancelled request and keeps the next one apart', async () => {
    const node = await start((script) => {
      script.on('AppCall', () => null);
    });
    const controller = new AbortController();
    const first = node.overlay.send(blob(50), new Uint8Array(3), controller.signal);
    const asked = (): number => node.requests.filter((request) => request['rc_op'] === 'AppCall').length;
    await expect.poll(asked).toBe(1);
    controller.abort(new Error('enough'));
    await expect(first).rejects.toThrow('enough');
    const late = node.requests.find((request) => request['rc_op'] === 'AppCall')?.['id'];
    node.on('AppCall', ({ id }) => ({
      lines: [
        JSON.stringify({ type: 'Response', id: late, value: text(Uint8Array.of(9)) }),
        JSON.stringify({ type: 'Response', id, value: text(Uint8Array.of(1)) }),
      ],
    }));
    expect(await node.overlay.send(blob(50), new Uint8Array(3), never)).toEqual(Uint8Array.of(1));
  });

  test.each([
    ['Timeout', undefined, 'timeout'],
    ['NoConnection', 'could not get remote private route', 'unreachable'],
    ['InvalidTarget', 'gone', 'unreachable'],
    ['TryAgain', 'no network class', 'tryAgain'],
    ['Internal', 'AppCallQ message too long to set', 'tooLarge'],
    ['SomethingNew', 'x', 'unreachable'],
  ])('a refusal of kind %s (%s) is told as %s', async (kind, message, code) => {
    const node = await start((script) => {
      script.on('AppCall', () => ({ error: { kind, ...(message === undefined ? {} : { message }) } }));
    });
    expect(await codeOf(node.overlay.send(blob(50), new Uint8Array(3), never))).toBe(code);
  });

  test('imports before every send, and a blob that cannot be imported is a bad address', async () => {
    const node = await start((script) => {
      script.on('AppCall', () => ({ value: '' }));
    });
    await node.overlay.send(blob(50), new Uint8Array(3), never);
    await node.overlay.send(blob(50), new Uint8Array(3), never);
    expect(count(node, 'ImportRemotePrivateRoute')).toBe(2);
    node.on('ImportRemotePrivateRoute', () => ({ error: { kind: 'Generic', message: 'not a route' } }));
    expect(await codeOf(node.overlay.send(blob(50), new Uint8Array(3), never))).toBe('badAddress');
  });

  test('never sends to its own address', async () => {
    const node = await start();
    expect(await codeOf(node.overlay.send((await twoAddresses(node.overlay)).bytes, new Uint8Array(1), never))).toBe('badAddress');
    expect(count(node, 'ImportRemotePrivateRoute')).toBe(0);
  });

  test('is ready by public_internet_ready alone', async () => {
    const node = scriptNode();
    started.push(node.overlay);
    node.on('GetState', () => ({ value: { attachment: { state: 'AttachedFull', public_internet_ready: false } } }));
    await node.overlay.start(never);
    await expect.poll(() => count(node, 'GetState')).toBe(1);
    await expect.poll(() => node.overlay.state().phase).toBe('attaching');
    expect(await codeOf(node.overlay.send(blob(50), new Uint8Array(1), never))).toBe('tryAgain');
    node.say({ type: 'Update', kind: 'Attachment', state: 'AttachedWeak', public_internet_ready: true, live_peer_count: '3' });
    expect(node.overlay.state()).toMatchObject({ phase: 'ready', peers: 3 });
    await twoAddresses(node.overlay);
  });

  test('answers calls on its own routes only, and never a call to the node itself', async () => {
    const node = await start();
    const at: string[] = [];
    node.overlay.onDatagram((_bytes, own) => {
      at.push(text(own));
      return Promise.resolve(Uint8Array.of(5));
    });
    const call = (call_id: string, route_id: string | null): void => {
      node.say({ type: 'Update', kind: 'AppCall', sender: null, route_id, message: 'AQI', call_id });
    };
    call('18446744073709551615', null);
    call('18446744073709551614', routeId(77));
    call('18446744073709551613', routeId(2));
    await expect.poll(() => count(node, 'AppCallReply')).toBe(1);
    expect(node.requests.find((request) => request['op'] === 'AppCallReply')).toMatchObject({
      call_id: '18446744073709551613',
      message: 'BQ',
    });
    expect(at).toEqual([text(blob(2))]);
  });

  test('a dead route is replaced by the spare at once, and a new spare is made', async () => {
    const node = await start();
    await expect.poll(() => count(node, 'NewPrivateRoute')).toBe(3);
    const [kept, dead] = texts(node.overlay);
    expect(dead).toBe(text(blob(1)));
    node.on('NewPrivateRoute', () => null);
    node.say({ type: 'Update', kind: 'RouteChange', dead_routes: [routeId(1)], dead_remote_routes: [] });
    await until(
      () => texts(node.overlay).length === 2 && !texts(node.overlay).includes(text(blob(1))),
      (handler) => node.overlay.onAddresses(handler),
    );
    expect(texts(node.overlay)).toEqual([text(blob(3)), kept]);
    await expect.poll(() => count(node, 'NewPrivateRoute')).toBe(4);
  });

  test('takes another route when two would enter at the same hop', async () => {
    let made = 0;
    const node = await start((script) => {
      script.on('NewPrivateRoute', () => {
        made += 1;
        const bytes = made === 2 ? blob(1).with(3, 0) : blob(made);
        return { value: { route_id: routeId(made), blob: text(bytes) } };
      });
    });
    expect(texts(node.overlay)).toEqual([text(blob(3)), text(blob(1))]);
    expect(node.requests.find((request) => request['op'] === 'ReleasePrivateRoute')).toMatchObject({ route_id: routeId(2) });
  });

  test('starts the node again when it ends, and what was waiting is told to try again', async () => {
    const node = await start((script) => {
      script.on('AppCall', () => null);
    });
    const sending = codeOf(node.overlay.send(blob(50), new Uint8Array(3), never));
    await expect.poll(() => node.requests.some((request) => request['rc_op'] === 'AppCall')).toBe(true);
    node.hangUp();
    expect(await sending).toBe('tryAgain');
    await expect.poll(() => node.overlay.state().phase).toBe('degraded');
    await expect.poll(() => node.overlay.state().phase, { timeout: 10_000 }).toBe('ready');
    expect(node.opened()).toBe(2);
  });

  test('a write that met a newer value is repeated until it is stored', async () => {
    let writes = 0;
    const key = `VLD0:${'k'.repeat(43)}:${'e'.repeat(43)}`;
    const node = await start((script) => {
      script.on('SetDhtValue', () => {
        writes += 1;
        return { value: writes === 1 ? { seq: 4, data: 'AA', writer: 'VLD0:x' } : null };
      });
      script.on('GetDhtValue', () => ({ value: { seq: 5, data: 'AQ', writer: 'VLD0:x' } }));
    });
    const record = { key, writer: `VLD0:${'p'.repeat(43)}:${'s'.repeat(43)}` };
    await node.overlay.records?.publish(record, 0, Uint8Array.of(1), never);
    expect(writes).toBe(2);
    node.on('SetDhtValue', () => ({ value: { seq: 4, data: 'AA', writer: 'VLD0:x' } }));
    expect(await codeOf(node.overlay.records?.publish(record, 0, Uint8Array.of(1), never) ?? Promise.resolve())).toBe('tryAgain');
  });

  test('a key that is no record key never reaches the node', async () => {
    const node = await start();
    expect(await codeOf(node.overlay.records?.resolve('VLD0:short"}', 0, never) ?? Promise.resolve())).toBe('badAddress');
    expect(node.requests.some((request) => request['rc_op'] === 'OpenDhtRecord')).toBe(false);
  });

  test('a line that is too long is dropped and the next one counts', async () => {
    const { createLineReader } = await import('../../src/overlay/veilid/channel.ts');
    const lines: string[] = [];
    const read = createLineReader((line) => {
      lines.push(line);
    });
    for (let sent = 0; sent <= MAX_LINE_CHARACTERS; sent += 65_536) read('x'.repeat(65_536));
    read('x\nsho');
    read('rt\n\n');
    expect(lines).toEqual(['short']);
  });
});
