/** Lines as servers say them, and as they must not: whatever the state of the session, each could come next. */
import type { Action } from '../../../src/contract/chat.ts';
import type { Chance } from '../../pq/fuzz/chance.ts';

/** One thing that happens to the engine. */
export type Step =
  | { kind: 'line'; text: string }
  /** Bytes as they stand, without a line end of their own. */
  | { kind: 'bytes'; bytes: Uint8Array }
  | { kind: 'act'; action: Exclude<Action, { kind: 'quit' }> }
  | { kind: 'wait'; ms: number };

const NICKS = [
  'me',
  'ME',
  'ann',
  'bob',
  'cee',
  'A[b]',
  'a{B}',
  'x^',
  'x~',
  'NickServ',
  'nick\u00e9',
  'z\u200bz',
  '\u202eabc',
  'constructor',
  '__proto__',
  '*',
  '',
  'n'.repeat(300),
];
const CHANNELS = [
  '#room',
  '#ROOM',
  '#other',
  '#new',
  '#a[',
  '#A{',
  '&local',
  '+modeless',
  '!12345safe',
  '#',
  '#\u00e4',
  '#x,#y',
  '@#room',
  '+@#room',
  'me',
  `#${'c'.repeat(300)}`,
];
const TEXTS = [
  '',
  'hello there',
  ' leading',
  ':colon',
  '\u0001ACTION waves\u0001',
  '\u0001VERSION\u0001',
  '\u0001PING 12345\u0001',
  '\u0001DCC SEND "a b.txt" 2130706433 5000 99\u0001',
  '\u0001DCC SEND ../../x 3232235777 0 99 7\u0001',
  '\u0001SOTTO abc\u0001',
  '\u0001\u0001',
  '\u0002b\u000304,05c\u000f',
  '\u0004ff00ff hex',
  'e\u0301'.repeat(40),
  '\ud83d\udc69\u200d\ud83d\udc69\u200d\ud83d\udc67',
  'This nickname is registered. Please choose a different nickname, or identify via /msg NickServ identify <password>.',
  'You need to identify via SASL to use this server',
  'K-Lined',
  'x'.repeat(600),
];
const TAGS = [
  'time=2026-06-01T11:59:00.000Z',
  'time=1970-01-01T00:00:00.000Z',
  'time=2106-02-07T06:28:16.000Z',
  'time=NaN',
  'time=2026-06-01T23:59:60.000Z',
  'msgid=m1',
  'msgid=m2',
  'msgid=',
  'account=ann',
  'account=*',
  'batch=b1',
  'batch=b2',
  'batch=b3',
  'batch=__proto__',
  'label=s1',
  'label=s2',
  'label=nobody',
  '+typing=active',
  '+typing=done',
  '+reply=m1',
  '+draft/reply=m1',
  '+draft/react=\ud83d\udc4d',
  '+draft/unreact=\ud83d\udc4d',
  '+draft/channel-context=#room',
  '+channel-context=#room',
  'draft/multiline-concat',
  'draft/relaymsg=bob',
  'relaymsg=bob',
  'draft/chathistory-end',
  'bot',
  'draft/oper=admin',
  'inspircd.org/bot',
  'a\\:b=c\\:\\s\\\\',
];
const TYPES = [
  'chathistory',
  'draft/chathistory',
  'draft/chathistory-targets',
  'draft/multiline',
  'labeled-response',
  'netsplit',
  'netjoin',
  'metadata',
  'metadata-subs',
  'znc.in/playback',
  'soju.im/bouncer-networks',
  'soju.im/search',
  'draft/isupport',
  'constructor',
  '',
];
const CAPS = [
  'account-notify',
  'account-tag',
  'away-notify',
  'batch',
  'cap-notify',
  'chghost',
  'draft/account-registration=before-connect,email-required',
  'draft/channel-rename',
  'draft/chathistory',
  'draft/event-playback',
  'draft/extended-isupport',
  'draft/message-redaction',
  'draft/metadata-2=before-connect,max-subs=2,max-keys=3',
  'draft/multiline=max-bytes=400,max-lines=5',
  'draft/no-implicit-names',
  'draft/pre-away',
  'draft/read-marker',
  'draft/relaymsg=/',
  'echo-message',
  'extended-join',
  'extended-monitor',
  'invite-notify',
  'labeled-response',
  'message-tags',
  'multi-prefix',
  'no-implicit-names',
  'sasl=PLAIN,EXTERNAL,SCRAM-SHA-256',
  'sasl=EXTERNAL',
  'sasl',
  'server-time',
  'setname',
  'soju.im/bouncer-networks',
  'soju.im/search',
  'standard-replies',
  'sts=port=6697,duration=10',
  'sts=duration=0',
  'tls',
  'userhost-in-names',
  'znc.in/self-message',
  'inspircd.org/poison',
];
const TOKENS = [
  'CASEMAPPING=ascii',
  'CASEMAPPING=rfc1459',
  'CASEMAPPING=precis',
  'CASEMAPPING',
  'PREFIX=(ov)@+',
  'PREFIX=(qaohv)~&@%+',
  'PREFIX=',
  'PREFIX',
  'PREFIX=((((',
  '-PREFIX',
  'CHANTYPES=#&',
  'CHANTYPES=',
  '-CHANTYPES',
  'CHANMODES=b,k,l,imnpst',
  'CHANMODES=beI,k,l,imnpst',
  'CHANMODES=',
  'STATUSMSG=@+',
  'STATUSMSG',
  'NETWORK=Net',
  'NETWORK=',
  'MONITOR=2',
  'MONITOR=99999999999999999999',
  'MONITOR',
  'WHOX',
  'BOT=B',
  'BOT=',
  'UTF8ONLY',
  'LINELEN=1024',
  'LINELEN=1',
  'LINELEN=-5',
  'LINELEN=9999999999',
  'CHATHISTORY=2',
  'CHATHISTORY=0',
  'CHATHISTORY=-1',
  'MSGREFTYPES=timestamp,msgid',
  'MSGREFTYPES=',
  'CLIENTTAGDENY=*,-typing',
  'CLIENTTAGDENY',
  'draft/ICON=https://example.org/i.png',
  'soju.im/FILEHOST=https://example.org/up',
  'soju.im/SAFERATE',
  'BOUNCER_NETID=7',
  'TARGMAX=PRIVMSG:4,JOIN:',
  'MODES=4',
  'MODES',
  'NICKLEN=30',
  'TOPICLEN=0',
  'MAXLIST=b:100',
  'NAMELEN=10',
  'AWAYLEN=1',
];
const MODES = [
  '+o',
  '-o',
  '+v',
  '+ov',
  '+b',
  '-b',
  '+k',
  '-k',
  '+l',
  '-l',
  '+imnpst',
  '+',
  '-',
  '',
  '+q',
  '+bbbb',
  'o',
  '+o-v+k-l',
  `+${'o'.repeat(200)}`,
];
const REFERENCES = ['+b1', '+b2', '+b3', '-b1', '-b2', '-b3', '+__proto__', '-constructor', '+', '-', 'b1', ''];
const KEYS = ['display-name', 'avatar', 'color', 'bot', 'a.b', '*', '', '__proto__'];
const CODES = [
  'NEED_MORE_PARAMS',
  'INVALID_TARGET',
  'MESSAGE_ERROR',
  'ACCOUNT_EXISTS',
  'VERIFICATION_REQUIRED',
  'RATE_LIMITED',
  'MULTILINE_MAX_LINES',
  'UNKNOWN',
  '',
];
const FAILING = [
  'CHATHISTORY',
  'BATCH',
  'REDACT',
  'METADATA',
  'REGISTER',
  'VERIFY',
  'MARKREAD',
  'SETNAME',
  'BOUNCER',
  'RENAME',
  '*',
  'TAGMSG',
  '',
];
const NUMERICS =
  '001 002 003 004 005 010 042 105 212 221 250 251 252 263 265 276 300 301 302 303 305 306 307 310 311 312 313 314 315 317 318 319 320 321 322 323 324 325 328 329 330 331 332 333 335 336 337 338 341 344 346 347 348 349 351 352 353 354 364 366 367 368 369 371 372 374 375 376 378 379 381 391 396 400 401 402 403 404 405 406 407 410 411 412 417 421 422 431 432 433 436 437 440 441 442 443 447 451 461 462 464 465 466 470 471 472 473 474 475 476 477 478 480 481 482 483 489 491 494 501 502 520 524 670 671 691 696 704 705 706 710 711 712 713 714 716 717 718 723 728 729 730 731 732 733 734 750 760 761 762 764 765 766 767 768 769 770 771 772 774 900 901 902 903 904 905 906 907 908 999'.split(
    ' ',
  );

