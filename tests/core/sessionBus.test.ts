/** What a session bus that is broken, silent or against us does to the program: nothing but an error. The bus here is dbus-native's other end. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConnection, messageType, Variant, type DBusConnection, type Message } from 'dbus-native';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { BusError, connectBus, type Bus, type Call } from '../../src/core/key/dbus/bus.ts';
import { secretService } from '../../src/core/key/secretService.ts';

const { signal } = new AbortController();
afterEach(() => {
  vi.useRealTimers();
});

interface Listening {
  env: Record<string, string>;
  sockets: Socket[];
  ended: () => boolean;
}

async function listen(onSocket: (socket: Socket) => void): Promise<Listening> {
  const directory = mkdtempSync(join(tmpdir(), 'sotto-bus-'));
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    onSocket(socket);
  });
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
    rmSync(directory, { recursive: true, force: true });
  });
  const path = join(directory, 'bus');
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    env: { DBUS_SESSION_BUS_ADDRESS: `unix:path=${path}` },
    sockets,
    ended: () => sockets.length > 0 && sockets.every((socket) => socket.destroyed),
  };
}

type Answer = { signature?: string; body?: unknown[]; type?: number; errorName?: string } | ((bus: DBusConnection, call: Message) => void);

/** A bus that greets and then answers by the call's name; null: not at all. */
async function startBus(answers: Record<string, Answer | null> = {}) {
  const calls: Message[] = [];
  const all: Record<string, Answer | null> = { Hello: { signature: 's', body: [':1.1'] }, AddMatch: {}, ...answers };
  const listening = await listen((socket) => {
    const bus = createConnection({ stream: socket, server: true });
    bus.on('error', () => undefined);
    bus.on('message', (call) => {
      calls.push(call);
      const answer = all[call.member ?? ''] ?? null;
      if (typeof answer === 'function') answer(bus, call);
      else if (answer !== null)
        bus.message({ type: messageType.methodReturn, serial: calls.length, replySerial: call.serial ?? 0, ...answer });
    });
  });
  return { ...listening, calls };
}

const greeted = async (answers: Record<string, Answer | null>) => {
  const bus = await startBus(answers);
  const connected = await connectBus(bus.env, signal);
  onTestFinished(() => {
    connected.close();
  });
  return { ...bus, bus: connected };
};
const call = (member: string, more: Partial<Call> = {}): Call => ({
  destination: 'org.example',
  path: '/',
  interface: 'org.example.Test',
  member,
  signature: '',
  body: [],
  ...more,
});

/** A message of raw bytes, little-endian: an answer to `serial` whose body has this signature. */
function raw(serial: number, signature: string, body: Uint8Array, lengths: { body?: number; fields?: number } = {}): Uint8Array {
  const types = new TextEncoder().encode(signature);
  const fields = Uint8Array.from([5, 1, 117, 0, serial, 0, 0, 0, 8, 1, 103, 0, types.length, ...types, 0]);
  const bytes = new Uint8Array(16 + Math.ceil(fields.length / 8) * 8 + body.length);
  const view = new DataView(bytes.buffer);
  bytes.set(['l'.charCodeAt(0), 2, 1, 1]);
  view.setUint32(4, lengths.body ?? body.length, true);
  view.setUint32(8, 1, true);
  view.setUint32(12, lengths.fields ?? fields.length, true);
  bytes.set(fields, 16);
  bytes.set(body, bytes.length - body.length);
  return bytes;
}
const sends =
  (bytes: (serial: number) => Uint8Array): Answer =>
  (bus, asked) =>
    void bus.stream.write(bytes(asked.serial ?? 0));

