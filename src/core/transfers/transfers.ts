/**
 * Files over DCC: offers are shown and wait for the user, never longer than configured; what is taken, sent and refused is told as views. Nothing
 * happens by itself, nothing under a proxy, nothing with a nick that stands for a contact (design §6.4).
 */
import { randomInt } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { Socket } from 'node:net';
import type { FileTransferConfig } from '../../config/config.ts';
import type { Action, DccOffer, IrcEvent, Origin } from '../../contract/chat.ts';
import { ContractError } from '../../contract/errors.ts';
import type { ServerName } from '../../contract/ids.ts';
import type { ConnectionId } from '../../contract/table.ts';
import type { TransferView } from '../../contract/views.ts';
import { writeResume, writeSend } from '../../irc/dcc/dcc.ts';
import { refusal } from './address.ts';
import { safeFileName } from './fileName.ts';
import { connectTo, listenIn } from './sockets.ts';
import { createStaging, type Staged } from './staging.ts';
import { receiveFile, sendFile } from './stream.ts';
import { openPartial, partialLength, partialPath, settle } from './target.ts';
import { transferTimings, type TransferTimings } from './timings.ts';

/** Offers that wait, of all and of one nick; more are not even shown. */
const MAX_OFFERS = 20;
const MAX_OFFERS_OF_ONE = 5;
/** Files under way at a time. */
const MAX_RUNNING = 8;
/** Transfers that are kept in the list; the oldest that are over go first. */
const MAX_LISTED = 50;
const MAX_SHOWN_NICK = 64;

/** The IRC servers that run, as far as they matter here. */
interface TransferServers {
  fold(server: ServerName, nick: string): string;
  isProxied(server: ServerName): boolean;
  /** Throws `held`, `notConnected`. */
  act(server: ServerName, action: Action): void;
}

export interface TransferOptions {
  /** Of files that wait to be sent; emptied at the start. */
  stagingDirectory: string;
  /** Absolute. */
  saveDirectory: () => string;
  settings: () => FileTransferConfig;
  servers: TransferServers;
  /** The nick stands for a contact: nothing of a file may reach IRC. */
  isPrivate: (server: ServerName, nick: string) => boolean;
  onViews: (views: TransferView[]) => void;
  /** Somebody offers a file; a sentence. `waiting`: it can be taken. */
  onOffer: (server: ServerName, text: string, waiting: Pick<TransferView, 'id' | 'nick' | 'name'> | null) => void;
  timings?: Partial<TransferTimings>;
  /** For tests only: files may come from and go to this computer. */
  allowLoopback?: boolean;
}

type ResumeEvent = Extract<IrcEvent, { kind: 'dccResume' }>;

export interface Transfers {
  start(): Promise<void>;
  stop(): Promise<void>;
  views(): TransferView[];
  irc(server: ServerName, event: IrcEvent): void;
  /** Throws `notFound`, `limit`, `unavailable`. */
  accept(id: number): void;
  reject(id: number): void;
  /** Ends it; one that is over leaves the list. */
  cancel(id: number): void;
  part(connection: ConnectionId, at: number, data: string): Promise<number>;
  /** Offers the file that this page has handed over. Resolves to its id. Throws `held`, `unavailable`, `badInput`, `limit`. */
  send(connection: ConnectionId, server: ServerName, nick: string, name: string): Promise<number>;
}

interface Entry {
  view: TransferView;
  /** The folded nick. */
  key: string;
  abort: AbortController;
  timer: NodeJS.Timeout | undefined;
  offer: DccOffer | null;
  /** The port of an active send; 0 while there is none. */
  port: number;
  token: string | null;
  position: number;
  /** Waits for their ACCEPT. */
  resumed: PromiseWithResolvers<number> | null;
  /** Waits for where they listen (passive send). */
  answered: PromiseWithResolvers<DccOffer> | null;
  running: Promise<void> | null;
}

const isOver = ({ view: { state } }: Entry): boolean => state === 'done' || state === 'failed' || state === 'cancelled';
const sentence = (error: unknown): string => (error instanceof ContractError ? error.message : 'The transfer failed.');
const PROXIED = 'Files are not sent over DCC while a proxy or Tor is in use: the other side would learn the address of this computer.';
const PRIVATE = 'You talk to this nick in private: files do not go over IRC.';
const ACCEPTING =
  'Accepting connects to their computer: they learn your network address. Neither they nor the file are proven to be what they seem.';

