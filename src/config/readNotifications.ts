/** `[notifications]`, Halloy's keys with Sotto's defaults. */
import { defaultConfig, type Config, type NotificationPlace, type NotificationRule, type NotificationScope } from './config.ts';
import { isTable, type Table } from './document.ts';
import { pathText, readTable, type Finding } from './readTable.ts';
import { LoudNotification, Notifications, QuietNotification, loudKinds, quietKinds } from './sections/notifications.ts';

/** Channels with a rule of their own. */
const MAX_CHANNEL_RULES = 1_000;

type Read = NonNullable<ReturnType<typeof readTable<(typeof LoudNotification)['entries']>>>;
type Conditions = NonNullable<Read['exclude']>;

const placesOf = (part: string | readonly string[] | undefined, kind: 'user' | 'channel' | 'server'): NotificationPlace[] | 'all' => {
  if (part === undefined) return [];
  if (typeof part === 'string') return 'all';
  return part.includes('*') ? 'all' : part.map((name) => ({ ...anywhere, [kind]: name.toLowerCase() }));
};
const anywhere: NotificationPlace = { user: null, channel: null, server: null };
const lower = (name: string | undefined): string | null => name?.toLowerCase() ?? null;

function scopeOf(conditions: Conditions | null): NotificationScope {
  if (conditions === null) return [];
  if (typeof conditions === 'string') return 'all';
  if (Array.isArray(conditions)) {
    if (conditions.includes('*') || conditions.includes('all')) return 'all';
    return conditions.map((name) => ({ ...anywhere, [/^[#&+!]/.test(name) ? 'channel' : 'user']: name.toLowerCase() }));
  }
  const { users, channels, servers, criteria = [] } = conditions;
  const parts = [placesOf(users, 'user'), placesOf(channels, 'channel'), placesOf(servers, 'server')];
  if (parts.includes('all')) return 'all';
  const places = criteria.map(({ user, channel, server }) => ({ user: lower(user), channel: lower(channel), server: lower(server) }));
  return [...parts.flatMap((part) => (part === 'all' ? [] : part)), ...places];
}

const ruleOf = (read: Read): NotificationRule => ({
  toast: read.show_toast,
  content: read.show_content,
  attention: read.request_attention,
  delay: read.delay,
  sound: read.sound,
  exclude: scopeOf(read.exclude),
  include: scopeOf(read.include),
});

export function readNotifications(root: Table, findings: Finding[]): Config['notifications'] {
  const table = root['notifications'] ?? {};
  const fail = (path: string[]): void => {
    findings.push({ severity: 'error', path, message: `\`${pathText(path)}\` must be a table: [${pathText(path)}].` });
  };
  if (!isTable(table)) {
    fail(['notifications']);
    return defaultConfig.notifications;
  }
  const rule = (path: string[], value: unknown, schema: typeof LoudNotification): NotificationRule | null => {
    if (!isTable(value)) {
      fail(path);
      return null;
    }
    const read = readTable(schema, value, path, findings);
    return read && ruleOf(read);
  };
  const kind = (name: string, schema: typeof LoudNotification): NotificationRule | null =>
    table[name] === undefined ? null : rule(['notifications', name], table[name], schema);
  const [direct, highlight, file, request] = loudKinds.map((name) => kind(name, LoudNotification));
  const [connected, disconnected, reconnected, online, offline, reaction] = quietKinds.map((name) => kind(name, QuietNotification));
  const channels = new Map<string, NotificationRule>();
  const named = table['channel'] ?? {};
  if (!isTable(named)) fail(['notifications', 'channel']);
  else
    for (const [name, value] of Object.entries(named).slice(0, MAX_CHANNEL_RULES)) {
      const read = rule(['notifications', 'channel', name], value, QuietNotification);
      if (read) channels.set(name.toLowerCase(), read);
    }
  const { kinds } = defaultConfig.notifications;
  return {
    whileAway: readTable(Notifications, table, ['notifications'], findings)?.while_away ?? true,
    kinds: {
      directMessage: direct ?? kinds.directMessage,
      highlight: highlight ?? kinds.highlight,
      fileTransferRequest: file ?? kinds.fileTransferRequest,
      request: request ?? kinds.request,
      connected: connected ?? kinds.connected,
      disconnected: disconnected ?? kinds.disconnected,
      reconnected: reconnected ?? kinds.reconnected,
      monitoredOnline: online ?? kinds.monitoredOnline,
      monitoredOffline: offline ?? kinds.monitoredOffline,
      reaction: reaction ?? kinds.reaction,
    },
    channels,
  };
}
