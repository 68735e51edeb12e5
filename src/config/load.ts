/** The text of `config.toml` to a `Config`, with everything there is to say about it. */
import * as v from 'valibot';
import { ServerName } from '../contract/ids.ts';
import { defaultConfig, type Config, type Problem, type ProxyConfig, type ServerConfig } from './config.ts';
import { isTable, parseDocument, type Table } from './document.ts';
import { surveyKeys } from './keyNames.ts';
import { findPlaces, type Path } from './places.ts';
import { readIrcServer } from './readIrcServer.ts';
import { readProxy, warnOfSharedCertificates } from './readTransport.ts';
import { readCommands, readCtcp, readFileTransfer, readIgnored, readTyping } from './readShared.ts';
import { readNotifications } from './readNotifications.ts';
import { pathText, readTable, type Finding } from './readTable.ts';
import { DirectMessages } from './sections/directMessages.ts';
import { Iroh } from './sections/iroh.ts';
import { ircServerSection } from './sections/ircServer.ts';
import { Veilid } from './sections/veilid.ts';
import { VeilidServer, veilidServerSection } from './sections/veilidServer.ts';

/** The rest is dropped: nobody reads more. */
export const MAX_PROBLEMS = 100;
export const MAX_SERVERS = 200;
const MAX_SERVER_NAME_LENGTH = 64;

const serverName = v.pipe(ServerName, v.maxLength(MAX_SERVER_NAME_LENGTH));

export interface Loaded {
  /** Null when there is an error among the problems. */
  config: Config | null;
  /** Errors first, then in the order of the file; at most `MAX_PROBLEMS`. */
  problems: Problem[];
}

function readVeilidServer(name: ServerName, table: Table, findings: Finding[]): ServerConfig | null {
  const path = ['servers', name];
  const read = readTable(VeilidServer, table, path, findings);
  for (const key of Object.keys(table)) {
    if (Object.hasOwn(veilidServerSection.entries, key) || !Object.hasOwn(ircServerSection.entries, key)) continue;
    const message = `\`${pathText([...path, key])}\` is not used in an entry with protocol = "veilid".`;
    findings.push({ severity: 'warning', path: [...path, key], where: 'key', message });
  }
  return read && { protocol: 'veilid', name, veilidRouteBlob: read.veilid_route_blob };
}

function readServer(key: string, value: unknown, globalProxy: ProxyConfig | null, findings: Finding[]): ServerConfig | null {
  const path = ['servers', key];
  const fail = (message: string, at: Path = path): null => {
    findings.push({ severity: 'error', path: at, message });
    return null;
  };
  const name = v.safeParse(serverName, key);
  if (!name.success) return fail(`The name of a server must have 1 to ${MAX_SERVER_NAME_LENGTH} characters and no control characters.`);
  if (!isTable(value)) return fail(`\`${pathText(path)}\` must be a table: [${pathText(path)}].`);
  const protocol = value['protocol'] ?? 'irc';
  if (protocol === 'veilid') return readVeilidServer(name.output, value, findings);
  if (protocol !== 'irc') return fail(`\`${pathText([...path, 'protocol'])}\` must be "irc" or "veilid".`, [...path, 'protocol']);
  if (value['veilid_route_blob'] !== undefined) {
    const message = `\`${pathText([...path, 'veilid_route_blob'])}\` needs protocol = "veilid" in the same entry.`;
    findings.push({ severity: 'warning', path: [...path, 'veilid_route_blob'], where: 'key', message });
  }
  return readIrcServer(name.output, value, globalProxy, findings);
}

function readServers(root: Table, findings: Finding[]): ServerConfig[] {
  const table = root['servers'] ?? {};
  if (!isTable(table)) {
    findings.push({ severity: 'error', path: ['servers'], message: '`servers` must be tables such as [servers.libera].' });
    return [];
  }
  const entries = Object.entries(table);
  const extra = entries[MAX_SERVERS];
  if (extra) findings.push({ severity: 'error', path: ['servers', extra[0]], message: `There are more than ${MAX_SERVERS} servers.` });
  const globalProxy = readProxy(root['proxy'], ['proxy'], findings);
  const servers = entries.slice(0, MAX_SERVERS).flatMap(([key, value]) => readServer(key, value, globalProxy, findings) ?? []);
  warnOfSharedCertificates(
    servers.filter((server) => server.protocol === 'irc'),
    findings,
  );
  return servers;
}

