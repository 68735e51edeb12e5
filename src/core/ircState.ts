/** What becomes of events about a server as a whole: lists, people who come and go, channels with a new name, features. */
import type { IrcEvent, ListedMask, ServerFeatures } from '../contract/chat.ts';
import type { BufferId, ServerName } from '../contract/ids.ts';
import type { BufferView } from '../contract/views.ts';
import type { Buffers, Draft } from './buffers.ts';
import type { IrcMonitor } from './ircMonitor.ts';
import type { ChannelList, IrcQueries } from './ircQueries.ts';

/** Lines that a list typed as a command may fill. */
const MAX_SHOWN_CHANNELS = 50;
const MAX_SHOWN_MASKS = 50;

export type StateEvent = Extract<IrcEvent, { kind: 'rename' | 'list' | 'masks' | 'monitor' | 'metadata' | 'features' | 'bouncerNetwork' }>;

interface Options {
  server: ServerName;
  buffers: Buffers;
  fold: (name: string) => string;
  now: () => number;
  queries: IrcQueries;
  monitor: IrcMonitor;
  /** Somebody the user watches came or went. */
  onMonitored: (nick: string, online: boolean, buffer: BufferId | null) => void;
  onFeatures: (features: ServerFeatures) => void;
  onBouncerNetwork: (id: string, attributes: Record<string, string> | null) => void;
}

const draft = (kind: Draft['kind'], time: number, text: string): Draft => ({
  kind,
  time,
  from: null,
  text,
  subject: null,
  self: false,
  highlight: false,
  msgid: null,
});

const listName = (mode: string): string =>
  ({ b: 'bans', q: 'quiets', e: 'ban exceptions', I: 'invitation exceptions' })[mode] ?? `list ${mode}`;
const maskLine = ({ mask, by, time }: ListedMask): string =>
  `${mask}${by === null ? '' : ` by ${by}`}${time === null ? '' : ` on ${new Date(time).toISOString().slice(0, 10)}`}`;

function channelLines({ channels, total }: ChannelList): string[] {
  if (total === 0) return ['The server lists no channels.'];
  const shown = channels.slice(0, MAX_SHOWN_CHANNELS);
  const rows = shown.map(({ name, users, topic }) => `${name} (${users})${topic === '' ? '' : `: ${topic}`}`);
  return [total > shown.length ? `${total} channels; the ${shown.length} largest:` : `${total} channels:`, ...rows];
}

export function createIrcState(options: Options): (event: StateEvent) => Promise<void> | undefined {
  const { server, buffers, fold, now, queries, monitor } = options;
  const channel = (name: string): BufferView | undefined => buffers.find('channel', server, fold(name));

  const tell = async (buffer: BufferView | undefined, lines: readonly string[]): Promise<void> => {
    const { id } = buffer ?? (await buffers.openServer(server));
    for (const text of lines) buffers.add(id, draft('server', now(), text));
  };

  const renamed = async (event: Extract<StateEvent, { kind: 'rename' }>): Promise<void> => {
    const { from, to, by, reason, time, historic } = event;
    const text = `${by.nick} renamed ${from} to ${to}${reason === '' ? '' : `: ${reason}`}`;
    const buffer = channel(from);
    if (!buffer || historic) {
      if (buffer) buffers.add(buffer.id, draft('info', time, text));
      return;
    }
    if (buffers.rename(buffer.id, to, fold(to))) {
      buffers.add(buffer.id, draft('info', time, text));
      return;
    }
    // Something was said in a channel of that name before: its lines and these stay apart.
    buffers.add(buffer.id, draft('info', time, text));
    buffers.update(buffer.id, { joined: false });
    const other = await buffers.open({ kind: 'channel', server, contact: null, key: fold(to), name: to, muted: buffer.muted });
    buffers.update(other.id, { joined: true, topic: buffer.topic });
    buffers.add(other.id, draft('info', time, text));
  };

  const watched = async (nick: string, online: boolean): Promise<void> => {
    const told = monitor.told(nick, online);
    const line = draft('info', now(), online ? `${nick} is online.` : `${nick} is offline.`);
    const query = buffers.find('query', server, fold(nick));
    if (told.conversation && query) buffers.add(query.id, line);
    if (told.server) options.onMonitored(nick, online, query?.id ?? null);
    if (told.server) buffers.add((await buffers.openServer(server)).id, line);
  };

  return (event) => {
    switch (event.kind) {
      case 'rename':
        return renamed(event);
      case 'list':
      case 'masks': {
        const shown = queries.take(event);
        if (shown === null) return undefined;
        if (shown.kind === 'channels') return tell(undefined, channelLines(shown.list));
        const { masks, mode, channel: name } = shown.list;
        const heading = `${name}, ${listName(mode)}: ${masks.length === 0 ? 'none' : masks.length}`;
        const more = masks.length > MAX_SHOWN_MASKS ? [`… and ${masks.length - MAX_SHOWN_MASKS} more`] : [];
        return tell(channel(name), [heading, ...masks.slice(0, MAX_SHOWN_MASKS).map(maskLine), ...more]);
      }
      case 'monitor':
        return watched(event.nick, event.online);
      case 'features':
        options.onFeatures(event.features);
        if (event.features.monitor) monitor.ready();
        return undefined;
      case 'bouncerNetwork':
        options.onBouncerNetwork(event.id, event.attributes);
        return undefined;
      case 'metadata':
        // People's values come with their entry in the nick list; a channel's are not shown.
        return undefined;
    }
  };
}
