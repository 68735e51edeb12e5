/** Commands without a core: what they do is recorded. */
import * as v from 'valibot';
import { defaultConfig, type CommandsConfig, type IgnoreConfig } from '../../src/config/config.ts';
import { noFeatures, type Action, type Origin } from '../../src/contract/chat.ts';
import { BufferId, MessageId, ServerName } from '../../src/contract/ids.ts';
import type { Message } from '../../src/contract/message.ts';
import type { BufferView, InputResult, ServerView, TransferView } from '../../src/contract/views.ts';
import { allCommands } from '../../src/core/commands/all.ts';
import type { CommandContext } from '../../src/core/commands/command.ts';
import { runInput } from '../../src/core/input.ts';
import { applyToken, defaultIsupport, type Isupport } from '../../src/irc/session/isupport.ts';

export const bufferId = (id: number): BufferId => v.parse(BufferId, id);
export const messageId = (id: number): MessageId => v.parse(MessageId, id);

export interface CommandRig {
  actions: Action[];
  said: [buffer: string, form: string, text: string][];
  /** Everything else that was done, in words. */
  deeds: string[];
  shown: string[];
  isupport: Isupport;
  server: ServerView;
  settings: { -readonly [K in keyof CommandsConfig]: CommandsConfig[K] };
  users: Record<string, Pick<Origin, 'user' | 'host' | 'account'>>;
  lines: Message[];
  ignored: IgnoreConfig[];
  transfers: TransferView[];
  buffer: BufferView;
  isOnConnect: boolean;
  /** Types one input. */
  type(text: string): Promise<InputResult>;
  /** The actions of one input. */
  acts(text: string): Promise<Action[]>;
}

const view = (kind: BufferView['kind'], name: string, id: number): BufferView => ({
  id: bufferId(id),
  kind,
  server: v.parse(ServerName, 'net'),
  contact: null,
  name,
  topic: '',
  joined: true,
  unread: 0,
  highlights: 0,
  readUpTo: null,
  draft: '',
  muted: false,
});

/** Typed in a channel `#here`, unless the name says otherwise: `net` the server, anything else a query. */
export function commandRig(name = '#here', tokens: readonly string[] = []): CommandRig {
  const isupport = defaultIsupport('rfc1459');
  for (const token of ['CHANTYPES=#', ...tokens]) applyToken(isupport, token);
  const rig: CommandRig = {
    actions: [],
    said: [],
    deeds: [],
    shown: [],
    isupport,
    server: {
      name: v.parse(ServerName, 'net'),
      protocol: 'irc',
      state: { phase: 'online', text: '', retryAt: null },
      nick: 'me',
      away: false,
      network: null,
      features: { ...noFeatures },
      bouncerNetworks: [],
      contact: null,
    },
    settings: { ...defaultConfig.commands },
    users: {},
    lines: [],
    ignored: [],
    transfers: [],
    buffer: view(name.startsWith('#') ? 'channel' : name === 'net' ? 'server' : 'query', name, 1),
    isOnConnect: false,
    type: (text) => runInput(text, context()),
    acts: async (text) => {
      rig.actions.length = 0;
      await rig.type(text);
      return [...rig.actions];
    },
  };
  const deed = (text: string): Promise<void> => {
    rig.deeds.push(text);
    return Promise.resolve();
  };
  const context = (): CommandContext => ({
    buffer: rig.buffer,
    commands: allCommands,
    signal: new AbortController().signal,
    act: (action) => {
      rig.actions.push(action);
    },
    setAway: (away) => void deed(`away ${away}`),
    isChannel: (text) => isupport.chanTypes.includes(text.charAt(0)) && text !== '',
    say: (buffer, form, text, replyTo) => {
      rig.said.push([buffer.name, form, replyTo === undefined ? text : `${text} → ${replyTo ?? ''}`]);
      return Promise.resolve();
    },
    openQuery: (nick) => Promise.resolve(view('query', nick, 2)),
    checkNick: (nick) => {
      if (nick === 'held') throw new Error('held');
    },
    offerSecure: () => deed('offer'),
    openPlain: () => Promise.resolve(bufferId(3)),
    introduce: () => Promise.resolve(''),
    openChannel: (channel) => Promise.resolve(view('channel', channel, 4)),
    closeBuffer: () => deed('close'),
    disconnect: (reason) => deed(`disconnect ${reason ?? ''}`.trim()),
    connectContact: () => Promise.resolve(bufferId(5)),
    ownRoute: () => Promise.resolve('route'),
    rotateIdentity: () => deed('rotate'),
    info: (lines) => {
      rig.shown.push(...lines);
    },
    isupport: () => isupport,
    server: () => rig.server,
    userOf: (nick) => rig.users[nick] ?? null,
    settings: () => rig.settings,
    reconnect: () => deed('reconnect'),
    isOnConnect: rig.isOnConnect,
    newest: () => Promise.resolve(rig.lines),
    react: (message, text, removed) => deed(`react ${message} ${text} ${removed}`),
    redact: (message, reason) => deed(`redact ${message} ${reason}`.trim()),
    older: () => Promise.resolve({ lines: 3, ended: true }),
    register: ({ account, email, password }) => deed(`register ${account ?? ''} ${email ?? ''} ${password}`).then(() => 'made'),
    verify: ({ account, code }) => deed(`verify ${account} ${code}`).then(() => 'confirmed'),
    ignored: () => rig.ignored,
    setIgnored: (mask, isIgnored) => {
      rig.deeds.push(`${isIgnored ? 'ignore' : 'unignore'} ${mask}`);
      return Promise.resolve(mask !== 'known');
    },
    transfers: () => rig.transfers,
    transfer: (id, what) => void deed(`${what} ${id}`),
  });
  return rig;
}
