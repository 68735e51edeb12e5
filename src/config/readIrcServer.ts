/** An irc entry: the table of the file to `IrcServerConfig`. */
import type { ServerName } from '../contract/ids.ts';
import type { IrcServerConfig, ProxyConfig } from './config.ts';
import { isTable, type Table } from './document.ts';
import { pathText, readTable, type Finding } from './readTable.ts';
import { readClientCertificate, readProxy, warnOfTransport } from './readTransport.ts';
import { readSasl, single } from './readSasl.ts';
import { IrcServer } from './sections/ircServer.ts';
import { readNetworks } from './sections/bouncerNetwork.ts';
import { readMetadata } from './sections/metadata.ts';
import { entryOf, readSecret } from './sections/secrets.ts';

const ports = { stream: { tls: 6697, plain: 6667 }, webSocket: { tls: 443, plain: 80 } };

/** `globalProxy`: what `[proxy]` of the file says. Null when an error was added to `findings`. */
export function readIrcServer(
  name: ServerName,
  table: Table,
  globalProxy: ProxyConfig | null,
  findings: Finding[],
): IrcServerConfig | null {
  const path = ['servers', name];
  const read = readTable(IrcServer, table, path, findings);
  const sasl = table['sasl'];
  if (sasl !== undefined && !isTable(sasl)) {
    findings.push({ severity: 'error', path: [...path, 'sasl'], message: `\`${pathText([...path, 'sasl'])}\` must be a table.` });
  }
  const logins = readSasl(isTable(sasl) ? sasl : {}, [...path, 'sasl'], read?.nickname ?? '', findings);
  const clientCertificate = readClientCertificate(isTable(sasl) ? sasl['external'] : undefined, [...path, 'sasl', 'external'], findings);
  const proxy = table['proxy'] === undefined ? globalProxy : readProxy(table['proxy'], [...path, 'proxy'], findings);
  if (read === null) return null;

  const missing = (key: string): void => {
    findings.push({ severity: 'error', path, message: `The server \`${pathText(path)}\` has no \`${key}\`.` });
  };
  if (read.nickname === null) missing('nickname');
  if (read.server === null) missing('server');
  const serverPassword = readSecret({
    text: read.password,
    file: read.password_file,
    firstLineOnly: read.password_file_first_line_only,
    command: read.password_command,
    keyring: read.password_keyring,
    entry: entryOf([...path, 'password']),
  });
  const nickPassword = readSecret({
    text: read.nick_password,
    file: read.nick_password_file,
    firstLineOnly: read.nick_password_file_first_line_only,
    command: read.nick_password_command,
    keyring: read.nick_password_keyring,
    entry: entryOf([...path, 'nick_password']),
  });
  read.channels.forEach((entry, index) => {
    if (/^[#&+!]/.test(entry.name)) return;
    const where = [...path, 'channels', index];
    findings.push({ severity: 'warning', path: where, message: `\`${pathText(where)}\` does not start with # as channels do.` });
  });
  const password = single(serverPassword, path, 'password', findings);
  const nickSecret = single(nickPassword, path, 'nick_password', findings);
  if (read.nickname === null || read.server === null) return null;
  const config: IrcServerConfig = {
    protocol: 'irc',
    name,
    nickname: read.nickname,
    altNicks: read.alt_nicks,
    username: read.username ?? read.nickname,
    realname: read.realname ?? read.nickname,
    server: read.server,
    port: read.port ?? ports[read.use_websocket ? 'webSocket' : 'stream'][read.use_tls ? 'tls' : 'plain'],
    useTls: read.use_tls,
    dangerouslyAcceptInvalidCerts: read.dangerously_accept_invalid_certs,
    rootCertPath: read.root_cert_path,
    certificateFingerprints: read.certificate_fingerprints,
    clientCertificate,
    proxy,
    webSocket: read.use_websocket ? { path: read.websocket_path, pingInterval: read.websocket_ping_interval } : null,
    password,
    nickPassword: nickSecret,
    sasl: logins,
    allowUnencryptedPasswords: read.allow_unencrypted_passwords,
    nickIdentifySyntax: read.nick_identify_syntax,
    shouldGhost: read.should_ghost,
    ghostSequence: read.ghost_sequence,
    umodes: read.umodes,
    doNotRequest: read.do_not_request,
    channels: read.channels,
    channelKeys: read.channel_keys,
    channelKeyEntries: keyEntries(read.channel_keys_keyring, path),
    onConnect: read.on_connect,
    queries: read.queries,
    monitor: read.monitor,
    metadata: readMetadata(table['metadata'], [...path, 'metadata'], findings),
    networks: readNetworks(table['networks'], [...path, 'networks'], findings),
    whoPollEnabled: read.who_poll_enabled,
    whoPollInterval: read.who_poll_interval,
    automatedChathistory: read.automated_chathistory,
    autoconnect: read.autoconnect,
    reconnectDelay: read.reconnect_delay,
    maxConnectionAttempts: read.max_connection_attempts,
    pingTime: read.ping_time,
    pingTimeout: read.ping_timeout,
    antiFlood: read.anti_flood,
  };
  warnOfTransport(config, path, findings);
  return config;
}

/** The entry of the keyring for each channel that has one. */
const keyEntries = (given: Readonly<Record<string, boolean | string>>, path: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    Object.entries(given).flatMap(([channel, entry]) =>
      entry === false ? [] : [[channel, entry === true ? entryOf([...path, 'channel_keys', channel]) : entry]],
    ),
  );
