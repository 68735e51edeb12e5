/** Modes, topics and nick lists. */
import { cleanName, cleanText } from '../../wire/clean.ts';
import { source } from '../../wire/parse.ts';
import {
  emitMember,
  emitMembers,
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
import { sortPrefix, splitPrefix } from '../isupport.ts';

/** Modes looked at in one line. */
const MAX_MODES_A_LINE = 100;

/** Applies what a MODE line says about people's status. Returns the nicks that changed. */
function applyStatus(context: Context, channelName: string, params: readonly string[]): Set<string> {
  const changed = new Set<string>();
  const channel = context.roster.channel(channelName);
  const { prefixes, chanModes } = context.isupport;
  let adding = true;
  let next = 1;
  for (const mode of (params[0] ?? '').slice(0, MAX_MODES_A_LINE)) {
    if (mode === '+' || mode === '-') {
      adding = mode === '+';
      continue;
    }
    const status = prefixes.find((prefix) => prefix.mode === mode);
    if (status) {
      const membership = channel && context.roster.membership(channel, params[next] ?? '');
      next += 1;
      if (!membership) continue;
      const without = membership.prefix.replaceAll(status.symbol, '');
      membership.prefix = sortPrefix(context.isupport, adding ? without + status.symbol : without);
      changed.add(membership.user.nick);
    } else if (chanModes.list.includes(mode) || chanModes.always.includes(mode) || (adding && chanModes.whenSet.includes(mode))) next += 1;
  }
  return changed;
}

const mode: Handler = (context, incoming) => {
  const { line, from, time, historic } = incoming;
  const target = nameParam(incoming, 0);
  const channel = isChannel(context, target);
  if (!channel && !historic && !isMe(context, target)) return;
  const changed = channel && !historic ? applyStatus(context, target, line.params.slice(1)) : [];
  context.emit({ kind: 'mode', target, from, modes: cleanText(line.params.slice(1).join(' ')), channel, time, historic });
  const known = context.roster.channel(target);
  if (known) for (const nick of changed) emitMember(context, known, nick);
};

const topic: Handler = (context, incoming) => {
  const { from, time, historic } = incoming;
  const name = nameParam(incoming, 0);
  const text = cleanText(param(incoming, 1));
  const channel = context.roster.channel(name);
  if (!historic && channel) channel.topic = text;
  if (historic || channel) context.emit({ kind: 'topic', channel: name, topic: text, from, changed: true, time, historic });
};

const toldTopic = (context: Context, incoming: Incoming, text: string): void => {
  const channel = context.roster.channel(nameParam(incoming, 1));
  if (!channel) {
    say(context, incoming, nameParam(incoming, 1), `Topic of ${nameParam(incoming, 1)}: ${text}`);
    return;
  }
  channel.topic = text;
  context.emit({ kind: 'topic', channel: channel.name, topic: text, from: null, changed: false, time: incoming.time, historic: false });
};

/** Seconds since 1970 as a date people can read; '' where the number makes none. */
const date = (seconds: string): string =>
  /^[0-9]{1,10}$/.test(seconds) ? `${new Date(Number(seconds) * 1_000).toISOString().slice(0, 16).replace('T', ' ')} UTC` : '';

const names: Handler = (context, incoming) => {
  const channel = context.roster.channel(nameParam(incoming, 2));
  if (!channel) return;
  for (const word of param(incoming, 3).split(' ')) {
    const { prefix, rest } = splitPrefix(context.isupport, word);
    const { nick, user, host } = source(rest);
    if (nick === '') continue;
    const membership = context.roster.enter(channel, cleanName(nick), prefix);
    if (!membership) return;
    membership.user.user ??= user === null ? null : cleanName(user);
    membership.user.host ??= host === null ? null : cleanName(host);
  }
};

export const channelHandlers: Handlers = {
  MODE: mode,
  TOPIC: topic,
  '331': (context, incoming) => {
    toldTopic(context, incoming, '');
  },
  '332': (context, incoming) => {
    toldTopic(context, incoming, cleanText(param(incoming, 2)));
  },
  '333': (context, incoming) => {
    const when = date(param(incoming, 3));
    const by = source(nameParam(incoming, 2)).nick;
    say(context, incoming, nameParam(incoming, 1), `The topic was set by ${by}${when === '' ? '' : ` on ${when}`}.`);
  },
  '324': (context, incoming) => {
    say(
      context,
      incoming,
      nameParam(incoming, 1),
      `Modes of ${nameParam(incoming, 1)}: ${cleanText(incoming.line.params.slice(2).join(' '))}`,
    );
  },
  '329': (context, incoming) => {
    say(context, incoming, nameParam(incoming, 1), `${nameParam(incoming, 1)} was created on ${date(param(incoming, 2))}.`);
  },
  '353': names,
  '366': (context, incoming) => {
    const channel = context.roster.channel(nameParam(incoming, 1));
    if (channel) emitMembers(context, channel);
  },
};
