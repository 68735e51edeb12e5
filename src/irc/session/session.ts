/** One IRC connection from its first line to its last: reads lines, keeps state, tells events. It owns no socket and no timer of its own. */
import type { Action, IrcEvent, Member, Origin } from '../../contract/chat.ts';
import { IrcError } from '../errors.ts';
import type { NetworkOptions } from '../options.ts';
import type { CaseMapping } from '../state/fold.ts';
import { createRoster, toMember, type Roster } from '../state/roster.ts';
import { cleanName, cleanText } from '../wire/clean.ts';
import { encodeLine } from '../wire/encode.ts';
import type { Line } from '../wire/line.ts';
import { parseLine } from '../wire/parse.ts';
import { encodeAction, packJoins } from './actions.ts';
import { createBatches } from './batches.ts';
import { createCapabilities, WANTED_CAPABILITIES } from './capabilities.ts';
import type { Context, Ending, LinkSafety, Handlers, Incoming } from './context.ts';
import { say } from './context.ts';
import { readEnding, readRefusal } from './endings.ts';
import { createExtensions } from './extensions.ts';
import { CTCP, isCtcp } from './extensions/ctcp.ts';
import { ACCOUNT_REGISTRATION, registersEarly } from './extensions/accountRegistration.ts';
import { createFlood, MAX_WAITING_LINES, type Clock, type Lane } from './flood.ts';
import { channelHandlers } from './handlers/channels.ts';
import { membershipHandlers } from './handlers/membership.ts';
import { messageHandlers } from './handlers/messages.ts';
import { otherNumeric, replyHandlers } from './handlers/replies.ts';
import { userHandlers } from './handlers/users.ts';
import { createLabels, labelled } from './labels.ts';
import { applyToken, defaultIsupport, isChannelName, type Isupport } from './isupport.ts';
import { createOutgoing } from './outgoing.ts';
import { createRegistration } from './registration.ts';
import type { Random } from './sasl/mechanisms.ts';
import { createServices } from './services.ts';
import { serverTime } from './time.ts';

/** Servers that never say that their MOTD is over get our joins this long after 001. */
const JOIN_ANYWAY_MS = 5_000;

/** A text with a time this long before the connection was made is a replay. */
const REPLAYED_BEFORE_MS = 60_000;

const liveHandlers: Handlers = { ...messageHandlers, ...membershipHandlers, ...userHandlers, ...channelHandlers, ...replyHandlers };
/** The only commands of a history that are looked at. */
const historyHandlers: Handlers = {
  ...messageHandlers,
  ...membershipHandlers,
  MODE: channelHandlers.MODE ?? (() => undefined),
  TOPIC: channelHandlers.TOPIC ?? (() => undefined),
};
const NUMERIC = /^[0-9]{3}$/;
const SASL_NUMERIC = /^90[0-8]$/;
const ABOUT_ACCOUNT: ReadonlySet<string> = new Set(['REGISTER', 'VERIFY']);
const NICK_REFUSED: ReadonlySet<string> = new Set(['432', '433', '436', '437']);

export interface SessionDeps {
  options: NetworkOptions;
  link: LinkSafety;
  /** For nonces. */
  random: Random;
  /** The mapping of the session before, until 005 says otherwise. */
  caseMapping: CaseMapping;
  clock: Clock;
  /** Milliseconds since 1970. */
  wallClock: () => number;
  emit: (event: IrcEvent) => void;
  /** Writes one line to the link. */
  write: (line: string) => void;
  onAuthenticating: () => void;
  /** An STS policy on this secure link: seconds, 0 ends it. */
  onStsDuration: (seconds: number) => void;
  /** Reason of the away state to come back into; null: present. */
  away: () => string | null;
  /** The user wants to make an account before the registration is over. */
  hold: () => boolean;
  /** The server waits for it, until `release`. */
  onHeld: () => void;
  onReleased: () => void;
  onOnline: () => void;
  /** The session is over by its own decision; QUIT has been written. Called at most once. */
  onEnd: (ending: Ending) => void;
  joins: () => { name: string; key: string | null }[];
  onJoined: (channel: string) => void;
  onLeft: (channel: string, kicked: boolean) => void;
  onRenamed?: (from: string, to: string) => void;
}

