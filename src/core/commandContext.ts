/** What commands may do, for one buffer: the door from `commands/` to the components of the core. */
import { ContractError } from '../contract/errors.ts';
import type { BufferId, ServerName } from '../contract/ids.ts';
import type { BufferView, ContactView } from '../contract/views.ts';
import type { CommandContext } from './commands/command.ts';
import { runInput } from './input.ts';
import { conversationOf, msgidOf } from './ircMessages.ts';
import { newestRoute } from './newestRoute.ts';
import type { Parts } from './parts.ts';
import { nickOfQuery } from './secure/mark.ts';
import type { Servers } from './servers.ts';

/** Lines in which /react and its kin look for the newest one. */
const NEWEST_LINES = 100;

/** Closes a buffer; a joined channel is left first. */
export async function closeBuffer({ buffers, servers }: Parts, id: BufferId): Promise<void> {
  const buffer = buffers.require(id);
  if (buffer.kind === 'channel' && buffer.joined && buffer.server !== null) {
    servers.get(buffer.server)?.act({ kind: 'part', channel: buffer.name, reason: null });
    // Left already: the server's answer finds no buffer and opens none.
    buffers.update(id, { joined: false });
  }
  await buffers.close(id);
}

interface Typed {
  /** The server's id of the line that what is typed answers. */
  answered?: string | null;
  isOnConnect?: boolean;
}

export function commandContext(parts: Parts, buffer: BufferView, signal: AbortSignal, typed: Typed = {}): CommandContext {
  let replyTo = typed.answered ?? null;
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
    say: async (to, form, text, message) => {
      if (message !== undefined && message !== null) replyTo = await msgidOf(parts, to.id, message);
      if (to.kind === 'private') {
        parts.secure.checkPrivate(to);
        if (to.contact === null) throw new ContractError('notFound', 'This contact was removed.');
        await dm.send(to.contact, form === 'action' ? 'action' : 'text', text);
      } else if (to.kind === 'server') {
        throw new ContractError('badInput', 'This is the server itself: join a channel or open a conversation to talk.');
      } else {
        const target = to.kind === 'query' ? nickOfQuery(to.name) : to.name;
        const isAnswer = replyTo !== null && to.id === buffer.id && form !== 'notice';
        servers.require(to.server).act({ kind: 'text', target, form, text, ...(isAnswer && replyTo !== null ? { replyTo } : {}) });
        if (isAnswer) replyTo = null;
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
    isupport: () => server().network.isupport(),
    server: () => server().view(),
    userOf: (nick) => server().network.who(nick),
    settings: () => parts.shared().commands,
    reconnect: async () => {
      const running = server();
      await running.stop(null);
      running.start();
    },
    isOnConnect: typed.isOnConnect === true,
    newest: async () => {
      await buffers.drained();
      return (await parts.store.page({ buffer: buffer.id, before: null, limit: NEWEST_LINES })).messages;
    },
    react: async (message, text, removed) => {
      const msgid = await msgidOf(parts, buffer.id, message);
      server().act({ kind: 'react', target: conversationOf(buffer), msgid, text, removed });
    },
    redact: async (message, reason) => {
      const msgid = await msgidOf(parts, buffer.id, message);
      server().act({ kind: 'redact', target: conversationOf(buffer), msgid, reason: reason === '' ? null : reason });
    },
    older: () => {
      conversationOf(buffer);
      return server().older(buffer);
    },
    register: async (request) => (await server().accounts.register(request)).text,
    verify: async (request) => (await server().accounts.verify(request)).text,
    ignored: () => parts.shared().ignored.get(server().entry) ?? [],
    setIgnored: (mask, isIgnored) => setIgnored(parts, server(), mask, isIgnored),
    transfers: () => parts.transfers.views(),
    transfer: (id, what) => {
      parts.transfers[what](id);
    },
  };
}

/** Entries for one channel stay as they are: /ignore is about everywhere. */
async function setIgnored(
  parts: Parts,
  { entry: name, network }: ReturnType<Servers['require']>,
  mask: string,
  isIgnored: boolean,
): Promise<boolean> {
  let isChanged = false;
  await parts.config.setIgnored(name, (entries) => {
    const others = entries.filter((entry) => typeof entry !== 'string' || network.fold(entry) !== network.fold(mask));
    isChanged = isIgnored === (others.length === entries.length);
    if (!isChanged) return null;
    return isIgnored ? [...entries, mask] : others;
  });
  return isChanged;
}

/** The query with a nick, or the private conversation that stands in its place (design §6.4). */
export async function openQuery({ buffers, dm, secure, servers }: Parts, server: ServerName, nick: string): Promise<BufferView> {
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
export async function runServerCommand(parts: Parts, server: ServerName, line: string, signal: AbortSignal): Promise<void> {
  const buffer = await parts.buffers.openServer(server);
  await runInput(line, commandContext(parts, buffer, signal, { isOnConnect: true }));
}
