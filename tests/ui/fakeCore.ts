/** An in-page core: it answers the contract over a real MessageChannel, with the contract's own RPC at both ends. */
import { ContractError } from '../../src/contract/errors.ts';
import type { Port } from '../../src/contract/port.ts';
import { serveConnection, type ServerConnection } from '../../src/contract/rpc/server.ts';
import type { CallName, ConnectionId, EventName, Events, Handlers } from '../../src/contract/table.ts';
import type { KeyView } from '../../src/contract/key.ts';
import type { BufferId } from '../../src/contract/ids.ts';
import type { Message } from '../../src/contract/message.ts';
import type { Member } from '../../src/contract/chat.ts';
import type { Snapshot } from '../../src/contract/views.ts';
import * as v from 'valibot';

export interface FakeCore {
  snapshot: Snapshot;
  messages: Map<BufferId, Message[]>;
  members: Map<BufferId, Member[]>;
  /** Every call in order, with what it carried. */
  calls: { method: CallName; params: unknown }[];
  /** Replace single handlers to inject what a test is about. */
  handlers: Handlers;
  open: (signal: AbortSignal) => Promise<Port>;
  emit<N extends EventName>(name: N, payload: Events[N]): void;
  /** The page misses events, as a page that was too slow does. */
  loseEvents(): void;
  /** The core goes away; `open` fails until `back`. */
  drop(): void;
  back(): void;
}

export function messagePort(port: MessagePort): Port {
  let closed: () => void = () => undefined;
  port.addEventListener('close', () => {
    closed();
  });
  return {
    send: (value) => {
      port.postMessage(value);
    },
    onMessage: (handler) => {
      port.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
        handler(data);
      });
      port.start();
    },
    onClose: (handler) => {
      closed = handler;
    },
    close: () => {
      port.close();
      const told = closed;
      closed = () => undefined;
      told();
    },
    waiting: () => 0,
  };
}

const connectionId = v.pipe(
  v.number(),
  v.custom<ConnectionId>((value) => typeof value === 'number'),
);

/** A new profile's key on a desktop with a keyring. */
export const openKey = (more: Partial<KeyView> = {}): KeyView => ({
  state: 'open',
  reason: '',
  plain: true,
  passphrase: false,
  recovery: false,
  keyring: null,
  offered: 'Secret Service',
  retryAt: null,
  triesLeft: null,
  ...more,
});

const none = { focus: null, copy: null, note: null };

