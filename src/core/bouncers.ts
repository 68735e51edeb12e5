/** The networks behind a bouncer and the servers that stand for them: `name/network` (as Halloy does it). Data in, data out. */
import * as v from 'valibot';
import type { BouncerNetworkConfig, IrcServerConfig } from '../config/config.ts';
import { ServerName } from '../contract/ids.ts';
import type { ServerView } from '../contract/views.ts';

/** Connections made for the networks of one bouncer. */
export const MAX_BOUND = 64;
const MAX_NETWORK_NAME = 100;

export type BouncerNetworks = ReadonlyMap<string, Readonly<Record<string, string>>>;

/** What a network is called: by its name, else its host. `/` would read as one more bouncer. */
export const networkName = (id: string, attributes: Readonly<Record<string, string>>): string => {
  const name = (attributes['name'] ?? attributes['host'] ?? '').replaceAll('/', '-').trim().slice(0, MAX_NETWORK_NAME);
  return name === '' ? id : name;
};

/** A name for the server that nobody has: two networks may be called alike, or a configured server like one of them. */
export function boundName(parent: ServerName, id: string, network: string, isTaken: (name: ServerName) => boolean): ServerName | null {
  for (const name of [`${parent}/${network}`, `${parent}/${network} (${id})`]) {
    const read = v.safeParse(ServerName, name);
    if (read.success && !isTaken(read.output)) return read.output;
  }
  return null;
}

export const networkViews = (networks: BouncerNetworks): ServerView['bouncerNetworks'] =>
  [...networks].map(([id, attributes]) => ({ id, name: networkName(id, attributes), state: attributes['state'] ?? '' }));

/** What is configured for one network; null: it is not to be connected. */
export function boundConfig(parent: IrcServerConfig, name: ServerName, network: string): IrcServerConfig | null {
  const own: BouncerNetworkConfig | undefined = Object.hasOwn(parent.networks, network.toLowerCase())
    ? parent.networks[network.toLowerCase()]
    : undefined;
  if (own?.enabled === false) return null;
  return {
    ...parent,
    name,
    channels: own?.channels ?? parent.channels,
    onConnect: own?.onConnect ?? parent.onConnect,
    monitor: own?.monitor ?? parent.monitor,
    metadata: own?.metadata ?? parent.metadata,
    whoPollEnabled: own?.whoPollEnabled ?? parent.whoPollEnabled,
    // Keys and the NickServ password belong to one network, and nothing says to which.
    channelKeys: {},
    channelKeyEntries: {},
    queries: [],
    nickPassword: null,
    networks: {},
    autoconnect: true,
  };
}