const several = (chance: Chance, from: readonly string[], most: number): string =>
  Array.from({ length: chance.integer(most + 1) }, () => chance.pick(from)).join(' ');

/** Words and, last, a text: the parameters of each command where all goes well. */
const commands: Readonly<Record<string, (chance: Chance) => string[]>> = {
  JOIN: (c) => (c.once(2) ? [c.pick(CHANNELS)] : [c.pick(CHANNELS), c.pick(['ann', '*', '0']), c.pick(TEXTS)]),
  PART: (c) => [c.pick(CHANNELS), c.pick(TEXTS)],
  QUIT: (c) => [c.pick(TEXTS)],
  NICK: (c) => [c.pick(NICKS)],
  KICK: (c) => [c.pick(CHANNELS), c.pick(NICKS), c.pick(TEXTS)],
  MODE: (c) => [c.once(4) ? c.pick(NICKS) : c.pick(CHANNELS), c.pick(MODES), c.pick(NICKS), c.pick(NICKS), c.pick(['*!*@*', '5', 'key'])],
  TOPIC: (c) => [c.pick(CHANNELS), c.pick(TEXTS)],
  PRIVMSG: (c) => [c.once(2) ? c.pick(CHANNELS) : c.pick(NICKS), c.pick(TEXTS)],
  NOTICE: (c) => [c.once(2) ? c.pick(CHANNELS) : c.pick(NICKS), c.pick(TEXTS)],
  TAGMSG: (c) => [c.once(2) ? c.pick(CHANNELS) : c.pick(NICKS)],
  INVITE: (c) => [c.pick(NICKS), c.pick(CHANNELS)],
  AWAY: (c) => (c.once(2) ? [] : [c.pick(TEXTS)]),
  ACCOUNT: (c) => [c.pick(['*', 'ann', '', 'me'])],
  CHGHOST: (c) => [c.pick(NICKS), c.pick(['new.host', '', 'h'.repeat(400)])],
  SETNAME: (c) => [c.pick(TEXTS)],
  CAP: (c) => [
    c.pick(['*', 'me']),
    c.pick(['LS', 'ACK', 'NAK', 'NEW', 'DEL', 'LIST', 'ls', '']),
    ...(c.once(4) ? ['*'] : []),
    several(c, c.once(8) ? CAPS.map((cap) => `-${cap}`) : CAPS, 10),
  ],
  AUTHENTICATE: (c) => [c.pick(['+', '', '*', 'cj1yT3ByTkdMaz0s', 'dj1mYWxzZQ==', 'ZT1pbnZhbGlkLXByb29m', 'A'.repeat(400), '%%%'])],
  BATCH: (c) => [c.pick(REFERENCES), c.pick(TYPES), ...(c.once(3) ? [] : [c.once(2) ? c.pick(CHANNELS) : c.pick(NICKS)])],
  FAIL: (c) => [c.pick(FAILING), c.pick(CODES), ...(c.once(2) ? [c.pick(CHANNELS)] : []), c.pick(TEXTS)],
  WARN: (c) => [c.pick(FAILING), c.pick(CODES), c.pick(TEXTS)],
  NOTE: (c) => [c.pick(FAILING), c.pick(CODES), c.pick(TEXTS)],
  REDACT: (c) => [c.pick(CHANNELS), c.pick(['m1', 'm2', '', '*']), c.pick(TEXTS)],
  MARKREAD: (c) => [c.pick(CHANNELS), c.pick(['timestamp=2026-06-01T11:00:00.000Z', 'timestamp=*', '*', 'timestamp=NaN', ''])],
  RENAME: (c) => [c.pick(CHANNELS), c.pick(CHANNELS), c.pick(TEXTS)],
  METADATA: (c) => [c.once(2) ? c.pick(CHANNELS) : c.pick(NICKS), c.pick(KEYS), c.pick(['*', 'private']), c.pick(TEXTS)],
  CHATHISTORY: (c) => ['TARGETS', c.once(2) ? c.pick(CHANNELS) : c.pick(NICKS), c.pick(['2026-06-01T11:00:00.000Z', 'x'])],
  BOUNCER: (c) => [
    c.pick(['NETWORK', 'LISTNETWORKS', 'ADDNETWORK', 'CHANGENETWORK', 'DELNETWORK', '']),
    c.pick(['1', '7', '__proto__', '']),
    c.pick(['name=a\\sb;state=connected', '*', 'a;b=;=c', '', 'host=x\\:y']),
  ],
  REGISTER: (c) => [c.pick(['SUCCESS', 'VERIFICATION_REQUIRED', 'X']), c.pick(['me', '*']), c.pick(TEXTS)],
  VERIFY: (c) => [c.pick(['SUCCESS', 'X']), c.pick(['me', '*']), c.pick(TEXTS)],
  ISUPPORT: (c) => [several(c, TOKENS, 6), 'are supported'],
  ACK: () => [],
  ERROR: (c) => [c.pick(TEXTS)],
  PING: (c) => [c.pick(['a', 'a b', '', 'x'.repeat(600)])],
  PONG: (c) => ['irc.test', c.pick(['sotto', ''])],
  KILL: (c) => [c.pick(NICKS), c.pick(TEXTS)],
  WALLOPS: (c) => [c.pick(TEXTS)],
  SILENCE: (c) => [c.pick(NICKS)],
  WHATEVER: (c) => [c.pick(TEXTS)],
};
const names = Object.keys(commands);

