/**
 * CTCP (modern.ircdocs.horse/ctcp): the few requests that are answered, under a budget; replies to our own; DCC offers. What came through a
 * channel, from ourselves, from a server or in a history is never answered, an unknown request is met with silence.
 */
import { cleanText } from '../../wire/clean.ts';
import type { Line } from '../../wire/line.ts';
import { readDcc } from '../../dcc/dcc.ts';
import { isMe, nameParam, param, say, type Context, type Extension, type Handler, type Incoming } from '../context.ts';

/** Answers at once, and the time for one more: a flood of requests costs the others nothing. */
const BURST = 3;
const REFILL_MS = 10_000;
/** UTF-16 units of a PING's argument that are sent back. */
const MAX_PING = 64;
const MAX_REPLY = 300;
const MAX_VERB = 32;

const MARK = '\u0001';
/** Under this name extensions take CTCP other than ACTION and SOTTO; no server's command can be called so. */
export const CTCP = 'CTCP?';

/** True for the lines that are CTCP and no text: they go to the handlers of `CTCP`. */
export function isCtcp({ command, params }: Line): boolean {
  const text = params[1] ?? '';
  if ((command !== 'PRIVMSG' && command !== 'NOTICE') || !text.startsWith(MARK)) return false;
  const [verb = ''] = text.slice(1).replaceAll(MARK, ' ').split(' ', 1);
  return command === 'NOTICE' || !/^(?:ACTION|SOTTO)$/i.test(verb);
}

/** Verb and the rest, without any further 01 in them; null where there is no verb. */
function readRequest(raw: string): { verb: string; text: string } | null {
  const body = raw.replaceAll(MARK, '');
  const [word = ''] = body.split(' ', 1);
  if (word.length > MAX_VERB || !/^[A-Za-z0-9_-]+$/.test(word)) return null;
  return { verb: word.toUpperCase(), text: cleanText(body.slice(word.length + 1)) };
}

/** What is said of ourselves, by request. */
function answerTo(context: Context, from: Incoming['from'], verb: string, text: string): string | null {
  const answers = context.options.ctcp(from);
  if (answers === null) return null;
  switch (verb) {
    case 'VERSION':
      return answers.version ? `Sotto ${context.options.version}` : null;
    case 'SOURCE':
      return answers.source ? 'Sotto, free software' : null;
    case 'PING':
      return answers.ping && /^[\x20-\x7e]+$/.test(text) ? text.slice(0, MAX_PING) : null;
    case 'TIME':
      // In UTC: the zone would tell where we are.
      return answers.time ? new Date(context.wallClock()).toUTCString() : null;
    case 'USERINFO':
      return answers.userinfo;
    case 'CLIENTINFO': {
      const { ping, source, time, version, userinfo } = answers;
      const known = {
        ACTION: true,
        CLIENTINFO: true,
        PING: ping,
        SOURCE: source,
        TIME: time,
        USERINFO: userinfo !== null,
        VERSION: version,
      };
      return Object.entries(known)
        .flatMap(([name, isOn]) => (isOn ? [name] : []))
        .join(' ');
    }
    default:
      return null;
  }
}

export function createCtcp(context: Context): Extension {
  let left = BURST;
  let filled = context.clock.now();
  const spend = (): boolean => {
    const more = Math.floor((context.clock.now() - filled) / REFILL_MS);
    left = Math.min(BURST, left + more);
    filled += more * REFILL_MS;
    if (left === 0) return false;
    left -= 1;
    return true;
  };

  const request = (incoming: Incoming, verb: string, text: string): void => {
    const { from, time } = incoming;
    if (verb === 'DCC') {
      const dcc = readDcc(text);
      if (dcc === null) return;
      if (dcc.verb === 'send') context.emit({ kind: 'dcc', from, offer: dcc.offer, time });
      else if (dcc.verb !== 'other') context.emit({ kind: 'dccResume', from, ...dcc, time });
      else if (spend()) say(context, incoming, from.nick, `${from.nick} asks for a DCC ${dcc.name}, which Sotto does not do.`);
      return;
    }
    const answer = answerTo(context, from, verb, text);
    if (answer === null || !spend()) return;
    context.send('background', 'NOTICE', [from.nick, `${MARK}${verb} ${answer.replaceAll(MARK, '').slice(0, MAX_REPLY)}${MARK}`]);
    say(context, incoming, null, `${from.nick} asked for ${verb} (CTCP) and was told: ${answer}`);
  };

  const take: Handler = (_context, incoming) => {
    const { line, from, time, historic } = incoming;
    if (historic || from.server || isMe(context, from.nick) || !isMe(context, nameParam(incoming, 0))) return;
    const read = readRequest(param(incoming, 1));
    if (read === null) return;
    if (line.command === 'PRIVMSG') request(incoming, read.verb, read.text);
    else context.emit({ kind: 'ctcpReply', from, command: read.verb, text: read.text, time, historic });
  };
  return { handlers: { [CTCP]: take } };
}
