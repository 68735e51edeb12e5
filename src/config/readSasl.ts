/** The tables under `sasl` of an irc entry, but for `external`. */
import type { SaslConfig } from './config.ts';
import { isTable, type Table } from './document.ts';
import type { Path } from './places.ts';
import { pathText, readTable, type Finding } from './readTable.ts';
import type { Secret } from './secret.ts';
import { SaslEcdsa, SaslOauthbearer, SaslPlain, SaslScram } from './sections/sasl.ts';
import { entryOf, readSecret, type ReadSecret } from './sections/secrets.ts';

/** Adds an error when a secret has two sources. `name` is the key without suffix. */
export function single({ secret, used }: ReadSecret, path: Path, name: string, findings: Finding[]): Secret | null {
  const [first, second] = used;
  if (first !== undefined && second !== undefined) {
    const message = `Both \`${name}${first}\` and \`${name}${second}\` are set in \`${pathText(path)}\`: remove one.`;
    findings.push({ severity: 'error', path: [...path, `${name}${second}`], where: 'key', message });
  }
  return secret;
}

/** `sasl` is the table at `path`; `nickname` the account where a table names none. */
export function readSasl(sasl: Table, path: Path, nickname: string, findings: Finding[]): SaslConfig[] {
  const logins: SaslConfig[] = [];

  const table = (name: string): Table | null => {
    const value = sasl[name];
    if (value === undefined) return null;
    if (isTable(value)) return value;
    const at = [...path, name];
    findings.push({ severity: 'error', path: at, message: `\`${pathText(at)}\` must be a table.` });
    return null;
  };
  const needed = (sources: ReadSecret, at: Path, name: 'password' | 'token'): Secret | null => {
    if (sources.used.length === 0) findings.push({ severity: 'error', path: at, message: `\`${pathText(at)}\` has no ${name}.` });
    return single(sources, at, name, findings);
  };

  for (const kind of ['plain', 'scram'] as const) {
    const value = table(kind);
    const at = [...path, kind];
    const read = value && readTable(kind === 'plain' ? SaslPlain : SaslScram, value, at, findings);
    if (!read) continue;
    const sources = readSecret({
      text: read.password,
      file: read.password_file,
      firstLineOnly: read.password_file_first_line_only,
      command: read.password_command,
      keyring: read.password_keyring,
      entry: entryOf([...at, 'password']),
    });
    const password = needed(sources, at, 'password');
    if (password) logins.push({ kind, username: read.username ?? nickname, password, disconnectOnFailure: read.disconnect_on_failure });
  }

  const ecdsa = table('ecdsa');
  const readEcdsa = ecdsa && readTable(SaslEcdsa, ecdsa, [...path, 'ecdsa'], findings);
  if (readEcdsa)
    logins.push({
      kind: 'ecdsa',
      username: readEcdsa.username ?? nickname,
      keyPath: readEcdsa.key,
      disconnectOnFailure: readEcdsa.disconnect_on_failure,
    });

  const bearer = table('oauthbearer');
  const readBearer = bearer && readTable(SaslOauthbearer, bearer, [...path, 'oauthbearer'], findings);
  if (readBearer) {
    const sources = readSecret({
      text: readBearer.token,
      file: readBearer.token_file,
      firstLineOnly: readBearer.token_file_first_line_only,
      command: readBearer.token_command,
      keyring: readBearer.token_keyring,
      entry: entryOf([...path, 'oauthbearer', 'token']),
    });
    const token = needed(sources, [...path, 'oauthbearer'], 'token');
    if (token)
      logins.push({
        kind: 'oauthbearer',
        username: readBearer.username ?? '',
        token,
        disconnectOnFailure: readBearer.disconnect_on_failure,
      });
  }
  return logins;
}
