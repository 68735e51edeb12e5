/** The core's end of the contract: one small function a call. Policy lives in the components these call. */
import { ContractError } from '../contract/errors.ts';
import type { BufferId, ServerName } from '../contract/ids.ts';
import type { Handlers } from '../contract/table.ts';
import type { BufferView, ContactView, Snapshot } from '../contract/views.ts';
import type { Store } from '../store/store.ts';
import type { Buffers } from './buffers.ts';
import { focusOn, type Command, type CommandContext } from './commands/command.ts';
import type { ConfigControl } from './configControl.ts';
import { createTransfer, toBase64 } from './dm/backupTransfer.ts';
import type { Dm } from './dm/dm.ts';
import { runInput } from './input.ts';
import type { NodeControl } from './nodeControl.ts';
import type { Pages } from './pages.ts';
import { nickOfQuery } from './secure/mark.ts';
import type { Secure } from './secure/secure.ts';
import type { Servers } from './servers.ts';

/** What the host does for pages. */
export interface HostCalls {
  /** A single-use token for one more page. */
  newPageToken(): Promise<string>;
  /** Ends the program cleanly. */
  quit(): void;
}

export interface Parts {
  version: string;
  profile: string;
  demo: boolean;
  store: Store;
  pages: Pages;
  buffers: Buffers;
  servers: Servers;
  dm: Dm;
  secure: Secure;
  node: NodeControl;
  config: ConfigControl;
  commands: readonly Command[];
  host: HostCalls;
}

/** Closes a buffer; a joined channel is left first. */
async function closeBuffer({ buffers, servers }: Parts, id: BufferId): Promise<void> {
  const buffer = buffers.require(id);
  if (buffer.kind === 'channel' && buffer.joined && buffer.server !== null) {
    servers.get(buffer.server)?.act({ kind: 'part', channel: buffer.name, reason: null });
    // Left already: the server's answer finds no buffer and opens none.
    buffers.update(id, { joined: false });
  }
  await buffers.close(id);
}

export function commandContext(parts: Parts, buffer: BufferView, signal: AbortSignal): CommandContext {
  const { buffers, servers, dm } = parts;
  const server = (): ReturnType<Servers['require']> => servers.require(buffer.server);
  const openNamed = (kind: 'channel' | 'query', name: string): Promise<BufferView> => {
    const { name: serverName, network } = server();
    if (kind === 'query') return openQuery(parts, serverName, name);
    return buffers.open({ kind, server: serverName, contact: null, key: network.fold(name), name, muted: false });
  };
  return {
    buffer,
    commands: parts.commands,
    signal,
    act: (action) => {
      server().act(action);
    },
    setAway: (away) => {
      dm.setAway('user', away);
    },
    isChannel: (name) => buffer.server !== null && (servers.get(buffer.server)?.network.isChannel(name) ?? false),
    say: async (to, form, text) => {
      if (to.kind === 'private') {
        parts.secure.checkPrivate(to);
        if (to.contact === null) throw new ContractError('notFound', 'This contact was removed.');
        await dm.send(to.contact, form === 'action' ? 'action' : 'text', text);
      } else if (to.kind === 'server') {
        throw new ContractError('badInput', 'This is the server itself: join a channel or open a conversation to talk.');
      } else {
        const target = to.kind === 'query' ? nickOfQuery(to.name) : to.name;
        servers.require(to.server).act({ kind: 'text', target, form, text });
      }
    },
    openQuery: (nick) => openNamed('query', nick),
    checkNick: (nick) => {
      if (buffer.server !== null) parts.secure.checkNick(buffer.server, nick);
    },
    offerSecure: (query) => parts.secure.offer(query, signal),
    openPlain: () => parts.secure.plain(buffer.id),
    introduce: (contact, to) => introduceByName(parts, buffer, contact, to),
    openChannel: (name) => openNamed('channel', name),
    closeBuffer: (id) => closeBuffer(parts, id),
    disconnect: (reason) => server().stop(reason),
    connectContact: async (text) => (await dm.connect(text)).buffer,
    ownRoute: () => newestRoute(parts),
    rotateIdentity: () => dm.rotateIdentity(),
    info: (lines) => {
      buffers.info(buffer.id, lines);
    },
  };
}

/** The query with a nick, or the private conversation that stands in its place (design §6.4). */
async function openQuery({ buffers, dm, secure, servers }: Parts, server: ServerName, nick: string): Promise<BufferView> {
  const contact = secure.contactOf(server, nick);
  if (contact !== null) return buffers.require(await dm.open(contact));
  const key = servers.require(server).network.fold(nick);
  return buffers.open({ kind: 'query', server, contact: null, key, name: secure.queryName(server, nick), muted: false });
}

