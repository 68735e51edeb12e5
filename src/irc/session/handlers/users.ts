/** What changes about a user in all channels at once, also of nicks that are only watched (extended-monitor). */
import type { User } from '../../state/roster.ts';
import { cleanText } from '../../wire/clean.ts';
import { emitMember, isMe, nameParam, param, type Context, type Handlers, type Incoming } from '../context.ts';

/** Says what changed, also of somebody with whom we share no channel. */
function tell(context: Context, { from, historic }: Incoming, now: { user?: string; host?: string; account?: string | null }): void {
  if (historic || from.server) return;
  context.emit({ kind: 'user', from, user: from.user, host: from.host, account: undefined, ...now });
}

function change(context: Context, incoming: Incoming, apply: (user: User) => boolean): void {
  const user = incoming.historic || incoming.from.server ? undefined : context.roster.user(incoming.from.nick);
  if (!user || !apply(user)) return;
  for (const channel of user.channels) emitMember(context, channel, user.nick);
}

export const userHandlers: Handlers = {
  AWAY: (context, incoming) => {
    change(context, incoming, (user) => {
      const away = param(incoming, 0) !== '';
      if (away === user.away) return false;
      user.away = away;
      return true;
    });
  },
  ACCOUNT: (context, incoming) => {
    const account = nameParam(incoming, 0) === '*' ? null : nameParam(incoming, 0);
    if (account === '') return;
    if (!incoming.historic && isMe(context, incoming.from.nick)) context.me.account = account;
    tell(context, incoming, { account });
    change(context, incoming, (user) => {
      user.account = account;
      return true;
    });
  },
  CHGHOST: (context, incoming) => {
    const user = nameParam(incoming, 0);
    const host = nameParam(incoming, 1);
    if (user === '' || host === '') return;
    if (!incoming.historic && isMe(context, incoming.from.nick)) {
      context.me.user = user;
      context.me.host = host;
    }
    tell(context, incoming, { user, host });
    change(context, incoming, (known) => {
      known.user = user;
      known.host = host;
      return false;
    });
  },
  SETNAME: (context, incoming) => {
    const { from, historic } = incoming;
    if (from.server || historic) return;
    // With draft/whoami this is how we learn at the start how others see us: our texts are cut to fit by it.
    if (isMe(context, from.nick)) {
      context.me.user = from.user ?? context.me.user;
      context.me.host = from.host ?? context.me.host;
    }
    change(context, incoming, (user) => {
      user.realname = cleanText(param(incoming, 0)).slice(0, MAX_REALNAME).toWellFormed();
      return false;
    });
  },
};
const MAX_REALNAME = 256;
