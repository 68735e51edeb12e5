/** Channels that are renamed (draft/channel-rename): members, modes and history stay. */
import { IrcError } from '../../errors.ts';
import { cleanText } from '../../wire/clean.ts';
import { isChannel, nameParam, param, type CreateExtension } from '../context.ts';

export const createRename: CreateExtension = (context) => ({
  handlers: {
    RENAME: (_context, incoming) => {
      const [from, to] = [nameParam(incoming, 0), nameParam(incoming, 1)];
      if (from === to || !isChannel(context, to)) return;
      const channel = context.roster.renameChannel(from, to);
      // A channel we are not in, or a name that is taken by another one we are in: the server is wrong.
      if (!channel) return;
      context.onRenamed(from, to);
      const { from: by, time } = incoming;
      context.emit({ kind: 'rename', from, to, by, reason: cleanText(param(incoming, 2)), time, historic: false });
    },
  },
  act: (action) => {
    if (action.kind !== 'rename') return false;
    if (!context.caps.has('draft/channel-rename')) throw new IrcError('unsupported', 'This server cannot rename channels.');
    for (const name of [action.channel, action.to])
      if (!isChannel(context, name) || /[\s,]/.test(name)) throw new IrcError('badInput', `${name} is not the name of a channel here.`);
    context.send('user', 'RENAME', [action.channel, action.to, ...(action.reason === null ? [] : [action.reason])]);
    return true;
  },
});
