/**
 * WHO of our channels, lazily: one request at a time and with pauses (a burst after joining gets clients killed). Once after joining, for
 * accounts, away states and bots; again and again only where the server does not tell away states by itself. WHOX where there is one.
 */
import type { Channel, User } from '../../state/roster.ts';
import { cleanName, cleanText } from '../../wire/clean.ts';
import { emitMember, emitMembers, isMe, nameParam, param, say, type CreateExtension, type Incoming } from '../context.ts';
import { otherNumeric } from '../handlers/replies.ts';

/** Larger channels are not asked about: the answer would be a flood. */
export const MAX_WHO_MEMBERS = 2_000;
/** A channel is not asked about more often. */
const REPEAT_MS = 60_000;
const ANSWER_MS = 60_000;
const MAX_PAUSE_MS = 300_000;
/** From so many changes on, a channel's list is told as a whole. */
const MANY_CHANGES = 50;
/** Marks our own requests. */
const TOKEN = '152';
const FIELDS = `%tcuhnfar,${TOKEN}`;
/** Requests of the user whose answers are shown. */
const MAX_ASKED = 16;

export const createWhox: CreateExtension = (context) => {
  /** When each channel was asked about last; dies with the channel. */
  const asked = new WeakMap<Channel, number>();
  let current: { channel: Channel; rows: number; changed: Set<User> } | null = null;
  let byUser: string[] = [];
  let pause = context.options.whoPoll.seconds * 1_000;
  let cancel: (() => void) | null = null;
  let isClosed = false;
  let isUnknown = false;

  const candidate = (): Channel | undefined => {
    const now = context.clock.now();
    const isSmall = (channel: Channel): boolean => channel.members.size > 0 && channel.members.size <= MAX_WHO_MEMBERS;
    const channels = context.roster.channels().filter(isSmall);
    const fresh = channels.find((channel) => !asked.has(channel));
    if (fresh || context.caps.has('away-notify')) return fresh;
    return channels
      .map((channel) => ({ channel, at: asked.get(channel) ?? 0 }))
      .filter(({ at }) => now - at >= REPEAT_MS)
      .sort((one, two) => one.at - two.at)[0]?.channel;
  };
  const ask = (): void => {
    cancel = null;
    if (isClosed || current) return;
    const channel = candidate();
    if (channel) {
      current = { channel, rows: 0, changed: new Set() };
      asked.set(channel, context.clock.now());
      context.send('background', 'WHO', context.isupport.whox ? [channel.name, FIELDS] : [channel.name]);
      cancel = context.clock.after(ANSWER_MS, finish);
    } else if (!context.caps.has('away-notify') && context.roster.channels().length > 0) soon(REPEAT_MS);
  };
  const soon = (ms: number): void => {
    if (isClosed || isUnknown || cancel || !context.options.whoPoll.enabled) return;
    cancel = context.clock.after(ms, ask);
  };
  const finish = (): void => {
    cancel?.();
    cancel = null;
    const { changed } = current ?? { changed: new Set<User>() };
    current = null;
    const channels = new Map<Channel, number>();
    for (const user of changed) for (const channel of user.channels) channels.set(channel, (channels.get(channel) ?? 0) + 1);
    for (const [channel, count] of channels) if (count > MANY_CHANGES) emitMembers(context, channel);
    for (const user of changed)
      for (const channel of user.channels) if ((channels.get(channel) ?? 0) <= MANY_CHANGES) emitMember(context, channel, user.nick);
    soon(pause);
  };

  interface Row {
    channel: string;
    user: string;
    host: string;
    nick: string;
    flags: string;
    /** Undefined: the reply does not say. */
    account: string | null | undefined;
    realname: string;
  }
  const take = (row: Row): void => {
    if (!current || context.roster.channel(row.channel) !== current.channel) return;
    current.rows += 1;
    // No more rows than people; a server that goes on is not listened to.
    if (current.rows > 2 * MAX_WHO_MEMBERS) return;
    const user = context.roster.user(row.nick);
    if (!user) return;
    const { bot } = context.isupport;
    const next = {
      user: row.user,
      host: row.host,
      realname: row.realname,
      away: row.flags.startsWith('G'),
      bot: bot !== null && row.flags.slice(1).includes(bot),
      account: row.account === undefined ? user.account : row.account,
    };
    if (next.away !== user.away || next.bot !== user.bot || next.account !== user.account) current.changed.add(user);
    Object.assign(user, next);
    if (isMe(context, row.nick)) {
      context.me.user = row.user;
      context.me.host = row.host;
    }
  };
  const show = (incoming: Incoming, row: Row): void => {
    const account = typeof row.account === 'string' ? `, logged in as ${row.account}` : '';
    const text = `${row.nick} is ${row.user}@${row.host} (${row.realname})${account}${row.flags.startsWith('G') ? ', away' : ''}`;
    say(context, incoming, null, text);
  };
  const isSame = (one: string, two: string): boolean => context.roster.channelKey(one) === context.roster.channelKey(two);
  const isByUser = (mask: string): boolean => byUser.some((name) => isSame(name, mask));

  return {
    act: (action) => {
      if (action.kind === 'who') byUser = [...byUser, action.mask].slice(-MAX_ASKED);
      return false;
    },
    onEvent: (event) => {
      if (event.kind === 'members' && event.members.length > 0) soon(pause);
    },
    handlers: {
      '352': (_context, incoming) => {
        const text = cleanText(param(incoming, 7));
        const row: Row = {
          channel: nameParam(incoming, 1),
          user: nameParam(incoming, 2),
          host: nameParam(incoming, 3),
          nick: nameParam(incoming, 5),
          flags: param(incoming, 6).slice(0, 32),
          account: undefined,
          realname: text.slice(text.indexOf(' ') + 1),
        };
        if (current && !context.isupport.whox && isSame(current.channel.name, row.channel) && !isByUser(row.channel)) take(row);
        else show(incoming, row);
      },
      '354': (_context, incoming) => {
        if (param(incoming, 1) !== TOKEN) {
          say(context, incoming, null, cleanText(incoming.line.params.slice(1).join(' ')));
          return;
        }
        const account = nameParam(incoming, 7);
        if (incoming.line.params.length < 9) return;
        take({
          channel: nameParam(incoming, 2),
          user: nameParam(incoming, 3),
          host: nameParam(incoming, 4),
          nick: nameParam(incoming, 5),
          flags: param(incoming, 6).slice(0, 32),
          account: account === '0' ? null : account,
          realname: cleanName(param(incoming, 8)),
        });
      },
      '315': (_context, incoming) => {
        const mask = nameParam(incoming, 1);
        if (isByUser(mask)) {
          const index = byUser.findIndex((name) => isSame(name, mask));
          byUser = byUser.filter((_name, at) => at !== index);
        } else if (current && isSame(current.channel.name, mask)) finish();
      },
      '421': (_context, incoming) => {
        if (param(incoming, 1).toUpperCase() !== 'WHO' || !current) {
          otherNumeric(context, incoming);
          return;
        }
        isUnknown = true;
        finish();
      },
      '263': (_context, incoming) => {
        if (param(incoming, 1).toUpperCase() !== 'WHO' || !current) return;
        // Too fast for this server: later, and slower from now on.
        asked.delete(current.channel);
        pause = Math.min(MAX_PAUSE_MS, pause * 2);
        finish();
      },
    },
    onClose: () => {
      isClosed = true;
      cancel?.();
      cancel = null;
      current = null;
    },
  };
};