function numeric(chance: Chance): [string, string[]] {
  const command = chance.pick(NUMERICS);
  const me = chance.once(8) ? chance.pick(NICKS) : 'me';
  switch (command) {
    case '005':
      return [command, [me, ...several(chance, TOKENS, 8).split(' '), 'are supported by this server']];
    case '353':
      return [
        command,
        [
          me,
          chance.pick(['=', '@', '*']),
          chance.pick(CHANNELS),
          several(chance, ['me', '@ann', '+bob', 'cee', '@+dan!d@h', '@', '!', '~&@%+eve', ''], 12),
        ],
      ];
    case '352':
      return [
        command,
        [
          me,
          chance.pick(CHANNELS),
          'u',
          'h',
          'irc.test',
          chance.pick(NICKS),
          chance.pick(['H', 'G', 'H@', 'G+B', '']),
          chance.pick(['0 real', 'x', '']),
        ],
      ];
    case '354':
      return [
        command,
        [
          me,
          chance.pick(['152', '1', '']),
          chance.pick(CHANNELS),
          'u',
          'h',
          chance.pick(NICKS),
          chance.pick(['H', 'G*@']),
          chance.pick(['0', 'ann']),
          chance.pick(TEXTS),
        ],
      ];
    case '730':
    case '731':
    case '732':
    case '734':
      return [command, [me, ...(command === '734' ? ['2'] : []), chance.pick(['ann!a@h,bob', 'ann', ',,,', ''])]];
    default: {
      const words = Array.from({ length: chance.integer(6) }, () =>
        chance.pick([
          chance.pick(CHANNELS),
          chance.pick(NICKS),
          chance.pick(MODES),
          '0',
          '1780000000',
          '-1',
          '99999999999999999999',
          chance.pick(KEYS),
          chance.pick(FAILING),
        ]),
      );
      return [command, [me, ...words, chance.pick(TEXTS)]];
    }
  }
}

