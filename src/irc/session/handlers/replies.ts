/** Numerics and standard replies as sentences. */
import { cleanText } from '../../wire/clean.ts';
import { isChannel, nameParam, param, say, type Context, type Handler, type Handlers, type Incoming } from '../context.ts';

/** The parameters after our nick, as one text. */
const rest = ({ line }: Incoming, from = 1): string => cleanText(line.params.slice(from).join(' '));
const last = ({ line }: Incoming): string => cleanText(line.params.at(-1) ?? '').trimEnd();

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

/** Words that follow the nick in a WHOIS reply: the server's own, as it may say more than Sotto knows of. */
const words = (incoming: Incoming, otherwise: string): string => last(incoming) || otherwise;
/** The words of a reply in front of its last parameter, e.g. an account or an address. */
const between = ({ line }: Incoming): string => cleanText(line.params.slice(2, -1).join(' '));

const SECONDS = /^[0-9]{1,10}$/;
const date = (text: string): string =>
  SECONDS.test(text) ? `${new Date(Number(text) * 1_000).toISOString().slice(0, 16).replace('T', ' ')} UTC` : '';

/** `is connecting from *@host address`: by position, as no pattern is safe on a server's text. */
function connectsFrom(incoming: Incoming): string {
  const parts = last(incoming)
    .slice(0, MAX_HOST_TEXT)
    .split(' ')
    .filter((word) => word !== '');
  const mask = parts.find((word) => word.includes('@'));
  const host = mask?.slice(mask.lastIndexOf('@') + 1) ?? '';
  const address = parts.at(-1) ?? '';
  if (mask === undefined || host === '') return parts.join(' ');
  return address === mask || address === host ? `connects from ${host}` : `connects from ${host} (${address})`;
}
const MAX_HOST_TEXT = 512;

const whois: Record<string, Handler> = {
  '276': about((incoming, nick) => `${nick} ${words(incoming, 'has a client certificate')}`),
  '301': about((incoming, nick) => `${nick} is away: ${last(incoming)}`),
  '307': about((incoming, nick) => `${nick} ${words(incoming, 'has identified for this nick')}`),
  '310': about((incoming, nick) => `${nick} ${words(incoming, 'helps here')}`),
  '311': about((incoming, nick) => `${nick} is ${nameParam(incoming, 2)}@${nameParam(incoming, 3)} (${last(incoming)})`),
  '312': about((incoming, nick) => `${nick} uses the server ${nameParam(incoming, 2)} (${last(incoming)})`),
  '313': about((incoming, nick) => `${nick} ${words(incoming, 'is an operator of the server')}`),
  '314': about((incoming, nick) => `${nick} was ${nameParam(incoming, 2)}@${nameParam(incoming, 3)} (${last(incoming)})`),
  '317': about((incoming, nick) => {
    const since = date(param(incoming, 3));
    return `${nick} has been idle for ${seconds(param(incoming, 2))}${since === '' ? '' : `, connected since ${since}`}`;
  }),
  '318': nothing,
  '319': about((incoming, nick) => `${nick} is in ${last(incoming)}`),
  '320': about((incoming, nick) => `${nick} ${last(incoming)}`),
  '330': about((incoming, nick) => `${nick} is logged in as ${nameParam(incoming, 2)}`),
  '335': about((incoming, nick) => `${nick} ${words(incoming, 'is a bot')}`),
  '338': about((incoming, nick) => {
    const address = between(incoming);
    return address === '' ? `${nick} ${last(incoming)}` : `${nick} really comes from ${address}`;
  }),
  '369': nothing,
  '378': about((incoming, nick) => `${nick} ${connectsFrom(incoming)}`),
  '379': about((incoming, nick) => `${nick} ${last(incoming)}`),
  '406': about((_incoming, nick) => `Nobody called ${nick} was here lately.`),
  '671': about((incoming, nick) => `${nick} ${words(incoming, 'uses a secure connection')}`),
  '703': about((incoming, nick) => `${nick} ${last(incoming)}`),
};

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
  const [command, code] = [param(incoming, 0), param(incoming, 1)];
  if (command === 'JOIN' && code === 'CHANNEL_RENAMED' && params.length > 4) {
    const [from, to] = [nameParam(incoming, 2), nameParam(incoming, 3)];
    say(context, incoming, from, `${from} is called ${to} now: /join ${to} takes you there.`, 'error');
    return;
  }
  const target = params.slice(2, -1).find((word) => isChannel(context, word)) ?? null;
  const about = command === '*' ? '' : `${cleanText(command)}: `;
  // A text of ours that this answers did not arrive.
  const label = incoming.line.command === 'FAIL' ? (incoming.request?.label ?? null) : null;
  const lost = label === null ? null : context.outgoing.refused('', label);
  say(context, incoming, target, `${about}${last(incoming)}${lost ? ` Not sent: ${lost.text}` : ''}`, severity);
}

