/** Numerics and standard replies as sentences. */
import { cleanText } from '../../wire/clean.ts';
import { isChannel, nameParam, param, say, type Context, type Handler, type Handlers, type Incoming } from '../context.ts';

/** The parameters after our nick, as one text. */
const rest = ({ line }: Incoming, from = 1): string => cleanText(line.params.slice(from).join(' '));
const last = ({ line }: Incoming): string => cleanText(line.params.at(-1) ?? '');

const seconds = (text: string): string => {
  const total = /^[0-9]{1,9}$/.test(text) ? Number(text) : 0;
  const minutes = Math.floor(total / 60);
  if (minutes === 0) return `${total} s`;
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
};

/** A reply about one nick: the line goes to the conversation with that nick, where one is open. */
const about =
  (sentence: (incoming: Incoming, nick: string) => string): Handler =>
  (context, incoming) => {
    const nick = nameParam(incoming, 1);
    say(context, incoming, nick === '' ? null : nick, sentence(incoming, nick));
  };

const plain: Handler = (context, incoming) => {
  const text = rest(incoming);
  if (text !== '') say(context, incoming, null, text);
};
const nothing: Handler = () => undefined;

const whois: Record<string, Handler> = {
  '301': about((incoming, nick) => `${nick} is away: ${last(incoming)}`),
  '311': about((incoming, nick) => `${nick} is ${nameParam(incoming, 2)}@${nameParam(incoming, 3)} (${last(incoming)})`),
  '312': about((incoming, nick) => `${nick} uses the server ${nameParam(incoming, 2)} (${last(incoming)})`),
  '314': about((incoming, nick) => `${nick} was ${nameParam(incoming, 2)}@${nameParam(incoming, 3)} (${last(incoming)})`),
  '317': about((incoming, nick) => `${nick} has been idle for ${seconds(param(incoming, 2))}`),
  '318': nothing,
  '319': about((incoming, nick) => `${nick} is in ${last(incoming)}`),
  '330': about((incoming, nick) => `${nick} is logged in as ${nameParam(incoming, 2)}`),
};
/** WHOIS replies whose own words are good enough after the nick. */
for (const numeric of ['276', '307', '310', '313', '320', '335', '338', '378', '379', '671'])
  whois[numeric] = about((incoming, nick) => `${nick} ${rest(incoming, 2)}`);

export const replyHandlers: Handlers = {
  ...whois,
  '004': nothing,
  '372': plain,
  '375': nothing,
  '305': (context, incoming) => {
    context.emit({ kind: 'away', away: false });
    plain(context, incoming);
  },
  '306': (context, incoming) => {
    context.emit({ kind: 'away', away: true });
    plain(context, incoming);
  },
  '221': (context, incoming) => {
    say(context, incoming, null, `Your modes: ${rest(incoming)}`);
  },
  '341': (context, incoming) => {
    say(context, incoming, nameParam(incoming, 2), `${nameParam(incoming, 1)} was invited to ${nameParam(incoming, 2)}.`);
  },
  '396': (context, incoming) => {
    const shown = nameParam(incoming, 1);
    if (shown !== '') context.me.host = shown.slice(shown.indexOf('@') + 1);
    say(context, incoming, null, `Others see you as coming from ${shown}.`);
  },
  '900': (context, incoming) => {
    const account = nameParam(incoming, 2);
    context.me.account = account === '' ? null : account;
    say(context, incoming, null, last(incoming));
  },
  '901': (context, incoming) => {
    context.me.account = null;
    say(context, incoming, null, last(incoming));
  },
  FAIL: (context, incoming) => {
    standard(context, incoming, 'error');
  },
  WARN: (context, incoming) => {
    standard(context, incoming, 'error');
  },
  NOTE: (context, incoming) => {
    standard(context, incoming, 'info');
  },
};

/** `FAIL command code [context…] :description` (IRCv3 standard-replies). */
function standard(context: Context, incoming: Incoming, severity: 'info' | 'error'): void {
  const { params } = incoming.line;
  const target = params.slice(2, -1).find((word) => isChannel(context, word)) ?? null;
  const command = param(incoming, 0) === '*' ? '' : `${cleanText(param(incoming, 0))}: `;
  say(context, incoming, target, `${command}${last(incoming)}`, severity);
}

/** What an error says about its first parameter (a nick or channel), in our words; the server's words otherwise. */
const sentences: Record<string, (name: string, reason: string) => string> = {
  '401': (name) => `There is nobody called ${name} here.`,
  '402': (name) => `There is no server ${name}.`,
  '403': (name) => `There is no channel ${name}.`,
  '404': (name, reason) => `Your text did not reach ${name}: ${reason}`,
  '405': (name) => `${name} was not joined: you are in too many channels.`,
  '432': (name) => `This server does not allow the nick ${name}.`,
  '433': (name) => `The nick ${name} is taken.`,
  '442': (name) => `You are not in ${name}.`,
  '471': (name) => `${name} is full.`,
  '473': (name) => `${name} can be joined by invitation only.`,
  '474': (name) => `You are banned from ${name}.`,
  '475': (name) => `${name} needs a key, and this was not the right one.`,
  '477': (name, reason) => `${name}: ${reason}`,
  '482': (name) => `Only operators of ${name} may do that.`,
};
/** Errors that say that a text to their first parameter did not arrive. */
const REFUSALS: ReadonlySet<string> = new Set(['401', '404', '408', '415', '477', '486', '489', '492', '531', '716']);

const error: Handler = (context, incoming) => {
  const { command, params } = incoming.line;
  const name = params.length > 2 ? nameParam(incoming, 1) : '';
  const reason = last(incoming);
  const sentence = sentences[command];
  const text = name === '' ? reason : sentence ? sentence(name, reason) : `${cleanText(params.slice(1, -1).join(' '))}: ${reason}`;
  const lost = name !== '' && REFUSALS.has(command) ? context.outgoing.refused(name) : null;
  const target = isChannel(context, name) || REFUSALS.has(command) ? name : '';
  say(context, incoming, target === '' ? null : target, lost ? `${text} Not sent: ${lost.text}` : text, 'error');
};

/** Any numeric that has no handler of its own. */
export const otherNumeric: Handler = (context, incoming) => {
  const code = Number(incoming.line.command);
  if ((code >= 400 && code < 600) || code === 716 || (code >= 902 && code <= 908)) error(context, incoming);
  else plain(context, incoming);
};
