/** Tables that are not about one server: CTCP, files, commands; and whom to ignore, by server. */
import { ServerName } from '../contract/ids.ts';
import * as v from 'valibot';
import { defaultConfig, type Config, type IgnoreConfig } from './config.ts';
import { isTable, type Table } from './document.ts';
import type { Path } from './places.ts';
import { pathText, readTable, type Finding } from './readTable.ts';
import { Aliases, PartCommand, QuitCommand, SysinfoCommand } from './sections/commands.ts';
import { Ctcp } from './sections/ctcp.ts';
import { FileTransfer, FileTransferServer } from './sections/fileTransfer.ts';
import { Filters } from './sections/filters.ts';
import { ServerTyping, Typing } from './sections/typing.ts';

/** The table at `path`; an empty one where there is none, null where it is something else, which is told. */
function tableAt(root: Table, path: readonly string[], findings: Finding[]): Table | null {
  let table: Table = root;
  for (const [index, part] of path.entries()) {
    const next = table[part] ?? {};
    if (!isTable(next)) {
      const at = path.slice(0, index + 1);
      findings.push({ severity: 'error', path: at, message: `\`${pathText(at)}\` must be a table: [${pathText(at)}].` });
      return null;
    }
    table = next;
  }
  return table;
}

export function readCtcp(root: Table, findings: Finding[]): Config['ctcp'] {
  const table = tableAt(root, ['ctcp'], findings);
  return (table && readTable(Ctcp, table, ['ctcp'], findings)) ?? defaultConfig.ctcp;
}

export function readFileTransfer(root: Table, findings: Finding[]): Config['fileTransfer'] {
  const table = tableAt(root, ['file_transfer'], findings);
  const read = table && readTable(FileTransfer, table, ['file_transfer'], findings);
  if (!read) return defaultConfig.fileTransfer;
  const path = ['file_transfer', 'server'];
  const listening = table['server'] === undefined ? null : tableAt(root, path, findings);
  const server = listening && readTable(FileTransferServer, listening, path, findings);
  if (server && server.bind_port_last < server.bind_port_first) {
    const at = [...path, 'bind_port_last'];
    findings.push({ severity: 'error', path: at, message: `\`${pathText(at)}\` must not be below bind_port_first.` });
  }
  return {
    enabled: read.enabled,
    saveDirectory: read.save_directory,
    passive: read.passive,
    timeout: read.timeout,
    allowLan: read.allow_lan,
    server: server && {
      publicAddress: server.public_address,
      bindAddress: server.bind_address,
      firstPort: server.bind_port_first,
      lastPort: server.bind_port_last,
    },
  };
}

/** Aliases by name in lower case, without slash. */
export function readCommands(root: Table, findings: Finding[]): Config['commands'] {
  const path = ['buffer', 'commands'];
  const table = tableAt(root, path, findings);
  if (!table) return defaultConfig.commands;
  const below = <T>(name: string, read: (table: Table, at: Path) => T | null): T | null => {
    const inner = tableAt(root, [...path, name], findings);
    return inner && read(inner, [...path, name]);
  };
  const given = v.safeParse(Aliases, table['aliases'] ?? {});
  if (!given.success) {
    const at = [...path, 'aliases', ...(given.issues[0].path ?? []).slice(0, 1).map(({ key }) => String(key))];
    findings.push({ severity: 'error', path: at, message: `\`${pathText(at)}\` must be ${given.issues[0].message}.` });
  }
  const aliases = given.success ? Object.entries(given.output) : [];
  const { commands } = defaultConfig;
  return {
    aliases: Object.fromEntries(aliases.map(([name, text]) => [name.replace(/^\//, '').toLowerCase(), text])),
    quitReason: below('quit', (inner, at) => readTable(QuitCommand, inner, at, findings))?.default_reason ?? commands.quitReason,
    partReason: below('part', (inner, at) => readTable(PartCommand, inner, at, findings))?.default_reason ?? commands.partReason,
    sysinfo: below('sysinfo', (inner, at) => readTable(SysinfoCommand, inner, at, findings)) ?? commands.sysinfo,
  };
}

/** `[buffer.typing]`, and what servers have differently. */
export function readTyping(root: Table, findings: Finding[]): Config['typing'] {
  const table = tableAt(root, ['buffer', 'typing'], findings);
  const everywhere = (table && readTable(Typing, table, ['buffer', 'typing'], findings)) ?? defaultConfig.typing.everywhere;
  const choices = new Map<ServerName, Config['typing']['everywhere']>();
  const servers = root['servers'];
  for (const [key, server] of isTable(servers) ? Object.entries(servers) : []) {
    const name = v.safeParse(ServerName, key);
    if (!name.success || !isTable(server) || server['typing'] === undefined) continue;
    const path = ['servers', key, 'typing'];
    const own = tableAt(root, path, findings);
    const read = own && readTable(ServerTyping, own, path, findings);
    if (read) choices.set(name.output, { share: read.share ?? everywhere.share, show: read.show ?? everywhere.show });
  }
  return { everywhere, servers: choices };
}

/** Whom each server's entry ignores. Servers without filters are left out. */
export function readIgnored(root: Table, findings: Finding[]): Config['ignored'] {
  const servers = root['servers'];
  const ignored = new Map<ServerName, readonly IgnoreConfig[]>();
  if (!isTable(servers)) return ignored;
  for (const [key, server] of Object.entries(servers)) {
    const name = v.safeParse(ServerName, key);
    if (!name.success || !isTable(server) || server['filters'] === undefined) continue;
    const path = ['servers', key, 'filters'];
    const table = tableAt(root, path, findings);
    const read = table && readTable(Filters, table, path, findings);
    const entries = (read?.ignore ?? []).flatMap((entry): IgnoreConfig[] => {
      if (typeof entry === 'string') return [{ user: entry, channel: null }];
      return 'user' in entry && typeof entry.user === 'string'
        ? [{ user: entry.user, channel: 'channel' in entry && typeof entry.channel === 'string' ? entry.channel : null }]
        : [];
    });
    if (entries.length > 0) ignored.set(name.output, entries);
  }
  return ignored;
}
