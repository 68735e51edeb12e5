import { afterEach, describe, expect, test } from 'vitest';
import { startIrcServer, type IrcClient, type IrcServer } from '../../src/host/demo/ircServer.ts';
import type { NetworkOptions } from '../../src/irc/network.ts';
import { toChunks, utf8 } from '../../src/irc/session/sasl/payload.ts';
import { testClient, type TestClient } from '../support/irc/client.ts';

const plainPayload = ({ username, password }: { username: string; password: string }): string[] =>
  toChunks(utf8(`${username}\0${username}\0${password}`));
const PASSWORD = 'very-secret-password';
const servers: IrcServer[] = [];
const clients: TestClient[] = [];
afterEach(async () => {
  await Promise.all(clients.splice(0).map(({ network }) => network.stop(null)));
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

const sasl = (disconnectOnFailure: boolean): Partial<NetworkOptions> => ({
  sasl: [{ kind: 'password', account: 'sotto', password: PASSWORD, plain: true, required: disconnectOnFailure }],
});

/** What a hostile server says when a line that begins with the key comes. Lines without a script get no answer. */
type Script = Record<string, string[]>;

const play = async (script: Script, options: Partial<NetworkOptions>): Promise<{ client: TestClient; received: () => string[] }> => {
  const seen: string[] = [];
  const server = await startIrcServer({
    onLine: (from: IrcClient, line) => {
      seen.push(line);
      for (const [start, answers] of Object.entries(script)) if (line.startsWith(start)) for (const answer of answers) from.sendRaw(answer);
      return !line.startsWith('QUIT');
    },
  });
  servers.push(server);
  const client = testClient({ port: server.port, ...options });
  clients.push(client);
  client.network.start();
  return { client, received: () => seen };
};

const welcome = [':irc.bad 001 sotto :Welcome', ':irc.bad 376 sotto :End of MOTD'];
const offer = ':irc.bad CAP * LS :sasl=PLAIN';
const acknowledge = ':irc.bad CAP * ACK :sasl';
const payload = plainPayload({ username: 'sotto', password: PASSWORD })[0] ?? '';

const scripts: [name: string, script: Script, secretMayGoOut: boolean][] = [
  ['ignores CAP and registers', { USER: welcome }, false],
  ['does not know CAP and registers', { CAP: [':irc.bad 421 sotto CAP :Unknown command'], USER: welcome }, false],
  ['offers no capability and registers', { 'CAP LS': [':irc.bad CAP * LS :'], USER: welcome, 'CAP END': welcome }, false],
  [
    'refuses the request and registers',
    { 'CAP LS': [offer], 'CAP REQ': [':irc.bad CAP * NAK :sasl'], USER: welcome, 'CAP END': welcome },
    false,
  ],
  [
    'registers in the middle of the exchange',
    { 'CAP LS': [offer], 'CAP REQ': [acknowledge], 'AUTHENTICATE PLAIN': ['AUTHENTICATE +'], [`AUTHENTICATE ${payload}`]: welcome },
    true,
  ],
  [
    'asks something else than PLAIN asks',
    { 'CAP LS': [offer], 'CAP REQ': [acknowledge], 'AUTHENTICATE PLAIN': ['AUTHENTICATE cj0x', ...welcome], 'CAP END': welcome },
    false,
  ],
  ['offers no mechanism of ours', { 'CAP LS': [':irc.bad CAP * LS :sasl=EXTERNAL'], 'CAP REQ': [acknowledge], 'CAP END': welcome }, false],
  [
    'drops sasl from its capabilities',
    { 'CAP LS': [':irc.bad CAP * LS :batch'], 'CAP REQ': [':irc.bad CAP * ACK :batch'], 'CAP END': welcome },
    false,
  ],
  [
    'refuses the password and registers',
    {
      'CAP LS': [offer],
      'CAP REQ': [acknowledge],
      'AUTHENTICATE PLAIN': ['AUTHENTICATE +'],
      [`AUTHENTICATE ${payload}`]: [':irc.bad 904 sotto :failed', ...welcome],
      'CAP END': welcome,
    },
    true,
  ],
  [
    'withdraws sasl after acknowledging it',
    { 'CAP LS': [offer], 'CAP REQ': [acknowledge, ':irc.bad CAP * DEL :sasl'], 'CAP END': welcome },
    false,
  ],
  ['acknowledges the loss of sasl', { 'CAP LS': [offer], 'CAP REQ': [':irc.bad CAP * ACK :-sasl', ...welcome], 'CAP END': welcome }, false],
  [
    'claims success before the password was asked for',
    { 'CAP LS': [offer], 'CAP REQ': [acknowledge], 'AUTHENTICATE PLAIN': [':irc.bad 903 sotto :ok', ...welcome], 'CAP END': welcome },
    false,
  ],
  [
    'claims success without any exchange',
    { 'CAP LS': [':irc.bad CAP * LS :', ':irc.bad 903 sotto :ok', ...welcome], 'CAP END': welcome },
    false,
  ],
];

describe('a required SASL login', () => {
  test.each(scripts)('ends the connection when the server %s', async (_name, script, secretMayGoOut) => {
    const { client, received } = await play(script, sasl(true));
    const { state } = await client.waitPhase('failed');
    expect(state.text).toMatch(/^Logging in as sotto failed: /);
    expect(client.all('registered')).toEqual([]);
    expect(client.all('state').map(({ state: { phase } }) => phase)).not.toContain('online');
    await client.until(() => received().some((line) => line.startsWith('QUIT')));
    expect(received().some((line) => line.includes(payload))).toBe(secretMayGoOut);
    expect(JSON.stringify(client.events)).not.toContain(PASSWORD);
    expect(client.network.joined()).toEqual([]);
  });

  test('is not satisfied by a server that never answers', async () => {
    const { client, received } = await play({}, sasl(true));
    await client.until(() => received().some((line) => line.startsWith('USER')));
    expect(received()[0]).toBe('CAP LS 302');
    expect(client.all('registered')).toEqual([]);
  });

  test('succeeds with 903, and CAP END follows it, not 900', async () => {
    const server = await startIrcServer({ accounts: { sotto: PASSWORD } });
    servers.push(server);
    const client = testClient({ port: server.port, ...sasl(true) });
    clients.push(client);
    client.network.start();
    await client.waitPhase('online');
    expect(client.all('server').some(({ text }) => text.includes('not encrypted'))).toBe(true);
    const lines = server.client('sotto')?.lines ?? [];
    expect(lines.indexOf('CAP END')).toBeGreaterThan(lines.findIndex((line) => line.includes(payload)));
  });
});

test('an optional SASL login goes on without an account', async () => {
  const { client } = await play(
    { 'CAP LS': [':irc.bad CAP * LS :batch'], 'CAP REQ': [':irc.bad CAP * ACK :batch'], 'CAP END': welcome },
    sasl(false),
  );
  await client.waitPhase('online');
});

describe('the PLAIN payload', () => {
  const text = (chunks: string[]): string =>
    new TextDecoder().decode(Uint8Array.from(atob(chunks.filter((chunk) => chunk !== '+').join('')), (byte) => byte.charCodeAt(0)));
  test('is account, account, password in UTF-8', () => {
    expect(text(plainPayload({ username: 'jürgen', password: 'pässwörd' }))).toBe('jürgen\0jürgen\0pässwörd');
  });
  test('goes out in pieces of 400, the last one short', () => {
    const chunks = plainPayload({ username: 'a', password: 'x'.repeat(400) });
    expect(chunks.map(({ length }) => length)).toEqual([400, 140]);
  });
  test('is closed with + where it is a multiple of 400', () => {
    const chunks = plainPayload({ username: 'a', password: 'x'.repeat(296) });
    expect(chunks.map(({ length }) => length)).toEqual([400, 1]);
    expect(chunks[1]).toBe('+');
  });
});
