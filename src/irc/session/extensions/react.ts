/** IRCv3 react client tag: `+draft/react` and `+draft/unreact` on a TAGMSG that answers a message; also inside a history. */
import { IrcError } from '../../errors.ts';
import { isMe, nameParam, type Context, type CreateExtension, type Handler, type Incoming } from '../context.ts';
import { conversation } from '../handlers/messages.ts';
import { messageTarget } from '../isupport.ts';
import { labelTag } from '../labels.ts';
import { MAX_REACTION, mayTag, readReaction, replyTag } from '../messageTags.ts';

const reacted: Handler = (context: Context, incoming: Incoming) => {
  const reaction = readReaction(incoming.line.tags);
  const target = conversation(context, incoming, messageTarget(context.isupport, nameParam(incoming, 0)));
  const { from, time, historic } = incoming;
  if (reaction === null || target === null || from.server) return;
  context.emit({ kind: 'react', target, from, self: isMe(context, from.nick), ...reaction, time, historic });
};

export const createReact: CreateExtension = (context) => ({
  handlers: { TAGMSG: reacted },
  historyHandlers: { TAGMSG: reacted },
  act: (action) => {
    if (action.kind !== 'react') return false;
    const { target, msgid, text, removed } = action;
    const tag = removed ? '+draft/unreact' : '+draft/react';
    const reply = replyTag(context);
    if (reply === null || !mayTag(context, tag)) throw new IrcError('unsupported', 'This server passes no reactions on.');
    if (text.trim() === '' || text.length > MAX_REACTION) throw new IrcError('badInput', 'A reaction is an emoji or a word.');
    const request = context.labels.begin(target);
    context.send('user', 'TAGMSG', [target], { [reply]: msgid, [tag]: text, ...labelTag(request) });
    // Where the server sends nothing of ours back, it counts as done.
    if (!context.caps.has('echo-message'))
      context.emit({
        kind: 'react',
        target,
        from: { ...context.me, server: false },
        self: true,
        msgid,
        text,
        removed,
        time: context.wallClock(),
        historic: false,
      });
    return true;
  },
});