const isProxied = (root: Table): boolean => {
  const servers = root['servers'];
  if (root['proxy'] !== undefined) return true;
  return isTable(servers) && Object.values(servers).some((entry) => isTable(entry) && entry['proxy'] !== undefined);
};

function readVeilid(root: Table, findings: Finding[]): Config['veilid'] {
  const table = root['veilid'];
  if (table === undefined) return defaultConfig.veilid;
  if (isTable(table)) return readTable(Veilid, table, ['veilid'], findings) ?? defaultConfig.veilid;
  findings.push({ severity: 'error', path: ['veilid'], message: '`veilid` must be a table: [veilid].' });
  return defaultConfig.veilid;
}

function readIroh(root: Table, findings: Finding[]): Config['iroh'] {
  const table = root['iroh'] ?? {};
  if (!isTable(table)) {
    findings.push({ severity: 'error', path: ['iroh'], message: '`iroh` must be a table: [iroh].' });
    return defaultConfig.iroh;
  }
  const read = readTable(Iroh, table, ['iroh'], findings);
  if (!read) return defaultConfig.iroh;
  const { enabled, mode, port, external_address } = read;
  return { enabled, mode, port, externalAddress: external_address };
}

function readDirectMessages(root: Table, findings: Finding[]): Config['directMessages'] {
  const table = root['direct_messages'] ?? {};
  if (!isTable(table)) {
    findings.push({ severity: 'error', path: ['direct_messages'], message: '`direct_messages` must be a table: [direct_messages].' });
    return defaultConfig.directMessages;
  }
  const read = readTable(DirectMessages, table, ['direct_messages'], findings);
  if (!read) return defaultConfig.directMessages;
  const { read_receipts, presence, cover_traffic, expire_unsent } = read;
  return { readReceipts: read_receipts, presence, coverTraffic: cover_traffic, expireUnsent: expire_unsent };
}

function survey(root: Table, findings: Finding[]): Problem[] {
  const { unknown, unused } = surveyKeys(root, MAX_PROBLEMS);
  for (const { path, nearest } of unknown) {
    const message = `There is no setting \`${pathText(path)}\`.${nearest === null ? '' : ` Did you mean \`${nearest}\`?`}`;
    findings.push({ severity: 'warning', path, where: 'key', message });
  }
  if (unused === 0) return [];
  const message = unused === 1 ? '1 setting is not used by this version.' : `${unused} settings are not used by this version.`;
  return [{ severity: 'info', message, line: 1, column: 1, path: null }];
}

const weight = { error: 0, warning: 1, info: 2 };

/** Never throws. `text` is the whole file; an empty one gives the defaults. */
export function loadConfig(text: string): Loaded {
  const parsed = parseDocument(text);
  if (!parsed.ok) {
    const { message, line, column } = parsed;
    return { config: null, problems: [{ severity: 'error', message, line, column, path: null }] };
  }
  const { root } = parsed;
  const findings: Finding[] = [];
  const config = {
    servers: readServers(root, findings),
    veilid: readVeilid(root, findings),
    iroh: readIroh(root, findings),
    directMessages: readDirectMessages(root, findings),
    ctcp: readCtcp(root, findings),
    typing: readTyping(root, findings),
    fileTransfer: readFileTransfer(root, findings),
    commands: readCommands(root, findings),
    notifications: readNotifications(root, findings),
    ignored: readIgnored(root, findings),
    proxied: isProxied(root),
  };
  const problems = survey(root, findings);
  if (findings.length > 0) {
    const places = findPlaces(text);
    for (const { severity, path, message, where } of findings) {
      const place = where === 'key' ? places.key(path) : places.value(path);
      problems.push({ severity, message, ...place, path: pathText(path) });
    }
  }
  problems.sort((a, b) => weight[a.severity] - weight[b.severity] || a.line - b.line || a.column - b.column);
  const broken = problems[0]?.severity === 'error';
  return { config: broken ? null : config, problems: problems.slice(0, MAX_PROBLEMS) };
}