async function introduceByName({ dm }: Parts, buffer: BufferView, name: string, to: string | null): Promise<string> {
  const contacts = dm.contacts();
  const find = (wanted: string): ContactView => {
    const found = contacts.filter(({ nickname }) => nickname.toLowerCase() === wanted.toLowerCase());
    const [one] = found;
    if (!one || found.length > 1)
      throw new ContractError('notFound', one ? `Several contacts are called ${wanted}.` : `There is no contact called ${wanted}.`);
    return one;
  };
  const receiver = to === null ? contacts.find(({ id }) => id === buffer.contact) : find(to);
  if (!receiver) throw new ContractError('badInput', 'Say to whom: /introduce contact to-contact, or type it in their conversation.');
  const introduced = find(name);
  await dm.introduce(introduced.id, receiver.id);
  return `${receiver.nickname} is given the name, the fingerprint and the addresses of ${introduced.nickname}.`;
}

/** Runs an `on_connect` line as if it were typed in the server's buffer. */
export async function runServerCommand(parts: Parts, server: ServerName, line: string): Promise<void> {
  const buffer = await parts.buffers.openServer(server);
  await runInput(line, commandContext(parts, buffer, new AbortController().signal));
}

/** The newest own route, once there is one. Waits for the node as long as the caller does. */
export async function newestRoute({ node }: Pick<Parts, 'node'>, signal?: AbortSignal): Promise<string> {
  const overlay = await node.need();
  const ready = overlay.addresses()[0];
  if (ready) return ready.text;
  const next = Promise.withResolvers<string>();
  const stopListening = overlay.onAddresses((addresses) => {
    if (addresses[0]) next.resolve(addresses[0].text);
  });
  const giveUp = (): void => {
    next.reject(new ContractError('unavailable', 'There is no route yet: Veilid is still connecting. Try again in a moment.'));
  };
  const timer = setTimeout(giveUp, ROUTE_WAIT_MS);
  signal?.addEventListener('abort', giveUp, { once: true });
  try {
    return await next.promise;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', giveUp);
    stopListening();
  }
}
const ROUTE_WAIT_MS = 60_000;

const later = (): Promise<never> => Promise.reject(new ContractError('unavailable', 'This cannot be done yet.'));

