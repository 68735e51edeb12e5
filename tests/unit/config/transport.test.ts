import { expect, it } from 'vitest';
import type { IrcServerConfig } from '../../../src/config/config.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { isReadOnlyKey } from '../../../src/config/readOnlyKeys.ts';
import { containing } from '../../support/containing.ts';

const irc = (text: string): IrcServerConfig => {
  const { config, problems } = loadConfig(text);
  const [server] = config?.servers ?? [];
  if (server?.protocol !== 'irc') throw new Error(problems.map(({ message }) => message).join('\n'));
  return server;
};
const minimal = '[servers.a]\nnickname = "bob"\nserver = "irc.example.org"\n';
const first = (text: string): { severity: string; message: string; path: string | null } => {
  const [problem] = loadConfig(text).problems;
  if (!problem) throw new Error('no problem');
  return problem;
};

it.each([
  ['[proxy.http]\nhost = "p"\nport = 8080', { kind: 'http', host: 'p', port: 8080, username: null, password: null }],
  [
    '[proxy.socks5]\nhost = "p"\nport = 1080\nusername = "u"\npassword = "x"',
    { kind: 'socks5', host: 'p', port: 1080, username: 'u', password: { source: 'text', text: 'x' } },
  ],
  ['[proxy.tor]', { kind: 'tor', host: '127.0.0.1', port: 9050 }],
  ['[proxy.tor]\nhost = "gateway"\nport = 9100', { kind: 'tor', host: 'gateway', port: 9100 }],
])('takes a proxy for all servers, or for one: %s', (table, proxy) => {
  const everywhere = loadConfig(`${minimal}${table}\n`);
  expect(everywhere.problems).toEqual([]);
  expect(everywhere.config?.proxied).toBe(true);
  expect(irc(`${minimal}${table}\n`)).toMatchObject({ proxy });
  const own = `${minimal}${table.replace('[proxy', '[servers.a.proxy')}\n`;
  expect(loadConfig(own).problems).toEqual([]);
  expect(loadConfig(own).config?.proxied).toBe(true);
  expect(irc(own).proxy).toEqual(proxy);
});

it('lets a server’s own proxy stand in the place of the general one', () => {
  const text = `${minimal}[servers.a.proxy.tor]\n[servers.b]\nnickname = "n"\nserver = "x"\n[proxy.socks5]\nhost = "p"\nport = 1\n`;
  expect(loadConfig(text).config?.servers).toMatchObject([{ proxy: { kind: 'tor' } }, { proxy: { kind: 'socks5' } }]);
});

it.each([
  ['[proxy]', 'proxy'],
  ['[proxy.tor]\n[proxy.http]\nhost = "p"\nport = 1', 'proxy'],
  ['[proxy.i2p]', 'proxy'],
  ['[proxy.http]\nhost = "p"', 'proxy.http.port'],
  ['[proxy.http]\nport = 1', 'proxy.http.host'],
  ['[proxy.http]\nhost = "http://p"\nport = 1', 'proxy.http.host'],
  ['[proxy.http]\nhost = "p"\nport = 1\nusername = "a:b"', 'proxy.http.username'],
  ['[proxy.socks5]\nhost = "p"\nport = 1\npassword = "x"', 'proxy.socks5.password'],
  [`[proxy.socks5]\nhost = "p"\nport = 1\nusername = "${'ä'.repeat(128)}"`, 'proxy.socks5.username'],
  ['[proxy.tor]\nport = 0', 'proxy.tor.port'],
  ['[servers.a]\nproxy = "tor"', 'servers.a.proxy'],
])('refuses %s, so that nothing goes around a proxy that was meant', (table, path) => {
  const text = table.startsWith('[servers.a]') ? `${minimal}${table.slice(12)}\n` : `${minimal}${table}\n`;
  expect(loadConfig(text).config).toBeNull();
  expect(first(text)).toMatchObject({ severity: 'error', path });
});

it('names the entry of the keyring that holds the password of a proxy', () => {
  const table = 'host = "p"\nport = 1\nusername = "u"\npassword_keyring = true\n';
  const password = (entry: string) => ({ proxy: { password: { source: 'keyring', entry } } });
  expect(irc(`${minimal}[proxy.http]\n${table}`)).toMatchObject(password('proxy.http.password'));
  expect(irc(`${minimal}[servers.a.proxy.socks5]\n${table}`)).toMatchObject(password('servers.a.proxy.socks5.password'));
  expect(loadConfig(`${minimal}[proxy.http]\n${table}password = "x"\n`).config).toBeNull();
});

it('takes a WebSocket, whose port follows use_tls', () => {
  expect(irc(`${minimal}use_websocket = true\n`)).toMatchObject({
    port: 443,
    webSocket: { path: '/', pingInterval: 60 },
  });
  expect(irc(`${minimal}use_websocket = true\nuse_tls = false\nwebsocket_path = "/socket"\nwebsocket_ping_interval = 5\n`)).toMatchObject({
    port: 80,
    webSocket: { path: '/socket', pingInterval: 5 },
  });
  expect(irc(`${minimal}websocket_path = "/x"\n`).webSocket).toBeNull();
  for (const bad of ['"socket"', '"/a b"', '"/a\\r\\nX: y"', '"/ü"'])
    expect(loadConfig(`${minimal}websocket_path = ${bad}\n`).config).toBeNull();
});

it('reads fingerprints as people write them', () => {
  const sha256 = 'AB:'.repeat(31) + 'CD';
  expect(irc(`${minimal}certificate_fingerprints = ["${sha256}", "${'0f'.repeat(64)}"]\n`).certificateFingerprints).toEqual([
    `${'ab'.repeat(31)}cd`,
    '0f'.repeat(64),
  ]);
  for (const bad of ['""', '"ab"', `"${'ab'.repeat(20)}"`, `"${'xy'.repeat(32)}"`])
    expect(first(`${minimal}certificate_fingerprints = [${bad}]\n`)).toMatchObject({
      severity: 'error',
      message: containing(/SHA-256/),
    });
});

it('reads the client certificate, and says where it would go to the wrong people', () => {
  const external = 'sasl.external.cert = "/me.pem"\n';
  expect(irc(minimal + external)).toMatchObject({
    clientCertificate: { certPath: '/me.pem', keyPath: null, disconnectOnFailure: true },
  });
  expect(loadConfig(minimal + external).problems).toEqual([]);
  expect(irc(`${minimal}[servers.a.sasl.external]\ncert = "/c"\nkey = "/k"\ndisconnect_on_failure = false\n`).clientCertificate).toEqual({
    certPath: '/c',
    keyPath: '/k',
    disconnectOnFailure: false,
  });
  expect(first(`${minimal}${external}use_tls = false\n`)).toMatchObject({ severity: 'warning', message: containing(/use_tls/) });
  expect(first(`${minimal}${external}dangerously_accept_invalid_certs = true\n`)).toMatchObject({
    severity: 'warning',
    message: containing(/certificate_fingerprints/),
  });
  expect(loadConfig(`${minimal}sasl.external = {}\n`).config).toBeNull();
});

it('keeps all of it out of the hands of a page', () => {
  for (const path of [
    'proxy.tor.host',
    'proxy.socks5.host',
    'servers.a.proxy.http.port',
    'servers.a.sasl.external.key',
    'servers.a.certificate_fingerprints',
    'servers.a.dangerously_accept_invalid_certs',
  ])
    expect([path, isReadOnlyKey(path.split('.'))]).toEqual([path, true]);
  expect(isReadOnlyKey(['servers', 'a', 'use_websocket'])).toBe(false);
});
