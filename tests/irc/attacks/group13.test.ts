/** Privacy, as far as links and configuration have a part in it. */
import type { LookupAddress } from 'node:dns';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { IrcServerConfig } from '../../../src/config/config.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { proxyOf } from '../../../src/core/transportOptions.ts';
import { dial } from '../../../src/net/dial.ts';
import { NetError } from '../../../src/net/errors.ts';
import type { Proxy } from '../../../src/net/proxy.ts';
import type { Surroundings } from '../../../src/irc/network.ts';
import type { Connection } from '../../../src/ui/shared/connection.svelte.ts';
import { createTyping } from '../../../src/ui/chat/typing.svelte.ts';
import { testClient } from '../../support/irc/client.ts';
import { bufferId } from '../../support/commands.ts';
import { harness, NOW, onlineHarness } from '../../support/irc/session.ts';
import { dialOptions } from '../../support/irc/dialing.ts';
import { listenOn } from '../../support/irc/listeners.ts';
import { startHttpProxy, startSocks } from '../../support/irc/proxies.ts';
import { startScripted } from '../../support/irc/scripted.ts';

const root = join(import.meta.dirname, '..', '..', '..', 'src');
const sources = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.(ts|svelte)$/.test(name))
  .map((name) => ({ name, text: readFileSync(join(root, name), 'utf8') }));
const filesWith = (pattern: RegExp): string[] =>
  sources
    .filter(({ text }) => pattern.test(text))
    .map(({ name }) => name)
    .sort();

const servers = (text: string): IrcServerConfig[] => {
  const { config, problems } = loadConfig(text);
  if (!config) throw new Error(problems.map(({ message }) => message).join('\n'));
  return config.servers.filter((server) => server.protocol === 'irc');
};
const socks = (port: number): Proxy => ({ kind: 'socks5', host: '127.0.0.1', port, username: null, password: null });

it('attack 13: DNS outside of the proxy: a server is looked up by the proxy alone, at every attempt', async () => {
  const looked: string[] = [];
  const proxy = await startSocks({ reply: 4 });
  const clock = testClock();
  const client = testClient(
    { host: 'irc.secret.example', port: 6697, tls: true, proxy: socks(proxy.port) },
    {
      ...clock,
      dial: (options) =>
        dial({
          ...options,
          resolve: (name) => {
            looked.push(name);
            return Promise.reject(new NetError('nameNotFound', 'none'));
          },
        }),
    },
  );
  client.network.start();
  await client.until(() => proxy.asked.length >= 3);
  await client.network.stop(null);
  expect(new Set(proxy.asked.map(({ host }) => host))).toEqual(new Set(['irc.secret.example']));
  expect(looked).toEqual([]);
});

it('attack 13: DNS outside of the proxy: only one file of the program looks names up', () => {
  const importing = filesWith(/^import (?!type )[^;]*from 'node:dns(\/promises)?'/m);
  expect(importing).toEqual(['net/tcp.ts']);
});

it('attack 13: no ident server: a connection opens no port', async () => {
  const listening = (): string[] => {
    const mine = new Set(
      readdirSync('/proc/self/fd').flatMap((fd) => {
        try {
          return [/^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[1] ?? ''];
        } catch {
          return [];
        }
      }),
    );
    return ['tcp', 'tcp6'].flatMap((table) =>
      readFileSync(`/proc/self/net/${table}`, 'utf8')
        .split('\n')
        .map((line) => line.trim().split(/\s+/))
        .filter((row) => row[3] === '0A' && mine.has(row[9] ?? ''))
        .map((row) => row[1] ?? ''),
    );
  };
  const server = await startScripted();
  const before = listening();
  expect(before).not.toEqual([]);
  const client = testClient({ port: server.port });
  client.network.start();
  await server.greet();
  await client.waitPhase('online');
  expect(listening()).toEqual(before);
  await client.network.stop(null);
});