describe('before it has greeted', () => {
  const broken: [string, (socket: Socket) => void][] = [
    ['sends lines that are no greeting', (socket) => void socket.resume().write('220 mail.example ESMTP\r\n'.repeat(3))],
    ['refuses', (socket) => void socket.resume().write('REJECTED EXTERNAL\r\n')],
    ['hangs up', (socket) => void socket.resume().end()],
    [
      'sends a greeting that does not end',
      (socket) => {
        const more = (): void => {
          if (!socket.destroyed) socket.write('x'.repeat(65_536), more);
        };
        more();
      },
    ],
  ];
  test.each(broken)('a bus that %s is none', async (_, greet) => {
    const bus = await listen(greet);
    await expect(connectBus(bus.env, signal)).rejects.toMatchObject({ busName: 'none' });
    await vi.waitFor(() => {
      expect(bus.ended()).toBe(true);
    });
    expect(bus.sockets[0]?.bytesWritten).toBeLessThan(4_000_000);
  });

  test('a bus that says nothing is none after a while, and cancelled at once with its own reason', async () => {
    const bus = await listen(() => undefined);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const connecting = connectBus(bus.env, signal);
    connecting.catch(() => undefined);
    vi.advanceTimersByTime(5_000);
    await expect(connecting).rejects.toMatchObject({ busName: 'none' });
    const given = new AbortController();
    const other = connectBus(bus.env, given.signal);
    given.abort(new Error('no longer wanted'));
    await expect(other).rejects.toThrow('no longer wanted');
  });

  test('a bus that refuses or ignores the first call gives its reason, and throws nothing where nobody can catch', async () => {
    const refusing = await startBus({ Hello: { type: messageType.error, errorName: 'org.freedesktop.DBus.Error.LimitsExceeded' } });
    await expect(connectBus(refusing.env, signal)).rejects.toMatchObject({ busName: 'org.freedesktop.DBus.Error.LimitsExceeded' });
    const silent = await startBus({ Hello: null });
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const connecting = connectBus(silent.env, signal);
    connecting.catch(() => undefined);
    while (silent.calls.length === 0) await new Promise((resolve) => setImmediate(resolve));
    vi.advanceTimersByTime(25_000);
    await expect(connecting).rejects.toMatchObject({ busName: 'closed' });
  });

  test('the next address is tried where the first has no bus', async () => {
    const bus = await startBus();
    const both = `unix:path=/nonexistent/bus;${bus.env['DBUS_SESSION_BUS_ADDRESS'] ?? ''},guid=00`;
    (await connectBus({ DBUS_SESSION_BUS_ADDRESS: both }, signal)).close();
    expect(bus.calls.map((asked) => asked.member)).toEqual(['Hello']);
  });
});

describe('an answer that is none ends the connection and what waits, and harms nothing else:', () => {
  const zeros = (length: number): Uint8Array => new Uint8Array(length);
  const deep = Uint8Array.from({ length: 900_000 }, (_, at) => [1, 'v'.charCodeAt(0), 0][at % 3] ?? 0);
  const hostile: [string, Answer][] = [
    ['random bytes', sends(() => crypto.getRandomValues(new Uint8Array(4_096)))],
    ['a body of 100 MB', sends((serial) => raw(serial, 's', zeros(64), { body: 100_000_000 }))],
    ['a header of 4 GB', sends((serial) => raw(serial, 's', zeros(64), { fields: 0xffff_fff0 }))],
    ['a text longer than its message', sends((serial) => raw(serial, 's', Uint8Array.from([255, 255, 255, 127, 65, 0])))],
    ['an array longer than its message', sends((serial) => raw(serial, 'au', Uint8Array.from([0, 1, 0, 0, 1, 0, 0, 0])))],
    ['a type that does not exist', sends((serial) => raw(serial, 'Z', zeros(8)))],
    ['an array of structs without fields', sends((serial) => raw(serial, 'a()', Uint8Array.from([8, 0, 0, 0, ...zeros(12)])))],
    [
      'an array of dictionaries’ entries without fields',
      sends((serial) => raw(serial, 'a{}', Uint8Array.from([8, 0, 0, 0, ...zeros(12)]))),
    ],
    ['300,000 variants in each other', sends((serial) => raw(serial, 'v', deep))],
    [
      'half an answer and the end',
      (bus, asked) => void bus.stream.end(raw(asked.serial ?? 0, 's', Uint8Array.from([40, ...zeros(50)])).subarray(0, 50)),
    ],
  ];
  test.each(hostile)('%s', async (_, answer) => {
    const { bus, ended } = await greeted({ First: null, Second: answer });
    const limited = AbortSignal.timeout(10_000);
    const first = bus.call(call('First'), limited);
    first.catch(() => undefined);
    await expect(bus.call(call('Second'), limited)).rejects.toMatchObject({ busName: 'closed' });
    await expect(first).rejects.toMatchObject({ busName: 'closed' });
    await expect(bus.call(call('Third'), limited)).rejects.toMatchObject({ busName: 'closed' });
    await vi.waitFor(() => {
      expect(ended()).toBe(true);
    });
  });

  test('calls without end by one that takes no answers', async () => {
    const { bus, ended } = await greeted({
      Flood: (other) => {
        const { stream } = other;
        const asked: Message = {
          type: messageType.methodCall,
          serial: 7,
          path: '/',
          interface: 'a.b',
          member: 'x'.repeat(200),
          sender: ':1.9',
        };
        stream.pause();
        stream.removeAllListeners('readable');
        const more = (): void => {
          if (stream.destroyed) return;
          for (let count = 0; count < 100; count += 1) other.message(asked);
          setImmediate(more);
        };
        more();
      },
    });
    await expect(bus.call(call('Flood'), AbortSignal.timeout(10_000))).rejects.toMatchObject({ busName: 'closed' });
    // The other end has not read: it learns of it by its writing.
    await vi.waitFor(() => {
      expect(ended()).toBe(true);
    });
  });
});

