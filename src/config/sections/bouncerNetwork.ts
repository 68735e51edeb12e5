/** `[servers.*.networks.*]`: what differs for one network of a bouncer. */
import * as v from 'valibot';
import type { BouncerNetworkConfig } from '../config.ts';
import { isTable } from '../document.ts';
import { key, unset, type Section } from '../key.ts';
import type { Path } from '../places.ts';
import { readTable, type Finding } from '../readTable.ts';
import { channelEntry } from './ircServer.ts';
import { readMetadata } from './metadata.ts';
import { flag, line, listOf, nickname } from './values.ts';

const MAX_NETWORKS = 128;

const entries = {
  enabled: key(v.optional(flag, true), { type: 'true or false', default: 'true', meaning: 'With `false` it is not connected.' }),
  channels: key(unset(listOf(channelEntry, 'a list of channels')), {
    type: 'list of text or { name, mute }',
    default: 'as for the bouncer',
    meaning: 'Joined once connected.',
  }),
  on_connect: key(unset(listOf(line, 'a list of commands', 100)), {
    type: 'list of text',
    default: 'as for the bouncer',
    meaning: 'Commands run once connected.',
  }),
  monitor: key(unset(listOf(nickname, 'a list of nicknames', 500)), {
    type: 'list of text',
    default: 'as for the bouncer',
    meaning: 'Nicknames to watch.',
  }),
  who_poll_enabled: key(unset(flag), {
    type: 'true or false',
    default: 'as for the bouncer',
    meaning: 'Ask now and then who is away, where the server does not tell it.',
  }),
};
const BouncerNetwork = v.object(entries, 'a table');

export const bouncerNetworkSection: Section = {
  path: 'servers.*.networks.*',
  heading: 'One network of a bouncer',
  about:
    'A bouncer that names its networks (soju) gets a further connection for each of them, shown as `server/network`. What is set here holds for the network of that name; small and capital letters are the same.',
  entries,
};

/** By name in small letters. Findings are added for what is wrong. */
export function readNetworks(value: unknown, path: Path, findings: Finding[]): Readonly<Record<string, BouncerNetworkConfig>> {
  if (value === undefined) return {};
  if (!isTable(value)) {
    findings.push({ severity: 'error', path, message: '`networks` must be a table.' });
    return {};
  }
  const networks: [string, BouncerNetworkConfig][] = [];
  for (const [name, table] of Object.entries(value).slice(0, MAX_NETWORKS)) {
    const where = [...path, name];
    if (!isTable(table)) {
      findings.push({ severity: 'error', path: where, message: `\`${name}\` must be a table.` });
      continue;
    }
    const read = readTable(BouncerNetwork, table, where, findings);
    if (read === null) continue;
    const network: BouncerNetworkConfig = {
      enabled: read.enabled,
      channels: read.channels,
      onConnect: read.on_connect,
      monitor: read.monitor,
      whoPollEnabled: read.who_poll_enabled,
      metadata: table['metadata'] === undefined ? null : readMetadata(table['metadata'], [...where, 'metadata'], findings),
    };
    networks.push([name.toLowerCase(), network]);
  }
  return Object.fromEntries(networks);
}
