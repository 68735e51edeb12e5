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
import type { Channel } from '../../state/roster.ts';
import { keepModes, readModes } from '../../state/modes.ts';

/** Names shown of the list of a channel we are not in. */
const MAX_SHOWN_NAMES = 100;

/** Applies what a MODE line says. Returns the nicks whose status changed. */
function applyModes(context: Context, channel: Channel, params: readonly string[]): Set<string> {
  const changed = new Set<string>();
  const changes = readModes(context.isupport, params);
  for (const { adding, mode: letter, kind, param: name } of changes) {
    const status = kind === 'status' ? context.isupport.prefixes.find((prefix) => prefix.mode === letter) : undefined;
    const membership = status && name !== null ? context.roster.membership(channel, name) : undefined;
    if (!status || !membership) continue;
    const without = membership.prefix.replaceAll(status.symbol, '');
    membership.prefix = sortPrefix(context.isupport, adding ? without + status.symbol : without);
    changed.add(membership.user.nick);
  }
  keepModes(channel.modes, changes);
  return changed;
}

const mode: Handler = (context, incoming) => {
  const { line, from, time, historic } = incoming;
  const target = nameParam(incoming, 0);
  const channel = isChannel(context, target);
  if (!channel && !historic && !isMe(context, target)) return;
  const known = channel && !historic ? context.roster.channel(target) : undefined;
  // Of channels we are not in no server has to tell us anything.
  if (channel && !historic && !known) return;
  const changed = known ? applyModes(context, known, line.params.slice(1)) : [];
  context.emit({ kind: 'mode', target, from, modes: cleanText(line.params.slice(1).join(' ')), channel, time, historic });
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
  if (!channel) {
    const shown = cleanText(param(incoming, 3)).split(' ', MAX_SHOWN_NAMES).join(' ');
    say(context, incoming, null, `In ${nameParam(incoming, 2)}: ${shown}`);
    return;
  }
  const isWhole = context.caps.has('multi-prefix');
  for (const word of param(incoming, 3).split(' ')) {
    const { prefix, rest } = splitPrefix(context.isupport, word);
    const { nick, user, host } = source(rest);
    if (nick === '') continue;
    const name = cleanName(nick);
    // Without multi-prefix only the highest status is told: what MODE said of the others stays.
    const before = isWhole ? undefined : context.roster.membership(channel, name)?.prefix;
    const isKnown = before !== undefined && prefix !== '' && before.startsWith(prefix);
    const membership = context.roster.enter(channel, name, isKnown ? before : prefix);
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
    const channel = context.roster.channel(nameParam(incoming, 1));
    if (channel) {
      channel.modes.clear();
      keepModes(channel.modes, readModes(context.isupport, incoming.line.params.slice(2)));
    }
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
