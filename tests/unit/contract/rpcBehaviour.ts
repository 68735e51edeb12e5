import * as v from 'valibot';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { ContractError } from '../../../src/contract/errors.ts';
import type { Port } from '../../../src/contract/port.ts';
import { connectClient, type AnyEvent, type Client } from '../../../src/contract/rpc/client.ts';
import { MAX_WAITING_BYTES, PROTOCOL_VERSION, contractId } from '../../../src/contract/rpc/frames.ts';
import { serveConnection, type ServerConnection } from '../../../src/contract/rpc/server.ts';
import type { ConnectionId, Handlers } from '../../../src/contract/table.ts';
import { handlers } from './handlers.ts';

/** Two joined ends: the core's and the page's. */
export interface Ends {
  core: Port;
  page: Port;
}

const connectionId = v.custom<ConnectionId>((value) => typeof value === 'number');
const PAGE = { buffer: 1, before: null, limit: 10 };

/** What every Port has to carry. `connect` makes a new pair and cleans up after the test. */
export function describeRpc(name: string, connect: () => Promise<Ends>): void {
  let lastId = 0;

  const serve = (core: Port, given: Partial<Handlers>): { connection: ServerConnection; errors: unknown[]; closed: () => boolean } => {
    const errors: unknown[] = [];
    let closed = false;
    const connection = serveConnection({
      id: v.parse(connectionId, ++lastId),
      port: core,
      handlers: handlers(given),
      onClose: () => {
        closed = true;
      },
      onInternalError: (_method, error) => errors.push(error),
    });
    return { connection, errors, closed: () => closed };
  };
  const open = async (given: Partial<Handlers>, wrap: (page: Port) => Port = (page) => page) => {
    const { core, page } = await connect();
    const served = serve(core, given);
    const client = connectClient(wrap(page));
    onTestFinished(() => {
      client.close();
    });
    const events: AnyEvent[] = [];
    let resyncs = 0;
    client.onEvent((event) => events.push(event));
    client.onResync(() => {
      resyncs += 1;
    });
    await client.ready;
    return { ...served, client, events, resyncs: () => resyncs };
  };
  /** The frames that come back for frames sent by hand, after a proper greeting. */
  const raw = async (frames: unknown[], count: number, given: Partial<Handlers> = {}): Promise<unknown[]> => {
    const { core, page } = await connect();
    serve(core, given);
    const received: unknown[] = [];
    page.onMessage((value) => received.push(value));
    onTestFinished(() => {
      page.close();
    });
    page.send({ t: 'hello', version: PROTOCOL_VERSION, contract: contractId });
    for (const frame of frames) page.send(frame);
    await vi.waitFor(() => {
      expect(received).toHaveLength(count + 1);
    });
    return received.slice(1);
  };
  const codeOf = async (call: Promise<unknown>): Promise<string> => {
    const error: unknown = await call.then(
      () => null,
      (reason: unknown) => reason,
    );
    return error instanceof ContractError ? error.code : 'no ContractError';
  };
  const notice = (text: string) => ({ severity: 'info', text }) as const;
  const texts = (events: AnyEvent[]): string[] => events.flatMap((event) => (event.name === 'notice' ? [event.payload.text] : []));

  describe(name, () => {
    it('carries a call and its result', async () => {
      const { client } = await open({
        'buffer.page': ({ buffer, limit }) => Promise.resolve({ messages: [], more: buffer === 1 && limit === 10 }),
      });
      expect(await client.call('buffer.page', PAGE)).toEqual({ messages: [], more: true });
    });

    it('refuses parameters that the table does not allow, before a handler sees them', async () => {
      const page = vi.fn<Handlers['buffer.page']>();
      const { client } = await open({ 'buffer.page': page });
      expect(await codeOf(client.call('buffer.page', { ...PAGE, limit: 100_000 }))).toBe('badRequest');
      expect(page).not.toHaveBeenCalled();
    });

    it.each(['nothing.here', '__proto__', 'constructor', 'toString'])('knows no method %s', async (method) => {
      const [answer] = await raw([{ t: 'call', id: 1, method, params: {} }], 1);
      expect(answer).toMatchObject({ t: 'error', id: 1, code: 'noMethod' });
    });

    it('answers nothing before a greeting in the same version', async () => {
      const { core, page } = await connect();
      serve(core, { 'app.snapshot': () => Promise.reject(new Error('reached')) });
      const received: unknown[] = [];
      page.onMessage((value) => received.push(value));
      page.send({ t: 'hello', version: PROTOCOL_VERSION, contract: 'another' });
      page.send({ t: 'call', id: 1, method: 'app.snapshot', params: {} });
      await vi.waitFor(() => {
        expect(received).toHaveLength(2);
      });
      page.close();
      expect(received[1]).toMatchObject({ t: 'error', code: 'badRequest' });
    });

    it('closes a connection that sends something that is no frame', async () => {
      const { core, page } = await connect();
      const served = serve(core, {});
      page.onMessage(() => undefined);
      page.send({ t: 'surprise' });
      await vi.waitFor(() => {
        expect(served.closed()).toBe(true);
      });
      page.close();
    });

    it('hides the text of internal errors from the page and tells the core', async () => {
      const { client, errors } = await open({ 'config.read': () => Promise.reject(new Error('secret path')) });
      const error: unknown = await client.call('config.read', {}).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'internal' });
      expect(String(error)).not.toContain('secret');
      expect(errors).toMatchObject([{ message: 'secret path' }]);
    });

    it('cancels a call: the handler is told, the caller gets "cancelled"', async () => {
      let aborted = false;
      const started = Promise.withResolvers<undefined>();
      const { client } = await open({
        'server.connect': (_params, signal) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => {
              aborted = true;
              reject(new Error('aborted'));
            });
            started.resolve(undefined);
          }),
      });
      const controller = new AbortController();
      const call = codeOf(client.call('server.connect', { server: 'libera' }, controller.signal));
      await started.promise;
      controller.abort();
      expect(await call).toBe('cancelled');
      expect(aborted).toBe(true);
    });

    it('aborts running calls when the page leaves', async () => {
      const started = Promise.withResolvers<AbortSignal>();
      const { client } = await open({
        'server.connect': (_params, signal) => {
          started.resolve(signal);
          return new Promise(() => undefined);
        },
      });
      const call = codeOf(client.call('server.connect', { server: 'libera' }));
      const signal = await started.promise;
      client.close();
      expect(await call).toBe('closed');
      await vi.waitFor(() => {
        expect(signal.aborted).toBe(true);
      });
    });

    it('delivers events in their order', async () => {
      const { connection, events, resyncs } = await open({});
      const sent = Array.from({ length: 500 }, (_, index) => `line ${index}`);
      for (const text of sent) connection.emit('notice', notice(text));
      await vi.waitFor(() => {
        expect(events).toHaveLength(sent.length);
      });
      expect(texts(events)).toEqual(sent);
      expect(resyncs()).toBe(0);
    });

    it('asks for a snapshot after a gap, and goes on', async () => {
      const { connection, events, resyncs } = await open({}, (page) => ({
        ...page,
        onMessage: (handler) => {
          page.onMessage((value) => {
            if (!v.is(v.object({ t: v.literal('event'), seq: v.literal(2) }), value)) handler(value);
          });
        },
      }));
      for (const text of ['one', 'lost', 'gap', 'four']) connection.emit('notice', notice(text));
      await vi.waitFor(() => {
        expect(texts(events)).toContain('four');
      });
      expect(resyncs()).toBe(1);
      expect(texts(events)).toEqual(['one', 'four']);
    });

    it('collapses the events of a slow page into one resync instead of keeping them all', async () => {
      const { connection, client, events, resyncs } = await open({ 'app.quit': () => Promise.resolve(null) });
      const long = 'x'.repeat(256 * 1024);
      const emitted = (4 * MAX_WAITING_BYTES) / long.length;
      // In one task, so that the page cannot read in between.
      for (let index = 0; index < emitted; index++) connection.emit('notice', notice(long));
      await client.call('app.quit', {});
      connection.emit('notice', notice('replaced by the resync'));
      connection.emit('notice', notice('after'));
      await vi.waitFor(() => {
        expect(texts(events)).toContain('after');
      });
      expect(resyncs()).toBe(1);
      expect(events.length).toBeLessThan(emitted);
      expect(texts(events)).not.toContain('replaced by the resync');
    });

    it('serves several pages at once, each with its own events and calls', async () => {
      const seen: number[] = [];
      const remember: Partial<Handlers> = {
        'app.quit': (_params, _signal, connection) => {
          seen.push(connection);
          return Promise.resolve(null);
        },
      };
      const pages = await Promise.all([open(remember), open(remember), open(remember)]);
      pages[0].connection.emit('notice', notice('only the first'));
      for (const { connection } of pages) connection.emit('notice', notice('all'));
      await Promise.all(pages.map(({ client }: { client: Client }) => client.call('app.quit', {})));
      await vi.waitFor(() => {
        expect(pages.map(({ events }) => texts(events))).toEqual([['only the first', 'all'], ['all'], ['all']]);
      });
      expect(new Set(seen).size).toBe(3);
      pages[1].client.close();
      expect(await pages[2].client.call('app.quit', {})).toBeNull();
    });
  });
}
