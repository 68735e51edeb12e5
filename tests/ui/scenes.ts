/** Snapshots and lines for the tests: a small network, two people, one stranger. */
import * as v from 'valibot';
import { noFeatures, type ServerFeatures } from '../../src/contract/chat.ts';
import { BufferId, ContactId, MessageId, ServerName } from '../../src/contract/ids.ts';
import type { Message } from '../../src/contract/message.ts';
import type { BufferView, ContactView, ServerView, Snapshot } from '../../src/contract/views.ts';
import { createFakeCore, type FakeCore } from './fakeCore.ts';

export const bufferId = (value: number): BufferId => v.parse(BufferId, value);
export const contactId = (value: number): ContactId => v.parse(ContactId, value);
export const messageId = (value: number): MessageId => v.parse(MessageId, value);
export const serverName = (value: string): ServerName => v.parse(ServerName, value);

/** Two days before 21 November 2026, 14:00. */
export const start = new Date(2026, 10, 20, 22, 40).getTime();

export const libera = serverName('Libera');

export const server = (more: Partial<ServerView> = {}): ServerView => ({
  name: libera,
  protocol: 'irc',
  state: { phase: 'online', text: 'Connected to irc.libera.chat over TLS', retryAt: null },
  nick: 'maren',
  away: false,
  network: 'Libera.Chat',
  features: noFeatures,
  bouncerNetworks: [],
  contact: null,
  ...more,
});

export const buffer = (id: number, name: string, more: Partial<BufferView> = {}): BufferView => ({
  id: bufferId(id),
  kind: 'channel',
  server: libera,
  contact: null,
  name,
  topic: '',
  joined: true,
  unread: 0,
  highlights: 0,
  readUpTo: null,
  draft: '',
  muted: false,
  ...more,
});

export const contact = (id: number, nickname: string, more: Partial<ContactView> = {}): ContactView => ({
  id: contactId(id),
  nickname,
  theirName: nickname,
  presence: null,
  lastHeard: null,
  readReceipts: { chosen: null, configured: true },
  sharesPresence: { chosen: null, configured: false },
  cover: { chosen: null, configured: true },
  direct: null,
  mustConfirm: false,
  shield: 'not-verified',
  fingerprint: 'k3vq-8mzt',
  buffer: null,
  status: '',
  waiting: false,
  introducedBy: null,
  ...more,
});

export const message = (id: number, inBuffer: number, from: string | null, text: string, more: Partial<Message> = {}): Message => ({
  id: messageId(id),
  buffer: bufferId(inBuffer),
  time: start + id * 60_000,
  kind: 'privmsg',
  from,
  text,
  subject: null,
  self: false,
  highlight: false,
  receipt: null,
  ...more,
});

const commandRows = [
  ['join', '/join #channel[,#other] [key]', 'Joins one or more channels.', ['channel', 'word']],
  ['msg', '/msg nick-or-#channel text', 'Sends a message to a person or a channel.', ['target', 'text']],
  ['me', '/me text', 'Says what you do, as an action.', ['text']],
  ['nick', '/nick new-nick', 'Changes your nick on this server.', ['word']],
  ['topic', '/topic [text]', 'Shows or sets the topic.', ['text']],
  ['whois', '/whois nick', 'Asks the server about a nick.', ['nick']],
  ['connect', '/connect route-or-invite', 'Starts a private conversation.', ['word']],
  ['help', '/help [command]', 'Lists the commands, or explains one.', ['command']],
] as const;

const commands = commandRows.map(([name, usage, help, kinds]) => ({
  name,
  aliases: name === 'join' ? ['j'] : [],
  usage,
  help,
  arguments: [...kinds],
}));

export const emptySnapshot = (): Snapshot => ({
  version: '0.1.0',
  profile: 'default',
  demo: false,
  firstRun: false,
  fingerprint: 'p7ra-2hcd',
  servers: [],
  buffers: [],
  contacts: [],
  requests: [],
  secure: [],
  node: { phase: 'ready', reason: '', peers: 41, progress: null, routes: [{ text: 'own-route-blob', created: start }], direct: null },
  config: { path: '~/.config/sotto/config.toml', hash: 'h1', stale: false, problems: [] },
  commands,
  transfers: [],
  attention: { unread: 0, highlights: 0 },
  storage: { problem: null },
});