export function createTransfers(options: TransferOptions): Transfers {
  const { servers, settings } = options;
  const timings = { ...transferTimings, ...options.timings };
  const staging = createStaging(options.stagingDirectory);
  const entries = new Map<number, Entry>();
  let lastId = 0;
  let telling: NodeJS.Timeout | undefined;

  const views = (): TransferView[] => [...entries.values()].map(({ view }) => ({ ...view }));
  const tell = (): void => {
    telling ??= setTimeout(() => {
      telling = undefined;
      options.onViews(views());
    }, timings.progress);
  };
  const set = (entry: Entry, patch: Partial<TransferView>): void => {
    entry.view = { ...entry.view, ...patch };
    tell();
  };
  const end = (entry: Entry, state: 'done' | 'failed' | 'cancelled', text: string): void => {
    clearTimeout(entry.timer);
    if (isOver(entry)) return;
    set(entry, { state, text, canResume: false });
    entry.abort.abort(new ContractError('cancelled', text));
  };
  const add = (server: ServerName, nick: string, view: Pick<TransferView, 'direction' | 'name' | 'size' | 'state' | 'text'>): Entry => {
    lastId += 1;
    const shown = nick.slice(0, MAX_SHOWN_NICK);
    const entry: Entry = {
      view: { id: lastId, server, nick: shown, done: 0, canResume: false, ...view },
      key: servers.fold(server, nick),
      abort: new AbortController(),
      timer: undefined,
      offer: null,
      port: 0,
      token: null,
      position: 0,
      resumed: null,
      answered: null,
      running: null,
    };
    entries.set(lastId, entry);
    for (const [id, old] of entries) if (entries.size > MAX_LISTED && isOver(old)) entries.delete(id);
    tell();
    return entry;
  };
  const require = (id: number): Entry => {
    const entry = entries.get(id);
    if (!entry) throw new ContractError('notFound', 'This transfer is gone.');
    return entry;
  };
  const expireAfter = (entry: Entry, text: string): void => {
    entry.timer = setTimeout(() => {
      end(entry, 'failed', text);
    }, settings().timeout * 1_000);
  };
  const allowed = () => ({ lan: settings().allowLan, loopback: options.allowLoopback === true });
  const say = (entry: Entry, text: string): void => {
    servers.act(entry.view.server, { kind: 'ctcp', target: entry.view.nick, command: 'DCC', text });
  };
  /** Why nothing can be sent to or taken from this nick; null where it can. */
  const obstacle = (server: ServerName, nick: string): string | null => {
    if (!settings().enabled) return 'File transfers are switched off (`enabled` under `[file_transfer]`).';
    if (servers.isProxied(server)) return PROXIED;
    return options.isPrivate(server, nick) ? PRIVATE : null;
  };
  const refusalOf = ({ address, port }: DccOffer): string | null => {
    if (address !== null) return refusal(address, port, allowed());
    return settings().server === null ? 'They want Sotto to wait for their connection, which needs `[file_transfer.server]`.' : null;
  };
  const find = (server: ServerName, nick: string, fits: (entry: Entry) => boolean): Entry | undefined =>
    [...entries.values()].find(
      (entry) => entry.view.server === server && entry.key === servers.fold(server, nick) && !isOver(entry) && fits(entry),
    );
  const partialOf = ({ view, key }: Entry, name: string): string =>
    partialPath(options.saveDirectory(), { from: JSON.stringify([view.server, key]), name, size: view.size });

  const offered = (server: ServerName, from: Origin, offer: DccOffer): void => {
    // Where they listen for what we send.
    const own =
      offer.token === null || offer.address === null ? undefined : find(server, from.nick, (entry) => entry.token === offer.token);
    if (own) {
      own.answered?.resolve(offer);
      return;
    }
    if (!settings().enabled) return;
    const waiting = [...entries.values()].filter(({ view }) => view.state === 'offered');
    const ofOne = waiting.filter(({ view, key }) => view.server === server && key === servers.fold(server, from.nick));
    if (waiting.length >= MAX_OFFERS || ofOne.length >= MAX_OFFERS_OF_ONE) return;
    const name = safeFileName(offer.name);
    const no = obstacle(server, from.nick) ?? refusalOf(offer);
    const entry = add(server, from.nick, {
      direction: 'receive',
      name,
      size: offer.size,
      state: no === null ? 'offered' : 'failed',
      text: no ?? ACCEPTING,
    });
    const size = offer.size === null ? '' : `, ${offer.size} bytes`;
    options.onOffer(
      server,
      `${entry.view.nick} offers the file ${name}${size}. ${no ?? `/dcc get ${entry.view.id} takes it.`}`,
      no === null ? entry.view : null,
    );
    if (no !== null) return;
    entry.offer = offer;
    expireAfter(entry, 'The offer has ended.');
    void partialLength(partialOf(entry, name), offer.size).then((length) => {
      if (length > 0 && entry.view.state === 'offered') set(entry, { canResume: true, done: length });
    });
  };

  /** Where they go on: what was asked for, or 0 where they do not answer in time or say something else. */
  const resume = async (entry: Entry, offer: DccOffer, position: number): Promise<number> => {
    const { promise, resolve } = (entry.resumed = Promise.withResolvers<number>());
    const timer = setTimeout(() => {
      resolve(0);
    }, timings.accept);
    try {
      say(entry, writeResume('RESUME', offer.name, offer.port, position, offer.address === null ? offer.token : null));
      const answer = await promise;
      return answer === position ? position : 0;
    } finally {
      clearTimeout(timer);
      entry.resumed = null;
    }
  };
  /** Takes one connection on a port of ours; `announce` says where, once it is open. */
  const waitFor = async (entry: Entry, announce: (address: string, port: number) => void): Promise<Socket> => {
    const where = settings().server;
    if (where === null) throw new ContractError('unavailable', 'This needs `[file_transfer.server]` in the configuration.');
    const listener = await listenIn(where.bindAddress, where.firstPort, where.lastPort);
    try {
      announce(where.publicAddress, listener.port);
    } catch (error) {
      listener.close();
      throw error;
    }
    return listener.accept(settings().timeout * 1_000, entry.abort.signal);
  };
  const progress =
    (entry: Entry) =>
    (done: number): void => {
      set(entry, { done });
    };

  const receive = async (entry: Entry, offer: DccOffer): Promise<void> => {
    const { signal } = entry.abort;
    const { name, size } = entry.view;
    const directory = options.saveDirectory();
    const path = partialOf(entry, name);
    const here = await partialLength(path, size);
    const position = here === 0 ? 0 : await resume(entry, offer, here);
    signal.throwIfAborted();
    const file = await openPartial(directory, path, position, (size ?? 0) - position);
    try {
      const { address } = offer;
      const socket =
        address === null
          ? await waitFor(entry, (own, port) => {
              say(entry, writeSend({ ...offer, address: own, port }));
            })
          : await connectTo(address, offer.port, timings.connect, signal);
      set(entry, { state: 'active', text: `From ${entry.view.nick}.`, done: position });
      await receiveFile({ socket, file, position, size, stall: timings.stall, signal, onProgress: progress(entry) });
      await file.sync();
    } finally {
      await file.close();
    }
    const saved = await settle(directory, path, name);
    set(entry, { name: saved });
    end(entry, 'done', `Saved in ${directory}.`);
  };

  const deliver = async (entry: Entry, staged: Staged, socket: Socket): Promise<void> => {
    const file = await open(staged.path, 'r');
    try {
      set(entry, { state: 'active', text: `To ${entry.view.nick}.`, done: entry.position });
      const { position } = entry;
      await sendFile({
        socket,
        file,
        position,
        size: staged.size,
        stall: timings.stall,
        signal: entry.abort.signal,
        onProgress: progress(entry),
      });
    } finally {
      await file.close();
    }
    end(entry, 'done', `${entry.view.nick} has it.`);
  };
  const passive = async (entry: Entry, answered: Promise<DccOffer>): Promise<Socket> => {
    const aborted = Promise.withResolvers<never>();
    entry.abort.signal.addEventListener('abort', () => {
      aborted.reject(entry.abort.signal.reason);
    });
    expireAfter(entry, 'Nobody has taken the file in time.');
    const { address, port } = await Promise.race([answered, aborted.promise]);
    clearTimeout(entry.timer);
    if (address === null) throw new ContractError('unavailable', 'They did not say where they wait for the file.');
    const no = refusal(address, port, allowed());
    if (no !== null) throw new ContractError('unavailable', no);
    set(entry, { state: 'connecting', text: 'Connecting…' });
    return connectTo(address, port, timings.connect, entry.abort.signal);
  };

  const run = (entry: Entry, work: Promise<void>): void => {
    entry.running = work.catch((error: unknown) => {
      end(entry, 'failed', sentence(error));
    });
  };
  const countRunning = (): number => [...entries.values()].filter((entry) => entry.view.state !== 'offered' && !isOver(entry)).length;
  const checkRoom = (): void => {
    if (countRunning() >= MAX_RUNNING)
      throw new ContractError('limit', `${MAX_RUNNING} files are under way already. Wait for one, or cancel one.`);
  };

  const control = (server: ServerName, { from, verb, port, position, token }: ResumeEvent): void => {
    const isSame = (entry: Entry): boolean => {
      const offer = entry.offer ?? { address: null, port: entry.port, token: entry.token };
      return token === null ? offer.port === port && port !== 0 : offer.token === token;
    };
    if (verb === 'accept') {
      find(server, from.nick, (entry) => entry.resumed !== null && isSame(entry))?.resumed?.resolve(position);
      return;
    }
    const entry = find(server, from.nick, (sent) => sent.view.direction === 'send' && sent.view.state === 'waiting' && isSame(sent));
    // More than there is: an error of theirs, or a trick. They get the whole file, or nothing.
    if (!entry || position >= (entry.view.size ?? 0)) return;
    entry.position = position;
    try {
      say(entry, writeResume('ACCEPT', entry.view.name, port, position, token));
    } catch (error) {
      end(entry, 'failed', sentence(error));
    }
  };

  return {
    start: () => staging.start(),
    stop: async () => {
      for (const entry of entries.values()) end(entry, 'cancelled', 'Sotto ends.');
      await Promise.all([...entries.values()].flatMap(({ running }) => (running === null ? [] : [running])));
      clearTimeout(telling);
      await staging.stop();
    },
    views,
    irc: (server, event) => {
      if (event.kind === 'dcc') offered(server, event.from, event.offer);
      else if (event.kind === 'dccResume') control(server, event);
      else if (event.kind === 'nick' && !event.historic) {
        const was = servers.fold(server, event.from.nick);
        for (const entry of entries.values()) {
          if (entry.view.server !== server || entry.key !== was || isOver(entry)) continue;
          entry.key = servers.fold(server, event.to);
          set(entry, { nick: event.to });
        }
      } else if (event.kind === 'state' && event.state.phase !== 'online') {
        // Who has the nick afterwards is not known.
        for (const entry of entries.values())
          if (entry.view.server === server && (entry.view.state === 'offered' || entry.view.state === 'waiting'))
            end(entry, 'failed', 'The connection to the server ended before it began.');
      }
    },
    accept: (id) => {
      const entry = require(id);
      const { offer } = entry;
      if (entry.view.state !== 'offered' || offer === null) throw new ContractError('badInput', 'This offer is over.');
      const no = obstacle(entry.view.server, entry.view.nick) ?? refusalOf(offer);
      if (no !== null) throw new ContractError('unavailable', no);
      checkRoom();
      clearTimeout(entry.timer);
      set(entry, { state: 'connecting', text: 'Connecting…' });
      run(entry, receive(entry, offer));
    },
    reject: (id) => {
      const entry = require(id);
      if (entry.view.state !== 'offered') throw new ContractError('badInput', 'This offer is over.');
      end(entry, 'cancelled', 'You did not take it.');
    },
    cancel: (id) => {
      const entry = require(id);
      if (!isOver(entry)) end(entry, 'cancelled', 'You cancelled it.');
      else {
        entries.delete(id);
        tell();
      }
    },
    part: (connection, at, data) => staging.add(connection, at, data),
    send: async (connection, server, nick, rawName) => {
      const no = obstacle(server, nick);
      if (no !== null) throw new ContractError('unavailable', no);
      const isPassive = settings().passive;
      if (!isPassive && settings().server === null)
        throw new ContractError('unavailable', 'Sending with `passive = false` needs `[file_transfer.server]`.');
      checkRoom();
      const staged = await staging.take(connection);
      const name = safeFileName(rawName);
      const entry = add(server, nick, { direction: 'send', name, size: staged.size, state: 'waiting', text: `Waiting for ${nick}.` });
      const { size } = staged;
      const socket = async (): Promise<Socket> => {
        if (!isPassive)
          return waitFor(entry, (address, port) => {
            entry.port = port;
            say(entry, writeSend({ name, size, address, port, token: null }));
          });
        entry.token = String(randomInt(1, 2 ** 31));
        entry.answered = Promise.withResolvers<DccOffer>();
        say(entry, writeSend({ name, size, address: null, port: 0, token: entry.token }));
        return passive(entry, entry.answered.promise);
      };
      run(
        entry,
        socket()
          .then((opened) => deliver(entry, staged, opened))
          .finally(() => staging.remove(staged.path)),
      );
      return entry.view.id;
    },
  };
}
