import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { defaultConfig, type IrcServerConfig } from '../../../src/config/config.ts';
import { loadConfig } from '../../../src/config/load.ts';

const irc = (text: string): IrcServerConfig => {
  const { config, problems } = loadConfig(text);
  const [server] = config?.servers ?? [];
  if (server?.protocol !== 'irc') throw new Error(problems.map(({ message }) => message).join('\n'));
  return server;
};
const minimal = '[servers.a]\nnickname = "bob"\nserver = "irc.example.org"\n';

it('gives the defaults for an empty file', () => {
  const iroh = { enabled: false, mode: 'direct', port: null, externalAddress: null };
  const directMessages = { readReceipts: true, presence: false, coverTraffic: 'active', expireUnsent: 'never' };
  expect(loadConfig('')).toEqual({
    config: { ...defaultConfig, servers: [], veilid: { enabled: true, server: null }, iroh, directMessages, proxied: false },
    problems: [],
  });
});

it('fills in every default of a minimal entry', () => {
  expect(irc(minimal)).toEqual({
    protocol: 'irc',
    name: 'a',
    nickname: 'bob',
    altNicks: [],
    username: 'bob',
    realname: 'bob',
    server: 'irc.example.org',
    port: 6697,
    useTls: true,
    dangerouslyAcceptInvalidCerts: false,
    rootCertPath: null,
    certificateFingerprints: [],
    clientCertificate: null,
    proxy: null,
    webSocket: null,
    password: null,
    nickPassword: null,
    sasl: [],
    allowUnencryptedPasswords: false,
    nickIdentifySyntax: null,
    shouldGhost: false,
    ghostSequence: ['REGAIN'],
    umodes: null,
    doNotRequest: [],
    channels: [],
    channelKeys: {},
    channelKeyEntries: {},
    onConnect: [],
    queries: [],
    monitor: [],
    metadata: {},
    networks: {},
    whoPollEnabled: true,
    whoPollInterval: 2,
    automatedChathistory: true,
    autoconnect: true,
    reconnectDelay: 10,
    maxConnectionAttempts: 10,
    pingTime: 180,
    pingTimeout: 20,
    antiFlood: 2000,
  });
});

it('lets the default port follow use_tls', () => {
  expect(irc(`${minimal}use_tls = false`).port).toBe(6667);
});

it('points at the value of an error on line 7', () => {
  const { config, problems } = loadConfig(`# one\n\n${minimal}\nuse_tls = "yes"\n`);
  expect(config).toBeNull();
  expect(problems).toEqual([
    { severity: 'error', message: '`servers.a.use_tls` must be true or false.', line: 7, column: 11, path: 'servers.a.use_tls' },
  ]);
});

it('points at a syntax error on line 7', () => {
  expect(loadConfig(`# one\n\n${minimal}\nuse_tls = \n`).problems[0]).toMatchObject({ severity: 'error', line: 7, column: 11 });
});

it.each([
  ['nick = "b b"', '[servers.a]\nserver = "x"\n', 3],
  ['port = 70000', minimal, 4],
  ['server = "irc://x"', '[servers.a]\nnickname = "b"\n', 3],
  ['server = "x:6667"', '[servers.a]\nnickname = "b"\n', 3],
  ['channels = ["#a", 5]', minimal, 4],
  ['on_connect = ["a\\r\\nQUIT"]', minimal, 4],
  ['password = "a\\u0000"', minimal, 4],
  ['channel_keys = { "#a" = "b\\n" }', minimal, 4],
  ['protocol = "xmpp"', minimal, 4],
  ['sasl = 5', minimal, 4],
  ['sasl.plain = {}', minimal, 4],
  ['nick = "x"', minimal, 4],
  ['max_connection_attempts = 0', minimal, 4],
])('refuses %s', (line, before, at) => {
  const { config, problems } = loadConfig(before + line);
  expect(config).toBeNull();
  expect(problems[0]).toMatchObject({ severity: 'error', line: at });
});

it('names a missing nickname at the header of the table', () => {
  const { problems } = loadConfig('\n\n[servers.a]\nserver = "x"\n');
  expect(problems).toEqual([
    { severity: 'error', message: 'The server `servers.a` has no `nickname`.', line: 3, column: 1, path: 'servers.a' },
  ]);
});

it('names both sources when a secret has two', () => {
  const { config, problems } = loadConfig(`${minimal}password = "hunter2"\npassword_file = "/x"\n`);
  expect(config).toBeNull();
  expect(problems[0]).toMatchObject({ line: 5, column: 1 });
  expect(problems[0]?.message).toMatch(/`password`.*`password_file`/);
});

it('never repeats a password in a problem', () => {
  for (const text of [
    `${minimal}password = "hunter2\n`,
    `${minimal}password = ["hunter2"]\n`,
    `${minimal}nick_password = "hunter2\\n"\n`,
    `${minimal}password = hunter2\n`,
    `${minimal}password = "x"\npassword = "hunter2"\n`,
  ]) {
    expect(loadConfig(text).config).toBeNull();
    expect(JSON.stringify(loadConfig(text).problems)).not.toContain('hunter2');
  }
});