/** The scene that most tests, and the pictures, start from. */
export function usualCore(): FakeCore {
  const snapshot = emptySnapshot();
  snapshot.servers = [server()];
  snapshot.buffers = [
    buffer(1, 'Libera', { kind: 'server' }),
    buffer(2, '#gardening', {
      topic: 'Autumn: what to sow now · notes at https://garden.example/autumn · be kind',
      unread: 3,
      readUpTo: messageId(12),
    }),
    buffer(3, '#linux', { unread: 12, highlights: 2 }),
    buffer(4, '#sotto'),
    buffer(5, 'tomasz', { kind: 'query', unread: 1 }),
    buffer(6, 'Ines', { kind: 'private', server: null, contact: contactId(1), unread: 1 }),
    buffer(7, 'Jonas', { kind: 'private', server: null, contact: contactId(2) }),
  ];
  snapshot.contacts = [
    contact(1, 'Ines', { shield: 'verified', buffer: bufferId(6), status: 'reachable' }),
    contact(2, 'Jonas', {
      shield: 'not-verified',
      buffer: bufferId(7),
      status: 'route unreachable, trying again in 40 s',
      fingerprint: 'w2xn-5tge',
    }),
  ];
  snapshot.requests = [{ contact: contactId(3), nickname: 'quiet fox', fingerprint: 'm4ze-9rud', time: start, texts: 2 }];
  const core = createFakeCore(snapshot);
  core.messages.set(bufferId(2), [
    message(1, 2, 'alda', 'joined', { kind: 'join', text: '' }),
    message(2, 2, 'brisk', '', { kind: 'join' }),
    message(3, 2, 'oleander', 'Connection reset by peer', { kind: 'quit' }),
    message(
      4,
      2,
      'oleander',
      'Has anybody sown broad beans already? The old almanac says mid November, but the ground here is still warm.',
    ),
    message(5, 2, 'thistle', 'Last week, under fleece. They are up: two leaves each.'),
    message(6, 2, 'thistle', 'photos: https://garden.example/beans/2026'),
    message(7, 2, 'maren', 'I put mine in pots first, the \u0002mice\u0002 dig up everything else', { self: true }),
    message(8, 2, 'oleander', 'looks up from the compost heap', { kind: 'action' }),
    message(9, 2, 'brisk', 'Ping timeout', { kind: 'quit' }),
    message(10, 2, 'brisk', '', { kind: 'join' }),
    message(11, 2, 'alda', 'alda_', { kind: 'nick', subject: 'alda_' }),
    message(12, 2, 'sorrel', 'Mice do not like \u000309holly\u0003 leaves around the rows. Old trick, works well.'),
    message(100, 2, 'sorrel', 'set', { kind: 'topic', text: 'Autumn: what to sow now · notes at https://garden.example/autumn · be kind' }),
    message(101, 2, 'thistle', 'maren: how deep do you put them?', { highlight: true }),
    message(102, 2, 'alda_', 'Five centimetres is plenty, and \u001dnever\u001d in wet soil'),
    message(103, 2, 'sorrel', 'There is a table of depths in the notes, see \u0011sow --list beans\u0011'),
  ]);
  core.members.set(
    bufferId(2),
    [
      '@sorrel',
      '@gate',
      '+thistle',
      '+oleander',
      'maren',
      'alda_',
      'brisk',
      'fennel',
      'hazel',
      'juniper',
      'linnet',
      'marrow',
      'nettle',
      'rook',
      'tansy',
      'wren',
    ].map((name) => {
      const prefix = /^[@+]/.exec(name)?.[0] ?? '';
      return { nick: name.slice(prefix.length), prefix, away: name === 'rook' || name === 'nettle', account: null };
    }),
  );
  core.messages.set(bufferId(6), [
    message(201, 6, null, 'The key is agreed and confirmed. Messages are sealed and travel over Veilid.', { kind: 'info' }),
    message(202, 6, 'Ines', 'There you are! No server in between, then?'),
    message(203, 6, 'maren', 'None. Compare the number behind the shield when you have a minute.', {
      self: true,
      receipt: { state: 'delivered', reason: null },
    }),
    message(204, 6, 'Ines', 'Did that over the phone just now: all twelve groups are the same.'),
    message(205, 6, 'maren', 'Good. Then here is the address of the hut: third path after the mill, the red door.', {
      self: true,
      receipt: { state: 'read', reason: null },
    }),
    message(206, 6, 'maren', 'Bring boots.', { self: true, receipt: { state: 'sent', reason: null } }),
    message(207, 6, 'maren', 'And the map', { self: true, receipt: { state: 'queued', reason: 'waiting for a route' } }),
    message(208, 6, 'maren', 'x'.repeat(60), { self: true, receipt: { state: 'failed', reason: 'too long: at most 29,000 bytes' } }),
  ]);
  return core;
}

/** All that a server of today can do. */
export const allFeatures: ServerFeatures = {
  ...noFeatures,
  typing: true,
  replies: true,
  reactions: true,
  redaction: true,
  history: true,
  accountRegistration: true,
};

/** The usual scene on such a server: answers, reactions, marks, a line that was taken back, one of several lines. */
export function modernCore(features: ServerFeatures = allFeatures): FakeCore {
  const core = usualCore();
  core.snapshot.servers = [server({ features })];
  core.snapshot.buffers = core.snapshot.buffers.map((view) => (view.id === bufferId(2) ? { ...view, unread: 0, readUpTo: null } : view));
  core.messages.set(bufferId(2), [
    message(1, 2, 'oleander', 'Has anybody sown broad beans already? The ground here is still warm.', { isReferable: true }),
    message(2, 2, 'thistle', 'Last week, under fleece. They are up: two leaves each.', {
      isReferable: true,
      details: {
        replyTo: { message: messageId(1), from: 'oleander', text: 'Has anybody sown broad beans already? The ground here is still warm.' },
        reactions: [
          { text: '👍', nicks: ['oleander', 'maren', 'sorrel'] },
          { text: 'lovely', nicks: ['wren'] },
        ],
      },
    }),
    message(3, 2, 'almanac', 'Frost tonight from 3 o’clock: −2 °C', { isReferable: true, details: { bot: true } }),
    message(4, 2, 'wren/matrix', 'Cover the rows then', { isReferable: true, details: { relayedBy: 'bridge' } }),
    message(5, 2, 'sorrel', 'The gate code changed', { isReferable: true, details: { status: '@', oper: 'netadmin' } }),
    message(6, 2, 'brisk', '', { isReferable: true, details: { redacted: { by: 'sorrel', reason: 'wrong channel' } } }),
    message(7, 2, 'maren', 'My list:\n  beans\n  garlic\n  patience', { self: true, isReferable: true }),
    message(8, 2, 'oleander', 'nods', {
      kind: 'action',
      isReferable: true,
      details: { replyTo: { message: null, from: 'maren', text: 'a line from last month that is not loaded any more' } },
    }),
    message(9, 2, 'thistle', 'An old server gave this line no id'),
  ]);
  return core;
}