export function createFakeCore(snapshot: Snapshot): FakeCore {
  const connections = new Set<ServerConnection>();
  const ports = new Set<MessagePort>();
  let reachable = true;
  let nextConnection = 1;

  const core: FakeCore = {
    snapshot,
    messages: new Map(),
    members: new Map(),
    calls: [],
    handlers: {
      'app.snapshot': () => Promise.resolve(core.snapshot),
      'app.quit': () => Promise.resolve(null),
      'app.newPageToken': () => Promise.resolve({ token: 'unused' }),
      'app.link': ({ text }) => Promise.resolve({ kind: 'connect', text }),
      'app.openLink': () => Promise.resolve({ pages: 1 }),
      'app.resumed': () => Promise.resolve(null),
      'app.log': () => Promise.resolve({ text: '2026-11-21T12:00:00.000Z store: the disk is full\n' }),
      'app.sound': () => Promise.reject(new ContractError('notFound', 'No notification has this sound.')),
      'app.show': () => Promise.resolve(null),
      'app.focused': () => Promise.resolve(null),
      'key.view': () => Promise.resolve(openKey()),
      'key.unlock': () => Promise.resolve(null),
      'key.setPassphrase': () => Promise.resolve(null),
      'key.setKeyring': () => Promise.resolve({ recovery: null }),
      'key.recovery': () => Promise.resolve({ text: 'ABCD-EFGH' }),
      'key.setPlain': () => Promise.resolve(null),
      'app.welcome': () => Promise.resolve(null),
      'buffers.show': () => Promise.resolve(null),
      'buffer.page': ({ buffer, before, limit }) => {
        const all = core.messages.get(buffer) ?? [];
        const until = before === null ? all.length : all.findIndex(({ id }) => id === before.id);
        const from = Math.max(0, until - limit);
        return Promise.resolve({ messages: all.slice(from, until), more: from > 0 });
      },
      'buffer.members': ({ buffer }) => Promise.resolve({ members: core.members.get(buffer) ?? [] }),
      'buffer.input': () => Promise.resolve(none),
      'buffer.read': () => Promise.resolve(null),
      'buffer.draft': () => Promise.resolve(null),
      'buffer.close': ({ buffer }) => {
        core.emit('bufferClosed', { id: buffer });
        return Promise.resolve(null);
      },
      'buffer.query': () => Promise.reject(new ContractError('notFound', 'Nobody has this nick.')),
      'buffer.typing': () => Promise.resolve(null),
      'buffer.olderFromServer': () => Promise.resolve({ lines: 0, ended: true }),
      'buffer.gaps': () => Promise.resolve({ gaps: [] }),
      'buffer.fillGap': () => Promise.resolve({ lines: 0, isFilled: true }),
      'buffer.masks': () => Promise.resolve({ masks: [] }),
      'server.channels': () => Promise.resolve({ channels: [], total: 0 }),
      'server.prepareAccount': () => Promise.resolve({ early: false }),
      'server.leaveAccount': () => Promise.resolve(null),
      'server.registerAccount': () => Promise.resolve({ state: 'done', text: 'Account made.' }),
      'server.verifyAccount': () => Promise.resolve({ text: 'Account verified.' }),
      'message.react': () => Promise.resolve(null),
      'message.redact': () => Promise.resolve(null),
      'transfer.accept': () => Promise.resolve(null),
      'transfer.reject': () => Promise.resolve(null),
      'transfer.cancel': () => Promise.resolve(null),
      'transfer.part': ({ at, data }) => Promise.resolve({ received: at + atob(data).length }),
      'transfer.send': () => Promise.resolve({ transfer: 1 }),
      'server.connect': () => Promise.resolve(null),
      'server.disconnect': () => Promise.resolve(null),
      'route.get': () => Promise.resolve({ text: 'a-route-made-now' }),
      'route.renew': () => Promise.resolve(null),
      'route.direct': () => Promise.resolve({ text: 'own-iroh-address' }),
      'card.publicLink': () => Promise.resolve({ link: null, isWritten: false }),
      'card.setPublic': ({ enabled }) =>
        Promise.resolve({ link: enabled ? `sotto:card/VLD0:${'k'.repeat(43)}:${'e'.repeat(43)}` : null, isWritten: enabled }),
      'invite.create': () => Promise.resolve({ text: 'sotto:an-invite', expires: Date.UTC(2026, 10, 28, 12) }),
      'contact.connect': () => Promise.reject(new ContractError('badAddress', 'This is not a route.')),
      'contact.accept': () => Promise.reject(new ContractError('notFound', 'This request is gone.')),
      'contact.open': () => Promise.reject(new ContractError('notFound', 'This contact is gone.')),
      'contact.block': () => Promise.resolve(null),
      'contact.unblock': () => Promise.resolve(null),
      'contact.confirm': () => Promise.resolve(null),
      'contact.set': () => Promise.resolve(null),
      'profile.export': () => Promise.resolve({ name: 'sotto-k3vq-2026-11-21.sotto-backup', data: btoa('sotto-bk'), contacts: 2 }),
      'profile.importPart': ({ at, data }) => Promise.resolve({ received: at + atob(data).length }),
      'profile.import': () => Promise.resolve({ contacts: 2, blocked: 1, made: Date.UTC(2026, 10, 20, 12) }),
      'contact.rename': () => Promise.resolve(null),
      'contact.remove': () => Promise.resolve(null),
      'contact.safetyNumber': () =>
        Promise.resolve({
          groups: Array.from({ length: 12 }, (_, index) => String((index + 1) * 7919).padStart(5, '0')),
          qr: 'a1b2c3d4'.repeat(16),
        }),
      'contact.verify': () => Promise.resolve(null),
      'contact.retry': () => Promise.resolve(null),
      'message.retry': () => Promise.resolve(null),
      'message.remove': () => Promise.resolve(null),
      'message.giveUp': () => Promise.resolve(null),
      'node.page': () => Promise.resolve({ phase: 'off', reason: '', peers: null, routes: [], proxied: false, agreed: false, node: null }),
      'node.restart': () => Promise.resolve(null),
      'node.confirm': () => Promise.resolve(null),
      'contact.introduce': () => Promise.resolve(null),
      'contact.introduced': () => Promise.reject(new ContractError('notFound', 'This introduction is not kept any more.')),
      'secure.offer': () => Promise.resolve(null),
      'secure.withdraw': () => Promise.resolve(null),
      'secure.answer': ({ buffer }) => Promise.resolve({ buffer }),
      'secure.choose': ({ buffer }) => Promise.resolve({ focus: buffer, copy: null, note: null }),
      'secure.plain': ({ buffer }) => Promise.resolve({ buffer }),
      'diagnostics.read': () => Promise.resolve({ since: Date.UTC(2026, 10, 21, 12), dropped: [] }),
      'config.read': () => Promise.resolve({ text: '', hash: 'h' }),
      'config.set': () => Promise.resolve({ hash: 'h' }),
    },
    open: () => {
      if (!reachable) return Promise.reject(new Error('the core is away'));
      const channel = new MessageChannel();
      ports.add(channel.port1);
      const pageSide = messagePort(channel.port2);
      const connection = serveConnection({
        id: v.parse(connectionId, nextConnection++),
        port: messagePort(channel.port1),
        handlers: recording(core),
        onClose: () => {
          connections.delete(connection);
          ports.delete(channel.port1);
          pageSide.close();
        },
        onInternalError: (method, error) => {
          console.error(method, error);
        },
      });
      connections.add(connection);
      return Promise.resolve(pageSide);
    },
    emit: (name, payload) => {
      for (const connection of connections) connection.emit(name, payload);
    },
    loseEvents: () => {
      for (const port of ports) port.postMessage({ t: 'resync', seq: 1_000 });
    },
    drop: () => {
      reachable = false;
      for (const connection of [...connections]) connection.close();
    },
    back: () => {
      reachable = true;
    },
  };
  return core;
}

/** Handlers are looked up at each call, so that a test may replace one at any time. */
function recording(core: FakeCore): Handlers {
  return new Proxy(core.handlers, {
    get: (_, method) => {
      const name = v.parse(
        v.custom<CallName>((value) => typeof value === 'string'),
        method,
      );
      return (params: unknown, ...rest: unknown[]) => {
        core.calls.push({ method: name, params });
        const handler: unknown = Reflect.get(core.handlers, name);
        const result: unknown = typeof handler === 'function' ? Reflect.apply(handler, core.handlers, [params, ...rest]) : null;
        return result;
      };
    },
  });
}