/** The same numbers each time (a linear congruential generator). */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

test('answers whose bytes were changed at random end as values or as an error, and never without either', async () => {
  const next = numbers(7);
  const letters = new TextEncoder().encode('(){}avsoybnqiuxtdgh\0\u0001\u007f');
  const body = [[['k', new Variant('a{ss}', [['a', 'b']])]], ['/p', Uint8Array.of(1), [[1, 2]]], new Variant('(sav)', ['x', []])];
  const { env } = await startBus({
    Ask: (other, asked) => {
      const write = other.stream.write.bind(other.stream);
      const once = vi.spyOn(other.stream, 'write').mockImplementationOnce((chunk: unknown) => {
        if (!(chunk instanceof Uint8Array)) throw new Error('no bytes');
        const changed = chunk.slice();
        for (let count = 0; count <= next(4); count += 1) changed[16 + next(changed.length - 16)] = letters[next(letters.length)] ?? 0;
        return write(changed);
      });
      const answer = { type: messageType.methodReturn, serial: 9, replySerial: asked.serial ?? 0 };
      other.message({ ...answer, signature: 'a{sv}(oaya(ii))v', body });
      once.mockRestore();
      other.message(answer);
    },
  });
  const ends = new Set<string>();
  for (let count = 0; count < 300; count += 1) {
    const bus = await connectBus(env, signal);
    const end = await bus.call(call('Ask'), AbortSignal.timeout(10_000)).then(
      () => 'values',
      (error: unknown) => (error instanceof BusError ? error.busName : 'another error'),
    );
    ends.add(end);
    bus.close();
  }
  expect([...ends].sort()).toEqual(['closed', 'values']);
});

test('an answer to a call that was never made, by whatever name, is nothing to us', async () => {
  const { bus } = await greeted({
    Ask: (other, asked) => {
      const answer = { type: messageType.methodReturn, serial: 9, signature: 's', body: ['wrong'] };
      other.message({ ...answer, replySerial: 4_000 });
      other.message({ ...answer, replySerial: asked.serial ?? 0, body: ['right'] });
      other.message({ ...answer, replySerial: asked.serial ?? 0, body: ['late'] });
    },
  });
  expect(await bus.call(call('Ask'), signal)).toEqual(['right']);
  expect(await bus.call(call('Ask'), signal)).toEqual(['right']);
});

test('values keep their types both ways, bytes are bytes, and a dictionary’s odd keys stay keys', async () => {
  const { bus, calls } = await greeted({
    Get: {
      signature: 'aya{sv}(oub)dt',
      body: [Uint8Array.of(1, 2), [['__proto__', new Variant('as', ['x'])]], ['/a', 7, true], 0.5, 9n],
    },
  });
  const sent: Call['body'] = [[['k', { signature: 'a{ss}', value: [['a', 'b']] }]], Uint8Array.of(5), ['/p', '']];
  expect(await bus.call(call('Get', { signature: 'a{sv}ay(os)', body: sent }), signal)).toEqual([
    Uint8Array.of(1, 2),
    [['__proto__', { signature: 'as', value: ['x'] }]],
    ['/a', 7, true],
    0.5,
    9,
  ]);
  expect(calls.at(-1)?.body).toEqual([{ k: { a: 'b' } }, Buffer.of(5), ['/p', '']]);
});

