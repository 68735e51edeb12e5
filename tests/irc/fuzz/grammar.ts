/** Lines as servers say them, and as they must not: whatever the state of the session, each could come next. */
import type { Action } from '../../../src/contract/chat.ts';
import type { Chance } from '../../pq/fuzz/chance.ts';
import { CAPS, CHANNELS, CODES, FAILING, KEYS, MODES, NICKS, NUMERICS, REFERENCES, TAGS, TEXTS, TOKENS, TYPES } from './words.ts';

/** One thing that happens to the engine. */
export type Step =
  | { kind: 'line'; text: string }
  /** Bytes as they stand, without a line end of their own. */
  | { kind: 'bytes'; bytes: Uint8Array }
  | { kind: 'act'; action: Exclude<Action, { kind: 'quit' }> }
  | { kind: 'wait'; ms: number };

const several = (chance: Chance, from: readonly string[], most: number): string =>
  Array.from({ length: chance.integer(most + 1) }, () => chance.pick(from)).join(' ');

/** Mostly those who are there. */
const channel = (chance: Chance): string => (chance.once(3) ? chance.pick(CHANNELS) : '#room');
const nick = (chance: Chance): string => (chance.once(3) ? chance.pick(NICKS) : chance.pick(['me', 'ann', 'bob', 'cee']));

/** Words and, last, a text: the parameters of each command where all goes well. */
const commands: Readonly<Record<string, (chance: Chance) => string[]>> = {
  JOIN: (c) => (c.once(2) ? [channel(c)] : [channel(c), c.pick(['ann', '*', '0']), c.pick(TEXTS)]),
  PART: (c) => [channel(c), c.pick(TEXTS)],
  QUIT: (c) => [c.pick(TEXTS)],
  NICK: (c) => [nick(c)],
  KICK: (c) => [channel(c), nick(c), c.pick(TEXTS)],
  MODE: (c) => [c.once(4) ? nick(c) : channel(c), c.pick(MODES), nick(c), nick(c), c.pick(['*!*@*', '5', 'key'])],
  TOPIC: (c) => [channel(c), c.pick(TEXTS)],
  PRIVMSG: (c) => [c.once(2) ? channel(c) : nick(c), c.pick(TEXTS)],
  NOTICE: (c) => [c.once(2) ? channel(c) : nick(c), c.pick(TEXTS)],
  TAGMSG: (c) => [c.once(2) ? channel(c) : nick(c)],
  INVITE: (c) => [nick(c), channel(c)],
  AWAY: (c) => (c.once(2) ? [] : [c.pick(TEXTS)]),
  ACCOUNT: (c) => [c.pick(['*', 'ann', '', 'me'])],
  CHGHOST: (c) => [nick(c), c.pick(['new.host', '', 'h'.repeat(400)])],
  SETNAME: (c) => [c.pick(TEXTS)],
  CAP: (c) => [
    c.pick(['*', 'me']),
    c.pick(['LS', 'ACK', 'NAK', 'NEW', 'DEL', 'LIST', 'ls', '']),
    ...(c.once(4) ? ['*'] : []),
    several(c, c.once(8) ? CAPS.map((cap) => `-${cap}`) : CAPS, 10),
  ],
  AUTHENTICATE: (c) => [c.pick(['+', '', '*', 'cj1yT3ByTkdMaz0s', 'dj1mYWxzZQ==', 'ZT1pbnZhbGlkLXByb29m', 'A'.repeat(400), '%%%'])],
  BATCH: (c) => [c.pick(REFERENCES), c.pick(TYPES), ...(c.once(3) ? [] : [c.once(2) ? channel(c) : nick(c)])],
  FAIL: (c) => [c.pick(FAILING), c.pick(CODES), ...(c.once(2) ? [channel(c)] : []), c.pick(TEXTS)],
  WARN: (c) => [c.pick(FAILING), c.pick(CODES), c.pick(TEXTS)],
  NOTE: (c) => [c.pick(FAILING), c.pick(CODES), c.pick(TEXTS)],
  REDACT: (c) => [channel(c), c.pick(['m1', 'm2', '', '*']), c.pick(TEXTS)],
  MARKREAD: (c) => [channel(c), c.pick(['timestamp=2026-06-01T11:00:00.000Z', 'timestamp=*', '*', 'timestamp=NaN', ''])],
  RENAME: (c) => [channel(c), channel(c), c.pick(TEXTS)],
  METADATA: (c) => [c.once(2) ? channel(c) : nick(c), c.pick(KEYS), c.pick(['*', 'private']), c.pick(TEXTS)],
  CHATHISTORY: (c) => ['TARGETS', c.once(2) ? channel(c) : nick(c), c.pick(['2026-06-01T11:00:00.000Z', 'x'])],
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
  KILL: (c) => [nick(c), c.pick(TEXTS)],
  WALLOPS: (c) => [c.pick(TEXTS)],
  SILENCE: (c) => [nick(c)],
  WHATEVER: (c) => [c.pick(TEXTS)],
};
const names = Object.keys(commands);

