/** The core's end of the contract: one small function a call. Policy lives in the components these call. */
import { ContractError } from '../contract/errors.ts';
import type { Handlers } from '../contract/table.ts';
import type { Snapshot } from '../contract/views.ts';
import { closeBuffer, commandContext, openQuery } from './commandContext.ts';
import { commandViews } from './commands/views.ts';
import { focusOn } from './commands/command.ts';
import { createTransfer, toBase64 } from './dm/backupTransfer.ts';
import { runInput } from './input.ts';
import { readLink } from './links.ts';
import { createIrcMessages, msgidOf, tellRead } from './ircMessages.ts';
import { keyHandlers } from './key/handlers.ts';
import { newestRoute } from './newestRoute.ts';
import type { Parts } from './parts.ts';
import { StoreError } from '../store/store.ts';
import { transferHandlers } from './transfers/handlers.ts';

/** What is thrown becomes a rejection. */
const later = <T>(work: () => T): Promise<T> => Promise.resolve().then(work);

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
    commands: commandViews(parts.commands, parts.shared().commands.aliases),
    transfers: parts.transfers.views(),
    attention: parts.notifications.attention(),
    storage: parts.storage.view(),
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
    'app.link': ({ text }) => later(() => readLink(text, config.serverAt)),
    'app.openLink': ({ text }) => later(() => parts.openedLinks.open(text)),
    'app.show': ({ buffer }) => {
      buffers.require(buffer);
      pages.flush();
      const page = pages.nearest();
      if (page !== null) pages.tell(page, 'show', { buffer });
      return Promise.resolve(null);
    },
    'app.resumed': () => {
      parts.resumed();
      return Promise.resolve(null);
    },
    'app.log': () => Promise.resolve({ text: parts.log() }),
    'app.sound': async ({ name }) => ({ base64: toBase64(await parts.soundFile(name)) }),
    'app.focused': ({ focused }, _signal, connection) => {
      pages.focus(connection, focused);
      parts.openedLinks.arrived(connection);
      return Promise.resolve(null);
    },
    ...keyHandlers(parts.key),
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
    'buffer.input': async ({ buffer, text, replyTo }, signal) => {
      const answered = replyTo === null ? null : await msgidOf(parts, buffer, replyTo);
      const result = await runInput(text, commandContext(parts, buffers.require(buffer), signal, { answered }));
      pages.flush();
      return result;
    },
    'buffer.read': async ({ buffer, upTo }) => {
      await buffers.read(buffer, upTo);
      dm.read(buffer, upTo);
      await tellRead(parts, buffer, upTo);
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

    ...createIrcMessages(parts),
    'buffer.masks': async ({ buffer: id, mode }, signal) => {
      const buffer = buffers.require(id);
      if (buffer.kind !== 'channel' || !/^[A-Za-z]$/.test(mode)) throw new ContractError('badInput', 'Only channels have such lists.');
      return { masks: await servers.require(buffer.server).queries.masks(buffer.name, mode, signal) };
    },
    'server.channels': ({ server, pattern }, signal) => servers.require(server).queries.channels(pattern, signal),
    'server.prepareAccount': ({ server }) => servers.require(server).accounts.prepare(),
    'server.leaveAccount': ({ server }) => {
      servers.require(server).network.release();
      return Promise.resolve(null);
    },
    'server.registerAccount': ({ server, ...request }) => servers.require(server).accounts.register(request),
    'server.verifyAccount': ({ server, ...request }) => servers.require(server).accounts.verify(request),
    ...transferHandlers(parts.transfers, buffers),

    'server.connect': async ({ server }) => {
      await servers.connect(server);
      return null;
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
    'message.remove': async ({ buffer, message }) => {
      buffers.require(buffer);
      try {
        await store.removeFailed({ buffer, message });
      } catch (error) {
        if (!(error instanceof StoreError) || error.code !== 'conflict') throw error;
        throw new ContractError('badInput', 'Only a message of yours that failed can be deleted.', { cause: error });
      }
      pages.removed({ buffer, message });
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