const source = (chance: Chance): string => {
  const nick = chance.pick(NICKS);
  switch (chance.integer(6)) {
    case 0:
      return '';
    case 1:
      return ':irc.test ';
    case 2:
      return `:${nick} `;
    case 3:
      return ':NickServ!NickServ@services.test ';
    default:
      return `:${nick}!${chance.pick(['u', '~u', ''])}@${chance.pick(['host', 'h\u00e9', ''])} `;
  }
};

const join = (params: readonly string[]): string =>
  params.map((word, index) => (index === params.length - 1 ? `:${word}` : word === '' || word.includes(' ') ? '*' : word)).join(' ');

/** One line as it might come. */
export function line(chance: Chance): string {
  const [command, params] = chance.once(3) ? numeric(chance) : pickCommand(chance);
  const count = chance.integer(4);
  const tags = chance.once(3) ? `@${Array.from({ length: count + 1 }, () => chance.pick(TAGS)).join(';')} ` : '';
  // Fewer parameters than there should be, or more.
  const kept = chance.once(8)
    ? params.slice(0, chance.integer(params.length + 1))
    : chance.once(20)
      ? [...params, ...params, ...params]
      : params;
  const text = `${tags}${source(chance)}${command}${kept.length === 0 ? '' : ` ${join(kept)}`}`;
  return chance.once(12) ? spoil(chance, text) : text;
}

function pickCommand(chance: Chance): [string, string[]] {
  const command = chance.pick(names);
  return [command, commands[command]?.(chance) ?? []];
}

