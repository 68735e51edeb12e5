/** An irc entry: the table of the file to `IrcServerConfig`. */
import type { ServerName } from '../contract/ids.ts';
import type { IrcServerConfig, SaslPlainConfig } from './config.ts';
import { isTable, type Table } from './document.ts';
import type { Path } from './places.ts';
import { pathText, readTable, type Finding } from './readTable.ts';
import type { Secret } from './secret.ts';
import { IrcServer } from './sections/ircServer.ts';
import { SaslPlain } from './sections/sasl.ts';
import { readSecret, type ReadSecret } from './sections/secrets.ts';

const TLS_PORT = 6697;
const PLAIN_PORT = 6667;

const never = 'It is never connected without that.';
const reasons = {
  proxy: `This server uses a proxy or Tor, which this version cannot do. ${never}`,
  websocket: `This server is reached by WebSocket, which this version cannot do. ${never}`,
  external: `This server signs in with a certificate (sasl.external), which this version cannot do. ${never}`,
  keyring: `A password of this server is in the system’s keyring, which this version cannot read. ${never}`,
};

/** Adds an error when a secret has two sources. `name` is the key without suffix. */
function single({ secret, used }: ReadSecret, path: Path, name: string, findings: Finding[]): Secret | null {
  const [first, second] = used;
  if (first !== undefined && second !== undefined) {
    const message = `Both \`${name}${first}\` and \`${name}${second}\` are set in \`${pathText(path)}\`: remove one.`;
    findings.push({ severity: 'error', path: [...path, `${name}${second}`], where: 'key', message });
  }
  return secret;
}

interface Sasl {
  config: (Omit<SaslPlainConfig, 'username'> & { username: string | null }) | null;
  keyring: boolean;
}

function readSasl(value: unknown, path: Path, findings: Finding[]): Sasl {
  if (value === undefined) return { config: null, keyring: false };
  if (!isTable(value)) {
    findings.push({ severity: 'error', path, message: `\`${pathText(path)}\` must be a table with username and password.` });
    return { config: null, keyring: false };
  }
  const read = readTable(SaslPlain, value, path, findings);
  if (read === null) return { config: null, keyring: false };
  const sources = readSecret({
    text: read.password,
    file: read.password_file,
    firstLineOnly: read.password_file_first_line_only,
    command: read.password_command,
    keyring: read.password_keyring,
  });
  const password = single(sources, path, 'password', findings);
  if (sources.used.length === 0) findings.push({ severity: 'error', path, message: `\`${pathText(path)}\` has no password.` });
  const config = password && {
    mechanism: 'plain' as const,
    username: read.username,
    password,
    disconnectOnFailure: read.disconnect_on_failure,
  };
  return { config, keyring: sources.used.includes('_keyring') };
}

/** What the entry asks for and this version cannot give; each is told at its place, the first becomes `unsupported`. */
function unsupported(table: Table, sasl: unknown, path: Path, globalProxy: boolean, findings: Finding[]): string | null {
  const found: string[] = [];
  const warn = (reason: string, key: Path): void => {
    found.push(reason);
    findings.push({ severity: 'warning', path: [...path, ...key], where: 'key', message: reason });
  };
  if (table['proxy'] !== undefined) warn(reasons.proxy, ['proxy']);
  else if (globalProxy) found.push(reasons.proxy);
  if (table['use_websocket'] !== undefined && table['use_websocket'] !== false) warn(reasons.websocket, ['use_websocket']);
  if (isTable(sasl) && sasl['external'] !== undefined) warn(reasons.external, ['sasl', 'external']);
  return found[0] ?? null;
}

/** `globalProxy`: the file has a `[proxy]` table. Null when an error was added to `findings`. */
export function readIrcServer(name: ServerName, table: Table, globalProxy: boolean, findings: Finding[]): IrcServerConfig | null {
  const path = ['servers', name];
  const read = readTable(IrcServer, table, path, findings);
  const sasl = table['sasl'];
  if (sasl !== undefined && !isTable(sasl)) {
    findings.push({ severity: 'error', path: [...path, 'sasl'], message: `\`${pathText([...path, 'sasl'])}\` must be a table.` });
  }
  const plain = readSasl(isTable(sasl) ? sasl['plain'] : undefined, [...path, 'sasl', 'plain'], findings);
  let reason = unsupported(table, sasl, path, globalProxy, findings);
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
  });
  const nickPassword = readSecret({
    text: read.nick_password,
    file: read.nick_password_file,
    firstLineOnly: read.nick_password_file_first_line_only,
    command: read.nick_password_command,
    keyring: read.nick_password_keyring,
  });
  if (plain.keyring || [serverPassword, nickPassword].some(({ used }) => used.includes('_keyring'))) {
    reason ??= reasons.keyring;
    findings.push({ severity: 'warning', path, message: reasons.keyring });
  }
  read.channels.forEach((entry, index) => {
    if (/^[#&+!]/.test(entry.name)) return;
    const where = [...path, 'channels', index];
    findings.push({ severity: 'warning', path: where, message: `\`${pathText(where)}\` does not start with # as channels do.` });
  });
  const password = single(serverPassword, path, 'password', findings);
  const nickSecret = single(nickPassword, path, 'nick_password', findings);
  if (read.nickname === null || read.server === null) return null;
  return {
    protocol: 'irc',
    name,
    unsupported: reason,
    nickname: read.nickname,
    altNicks: read.alt_nicks,
    username: read.username ?? read.nickname,
    realname: read.realname ?? read.nickname,
    server: read.server,
    port: read.port ?? (read.use_tls ? TLS_PORT : PLAIN_PORT),
    useTls: read.use_tls,
    dangerouslyAcceptInvalidCerts: read.dangerously_accept_invalid_certs,
    rootCertPath: read.root_cert_path,
    password,
    nickPassword: nickSecret,
    sasl: plain.config && { ...plain.config, username: plain.config.username ?? read.nickname },
    channels: read.channels,
    channelKeys: read.channel_keys,
    onConnect: read.on_connect,
    autoconnect: read.autoconnect,
    reconnectDelay: read.reconnect_delay,
    maxConnectionAttempts: read.max_connection_attempts,
    pingTime: read.ping_time,
    pingTimeout: read.ping_timeout,
    antiFlood: read.anti_flood,
  };
}
