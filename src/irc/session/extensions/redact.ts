/** IRCv3 draft/message-redaction: lines are taken back, here and by others, also inside a history. */
import { cleanText } from '../../wire/clean.ts';
import { IrcError } from '../../errors.ts';
import { nameParam, param, type CreateExtension, type Handler } from '../context.ts';
import { conversation } from '../handlers/messages.ts';
import { messageTarget } from '../isupport.ts';
import { labelTag } from '../labels.ts';
import { readMsgid } from '../messageTags.ts';

const MAX_REASON = 512;

const redacted: Handler = (context, incoming) => {
  const msgid = readMsgid(param(incoming, 1));
  const target = conversation(context, incoming, messageTarget(context.isupport, nameParam(incoming, 0)));
  if (msgid === null || target === null) return;
  const { from, time, historic } = incoming;
  context.emit({ kind: 'redact', target, from, msgid, reason: cleanText(param(incoming, 2)).slice(0, MAX_REASON), time, historic });
};

export const createRedact: CreateExtension = (context) => ({
  handlers: { REDACT: redacted },
  historyHandlers: { REDACT: redacted },
  act: (action) => {
    if (action.kind !== 'redact') return false;
    if (!context.caps.has('draft/message-redaction')) throw new IrcError('unsupported', 'This server cannot take messages back.');
    const request = context.labels.begin(action.target);
    const { target, msgid, reason } = action;
    context.send('user', 'REDACT', reason === null || reason === '' ? [target, msgid] : [target, msgid, reason], labelTag(request));
    return true;
  },
});
