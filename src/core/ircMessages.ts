/** What a page asks about single lines of IRC: react, take back, say that one is writing, fetch older ones. */
import { ContractError } from '../contract/errors.ts';
import type { BufferId, MessageId } from '../contract/ids.ts';
import type { Handlers } from '../contract/table.ts';
import type { BufferView } from '../contract/views.ts';
import type { Store } from '../store/store.ts';
import type { Buffers } from './buffers.ts';
import type { Pages } from './pages.ts';
import { nickOfQuery } from './secure/mark.ts';
import type { Servers } from './servers.ts';

interface Parts {
  store: Pick<Store, 'linePoint' | 'gaps'>;
  buffers: Buffers;
  servers: Servers;
  pages: Pick<Pages, 'flush'>;
}

/** A channel or query as the server knows it. Throws `badInput` for another kind of buffer. */
export function conversationOf(buffer: BufferView): string {
  if (buffer.kind !== 'channel' && buffer.kind !== 'query')
    throw new ContractError('badInput', 'This can be done in a channel or a query only.');
  return buffer.kind === 'query' ? nickOfQuery(buffer.name) : buffer.name;
}

/** The server's id of a line. Throws `unavailable` where it has none. */
export async function msgidOf({ store, buffers }: Pick<Parts, 'store' | 'buffers'>, buffer: BufferId, message: MessageId): Promise<string> {
  buffers.flush();
  const point = await store.linePoint({ buffer, message });
  if (point?.msgid === null || point === null)
    throw new ContractError('unavailable', 'The server gave this line no id, so it cannot be referred to.');
  return point.msgid;
}

/** Tells our other clients how far a conversation of IRC was read: always by the time of a text, never by a line of Sotto's own. */
export async function tellRead(
  { store, buffers, servers }: Parts & { store: Pick<Store, 'lastLineUpTo'> },
  id: BufferId,
  upTo: MessageId,
): Promise<void> {
  const buffer = buffers.get(id);
  if (buffer?.server === undefined || buffer.server === null || buffer.kind === 'private') return;
  const line = await store.linePoint({ buffer: id, message: upTo });
  const text = line && (await store.lastLineUpTo({ buffer: id, time: line.time }));
  const point = text && (await store.linePoint({ buffer: id, message: text }));
  if (point) servers.get(buffer.server)?.read(buffer, point);
}

export function createIrcMessages(
  parts: Parts,
): Pick<Handlers, 'message.react' | 'message.redact' | 'buffer.typing' | 'buffer.olderFromServer' | 'buffer.gaps' | 'buffer.fillGap'> {
  const { store, buffers, servers, pages } = parts;
  return {
    'message.react': async ({ buffer: id, message, text, removed }) => {
      const buffer = buffers.require(id);
      const target = conversationOf(buffer);
      const msgid = await msgidOf(parts, id, message);
      servers.require(buffer.server).act({ kind: 'react', target, msgid, text, removed });
      return null;
    },
    'message.redact': async ({ buffer: id, message, reason }) => {
      const buffer = buffers.require(id);
      const target = conversationOf(buffer);
      const msgid = await msgidOf(parts, id, message);
      servers.require(buffer.server).act({ kind: 'redact', target, msgid, reason: reason === '' ? null : reason });
      return null;
    },
    'buffer.typing': ({ buffer: id, state }) => {
      const buffer = buffers.require(id);
      const server = buffer.server === null ? undefined : servers.get(buffer.server);
      // Said in passing: where it cannot be told, or must not (a private nick), it is not.
      if (server && (buffer.kind === 'channel' || buffer.kind === 'query'))
        server.tryAct({ kind: 'typing', target: conversationOf(buffer), state });
      return Promise.resolve(null);
    },
    'buffer.gaps': async ({ buffer: id }) => {
      const { server } = buffers.require(id);
      const running = server === null ? undefined : servers.get(server);
      if (running) return { gaps: await running.gaps.views(id) };
      const rows = await store.gaps(id);
      return { gaps: rows.map((row) => ({ id: row.id, after: row.after.time, before: row.before.time, fetched: null })) };
    },
    'buffer.fillGap': async ({ buffer: id, gap }, signal) => {
      const buffer = buffers.require(id);
      conversationOf(buffer);
      return servers.require(buffer.server).gaps.fill(buffer, gap, signal);
    },
    'buffer.olderFromServer': async ({ buffer: id }) => {
      const buffer = buffers.require(id);
      conversationOf(buffer);
      const result = await servers.require(buffer.server).older(buffer);
      pages.flush();
      return result;
    },
  };
}