/** What an error says about its first parameter (a nick or channel), and what to do; the server's words otherwise. */
const sentences: Record<string, (name: string, reason: string, incoming: Incoming) => string> = {
  '401': (name) => `There is nobody called ${name} here.`,
  '402': (name) => `There is no server ${name}.`,
  '403': (name) => `There is no channel ${name}.`,
  '404': (name, reason) => `Your text did not reach ${name}: ${reason}`,
  '405': (name) => `${name} was not joined: you are in too many channels. Leave one first.`,
  '407': (name, reason) => `${name} means too many at once: ${reason}`,
  '432': (name) => `This server does not allow the nick ${name}.`,
  '433': (name) => `The nick ${name} is taken.`,
  '435': (name, reason) => `You cannot take the nick ${name} while you are banned from a channel: ${reason}`,
  '437': (name) =>
    /^[#&+!]/.test(name)
      ? `${name} cannot be joined for the moment, as the server keeps it after a split. Try again in some minutes.`
      : `The nick ${name} is kept back by the server for the moment. Try again in some minutes; with an account, /msg NickServ RELEASE ${name} frees it.`,
  '438': (_name, reason) => `The nick was changed too often: ${reason}`,
  '442': (name) => `You are not in ${name}.`,
  '443': (name) => `${name} is in the channel already.`,
  '461': (name) => `The server wants more for ${name}.`,
  '465': (_name, reason) => `The server has banned you: ${reason}`,
  '470': (name, _reason, incoming) => `${name} sends you on to ${nameParam(incoming, 2)}. Often it wants you to be logged in first.`,
  '471': (name) => `${name} is full. Try again later.`,
  '472': (name, reason) => `This server knows no mode ${name}: ${reason}`,
  '473': (name) => `${name} can be joined by invitation only. /knock ${name} asks for one, where the server knows it.`,
  '474': (name) => `You are banned from ${name}.`,
  '475': (name) => `${name} needs a key, and this was not the right one: /join ${name} key.`,
  '476': (name) => `${name} is not the name of a channel here.`,
  '477': (name, reason) => `${name} is for people who are logged in to an account (${reason}). Log in by SASL or NickServ first.`,
  '478': (name, reason) => `A list of ${name} is full: ${reason}`,
  '479': (name, reason) => `${name} cannot be joined: ${reason}`,
  '480': (name, reason) => `${name} was not joined: ${reason || 'too many people joined lately.'} Try again in a minute.`,
  '482': (name) => `Only operators of ${name} may do that.`,
  '484': (name, reason) => `${name}: ${reason}`,
  '489': (name) => `${name} is for secure connections only. Set \`use_tls = true\` for this server.`,
  '515': (name) => `${name} is for people who are logged in to an account. Log in by SASL or NickServ first.`,
  '520': (name, reason) => `${name} was not joined: ${reason || 'it is for operators of the server, or for certain connections.'}`,
  '716': (name) => `${name} takes private messages only from people they have accepted.`,
  '717': (name) => `${name} was told that you would like to talk. Wait until they answer.`,
  '718': (name, _reason, incoming) => {
    const mask = nameParam(incoming, 2);
    return `${name} (${mask}) would like to talk to you, and you take messages only from people you have accepted: /raw ACCEPT ${name} lets them.`;
  },
};
/** Errors that say that a text to their first parameter did not arrive. */
const REFUSALS: ReadonlySet<string> = new Set(['401', '404', '408', '415', '477', '486', '489', '492', '531', '716']);

const error: Handler = (context, incoming) => {
  const { command, params } = incoming.line;
  const name = params.length > 2 ? nameParam(incoming, 1) : '';
  const reason = last(incoming);
  const sentence = Object.hasOwn(sentences, command) ? sentences[command] : undefined;
  // 477 is also what a channel says to a text that it wants no more than a login for.
  const text =
    name === '' ? reason : sentence ? sentence(name, reason, incoming) : `${cleanText(params.slice(1, -1).join(' '))}: ${reason}`;
  const lost = name !== '' && REFUSALS.has(command) ? context.outgoing.refused(name, incoming.request?.label) : null;
  const target = isChannel(context, name) || REFUSALS.has(command) ? name : '';
  say(context, incoming, target === '' ? null : target, lost ? `${text} Not sent: ${lost.text}` : text, 'error');
};

/** Any numeric that has no handler of its own. */
export const otherNumeric: Handler = (context, incoming) => {
  const code = Number(incoming.line.command);
  if ((code >= 400 && code < 600) || incoming.line.command === '716' || (code >= 902 && code <= 908)) error(context, incoming);
  else if (incoming.line.command === '717' || incoming.line.command === '718') callerId(context, incoming);
  else plain(context, incoming);
};

const callerId: Handler = (context, incoming) => {
  const name = nameParam(incoming, 1);
  const text = sentences[incoming.line.command]?.(name, last(incoming), incoming) ?? last(incoming);
  say(context, incoming, name === '' ? null : name, text);
};
