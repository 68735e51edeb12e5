/** Who comes, goes and is renamed. What a history replays is told, but changes nothing and is never `self`. */
import type { Membership } from '../../state/roster.ts';
import { cleanName, cleanText } from '../../wire/clean.ts';
import {
  emitMember,
  isChannel,
  isMe,
  nameParam,
  param,
  say,
  type Context,
  type Handler,
  type Handlers,
  type Incoming,
} from '../context.ts';

function learn(context: Context, { from, line }: Incoming, { user }: Membership): void {
  user.user = from.user;
  user.host = from.host;
  if (context.caps.has('extended-join'))
    user.account = line.params[1] === undefined || line.params[1] === '*' ? null : cleanName(line.params[1]);
  else user.account = from.account;
  if (context.caps.has('extended-join') && line.params[2] !== undefined) user.realname = cleanName(line.params[2]);
  // Given with every line of a bot (bot mode).
  if (line.tags.has('bot')) user.bot = true;
}

const join: Handler = (context, incoming) => {
  const { from, time, historic } = incoming;
  const name = nameParam(incoming, 0);
  if (!isChannel(context, name)) return;
  if (historic) {
    context.emit({ kind: 'join', channel: name, from, self: false, time, historic });
    return;
  }
  const self = isMe(context, from.nick);
  if (self) {
    if (context.roster.channel(name)) return;
    const channel = context.roster.open(name);
    if (!channel) {
      say(context, incoming, null, `Sotto keeps no more channels: ${name} is not shown.`, 'error');
      return;
    }
    context.me.user = from.user ?? context.me.user;
    context.me.host = from.host ?? context.me.host;
    const membership = context.roster.enter(channel, from.nick, '');
    if (membership) learn(context, incoming, membership);
    context.onJoined(name);
    context.emit({ kind: 'join', channel: name, from, self, time, historic });
    return;
  }
  const channel = context.roster.channel(name);
  if (!channel || context.roster.membership(channel, from.nick)) return;
  const membership = context.roster.enter(channel, from.nick, '');
  if (membership) learn(context, incoming, membership);
  context.emit({ kind: 'join', channel: channel.name, from, self, time, historic });
  emitMember(context, channel, from.nick);
};

const part: Handler = (context, incoming) => {
  const { from, time, historic } = incoming;
  const reason = cleanText(param(incoming, 1));
  const name = nameParam(incoming, 0);
  if (historic) {
    context.emit({ kind: 'part', channel: name, from, self: false, reason, time, historic });
    return;
  }
  const channel = context.roster.channel(name);
  if (!channel || !context.roster.membership(channel, from.nick)) return;
  const self = isMe(context, from.nick);
  if (self) {
    context.roster.close(name);
    context.onLeft(channel.name, false);
  } else context.roster.leave(channel, from.nick);
  context.emit({ kind: 'part', channel: channel.name, from, self, reason, time, historic });
  if (!self) emitMember(context, channel, from.nick);
};

const kick: Handler = (context, incoming) => {
  const { from, time, historic } = incoming;
  const name = nameParam(incoming, 0);
  const nick = nameParam(incoming, 1);
  const reason = cleanText(param(incoming, 2));
  if (historic) {
    context.emit({ kind: 'kick', channel: name, from, nick, self: false, reason, time, historic });
    return;
  }
  const channel = context.roster.channel(name);
  if (!channel || !context.roster.membership(channel, nick)) return;
  const self = isMe(context, nick);
  if (self) {
    context.roster.close(name);
    context.onLeft(channel.name, true);
  } else context.roster.leave(channel, nick);
  context.emit({ kind: 'kick', channel: channel.name, from, nick, self, reason, time, historic });
  if (!self) emitMember(context, channel, nick);
};

const quit: Handler = (context, incoming) => {
  const { from, time, historic, historyOf } = incoming;
  const reason = cleanText(param(incoming, 0));
  if (historic) {
    context.emit({ kind: 'quit', from, channels: historyOf === null ? [] : [historyOf], reason, time, historic });
    return;
  }
  // Our own QUIT is followed by the end of the connection, which says it all.
  if (isMe(context, from.nick)) return;
  const left = context.roster.remove(from.nick);
  if (left.length === 0) return;
  // No `member` event for each channel: a netsplit would be as many as people times channels.
  context.emit({ kind: 'quit', from, channels: left.map(({ name }) => name), reason, time, historic });
};

const nick: Handler = (context, incoming) => {
  const { from, time, historic, historyOf } = incoming;
  const to = nameParam(incoming, 0);
  if (to === '' || from.server) return;
  if (historic) {
    context.emit({ kind: 'nick', from, to, channels: historyOf === null ? [] : [historyOf], self: false, time, historic });
    return;
  }
  const self = isMe(context, from.nick);
  const channels = context.roster.rename(from.nick, to);
  if (self) context.me.nick = to;
  if (!self && channels.length === 0) return;
  context.emit({ kind: 'nick', from, to, channels: channels.map(({ name }) => name), self, time, historic });
  for (const channel of channels) {
    if (context.roster.nickKey(from.nick) !== context.roster.nickKey(to)) emitMember(context, channel, from.nick);
    emitMember(context, channel, to);
  }
};

const invite: Handler = (context, incoming) => {
  const { from, time, historic } = incoming;
  const channel = nameParam(incoming, 1);
  if (isChannel(context, channel)) context.emit({ kind: 'invite', channel, from, nick: nameParam(incoming, 0), time, historic });
};

export const membershipHandlers: Handlers = { JOIN: join, PART: part, KICK: kick, QUIT: quit, NICK: nick, INVITE: invite };