it('attack 13: the name of the system user in USER: it is the nick, unless the file says otherwise', async () => {
  const [config] = servers('[servers.a]\nnickname = "shy"\nserver = "127.0.0.1"\n');
  expect([config?.username, config?.realname]).toEqual(['shy', 'shy']);
  const server = await startScripted();
  const client = testClient({ port: server.port, nick: 'shy', username: config?.username ?? '', realname: config?.realname ?? '' });
  client.network.start();
  await server.greet();
  await client.waitPhase('online');
  expect(server.heard).toContainEqual(expect.stringMatching(/^USER shy 0 \* :?shy$/));
  const name = userInfo().username;
  expect(server.heard.join('\n').replaceAll('shy', '').split(/\W+/)).not.toContain(name);
  expect(filesWith(/userInfo\(|process\.env\.(USER|LOGNAME)|env\['(USER|LOGNAME)'\]/)).toEqual([]);
  await client.network.stop(null);
});

it('attack 13: AWAY tells nothing by itself', async () => {
  const server = await startScripted();
  const client = testClient({ port: server.port });
  client.network.start();
  await server.greet({ caps: 'away-notify draft/pre-away' });
  await client.waitPhase('online');
  client.network.act({ kind: 'join', channel: '#a', key: null });
  await server.hear(/^JOIN :?#a/);
  expect(server.heard.filter((line) => /^AWAY/.test(line))).toEqual([]);
  // Nothing in the program watches for a lock, a screen saver or idleness.
  expect(filesWith(/IdleDetector|getSystemIdle|ScreenSaver|on\('lock-screen/)).toEqual([]);
  await client.network.stop(null);
});

it('attack 13: one client certificate on two networks is warned of', () => {
  const entry = (name: string, server: string, cert: string): string =>
    `[servers.${name}]\nnickname = "n"\nserver = "${server}"\nsasl.external.cert = "${cert}"\n`;
  const warnings = (text: string): string[] => loadConfig(text).problems.map(({ path, message }) => `${path ?? ''} ${message}`);
  expect(warnings(entry('a', 'irc.a.org', '/me.pem') + entry('b', 'irc.b.org', '/me.pem'))).toEqual([
    expect.stringMatching(/^servers\.b\.sasl\.external\.cert .*servers\.a.*same person/),
  ]);
  expect(warnings(entry('a', 'irc.a.org', '/me.pem') + entry('b', 'irc.b.org', '/other.pem'))).toEqual([]);
  expect(warnings(entry('a', 'irc.a.org', '/me.pem') + entry('b', 'irc.a.org', '/me.pem'))).toEqual([]);
});

it('attack 13: a Tor circuit of its own for each server', async () => {
  const found = servers(
    '[proxy.tor]\n[servers.a]\nnickname = "n"\nserver = "irc.a.org"\n[servers.b]\nnickname = "n"\nserver = "irc.b.org"\n',
  );
  const target = await startScripted();
  const tor = await startSocks({ target: target.port });
  for (const config of found) {
    const proxy = await proxyOf(config.proxy && { ...config.proxy, port: tor.port }, () =>
      Promise.reject(new Error('Tor has no password')),
    );
    expect(proxy?.kind).toBe('tor');
    for (let attempt = 0; attempt < 2; attempt++) (await dial(dialOptions(6667, { host: config.server, tls: false, proxy }))).destroy();
  }
  const [a1, a2, b1, b2] = tor.asked.map(({ username, host }) => ({ username, host }));
  expect([a1?.host, b1?.host]).toEqual(['irc.a.org', 'irc.b.org']);
  expect([a1?.username, b1?.username]).toEqual([a2?.username, b2?.username]);
  expect(a1?.username).not.toBe(b1?.username);
  // Neither the name of the server nor anything that lasts over a restart.
  expect(a1?.username).toMatch(/^[0-9a-f]{32}$/);
});

it('attack 13: IPv6 past the proxy', async () => {
  // A machine without IPv6 has nothing to go around with.
  const here = await listenOn(null, undefined, '::1').catch(() => null);
  const port = here?.port ?? 6667;
  const http = await startHttpProxy({ status: 403 });
  const tor = await startSocks({ reply: 2 });
  const proxies: Proxy[] = [
    { kind: 'http', host: '127.0.0.1', port: http.port, username: null, password: null },
    { kind: 'tor', host: '127.0.0.1', port: tor.port, circuit: 'x' },
  ];
  for (const proxy of proxies)
    for (const host of ['::1', '[::1]', 'localhost']) {
      const resolve = (): Promise<LookupAddress[]> => Promise.resolve([{ address: '::1', family: 6 }]);
      await expect(dial(dialOptions(port, { host, tls: false, proxy, resolve }))).rejects.toMatchObject({ code: 'proxyRefused' });
    }
  expect(http.asked.map(({ host }) => host)).toEqual(['[::1]', '[::1]', 'localhost']);
  expect(tor.asked.map(({ kind }) => kind)).toEqual([4, 4, 3]);
  expect(here?.connections() ?? 0).toBe(0);
});

it('attack 13: the time zone in CTCP TIME is never told, wherever we are', () => {
  const zone = process.env['TZ'];
  process.env['TZ'] = 'Asia/Kathmandu';
  try {
    const answers = { ping: true, source: true, time: true, version: true, userinfo: null };
    const one = onlineHarness({ ctcp: () => answers });
    one.feed(':eve!e@h PRIVMSG me :\u0001TIME\u0001');
    one.clock.advance(60_000);
    expect(one.sent).toEqual([`NOTICE eve :\u0001TIME ${new Date(NOW).toUTCString()}\u0001`]);
  } finally {
    if (zone === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zone;
  }
});

it('attack 13: typing while a command is drafted', () => {
  const told: unknown[] = [];
  const call: Connection['call'] = (_name, parameters) => {
    told.push(parameters);
    return new Promise(() => undefined);
  };
  const typing = createTyping({ connection: { call }, mayTell: () => true });
  const buffer = bufferId(1);
  for (const draft of ['/', '/m', '/msg NickServ identify hunter2', ' /msg NickServ identify hunter2', '\t/x', '  '])
    typing.edited(buffer, draft);
  expect(told).toEqual([]);
  typing.edited(buffer, 'hello');
  typing.edited(buffer, '/msg');
  typing.ended(buffer, 'left');
  expect(told).toEqual([
    { buffer, state: 'active' },
    { buffer, state: 'done' },
  ]);
});

it('attack 13: read markers that were not wanted are not sent', () => {
  const caps = 'batch message-tags server-time draft/read-marker';
  const refusing = onlineHarness({ doNotRequest: ['draft/read-marker'] }, 'batch message-tags server-time');
  refusing.session.act({ kind: 'markRead', target: '#room', time: NOW });
  refusing.clock.advance(60_000);
  expect(refusing.sent).toEqual([]);
  const asked = harness({ doNotRequest: ['draft/read-marker'] });
  asked.feed(`:irc.test CAP * LS :${caps}`);
  expect(asked.sent.join('\n')).toContain('CAP REQ');
  expect(asked.sent.join('\n')).not.toContain('read-marker');
  // Where it is wanted, a line that arrives or is shown says nothing by itself; reading does.
  const wanting = onlineHarness({}, caps);
  wanting.feed('@time=2026-06-01T11:59:00.000Z :ann!a@h PRIVMSG #room :hi', ':ann!a@h PRIVMSG me :hi');
  wanting.clock.advance(60_000);
  expect(wanting.sent.filter((line) => line.startsWith('MARKREAD'))).toEqual([]);
  wanting.session.act({ kind: 'markRead', target: '#room', time: NOW });
  wanting.clock.advance(60_000);
  expect(wanting.sent.filter((line) => line.startsWith('MARKREAD'))).toHaveLength(1);
});

it('attack 13: WebRTC in the page is not used anywhere', () => {
  expect(filesWith(/new RTC|RTCDataChannel|getUserMedia|webkitRTC/)).toEqual([]);
});

it('attack 13: plain after TLS failed: every attempt begins with a TLS handshake', async () => {
  const firstBytes: number[] = [];
  const listener = await listenOn(null, (socket) => {
    socket.once('data', (bytes: Uint8Array) => {
      firstBytes.push(bytes[0] ?? -1);
      socket.destroy();
    });
  });
  const client = testClient({ host: 'localhost', port: listener.port, tls: true }, testClock());
  client.network.start();
  await client.until(() => firstBytes.length >= 4);
  await client.network.stop(null);
  expect(new Set(firstBytes)).toEqual(new Set([0x16]));
  expect(listener.received()).not.toMatch(/NICK|USER|CAP/);
});

/** Pauses between attempts are over at once. */
function testClock(): Surroundings {
  return {
    dial,
    clock: {
      now: () => performance.now(),
      after: (ms, work) => {
        const timer = setTimeout(work, ms > 20_000 ? ms : Math.min(ms, 5));
        return () => {
          clearTimeout(timer);
        };
      },
    },
    wallClock: () => Date.now(),
    random: () => 0,
  };
}
