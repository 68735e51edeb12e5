/** What the sidebar shows, in the order in which Alt+Up and Alt+Down walk through it. Pure. */
import type { ServerName } from '../../contract/ids.ts';
import type { BufferView, ServerView } from '../../contract/views.ts';

export interface ServerGroup {
  server: ServerView;
  /** The server's own buffer; null before it exists. */
  own: BufferView | null;
  /** Channels, then queries. */
  buffers: BufferView[];
}
export interface SidebarContent {
  servers: ServerGroup[];
  /** Conversations with contacts, and those of servers that are gone. */
  people: BufferView[];
  other: BufferView[];
}

const byName = new Intl.Collator('en', { sensitivity: 'base', numeric: true, ignorePunctuation: true });
const rank: Record<BufferView['kind'], number> = { server: 0, channel: 1, query: 2, private: 3 };
const order = (one: BufferView, two: BufferView): number => rank[one.kind] - rank[two.kind] || byName.compare(one.name, two.name);

export function sidebarContent(servers: Iterable<ServerView>, buffers: Iterable<BufferView>): SidebarContent {
  const groups = new Map<string, ServerGroup>();
  for (const server of [...servers].sort((one, two) => byName.compare(one.name, two.name))) {
    if (server.protocol === 'irc') groups.set(server.name, { server, own: null, buffers: [] });
  }
  const people: BufferView[] = [];
  const other: BufferView[] = [];
  for (const buffer of [...buffers].sort(order)) {
    const group = buffer.server === null ? undefined : groups.get(buffer.server);
    if (buffer.kind === 'private') people.push(buffer);
    else if (group === undefined) other.push(buffer);
    else if (buffer.kind === 'server') group.own = buffer;
    else group.buffers.push(buffer);
  }
  return { servers: [...groups.values()], people, other };
}

/** The buffer of the server that stands for a network behind a bouncer (`name/network`, or with the id where that was taken); null without one. */
export function bufferBehind(
  { servers }: SidebarContent,
  bouncer: ServerName,
  { id, name }: ServerView['bouncerNetworks'][number],
): BufferView | null {
  const names: string[] = [`${bouncer}/${name}`, `${bouncer}/${name} (${id})`];
  return servers.find(({ server }) => names.includes(server.name))?.own ?? null;
}

/** All buffers from top to bottom. */
export const walk = ({ servers, people, other }: SidebarContent): BufferView[] => [
  ...servers.flatMap(({ own, buffers }) => (own === null ? buffers : [own, ...buffers])),
  ...people,
  ...other,
];

/** The next one in `step`'s direction after `current`, around the ends; `wanted` filters. */
export function neighbour(
  list: readonly BufferView[],
  current: number | null,
  step: 1 | -1,
  wanted: (buffer: BufferView) => boolean,
): BufferView | null {
  const from = list.findIndex(({ id }) => id === current);
  for (let distance = 1; distance <= list.length; distance += 1) {
    const start = from === -1 && step === -1 ? 0 : from;
    const index = (start + step * distance + list.length * 2) % list.length;
    const candidate = list[index];
    if (candidate !== undefined && candidate.id !== current && wanted(candidate)) return candidate;
  }
  return null;
}