function numeric(chance: Chance): [string, string[]] {
  const command = chance.pick(NUMERICS);
  const me = chance.once(8) ? nick(chance) : 'me';
  switch (command) {
    case '005':
      return [command, [me, ...several(chance, TOKENS, 8).split(' '), 'are supported by this server']];
    case '353':
      return [
        command,
        [
          me,
          chance.pick(['=', '@', '*']),
          channel(chance),
          several(chance, ['me', '@ann', '+bob', 'cee', '@+dan!d@h', '@', '!', '~&@%+eve', ''], 12),
        ],
      ];
    case '352':
      return [
        command,
        [
          me,
          channel(chance),
          'u',
          'h',
          'irc.test',
          nick(chance),
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
          channel(chance),
          'u',
          'h',
          nick(chance),
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
          channel(chance),
          nick(chance),
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
  const who = nick(chance);
  switch (chance.integer(6)) {
    case 0:
      return '';
    case 1:
      return ':irc.test ';
    case 2:
      return `:${who} `;
    case 3:
      return ':NickServ!NickServ@services.test ';
    default:
      return `:${who}!${chance.pick(['u', '~u', ''])}@${chance.pick(['host', 'h\u00e9', ''])} `;
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

/** Lines that belong together, some of them left out or with another between them. */
export function scene(chance: Chance): string[] {
  const inner = (id: string): string => `@batch=${id};msgid=m${chance.integer(9)};time=2026-06-01T10:0${chance.integer(9)}:00.000Z `;
  const any = (): string => line(chance).replace(/^@\S+ /, '');
  const where = channel(chance);
  const label = chance.once(2) ? `@label=s${chance.integer(9)} ` : '';
  const whole = chance.pick([
    () => [
      `${label}:irc.test BATCH +h chathistory ${where}`,
      inner('h') + any(),
      inner('h') + any(),
      `${inner('h')}:ann!a@h PRIVMSG ${where} :old`,
      'BATCH -h',
    ],
    () => [
      `${label}:irc.test BATCH +o labeled-response`,
      `@batch=o :irc.test BATCH +i chathistory ${where}`,
      inner('i') + any(),
      'BATCH -i',
      'BATCH -o',
    ],
    () => [
      `${label}:ann!a@h BATCH +l draft/multiline ${where}`,
      `@batch=l :ann!a@h PRIVMSG ${where} :one`,
      `@batch=l;draft/multiline-concat :ann!a@h PRIVMSG ${where} :two`,
      'BATCH -l',
    ],
    () => [
      'BATCH +n netsplit a.b c.d',
      '@batch=n :ann!a@h QUIT :a.b c.d',
      '@batch=n :bob!b@h QUIT :a.b c.d',
      'BATCH -n',
      ':ann!a@h JOIN #room',
    ],
    () => [
      `:me!u@h JOIN ${where}`,
      `:irc.test 332 me ${where} :topic`,
      `:irc.test 353 me = ${where} :me @ann +bob`,
      `:irc.test 366 me ${where} :End`,
    ],
    () => [
      ':irc.test 311 me ann a h * :Ann',
      ':irc.test 319 me ann :@#room',
      ':irc.test 317 me ann 5 1780000000 :idle',
      ':irc.test 330 me ann acc :is logged in as',
      ':irc.test 318 me ann :End',
    ],
    () => [`:irc.test 367 me ${where} *!*@x ann 1780000000`, `:irc.test 367 me ${where} *!*@y`, `:irc.test 368 me ${where} :End`],
    () => [
      ':irc.test BATCH +w metadata ann',
      '@batch=w :irc.test 761 me ann display-name * :Ann',
      '@batch=w :irc.test METADATA ann avatar * :https://x',
      'BATCH -w',
    ],
    () => [
      ':irc.test BATCH +u soju.im/bouncer-networks',
      '@batch=u :irc.test BOUNCER NETWORK 1 name=a;state=connected',
      'BATCH -u',
      ':irc.test BOUNCER NETWORK 1 *',
    ],
    () => [
      'CAP me DEL :batch echo-message',
      'CAP me NEW :batch echo-message sasl=PLAIN',
      'CAP me ACK :batch echo-message sasl',
      'AUTHENTICATE +',
      ':irc.test 903 me :ok',
    ],
  ])();
  return whole.flatMap((text) => (chance.once(10) ? [] : chance.once(10) ? [line(chance), text] : [text]));
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
  const target = chance.once(2) ? channel(chance) : nick(chance);
  const place = channel(chance);
  const who = nick(chance);
  const text = chance.pick([...TEXTS, 'two\nlines', 'a\r\nQUIT :x', 'x'.repeat(2_000)]);
  const actions: Exclude<Action, { kind: 'quit' }>[] = [
    { kind: 'text', target, form: chance.pick(['privmsg', 'notice', 'action']), text },
    { kind: 'text', target, form: 'privmsg', text, replyTo: 'm1' },
    { kind: 'join', channel: place, key: chance.once(2) ? null : 'key' },
    { kind: 'part', channel: place, reason: chance.once(2) ? null : text },
    { kind: 'nick', nick: who },
    { kind: 'topic', channel: place, topic: chance.once(2) ? null : text },
    { kind: 'away', reason: chance.once(2) ? null : text },
    { kind: 'whois', nick: who },
    { kind: 'who', mask: target },
    { kind: 'names', channel: place },
    { kind: 'list', pattern: null },
    { kind: 'mode', target, modes: chance.pick(MODES), params: [who] },
    { kind: 'masks', channel: place, mode: 'b' },
    { kind: 'kick', channel: place, nick: who, reason: text },
    { kind: 'invite', nick: who, channel: place },
    { kind: 'rename', channel: place, to: channel(chance), reason: null },
    { kind: 'monitor', change: chance.pick(['add', 'remove', 'clear', 'list', 'status']), nicks: [who] },
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
    const logsIn = !chance.once(4);
    const offered = [
      ...CAPS.filter((cap) => !chance.once(3) && !(logsIn && cap.startsWith('sasl'))),
      ...(logsIn ? ['sasl=PLAIN'] : []),
    ].join(' ');
    say(`:irc.test CAP * LS :${offered}`);
    say(`:irc.test CAP * ACK :${offered.replace(/=\S*/g, '')}`);
    if (logsIn) {
      say('AUTHENTICATE +');
      say(chance.once(6) ? ':irc.test 904 me :SASL authentication failed' : ':irc.test 903 me :SASL authentication successful');
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
    if (what < 3) for (const text of scene(chance)) say(text);
    else if (what < 16) say(line(chance));
    else if (what < 18) made.push({ kind: 'act', action: action(chance) });
    else if (what < 19) made.push({ kind: 'wait', ms: chance.pick([10, 1_000, 31_000, 120_000]) });
    else made.push({ kind: 'bytes', bytes: chance.bytes(chance.integer(200)) });
  }
  return made;
}