export function createHandlers(parts: Parts): Handlers {
  const { store, pages, buffers, servers, dm, secure, node, config, host } = parts;
  const transfer = createTransfer();

  const snapshot = (): Snapshot => ({
    version: parts.version,
    profile: parts.profile,
    demo: parts.demo,
    firstRun: config.isEmpty() && dm.contacts().length === 0,
    fingerprint: dm.fingerprint(),
    servers: [...servers.views(), ...dm.serverViews()],
    buffers: buffers.views(),
    contacts: dm.contacts(),
    requests: dm.requests(),
    secure: secure.views(),
    node: node.view(),
    config: config.view(),
    commands: parts.commands.map((command) => ({
      name: command.name,
      aliases: [...command.aliases],
      usage: command.usage,
      help: command.help,
      arguments: [...command.arguments],
    })),
    transfers: [],
  });

  return {
    'app.snapshot': () => {
      pages.flush();
      return Promise.resolve(snapshot());
    },
    'app.quit': () => {
      host.quit();
      return Promise.resolve(null);
    },
    'app.newPageToken': async () => ({ token: await host.newPageToken() }),
    'app.welcome': async (params) => {
      await config.welcome(params);
      return null;
    },

    'buffers.show': ({ buffers: shown }, _signal, connection) => {
      pages.show(connection, shown);
      dm.shown(pages.shown());
      return Promise.resolve(null);
    },
    'buffer.page': async ({ buffer, before, limit }) => {
      buffers.require(buffer);
      await buffers.drained();
      return store.page({ buffer, before, limit });
    },
    'buffer.members': ({ buffer: id }) => {
      const buffer = buffers.require(id);
      const network = buffer.kind === 'channel' && buffer.server !== null ? servers.get(buffer.server)?.network : undefined;
      return Promise.resolve({ members: network?.members(buffer.name) ?? [] });
    },
    'buffer.input': async ({ buffer, text }, signal) => {
      const result = await runInput(text, commandContext(parts, buffers.require(buffer), signal));
      pages.flush();
      return result;
    },
    'buffer.read': async ({ buffer, upTo }) => {
      await buffers.read(buffer, upTo);
      dm.read(buffer, upTo);
      return null;
    },
    'buffer.draft': async ({ buffer, text }) => {
      await buffers.draft(buffer, text);
      return null;
    },
    'buffer.close': async ({ buffer }) => {
      await closeBuffer(parts, buffer);
      return null;
    },
    'buffer.query': async ({ server, nick }) => {
      return { buffer: (await openQuery(parts, server, nick)).id };
    },

    'buffer.typing': later,
    'buffer.olderFromServer': later,
    'buffer.masks': later,
    'server.channels': later,
    'server.registerAccount': later,
    'server.verifyAccount': later,
    'message.react': later,
    'message.redact': later,
    'transfer.accept': later,
    'transfer.reject': later,
    'transfer.cancel': later,
    'transfer.part': later,
    'transfer.send': later,

    'server.connect': ({ server }) => {
      servers.require(server).start();
      return Promise.resolve(null);
    },
    'server.disconnect': async ({ server }) => {
      await servers.require(server).stop(null);
      return null;
    },

    'route.get': async (_params, signal) => ({ text: await newestRoute(parts, signal) }),
    'route.renew': async (_params, signal) => {
      await node.need();
      signal.throwIfAborted();
      await dm.renewRoutes();
      return null;
    },
    'route.direct': async () => {
      const { direct } = await node.need();
      const [address] = direct?.addresses() ?? [];
      if (!address)
        throw new ContractError(
          'unavailable',
          direct?.state().reason ?? 'iroh is switched off: set `enabled = true` under `[iroh]` and start Sotto again.',
        );
      return { text: address.text };
    },
    'card.publicLink': () => Promise.resolve(dm.publicCard()),
    'card.setPublic': async ({ enabled }) => {
      if (enabled) await node.need();
      return dm.setPublicCard(enabled);
    },
    'invite.create': async (_params, signal) => {
      await node.need();
      return dm.createInvite(signal);
    },

    'contact.connect': ({ text, from }) => dm.connect(text, from),
    'contact.introduce': async ({ contact, to }) => {
      await dm.introduce(contact, to);
      return null;
    },
    'contact.introduced': ({ buffer, message }) => dm.connectIntroduced(buffer, message),
    'contact.accept': async ({ contact }) => ({ buffer: await dm.accept(contact) }),
    'contact.open': async ({ contact }) => ({ buffer: await dm.open(contact) }),
    'contact.block': async ({ contact }) => {
      await dm.block(contact);
      return null;
    },
    'contact.unblock': async ({ contact }) => {
      await dm.unblock(contact);
      return null;
    },
    'contact.confirm': async ({ contact }) => {
      await dm.confirm(contact);
      return null;
    },
    'contact.set': async ({ contact, ...switches }) => {
      await dm.set(contact, switches);
      return null;
    },
    'contact.rename': async ({ contact, nickname }) => {
      await dm.rename(contact, nickname);
      return null;
    },
    'contact.remove': async ({ contact, block }) => {
      await dm.remove(contact, block);
      return null;
    },
    'contact.safetyNumber': ({ contact }) => dm.safetyNumber(contact),
    'contact.verify': async ({ contact, verified }) => {
      await dm.verify(contact, verified);
      return null;
    },
    'contact.retry': async ({ contact }) => {
      await node.need();
      dm.retry(contact);
      return null;
    },

    'node.page': (_params, signal) => node.page(signal),
    'node.restart': async () => {
      await node.restart();
      return null;
    },
    'node.confirm': async () => {
      await node.confirm();
      return null;
    },

    'profile.export': async ({ passphrase }, signal) => {
      const { bytes, contacts } = await dm.exportProfile(passphrase, signal);
      const name = `sotto-${dm.fingerprint().slice(0, 4).toLowerCase()}-${new Date().toISOString().slice(0, 10)}.sotto-backup`;
      return { name, data: toBase64(bytes), contacts };
    },
    'profile.importPart': ({ at, data }, _signal, connection) => Promise.resolve({ received: transfer.add(connection, at, data) }),
    'profile.import': ({ passphrase }, signal, connection) => dm.importProfile(transfer.take(connection), passphrase, signal),

    'secure.offer': async ({ buffer }, signal) => {
      await secure.offer(buffer, signal);
      return null;
    },
    'secure.withdraw': async ({ buffer }) => {
      await secure.withdraw(buffer);
      return null;
    },
    'secure.answer': async ({ buffer, accept }) => ({ buffer: await secure.answer(buffer, accept) }),
    'secure.choose': async ({ buffer, to, text }, signal) => {
      const chosen = await secure.choose(buffer, to);
      if (text.trim() === '') return focusOn(chosen);
      const result = await runInput(text, commandContext(parts, buffers.require(chosen), signal));
      pages.flush();
      return { ...result, focus: result.focus ?? chosen };
    },
    'secure.plain': async ({ buffer }) => ({ buffer: await secure.plain(buffer) }),

    'message.retry': async ({ buffer, message }) => {
      await node.need();
      await dm.retryMessage(buffer, message);
      return null;
    },
    'message.giveUp': async ({ buffer, message }) => {
      await dm.giveUpMessage(buffer, message);
      return null;
    },

    'diagnostics.read': () => Promise.resolve(dm.diagnostics()),

    'config.read': () => Promise.resolve(config.read()),
    'config.set': async ({ hash, path, value }) => ({ hash: await config.set(hash, path, value) }),
  };
}
