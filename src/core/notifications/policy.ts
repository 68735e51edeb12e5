/** Whether something that happened is worth a notification, and what it says. Pure. */
import type { NotificationPlace, NotificationRule, NotificationScope, NotificationsConfig } from '../../config/config.ts';
import { assertNever } from '../../contract/chat.ts';
import type { NotificationKind, NotificationView } from '../../contract/desktop.ts';
import type { BufferId, ServerName } from '../../contract/ids.ts';
import type { Message } from '../../contract/message.ts';
import type { BufferView, RequestView } from '../../contract/views.ts';
import { plain } from './plain.ts';

const MAX_NAME = 48;
const MAX_TITLE = 100;
const MAX_BODY = 200;
/** Milliseconds: a line of IRC that is older than this comes out of somebody's memory (a bouncer's), not out of a mouth. */
const STALE_MS = 60_000;

export type Happening =
  /** A line that was said now, already counted. */
  | { kind: 'line'; buffer: BufferView; message: Message }
  | { kind: 'request'; request: RequestView }
  | { kind: 'file'; server: ServerName; nick: string; name: string; transfer: number; buffer: BufferId | null }
  | { kind: 'connected' | 'disconnected' | 'reconnected'; server: ServerName; buffer: BufferId | null }
  | { kind: 'monitored'; online: boolean; server: ServerName; nick: string; buffer: BufferId | null }
  /** To a line of ours. */
  | { kind: 'reaction'; buffer: BufferView; from: string; text: string; to: string };

export interface Situation {
  config: NotificationsConfig;
  /** Buffers that are before the person's eyes. */
  watched: ReadonlySet<BufferId>;
  away: boolean;
  /** Milliseconds since 1970. */
  now: number;
}

export interface Decision {
  /** The same for what is held apart by `delay`. */
  place: string;
  delay: number;
  view: Omit<NotificationView, 'id'>;
}

interface Where {
  user: string | null;
  channel: string | null;
  server: string | null;
}

const fits = (place: NotificationPlace, where: Where): boolean =>
  (place.user === null || place.user === where.user) &&
  (place.channel === null || place.channel === where.channel) &&
  (place.server === null || place.server === where.server) &&
  (place.user ?? place.channel ?? place.server) !== null;
const covers = (scope: NotificationScope, where: Where): boolean => scope === 'all' || scope.some((place) => fits(place, where));

const isWanted = (rule: NotificationRule, where: Where): boolean =>
  (rule.toast || rule.attention || rule.sound !== null) && (!covers(rule.exclude, where) || covers(rule.include, where));

const whereOf = (buffer: BufferView, from: string | null): Where => ({
  user: from?.toLowerCase() ?? null,
  channel: buffer.kind === 'channel' ? buffer.name.toLowerCase() : null,
  server: buffer.server?.toLowerCase() ?? null,
});

const name = (text: string): string => plain(text, MAX_NAME) || 'Somebody';