export interface Session {
  start(): void;
  /** One line without its line end. Never throws. */
  receive(text: string): void;
  /** Throws IrcError. */
  act(action: Exclude<Action, { kind: 'quit' }>): void;
  /** Ends the waiting for an account to be made. */
  release(): void;
  ping(): void;
  quit(reason: string): void;
  /** The link is gone: reports texts that did not arrive and empties the nick lists. Returns what the server said at the end. */
  close(): Ending | null;
  online(): boolean;
  nick(): string;
  isupport: Isupport;
  roster: Roster;
  members(channel: string): Member[];
  /** What is known of a user with whom we share a channel. */
  who(nick: string): Pick<Origin, 'user' | 'host' | 'account'> | null;
  /** Texts say whose account they come from: one without is from somebody who has none. */
  tellsAccounts(): boolean;
}

/** A name of a line: the one that is kept already where it is the same. */
const nameOf = (text: string, known: string | null | undefined): string => (known === text ? known : cleanName(text));

export function createSession(deps: SessionDeps): Session {
  const { options, clock, wallClock } = deps;
  const emit = (event: IrcEvent): void => {
    deps.emit(event);
    extensions.onEvent(event);
    if (event.kind === 'accountRegistration' && event.state === 'done') registration.release();
  };
  const isupport = defaultIsupport(deps.caseMapping);
  const roster = createRoster(deps.caseMapping);
  const caps = createCapabilities(options.sasl.length > 0 ? [...WANTED_CAPABILITIES, 'sasl'] : WANTED_CAPABILITIES, options.doNotRequest);
  const batches = createBatches();
  const labels = createLabels(clock, () => caps.has('labeled-response') && caps.has('batch'));
  /** The server's time at 001: what it says to have been said well before is no news. */
  let began: number | null = null;
  const flood = createFlood(clock, () => (isupport.saferate ? 0 : options.antiFloodMs), deps.write);
  let phase: 'registering' | 'online' | 'over' = 'registering';
  let serverName = options.host;
  let ending: Ending | null = null;
  let greeted = false;
  let mappingTold = false;
  let cancelJoin: (() => void) | null = null;

  const me: Context['me'] = { nick: options.nick, user: null, host: null, account: null };
  const isMe = (nick: string): boolean => roster.nickKey(nick) === roster.nickKey(me.nick);
  const warn = (text: string): void => {
    emit({ kind: 'server', target: null, text, severity: 'error', time: wallClock(), historic: false });
  };
  const send = (lane: Lane, command: string, ...params: string[]): void => {
    if (!flood.push(lane, encodeLine(command, params))) warn('Too much is waiting to be sent: a line was left out.');
  };

  const outgoing = createOutgoing({
    key: (name) => (isChannelName(isupport, name) ? roster.channelKey(name) : roster.nickKey(name)),
    echoes: () => caps.has('echo-message'),
    isMe,
    show: ({ target, form, text, tags }) => {
      const from: Origin = { ...me, server: false };
      const told = tags === undefined ? {} : { tags };
      emit({ kind: 'text', target, form, from, text, self: true, msgid: null, ...told, time: wallClock(), historic: false });
    },
  });
  const context: Context = {
    options,
    link: deps.link,
    clock,
    wallClock,
    send: (lane, command, params, tags) => {
      if (!flood.push(lane, encodeLine(command, params, isupport.lineLength - 2, tags)))
        warn('Too much is waiting to be sent: a line was left out.');
    },
    push: flood.push,
    waiting: flood.waiting,
    labels,
    isupport,
    roster,
    caps,
    outgoing,
    me,
    emit,
    onJoined: deps.onJoined,
    onLeft: deps.onLeft,
    onRenamed: deps.onRenamed ?? (() => undefined),
  };
  const extensions = createExtensions(context);

  const end = (reason: Ending): void => {
    if (phase === 'over') return;
    phase = 'over';
    flood.push('now', encodeLine('QUIT', []));
    deps.onEnd(reason);
  };
  const registration = createRegistration({
    options,
    link: deps.link,
    caps,
    clock,
    random: deps.random,
    onStsDuration: deps.onStsDuration,
    away: deps.away,
    send: (command, ...params) => {
      send('now', command, ...params);
    },
    onAuthenticating: deps.onAuthenticating,
    hold: () => deps.hold() && deps.link.mayCarrySecrets && registersEarly(caps.offered(ACCOUNT_REGISTRATION)),
    onHeld: () => {
      deps.onHeld();
      emit({ kind: 'accountRegistration', state: 'ready', account: '', text: '' });
    },
    onReleased: deps.onReleased,
    warn,
    end,
  });
  const services = createServices({
    options,
    clock,
    send: (command, ...params) => {
      send('background', command, ...params);
    },
    warn,
    isMe,
    loggedIn: () => registration.authenticated() || me.account !== null,
    forbidden: () => {
      if (registration.distrusted()) return 'this server failed to prove itself when logging in';
      return deps.link.mayCarrySecrets ? null : 'this connection is not encrypted';
    },
  });

  const joinAll = (): void => {
    cancelJoin?.();
    cancelJoin = null;
    for (const line of packJoins(context, deps.joins())) flood.push('background', line);
  };

  const refold = (): void => {
    if (isupport.caseMapping === roster.mapping()) return;
    roster.refold(isupport.caseMapping);
    emit({ kind: 'folding' });
  };

  const welcome = (incoming: Incoming): void => {
    if (phase !== 'registering' || !registration.welcome()) return;
    phase = 'online';
    began = incoming.time;
    me.nick = cleanName(incoming.line.params[0] ?? me.nick);
    if (incoming.line.source) serverName = incoming.line.source.nick;
    deps.onOnline();
    emit({ kind: 'registered', nick: me.nick, network: null });
    const away = deps.away();
    if (away !== null && !caps.has('draft/pre-away')) send('background', 'AWAY', away);
    otherNumeric(context, incoming);
    services.start();
    cancelJoin = clock.after(JOIN_ANYWAY_MS, joinAll);
  };

  const endOfGreeting = (): void => {
    if (greeted || phase !== 'online') return;
    greeted = true;
    if (options.bouncerNetwork !== null && isupport.bouncerNetId !== options.bouncerNetwork) {
      end({ kind: 'final', text: 'The bouncer connected another network than the one that was asked for; the connection was closed.' });
      return;
    }
    if (!mappingTold) {
      isupport.caseMapping = 'rfc1459';
      refold();
    }
    if (isupport.network !== null) emit({ kind: 'registered', nick: me.nick, network: isupport.network });
    extensions.onReady();
    joinAll();
  };

  /** Commands that belong to the session itself. False: not one of them. */
  const control = (incoming: Incoming): boolean => {
    const { command, params } = incoming.line;
    let told: Ending;
    switch (command) {
      case 'PING':
        send('now', 'PONG', params.at(-1) ?? '');
        return true;
      case 'PONG':
        return true;
      case 'CAP':
        registration.cap(params.slice(1));
        extensions.onCapabilities();
        return true;
      case 'AUTHENTICATE':
        registration.authenticate(params[0] ?? '');
        return true;
      case 'BATCH':
        batchLine(incoming);
        return true;
      case 'ERROR':
        told = readEnding(cleanText(params.join(' ')));
        // A numeric right before it was more precise.
        if (ending?.kind !== 'final') ending = told;
        say(context, incoming, null, told.text, 'error');
        return true;
      case 'FAIL':
        if (phase !== 'registering' || params[0] !== 'BOUNCER' || options.bouncerNetwork === null) return false;
        end({ kind: 'final', text: `The bouncer does not connect this network: ${cleanText(params.at(-1) ?? '')}` });
        return true;
      case '001':
        welcome(incoming);
        return true;
      case '005':
        for (const token of params.slice(1, -1)) {
          if (token.startsWith('CASEMAPPING=')) mappingTold = true;
          applyToken(isupport, token);
        }
        refold();
        extensions.onIsupport();
        return true;
      case '376':
      case '422':
        endOfGreeting();
        return true;
      default:
        if (!NUMERIC.test(command)) return false;
        // Later on 464 is an answer to OPER.
        if (phase === 'registering' || command !== '464') ending = readRefusal(command, cleanText(params.at(-1) ?? '')) ?? ending;
        if ((command === '421' || command === '451') && phase === 'registering' && !caps.known()) registration.capUnknown();
        if (NICK_REFUSED.has(command) && phase === 'registering') {
          otherNumeric(context, incoming);
          registration.nickRefused();
          return true;
        }
        if (SASL_NUMERIC.test(command)) registration.saslNumeric(command, params);
        services.numeric(command, params);
        return false;
    }
  };

  const dispatch = (line: Line): void => {
    const reference = line.tags.get('batch');
    const batch = reference === undefined || line.command === 'BATCH' ? null : batches.find(reference);
    const answered = labels.find(line.tags.get('label'));
    const request = answered ?? batch?.request ?? null;
    const time = serverTime(line.tags.get('time'), wallClock());
    const historic = batch?.historic === true || (batch === null && isReplayed(line, time));
    const incoming: Incoming = { line, from: origin(line, historic), time, historic, historyOf: batch?.target ?? null, batch, request };
    take(incoming);
    // One line is the whole answer; a batch is one once it is over.
    if (answered && line.command !== 'BATCH') labels.end(answered);
  };

  /** A bouncer without batches replays texts as they were, but for their time. */
  const isReplayed = ({ command }: Line, time: number): boolean =>
    began !== null && (command === 'PRIVMSG' || command === 'NOTICE') && time < began - REPLAYED_BEFORE_MS;

  const batchLine = (incoming: Incoming): void => {
    const { line } = incoming;
    const change = batches.apply(line, incoming.request);
    if (change?.kind === 'tooMany') {
      end({ kind: 'slow', text: 'The server opened more batches than Sotto keeps; the connection was closed.' });
      return;
    }
    if (change === null) return;
    const { batch, kind } = change;
    const opening: Line = kind === 'opened' ? line : { ...line, tags: batch.tags, source: batch.source };
    const around: Incoming = {
      ...incoming,
      line: opening,
      from: origin(opening, batch.historic),
      time: serverTime(batch.tags.get('time'), wallClock()),
      historic: batch.historic,
      historyOf: batch.target,
      batch: batch.parent,
      request: batch.request,
    };
    if (kind === 'opened') extensions.batchLine(around);
    extensions.batch(around, change);
    // A batch of its own is a whole answer; one within it is a part.
    if (kind === 'closed' && batch.request !== null && batch.request !== batch.parent?.request) labels.end(batch.request);
  };

  const take = (incoming: Incoming): void => {
    const { line } = incoming;
    if (incoming.batch !== null && extensions.batchLine(incoming)) return;
    if (incoming.historic) {
      (historyHandlers[line.command] ?? extensions.historyHandler(line.command))?.(context, incoming);
      return;
    }
    if (control(incoming) || phase === 'over') return;
    const isStandard = line.command === 'FAIL' || line.command === 'WARN' || line.command === 'NOTE';
    const isAboutAccount = ABOUT_ACCOUNT.has(isStandard ? (line.params[0] ?? '') : line.command);
    if (isStandard && (phase === 'online' || isAboutAccount) && extensions.standardReply(incoming)) return;
    const handler = isCtcp(line) ? extensions.handler(CTCP) : (liveHandlers[line.command] ?? extensions.handler(line.command));
    // Before 001 there are no channels and no people: only the server speaks.
    if (phase === 'registering' && (handler === undefined || line.command === 'NOTICE')) {
      if (NUMERIC.test(line.command)) otherNumeric(context, incoming);
      else if (line.command === 'NOTICE') say(context, incoming, null, cleanText(line.params[1] ?? ''));
      return;
    }
    if (phase === 'registering' && !NUMERIC.test(line.command) && line.command !== 'NICK' && !isAboutAccount) return;
    if (handler) handler(context, incoming);
    else if (NUMERIC.test(line.command)) otherNumeric(context, incoming);
  };

  const origin = ({ source, tags }: Line, historic = false): Origin => {
    if (source === null) return { nick: serverName, user: null, host: null, account: null, server: true };
    const known = roster.user(source.nick);
    const nick = nameOf(source.nick, known?.nick);
    const server = source.server || nick === '' || (nick === serverName && source.host === null);
    const tag = tags.get('account');
    return {
      nick: nick === '' ? serverName : nick,
      user: source.user === null ? null : nameOf(source.user, known?.user),
      host: source.host === null ? null : nameOf(source.host, known?.host),
      account: server || tag === '' ? null : tag !== undefined ? nameOf(tag, known?.account) : remembered(nick, historic),
      server,
    };
  };

  /** Where every line of a user with an account says it (account-tag), one without is from somebody who has none. */
  const remembered = (nick: string, historic: boolean): string | null =>
    historic || caps.has('account-tag') ? null : (roster.user(nick)?.account ?? null);

  return {
    isupport,
    roster,
    start: registration.start,
    receive: (text) => {
      if (phase === 'over') return;
      try {
        const line = parseLine(text);
        if (line) dispatch(line);
      } catch (error) {
        // One bad line never costs the session; what it was stays out of sight, as it may hold secrets.
        warn(`A line of the server could not be understood (${error instanceof Error ? error.name : 'error'}).`);
      }
    },
    act: (action) => {
      const isEarly = action.kind === 'registerAccount' || action.kind === 'verifyAccount';
      if (phase !== 'online' && !(isEarly && phase === 'registering' && registersEarly(caps.offered(ACCOUNT_REGISTRATION))))
        throw new IrcError('notConnected', 'Not connected to this server.');
      if (extensions.act(action)) return;
      // Texts are an extension's (draft/multiline): what is left are requests.
      const lines = encodeAction(context, action);
      if (flood.waiting('user') + lines.length > MAX_WAITING_LINES)
        throw new IrcError('busy', 'Too many lines are waiting to be sent. Wait a moment.');
      for (const { line } of lines) flood.push('user', labelled(labels, action, line));
    },
    release: () => {
      registration.release();
    },
    ping: () => {
      send('now', 'PING', 'sotto');
    },
    quit: (reason) => {
      if (phase === 'over') return;
      phase = 'over';
      flood.push('now', encodeLine('QUIT', [reason]));
    },
    close: () => {
      phase = 'over';
      flood.stop();
      labels.stop();
      registration.stop();
      services.stop();
      extensions.onClose();
      cancelJoin?.();
      for (const { target, text } of outgoing.drain())
        emit({
          kind: 'server',
          target,
          text: `The connection ended before this was known to have arrived: ${text}`,
          severity: 'error',
          time: wallClock(),
          historic: false,
        });
      for (const channel of roster.channels()) emit({ kind: 'members', channel: channel.name, members: [] });
      return ending;
    },
    online: () => phase === 'online',
    nick: () => me.nick,
    who: (nick) => {
      const user = roster.user(nick);
      return user ? { user: user.user, host: user.host, account: user.account } : null;
    },
    tellsAccounts: () => caps.has('account-tag'),
    members: (name) => [...(roster.channel(name)?.members.values() ?? [])].map(toMember),
  };
}
