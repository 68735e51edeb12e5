/** How a server is reached: proxy, WebSocket, client certificate. */
import type { ClientCertificateConfig, IrcServerConfig, ProxyConfig } from './config.ts';
import { isTable } from './document.ts';
import type { Path } from './places.ts';
import { pathText, readTable, type Finding } from './readTable.ts';
import { HttpProxy, SocksProxy, TorProxy } from './sections/proxy.ts';
import type { Secret } from './secret.ts';
import { entryOf } from './sections/secrets.ts';
import { SaslExternal } from './sections/saslExternal.ts';

function readCredentials(kind: 'http' | 'socks5', value: unknown, path: Path, findings: Finding[]): ProxyConfig | null {
  if (!isTable(value)) {
    findings.push({ severity: 'error', path, message: `\`${pathText(path)}\` must be a table with host and port.` });
    return null;
  }
  const read = readTable(kind === 'http' ? HttpProxy : SocksProxy, value, path, findings);
  if (!read) return null;
  const { host, port, username, password } = read;
  const fail = (key: string, message: string): void => {
    findings.push({ severity: 'error', path: [...path, key], where: 'key', message: `\`${pathText([...path, key])}\` ${message}` });
  };
  if (password !== null && read.password_keyring !== false) fail('password_keyring', 'and `password` are both set: remove one.');
  const kept = read.password_keyring;
  if (username === null && password !== null) fail('password', 'needs a `username` beside it.');
  if (username === null && kept !== false) fail('password_keyring', 'needs a `username` beside it.');
  if (kind === 'http' && username?.includes(':') === true) fail('username', 'cannot hold a colon with an HTTP proxy.');
  const entry = kept === true ? entryOf([...path, 'password']) : kept;
  const secret: Secret | null =
    password === null ? (entry === false ? null : { source: 'keyring', entry }) : { source: 'text', text: password };
  return { kind, host, port, username, password: secret };
}

/** Null where none is set, and after an error was added to the findings. `value` is what stands at `path`, `[proxy]` or `[servers.<name>.proxy]`. */
export function readProxy(value: unknown, path: Path, findings: Finding[]): ProxyConfig | null {
  if (value === undefined) return null;
  const kinds = isTable(value) ? (['http', 'socks5', 'tor'] as const).filter((kind) => value[kind] !== undefined) : [];
  const [kind] = kinds;
  if (!isTable(value) || kind === undefined || kinds.length > 1) {
    const message = `\`${pathText(path)}\` must hold exactly one of the tables http, socks5 and tor.`;
    findings.push({ severity: 'error', path, message });
    return null;
  }
  const at = [...path, kind];
  if (kind !== 'tor') return readCredentials(kind, value[kind], at, findings);
  const table = value.tor;
  const read = isTable(table) ? readTable(TorProxy, table, at, findings) : null;
  if (!isTable(table)) findings.push({ severity: 'error', path: at, message: `\`${pathText(at)}\` must be a table, which may be empty.` });
  return read ? { kind, host: read.host, port: read.port } : null;
}

/** `value` is what stands at `path`, `[servers.<name>.sasl.external]`. */
export function readClientCertificate(value: unknown, path: Path, findings: Finding[]): ClientCertificateConfig | null {
  if (value === undefined) return null;
  if (!isTable(value)) {
    findings.push({ severity: 'error', path, message: `\`${pathText(path)}\` must be a table with cert.` });
    return null;
  }
  const read = readTable(SaslExternal, value, path, findings);
  return read && { certPath: read.cert, keyPath: read.key, disconnectOnFailure: read.disconnect_on_failure };
}

/** What is allowed but unwise, once an entry has been read. */
export function warnOfTransport(server: IrcServerConfig, path: Path, findings: Finding[]): void {
  const warn = (key: Path, message: string): void => {
    findings.push({ severity: 'warning', path: [...path, ...key], where: 'key', message });
  };
  const external = ['sasl', 'external'];
  if (server.clientCertificate && !server.useTls)
    warn(external, `\`${pathText([...path, ...external])}\` needs \`use_tls\`: this server cannot be connected.`);
  else if (server.clientCertificate && server.dangerouslyAcceptInvalidCerts && server.certificateFingerprints.length === 0)
    warn(
      external,
      'Your certificate would be shown to whoever answers: set `certificate_fingerprints` instead of `dangerously_accept_invalid_certs`. Until then this server cannot be connected.',
    );
  else if (server.dangerouslyAcceptInvalidCerts && server.certificateFingerprints.length > 0)
    warn(['dangerously_accept_invalid_certs'], '`certificate_fingerprints` is set: only these certificates are accepted.');
}

/** Networks that see the same certificate know that it is the same person. */
export function warnOfSharedCertificates(servers: readonly IrcServerConfig[], findings: Finding[]): void {
  const first = new Map<string, IrcServerConfig>();
  for (const server of servers) {
    const file = server.clientCertificate?.certPath;
    if (file === undefined) continue;
    const other = first.get(file);
    if (!other) first.set(file, server);
    else if (other.server !== server.server) {
      const message = `This is also the certificate of \`${pathText(['servers', other.name])}\`: both networks can tell that you are the same person.`;
      findings.push({ severity: 'warning', path: ['servers', server.name, 'sasl', 'external', 'cert'], message });
    }
  }
}