/** Null: nothing is told. */
export function decide(happening: Happening, situation: Situation): Decision | null {
  if (situation.away && !situation.config.whileAway) return null;
  switch (happening.kind) {
    case 'line':
      return line(happening.buffer, happening.message, situation);
    case 'reaction': {
      const { buffer, from, text, to } = happening;
      const rule = situation.config.kinds.reaction;
      if (buffer.muted || situation.watched.has(buffer.id) || !isWanted(rule, whereOf(buffer, from))) return null;
      const body = rule.content ? `${text} to: ${to}` : buffer.kind === 'channel' ? `In ${name(buffer.name)}` : '';
      return made('reaction', rule, `${buffer.id}`, `${name(from)} reacted to what you wrote`, body, { buffer: buffer.id });
    }
    case 'request': {
      const { contact, nickname, fingerprint } = happening.request;
      const rule = situation.config.kinds.request;
      if (!isWanted(rule, nowhere)) return null;
      return made('request', rule, `${contact}`, 'Contact request', `${name(nickname)} (${fingerprint}) wants to talk with you.`, {
        contact,
      });
    }
    case 'file': {
      const { server, nick, buffer } = happening;
      const rule = situation.config.kinds.fileTransferRequest;
      if (!isWanted(rule, { user: nick.toLowerCase(), channel: null, server: server.toLowerCase() })) return null;
      const body = rule.content ? happening.name : `On ${name(server)}`;
      return made('fileTransferRequest', rule, `${server} ${nick}`, `${name(nick)} offers you a file`, body, { buffer });
    }
    case 'connected':
    case 'disconnected':
    case 'reconnected': {
      const { kind, server, buffer } = happening;
      const rule = situation.config.kinds[kind];
      if (!isWanted(rule, { ...nowhere, server: server.toLowerCase() })) return null;
      const words = { connected: 'Connected to', disconnected: 'Disconnected from', reconnected: 'Connected again to' };
      return made(kind, rule, server, `${words[kind]} ${name(server)}`, '', { buffer });
    }
    case 'monitored': {
      const { server, nick, online, buffer } = happening;
      const kind = online ? 'monitoredOnline' : 'monitoredOffline';
      const rule = situation.config.kinds[kind];
      if (!isWanted(rule, { user: nick.toLowerCase(), channel: null, server: server.toLowerCase() })) return null;
      return made(kind, rule, `${server} ${nick}`, `${name(nick)} is ${online ? 'online' : 'offline'}`, `On ${name(server)}`, { buffer });
    }
    default:
      return assertNever(happening);
  }
}

const nowhere: Where = { user: null, channel: null, server: null };

function line(buffer: BufferView, message: Message, { config, watched, now }: Situation): Decision | null {
  const isSaid = message.kind === 'privmsg' || message.kind === 'action' || message.kind === 'introduction' || message.kind === 'unknown';
  if (message.self || buffer.muted || watched.has(buffer.id) || !(isSaid || message.highlight)) return null;
  // A private message may well have been under way for days.
  if (buffer.kind !== 'private' && message.time < now - STALE_MS) return null;
  const where = whereOf(buffer, message.from);
  const from = name(message.from ?? buffer.server ?? '');
  const more = {
    buffer: buffer.id,
    contact: buffer.contact,
    canReply: isSaid && (buffer.kind !== 'channel' || buffer.joined) && buffer.kind !== 'server',
  };
  const said =
    message.kind === 'action' ? `${from} ${message.text}` : message.kind === 'introduction' ? `Introduces ${message.text}` : message.text;
  if (buffer.kind === 'query' || buffer.kind === 'private') {
    const rule = config.kinds.directMessage;
    if (!isWanted(rule, where)) return null;
    const body = rule.content ? said : buffer.kind === 'private' ? 'New private message' : 'New message';
    return made('directMessage', rule, `${buffer.id}`, from, body, more);
  }
  const title = buffer.kind === 'channel' ? `${from} in ${name(buffer.name)}` : from;
  if (message.highlight && isWanted(config.kinds.highlight, where)) {
    const rule = config.kinds.highlight;
    return made('highlight', rule, `${buffer.id}`, title, rule.content ? said : isSaid ? 'You were mentioned' : 'This concerns you', more);
  }
  const rule = buffer.kind === 'channel' && isSaid ? config.channels.get(buffer.name.toLowerCase()) : undefined;
  if (!rule || !isWanted(rule, where)) return null;
  return made('channel', rule, `${buffer.id}`, title, rule.content ? said : 'New message', more);
}

function made(
  kind: NotificationKind,
  rule: NotificationRule,
  place: string,
  title: string,
  body: string,
  more: Partial<Pick<NotificationView, 'buffer' | 'contact' | 'canReply'>>,
): Decision {
  return {
    place: `${kind} ${place}`,
    delay: rule.delay,
    view: {
      kind,
      toast: rule.toast,
      title: plain(title, MAX_TITLE),
      body: plain(body, MAX_BODY),
      buffer: more.buffer ?? null,
      contact: more.contact ?? null,
      canReply: more.canReply ?? false,
      requestAttention: rule.attention,
      sound: rule.sound,
    },
  };
}
