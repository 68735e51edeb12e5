/** What changes about a user in all channels at once. */
import type { User } from '../../state/roster.ts';
import { emitMember, isMe, nameParam, param, type Context, type Handlers, type Incoming } from '../context.ts';

/** Says what changed, also of somebody with whom we share no channel. */
function tell(context: Context, { from, historic }: Incoming, now: { user?: string; host?: string; account?: string | null }): void {
  if (historic || from.server) return;
  context.emit({ kind: 'user', from, user: from.user, host: from.host, account: undefined, ...now });
}

function change(context: Context, incoming: Incoming, apply: (user: User) => boolean): void {
  const user = incoming.historic ? undefined : context.roster.user(incoming.from.nick);
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
  // Real names are not shown yet, and typing or reactions neither.
  SETNAME: () => undefined,
  TAGMSG: () => undefined,
};