test('a call can be cancelled, is not waited for for ever, and what cannot be sent is refused without its text', async () => {
  const { bus } = await greeted({ Silent: null, Get: { signature: 's', body: ['still here'] } });
  const given = new AbortController();
  const cancelled = bus.call(call('Silent'), given.signal);
  given.abort(new Error('no longer wanted'));
  await expect(cancelled).rejects.toThrow('no longer wanted');
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const silent = bus.call(call('Silent'), signal);
  silent.catch(() => undefined);
  vi.advanceTimersByTime(25_000);
  await expect(silent).rejects.toMatchObject({ busName: 'closed' });
  await expect(bus.call(call('Get', { signature: 'u', body: ['my secret'] }), signal)).rejects.toSatisfy(
    (error: unknown) => error instanceof Error && !`${error.message}${String(error.cause)}`.includes('secret'),
  );
  expect(await bus.call(call('Get'), signal)).toEqual(['still here']);
});

test('at most 64 calls wait', async () => {
  const { bus } = await greeted({ Silent: null });
  const waiting = Array.from({ length: 64 }, () => bus.call(call('Silent'), signal));
  for (const one of waiting) one.catch(() => undefined);
  await expect(bus.call(call('Silent'), AbortSignal.timeout(10_000))).rejects.toMatchObject({ busName: 'closed' });
  bus.close();
  for (const one of waiting) await expect(one).rejects.toMatchObject({ busName: 'closed' });
});

test('signals reach who listens until they stop, and one without a sender or path does not', async () => {
  const { bus } = await greeted({
    Tell: (other, asked) => {
      const told = { type: messageType.signal, serial: 3, interface: 'a.b', member: 'C', signature: 'u', body: [1] };
      other.message(told);
      other.message({ ...told, sender: ':1.5', path: '/x' });
      other.message({ type: messageType.methodReturn, serial: 4, replySerial: asked.serial ?? 0 });
    },
  });
  const heard: Parameters<Parameters<Bus['onSignal']>[0]>[0][] = [];
  const end = bus.onSignal((told) => heard.push(told));
  await bus.call(call('Tell'), signal);
  end();
  await bus.call(call('Tell'), signal);
  expect(heard).toEqual([{ sender: ':1.5', path: '/x', interface: 'a.b', member: 'C', body: [1] }]);
});

describe('a keyring that lies', () => {
  const lies: [string, Record<string, Answer>][] = [
    ['gives a number for a path', { ReadAlias: { signature: 'u', body: [1] } }],
    ['gives a path that is none', { ReadAlias: { signature: 's', body: ['/not a path'] } }],
    ['gives nothing', { ReadAlias: {} }],
  ];
  test.each(lies)('and %s is told as lying', async (_, answers) => {
    const { env } = await startBus(answers);
    await expect(secretService({ env }).wrap(Uint8Array.of(1), signal)).rejects.toMatchObject({ code: 'lying' });
  });

  test('the path of a dialog that would say more in the rule for its signals is told as lying, and no rule is made of it', async () => {
    const { env, calls } = await startBus({
      ReadAlias: { signature: 'o', body: ['/c'] },
      Get: { signature: 'v', body: [new Variant('b', true)] },
      Unlock: { signature: 'aos', body: [[], "/prompt',member='Other"] },
    });
    await expect(secretService({ env }).wrap(Uint8Array.of(1), signal)).rejects.toMatchObject({ code: 'lying' });
    expect(calls.map((asked) => asked.member)).not.toContain('AddMatch');
  });

  test('a dialog that nobody wants any more is dismissed', async () => {
    const given = new AbortController();
    const { env, calls } = await startBus({
      ReadAlias: { signature: 'o', body: ['/c'] },
      Get: { signature: 'v', body: [new Variant('b', true)] },
      Unlock: { signature: 'aoo', body: [[], '/prompt'] },
      Prompt: (bus, asked) => {
        bus.message({ type: messageType.methodReturn, serial: 50, replySerial: asked.serial ?? 0 });
      },
    });
    const wrapping = secretService({ env }).wrap(Uint8Array.of(1), given.signal);
    wrapping.catch(() => undefined);
    await vi.waitFor(() => {
      expect(calls.at(-1)?.member).toBe('Prompt');
    });
    given.abort(new Error('no longer wanted'));
    await expect(wrapping).rejects.toThrow('no longer wanted');
    await vi.waitFor(() => {
      expect(calls.at(-1)).toMatchObject({ member: 'Dismiss', path: '/prompt' });
    });
  });
});