/** A line that went through bad hands; no line end comes in by it. */
function spoil(chance: Chance, text: string): string {
  const at = chance.integer(text.length + 1);
  switch (chance.integer(6)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return text.slice(at);
    case 2:
      return text.slice(0, at) + text.slice(at).repeat(1 + chance.integer(6));
    case 3:
      return `${text.slice(0, at)}${chance.pick([' ', ':', '@', '!', ',', ';', '=', '\u0001', '\u0000', '\u0007', '\ud83d', '\u00ff'])}${text.slice(at)}`;
    case 4:
      return text.replace(/ /g, chance.pick(['  ', '\t', '']));
    default:
      return text.slice(0, at) + text.slice(at + 1 + chance.integer(4));
  }
}

/** What the user might do meanwhile. */
export function action(chance: Chance): Exclude<Action, { kind: 'quit' }> {
  const target = chance.once(2) ? chance.pick(CHANNELS) : chance.pick(NICKS);
  const channel = chance.pick(CHANNELS);
  const nick = chance.pick(NICKS);
  const text = chance.pick([...TEXTS, 'two\nlines', 'a\r\nQUIT :x', 'x'.repeat(2_000)]);
  const actions: Exclude<Action, { kind: 'quit' }>[] = [
    { kind: 'text', target, form: chance.pick(['privmsg', 'notice', 'action']), text },
    { kind: 'text', target, form: 'privmsg', text, replyTo: 'm1' },
    { kind: 'join', channel, key: chance.once(2) ? null : 'key' },
    { kind: 'part', channel, reason: chance.once(2) ? null : text },
    { kind: 'nick', nick },
    { kind: 'topic', channel, topic: chance.once(2) ? null : text },
    { kind: 'away', reason: chance.once(2) ? null : text },
    { kind: 'whois', nick },
    { kind: 'who', mask: target },
    { kind: 'names', channel },
    { kind: 'list', pattern: null },
    { kind: 'mode', target, modes: chance.pick(MODES), params: [nick] },
    { kind: 'masks', channel, mode: 'b' },
    { kind: 'kick', channel, nick, reason: text },
    { kind: 'invite', nick, channel },
    { kind: 'rename', channel, to: chance.pick(CHANNELS), reason: null },
    { kind: 'monitor', change: chance.pick(['add', 'remove', 'clear', 'list', 'status']), nicks: [nick] },
    { kind: 'setname', realname: text },
    { kind: 'ctcp', target, command: 'PING', text: '1' },
    { kind: 'react', target, msgid: 'm1', text: '\ud83d\udc4d', removed: chance.once(2) },
    { kind: 'redact', target, msgid: 'm1', reason: null },
    { kind: 'typing', target, state: chance.pick(['active', 'paused', 'done']) },
    { kind: 'markRead', target, time: 1_780_000_000_000 },
    { kind: 'search', target: null, text },
    { kind: 'metadata', target, key: chance.pick(KEYS), value: text },
    { kind: 'verifyAccount', account: 'me', code: '123' },
    { kind: 'raw', line: chance.pick(['LUSERS', 'PRIVMSG #room :x', 'a\r\nb', '']) },
  ];
  return chance.pick(actions);
}

/** A session's whole life after its opening lines. */
export function steps(chance: Chance): Step[] {
  const made: Step[] = [];
  const say = (text: string): void => void made.push({ kind: 'line', text });
  // Mostly a server that greets as one should, so that what comes later meets a session that is online.
  if (!chance.once(6)) {
    const offered = CAPS.filter(() => !chance.once(3)).join(' ');
    say(`:irc.test CAP * LS :${offered}`);
    say(`:irc.test CAP * ACK :${offered.replace(/=\S*/g, '')}`);
    if (chance.once(2)) {
      say('AUTHENTICATE +');
      say(':irc.test 904 me :SASL authentication failed');
      say(':irc.test 903 me :SASL authentication successful');
    }
    say(':irc.test 001 me :Welcome');
    say(`:irc.test 005 me ${several(chance, TOKENS, 12)} :are supported`);
    if (!chance.once(4)) {
      say(':irc.test 376 me :End of MOTD');
      say(':me!user@host JOIN #room');
      say(':irc.test 353 me = #room :me @ann +bob cee');
      say(':irc.test 366 me #room :End');
    }
  }
  const count = 1 + chance.integer(80);
  for (let index = 0; index < count; index += 1) {
    const what = chance.integer(20);
    if (what < 16) say(line(chance));
    else if (what < 18) made.push({ kind: 'act', action: action(chance) });
    else if (what < 19) made.push({ kind: 'wait', ms: chance.pick([10, 1_000, 31_000, 120_000]) });
    else made.push({ kind: 'bytes', bytes: chance.bytes(chance.integer(200)) });
  }
  return made;
}