it('warns of an unknown key with the nearest known name and still loads', () => {
  const { config, problems } = loadConfig(`${minimal}chanels = ["#a"]\n[veilid]\nenabeld = true\n[buffer.timestamp]\nfromat = "x"\n`);
  expect(config).not.toBeNull();
  expect(problems.map(({ severity, message, line }) => [severity, message, line])).toEqual([
    ['warning', 'There is no setting `servers.a.chanels`. Did you mean `channels`?', 4],
    ['warning', 'There is no setting `veilid.enabeld`. Did you mean `enabled`?', 6],
    ['warning', 'There is no setting `buffer.timestamp.fromat`. Did you mean `format`?', 8],
  ]);
});

it('loads a config.toml made for Halloy without warnings', () => {
  const { config, problems } = loadConfig(`
theme = { light = "ferra-light", dark = "ferra" }
[servers.libera]
nickname = "halloy-user"
nick_password_file = "~/nickpass"
server = "irc.libera.chat"
channels = ["#halloy", { name = "#rust", mute = true }]
channel_keys = { "#rust" = "k" }
monitor = ["bob"]
[servers.libera.sasl.plain]
username = "u"
password = "p"
[servers.libera.filters]
ignore = ["x", { user = "y", channel = "#z" }]
[buffer.server_messages.join]
exclude = { channels = ["#a"], users = "all" }
[sidebar]
unread_indicator = "dot"
[notifications]
direct_message = { sound = "peck", show_toast = true }
[notifications.channel."#halloy"]
sound = "peck"
[[highlights.match]]
words = ["halloy"]
[keyboard]
move_up = "alt+k"
[actions.buffer]
click_nickname = { "open-query" = "new-pane" }
`);
  expect(problems).toEqual([{ severity: 'info', message: '6 settings are not used by this version.', line: 1, column: 1, path: null }]);
  expect(config?.servers[0]).toMatchObject({
    channels: [
      { name: '#halloy', mute: false },
      { name: '#rust', mute: true },
    ],
    channelKeys: { '#rust': 'k' },
    nickPassword: { source: 'file', firstLineOnly: true },
    sasl: [{ kind: 'plain', username: 'u', password: { source: 'text', text: 'p' }, disconnectOnFailure: true }],
  });
});

it('names the entries of the keyring as Halloy does, where true stands for them, and as they are written', () => {
  const config = irc(
    `${minimal}password_keyring = true\nnick_password_keyring = "My entry"\nsasl.plain = { username = "u", password_keyring = true }\n`,
  );
  expect(config).toMatchObject({
    password: { source: 'keyring', entry: 'servers.a.password' },
    nickPassword: { source: 'keyring', entry: 'My entry' },
    sasl: [{ password: { source: 'keyring', entry: 'servers.a.sasl.plain.password' } }],
  });
  for (const bad of ['password_keyring = ""', 'password_keyring = true\npassword = "x"', 'password_keyring = "a\\nb"'])
    expect(loadConfig(`${minimal}${bad}\n`).config, bad).toBeNull();
});

it('takes a route as base64 and base64url, and refuses one that is cut or damaged', () => {
  const entry = (blob: string): string => `[servers.v]\nprotocol = "veilid"\nveilid_route_blob = "${blob}"\n`;
  const whole = 'aZ-_'.repeat(200);
  expect(loadConfig(entry(whole)).config?.servers).toEqual([{ protocol: 'veilid', name: 'v', veilidRouteBlob: whole }]);
  expect(loadConfig(entry('aZ+/'.repeat(200) + 'aZ==')).config).not.toBeNull();
  for (const bad of [whole.slice(0, 100), `${whole}*`, `${whole}a`, 'aZ-_'.repeat(1500)]) {
    expect(loadConfig(entry(bad)).problems[0]).toMatchObject({ severity: 'error', line: 3, column: 21 });
  }
});

it.each([
  ['deep lists', `a = ${'['.repeat(100_000)}`],
  ['deep dotted keys', `a${'.a'.repeat(100_000)} = 1`],
  ['too many values', `a = [${'1,'.repeat(200_000)}]`],
  ['a huge file', '#'.repeat(2 ** 20 + 1)],
])('refuses %s with one problem', (_, text) => {
  const { config, problems } = loadConfig(text);
  expect(config).toBeNull();
  expect(problems).toHaveLength(1);
});

it('finds no more problems than anybody reads', () => {
  const { problems } = loadConfig(Array.from({ length: 5_000 }, (_, index) => `unheard_of_${index} = 1`).join('\n'));
  expect(problems).toHaveLength(100);
});

it('keeps keys such as __proto__ away from every prototype', () => {
  const { config } = loadConfig(
    '__proto__.polluted = 1\nconstructor.prototype.polluted = 1\n[servers.__proto__]\nnickname = "b"\nserver = "x"\nchannel_keys = { __proto__ = "k" }\n',
  );
  expect(config?.servers).toHaveLength(1);
  expect({}).not.toHaveProperty('polluted');
});

it('refuses server names that are too long or hold control characters', () => {
  for (const name of ['x'.repeat(65), 'a\\u0007', '']) {
    expect(loadConfig(`[servers."${name}"]\nnickname = "b"\nserver = "x"\n`).problems[0]).toMatchObject({ severity: 'error', line: 1 });
  }
});

it('loads the example without a problem', async () => {
  const { config, problems } = loadConfig(await readFile('config.example.toml', 'utf8'));
  expect(problems).toEqual([]);
  expect(config?.servers.map(({ protocol }) => protocol)).toEqual(['irc', 'veilid']);
});
