import { describe, expect, test } from 'vitest';
import type { Action } from '../../src/contract/chat.ts';
import { IrcError } from '../../src/irc/errors.ts';
import { createCapabilities } from '../../src/irc/session/capabilities.ts';
import { readEnding } from '../../src/irc/session/endings.ts';
import { applyToken, defaultIsupport } from '../../src/irc/session/isupport.ts';
import { nickCandidates } from '../../src/irc/session/registration.ts';
import { serverTime } from '../../src/irc/session/time.ts';
import { retryDelay, MAX_DELAY_MS, SLOW_DELAY_MS } from '../../src/irc/backoff.ts';
import { createWanted } from '../../src/irc/wanted.ts';
import { knownCommands } from '../../src/irc/wire/commands.ts';
import { harness, NOW, onlineHarness } from '../support/irc/session.ts';

describe('no line can crash or confuse a session', () => {
  const more = [
    'PING',
    'PONG',
    'ERROR',
    'QUIT',
    'AWAY',
    'WALLOPS',
    'RENAME',
    'REDACT',
    'MARKREAD',
    'ACK',
    'REGISTER',
    'METADATA',
    'TAGMSG',
  ];
  const numerics = Array.from({ length: 999 }, (_unused, index) => String(index + 1).padStart(3, '0'));
  const words = ['me', '#room', '@x', ':', '+ooo'];
  test.each([
    ['before registration', () => harness({ sasl: [{ kind: 'password', account: 'a', password: 'b', plain: true, required: false }] })],
    ['after registration', () => onlineHarness()],
  ])('every command and numeric with 0 to 5 parameters, with and without source, %s', (_name, make) => {
    for (const command of [...knownCommands, ...more, ...numerics]) {
      const one = make();
      for (let count = 0; count <= 5; count += 1)
        for (const source of ['', ':ann!u@h ', ':irc.test ', ':me!u@h ', ': ', ':!@ '])
          for (const tags of ['', '@batch=nope;time=x ', '@time '])
            one.feed(`${tags}${source}${[command, ...words.slice(0, count)].join(' ')}`);
      expect(one.events.filter((event) => event.kind === 'server' && event.text.includes('could not be understood'))).toEqual([]);
    }
  });
  test('005 with empty, huge, doubled and senseless values', () => {
    const one = onlineHarness();
    for (const name of [
      'PREFIX',
      'CHANTYPES',
      'STATUSMSG',
      'CHANMODES',
      'NICKLEN',
      'LINELEN',
      'NETWORK',
      'TARGMAX',
      'CASEMAPPING',
      'CLIENTTAGDENY',
    ])
      for (const value of [
        '',
        '=',
        '=-1',
        '=99999999999999',
        `=${'('.repeat(8_000)}`,
        '=(ov)@',
        '=(oo)@@',
        '=\\x00\\x0a',
        '=,,,,,',
        '=\u0000',
      ])
        one.feed(`:irc.test 005 me ${name}${value} -${name} ${name}${value} :are supported`);
    one.feed(':irc.test 005 me PREFIX=(qo)~@ CHANTYPES=# CHANMODES=b,k,l,n :x', ':x!y@z JOIN #room', ':irc.test MODE #room +q x');
    expect(one.session.members('#room').find(({ nick }) => nick === 'x')?.prefix).toBe('~');
  });
  test('bombs of one line cost no more than their length', () => {
    const one = onlineHarness();
    one.feed(
      `:irc.test 378 me ann ${'@'.repeat(8_600)}`,
      `:irc.test 353 me = #room :${'@'.repeat(8_600)}`,
      `:irc.test MODE #room +${'o'.repeat(4_000)} ${'ann '.repeat(1_000)}`,
      `:irc.test 005 me PREFIX=${'('.repeat(8_000)} :x`,
      `@${';'.repeat(8_000)} PING x`,
    );
    expect(one.sent).toContain('PONG :x');
  });
});

describe('batches', () => {
  const history = [
    '@batch=h :me!u@h NICK stolen',
    '@batch=h :ann!u@h MODE #room -o ann',
    '@batch=h :ann!u@h KICK #room me :out',
    '@batch=h :me!u@h PART #room',
    '@batch=h :me!u@h JOIN #other',
    '@batch=h :ann!u@h QUIT :gone',
    '@batch=h :ann!u@h TOPIC #room :old',
    '@batch=h :bob!u@h AWAY :gone',
    '@batch=h :irc.test 001 evil :hi',
    '@batch=h :irc.test 433 me me :taken',
    '@batch=h CAP me DEL :echo-message',
    '@batch=h ERROR :banned',
  ];
  test('a history is shown and changes nothing', () => {
    const one = onlineHarness();
    const before = one.session.members('#room');
    one.feed(
      ':irc.test BATCH +h chathistory #room',
      ...history,
      '@batch=h;time=2026-01-01T00:00:00.000Z :ann!u@h PRIVMSG #room :old words',
      'BATCH -h',
    );
    expect(one.session.nick()).toBe('me');
    expect(one.session.members('#room')).toEqual(before);
    expect(one.sent).toEqual([]);
    const text = one.events.filter((event) => event.kind === 'text');
    expect(text).toEqual([expect.objectContaining({ text: 'old words', historic: true, time: Date.UTC(2026, 0, 1) })]);
    for (const event of one.events) {
      // That it is over is no event of the history.
      if (event.kind === 'history') continue;
      expect(event).toMatchObject({ historic: true });
      if (event.kind !== 'text') expect(event).not.toMatchObject({ self: true });
    }
  });
  test('what is inside a history is history, however deep', () => {
    const one = onlineHarness();
    one.feed('BATCH +a labeled-response', '@batch=a BATCH +h chathistory #room');
    let parent = 'h';
    for (let depth = 0; depth < 50; depth += 1) {
      one.feed(`@batch=${parent} BATCH +d${depth} netjoin`);
      parent = `d${depth}`;
    }
    one.feed(`@batch=${parent} :me!u@h NICK stolen`, `@batch=${parent} :ann!u@h PRIVMSG #room :deep`);
    expect(one.session.nick()).toBe('me');
    expect(one.events).toContainEqual(expect.objectContaining({ kind: 'text', text: 'deep', historic: true }));
  });
  test('a live batch is live', () => {
    const one = onlineHarness();
    one.feed('BATCH +n netsplit a b', '@batch=n :ann!u@h QUIT :a b', 'BATCH -n');
    expect(one.session.members('#room').map(({ nick }) => nick)).toEqual(['me', 'bob', 'cee']);
  });
  test('a line that names a batch which is not open changes nothing', () => {
    const one = onlineHarness();
    for (const id of ['ghost', '__proto__', 'constructor']) one.feed(`@batch=${id} :me!u@h NICK stolen`);
    expect(one.session.nick()).toBe('me');
  });
  test('batches that are never closed end the connection, not the memory', () => {
    const one = onlineHarness();
    for (let index = 0; index < 1_000; index += 1) one.feed(`BATCH +b${index} x`);
    expect(one.endings).toEqual([expect.objectContaining({ kind: 'slow' })]);
  });
});

describe('flood control', () => {
  test('lets four lines pass, then one per interval; typed lines before background, PONG before all', () => {
    const one = onlineHarness({ antiFloodMs: 2_000, channels: [] }, 'batch');
    one.clock.advance(60_000);
    const typed = (text: string): void => {
      one.session.act({ kind: 'text', target: '#room', form: 'privmsg', text });
    };
    for (const text of ['1', '2', '3', '4', '5', '6']) typed(text);
    expect(one.sent.map((line) => line.at(-1))).toEqual(['1', '2', '3', '4']);
    one.feed('PING :now');
    expect(one.sent.at(-1)).toBe('PONG :now');
    one.clock.advance(1_999);
    expect(one.sent).toHaveLength(5);
    one.clock.advance(1);
    expect(one.sent.at(-1)).toBe('PRIVMSG #room :5');
    one.clock.advance(2_000);
    expect(one.sent.at(-1)).toBe('PRIVMSG #room :6');
    expect(one.events.filter((event) => event.kind === 'text')).toHaveLength(6);
  });
  test('what was typed goes before the joins that wait', () => {
    const channels = Array.from({ length: 120 }, (_unused, index) => ({ name: `#${'c'.repeat(40)}${index}`, key: null }));
    const one = harness({ antiFloodMs: 2_000, channels });
    one.feed(':irc.test 001 me :Welcome', ':irc.test 376 me :End');
    const joins = one.sent.filter((line) => line.startsWith('JOIN'));
    expect(joins).toHaveLength(4);
    for (const join of joins) expect(join.length).toBeLessThanOrEqual(510);
    one.session.act({ kind: 'text', target: 'ann', form: 'privmsg', text: 'first' });
    one.clock.advance(2_000);
    expect(one.sent.at(-1)).toBe('PRIVMSG ann :first');
    one.clock.advance(2_000);
    expect(one.sent.at(-1)).toMatch(/^JOIN/);
  });
  test('refuses more than fits into the queue before taking any of it', () => {
    const one = onlineHarness({ antiFloodMs: 2_000 });
    expect(() => {
      for (let index = 0; index < 1_000; index += 1) one.session.act({ kind: 'text', target: '#room', form: 'privmsg', text: 'x' });
    }).toThrow(/Too many lines/);
  });
});

describe('own texts', () => {
  const say = (one: ReturnType<typeof onlineHarness>, target: string, text: string): void => {
    one.session.act({ kind: 'text', target, form: 'privmsg', text });
  };
  const shown = (one: ReturnType<typeof onlineHarness>): unknown[] =>
    one.events.filter((event) => event.kind === 'text').map(({ text, self }) => [text, self]);
  test('are shown when sent where nothing echoes', () => {
    const one = onlineHarness({}, 'batch');
    say(one, '#room', 'hi');
    expect(shown(one)).toEqual([['hi', true]]);
  });
  test('are shown by their echo only', () => {
    const one = onlineHarness();
    say(one, '#room', 'hi');
    expect(shown(one)).toEqual([]);
    one.feed(':me!u@h PRIVMSG #room :hi');
    expect(shown(one)).toEqual([['hi', true]]);
  });
  test('to oneself are shown once, though they come twice', () => {
    const one = onlineHarness();
    say(one, 'me', 'note');
    one.feed(':me!u@h PRIVMSG me :note', ':me!u@h PRIVMSG me :note');
    expect(shown(one)).toEqual([['note', true]]);
  });
  test('that were refused are given back in the error', () => {
    const one = onlineHarness();
    say(one, '#room', 'lost');
    one.feed(':irc.test 404 me #room :Cannot send to channel (+m)');
    expect(one.events).toEqual([
      expect.objectContaining({
        kind: 'server',
        target: '#room',
        severity: 'error',
        text: expect.stringContaining('Not sent: lost') as string,
      }),
    ]);
    one.session.close();
    expect(one.events).toHaveLength(2);
  });
  test('that may not have arrived are reported when the connection ends', () => {
    const one = onlineHarness({ antiFloodMs: 2_000 });
    for (const text of ['a', 'b', 'c', 'd', 'e', 'f']) say(one, '#room', text);
    one.feed(':me!u@h PRIVMSG #room :a');
    one.session.close();
    const reports = one.events.filter((event) => event.kind === 'server' && event.severity === 'error');
    expect(reports).toHaveLength(5);
  });
});

describe('no action can carry a second line or parameter', () => {
  const actions = (bad: string): Exclude<Action, { kind: 'quit' }>[] => [
    { kind: 'text', target: bad, form: 'privmsg', text: 'x' },
    { kind: 'join', channel: `#${bad}`, key: null },
    { kind: 'join', channel: '#x', key: bad },
    { kind: 'part', channel: `#${bad}`, reason: null },
    { kind: 'part', channel: '#room', reason: bad },
    { kind: 'nick', nick: bad },
    { kind: 'topic', channel: `#${bad}`, topic: null },
    { kind: 'topic', channel: '#room', topic: bad },
    { kind: 'away', reason: bad },
    { kind: 'whois', nick: bad },
  ];
  test.each(['a\rQUIT', 'a\nQUIT', 'a\r\nQUIT :x', 'a\0b'])('%j is refused in every field', (bad) => {
    for (const action of actions(bad)) {
      const one = onlineHarness();
      expect(() => {
        one.session.act(action);
      }).toThrow(IrcError);
      expect(one.sent).toEqual([]);
    }
  });
  test('names cannot hold spaces or commas', () => {
    const one = onlineHarness();
    for (const action of [
      { kind: 'text', target: 'a,b', form: 'privmsg', text: 'x' },
      { kind: 'join', channel: '#a,0', key: null },
      { kind: 'nick', nick: 'a b' },
    ] satisfies Action[])
      expect(() => {
        one.session.act(action);
      }).toThrow(IrcError);
  });
});

describe('state', () => {
  test('another CASEMAPPING folds all names anew and says so', () => {
    const one = onlineHarness();
    one.feed(':X[!u@h JOIN #room');
    expect(one.session.roster.user('x{')?.nick).toBe('X[');
    one.feed(':irc.test 005 me CASEMAPPING=ascii :x');
    expect(one.events).toContainEqual({ kind: 'folding' });
    expect(one.session.roster.user('x{')).toBeUndefined();
    expect(one.session.roster.user('x[')?.nick).toBe('X[');
    expect(one.session.members('#ROOM')).toHaveLength(5);
    one.feed(':x[!u@h PART #room');
    expect(one.session.members('#room')).toHaveLength(4);
  });
  test('10,000 people in a channel, renamed and gone in a netsplit', () => {
    const one = onlineHarness();
    const nicks = Array.from({ length: 10_000 }, (_unused, index) => `user${index}`);
    for (let start = 0; start < nicks.length; start += 50)
      one.feed(`:irc.test 353 me = #room :${nicks.slice(start, start + 50).join(' ')}`);
    one.feed(':irc.test 366 me #room :End');
    expect(one.session.members('#room')).toHaveLength(10_004);
    one.feed(':user1!u@h NICK other1');
    for (const nick of nicks.slice(0, 5_000)) one.feed(`:${nick}!u@h QUIT :a b`);
    expect(one.session.members('#room')).toHaveLength(5_005);
  });
  test('status follows MODE, highest first, and away and account reach every shared channel', () => {
    const one = onlineHarness({}, 'batch multi-prefix');
    one.feed(':ann!u@h MODE #room +o-v+k bob bob secret');
    expect(one.session.members('#room').find(({ nick }) => nick === 'bob')?.prefix).toBe('@');
    one.feed(':ann!u@h MODE #room +v bob', ':bob!u@h AWAY :tea', ':bob!u@h ACCOUNT robert');
    expect(one.session.members('#room').find(({ nick }) => nick === 'bob')).toEqual({
      nick: 'bob',
      prefix: '@+',
      away: true,
      account: 'robert',
    });
  });
  test('texts find their conversation', () => {
    const one = onlineHarness();
    one.feed(
      ':irc.test 005 me STATUSMSG=@+ :x',
      ':ann!u@h PRIVMSG @#room :ops only',
      ':ann!u@h PRIVMSG ME :private',
      ':irc.test NOTICE me :from the server',
      ':ann!u@h PRIVMSG $$* :to all',
      ':ann!u@h PRIVMSG me :\u0001ACTION waves\u0001',
      ':ann!u@h PRIVMSG me :\u0001VERSION\u0001',
      ':ann!u@h PRIVMSG me :\u0001DCC SEND x 1 1 1\u0001',
      ':ann!u@h NOTICE me :\u0001VERSION x\u0001',
    );
    expect(one.events.flatMap((event) => (event.kind === 'text' ? [[event.target, event.form, event.text]] : []))).toEqual([
      ['#room', 'privmsg', 'ops only'],
      ['ann', 'privmsg', 'private'],
      [null, 'notice', 'from the server'],
      [null, 'privmsg', 'to all'],
      ['ann', 'action', 'waves'],
    ]);
    expect(one.sent).toEqual(['NOTICE ann :\u0001VERSION Sotto 9.9\u0001']);
  });
  test('a NickServ that is only a user gets no password', () => {
    const one = onlineHarness({ nickPassword: 'hunter2' });
    one.feed(
      ':irc.test 421 me NICKSERV :Unknown command',
      ':irc.test 311 me NickServ u evil.example * :NickServ',
      ':irc.test 312 me NickServ irc.test :a server',
      ':irc.test 318 me NickServ :End',
      ':NickServ!u@evil.example NOTICE me :This nick is registered, identify now',
    );
    expect(one.sent.join()).not.toContain('hunter2');
    expect(one.sent).toContain('WHOIS :NickServ');
  });
});

describe('capabilities', () => {
  test('several lines of LS, only known names asked for, NAK taken apart, NEW and DEL followed', () => {
    const caps = createCapabilities(['batch', 'echo-message', 'sasl', 'server-time']);
    expect(caps.apply(['LS', '*', 'batch poison/x sasl=PLAIN,EXTERNAL'])).toEqual([]);
    expect(caps.settled()).toBe(false);
    expect(caps.apply(['LS', 'server-time'])).toEqual(['batch sasl server-time']);
    expect(caps.apply(['NAK', 'batch sasl server-time'])).toEqual(['batch sasl', 'server-time']);
    expect(caps.apply(['NAK', 'batch sasl'])).toEqual(['batch', 'sasl']);
    caps.apply(['ACK', 'batch ']);
    expect(caps.apply(['NAK', 'sasl'])).toEqual([]);
    expect(caps.settled()).toBe(false);
    caps.apply(['ACK', 'server-time']);
    expect(caps.settled()).toBe(true);
    expect([caps.has('batch'), caps.has('sasl'), caps.offered('sasl')]).toEqual([true, false, 'PLAIN,EXTERNAL']);
    expect(caps.apply(['NEW', 'echo-message other'])).toEqual(['echo-message']);
    caps.apply(['ACK', 'echo-message']);
    caps.apply(['DEL', 'batch']);
    caps.apply(['ACK', 'never-asked -echo-message']);
    expect([caps.has('batch'), caps.has('never-asked'), caps.has('echo-message')]).toEqual([false, false, false]);
  });
  test('a request is cut at 510 bytes', () => {
    const names = Array.from({ length: 60 }, (_unused, index) => `example.org/capability-number-${index}`);
    const requests = createCapabilities(names).apply(['LS', names.join(' ')]);
    expect(requests.flatMap((line) => line.split(' '))).toEqual(names);
    for (const line of requests) expect(`CAP REQ :${line}`.length).toBeLessThanOrEqual(510);
  });
  test('an empty LS is answered with CAP END and nothing else', () => {
    const one = harness();
    one.feed(':irc.test CAP * LS :');
    expect(one.sent).toEqual(['CAP LS 302', 'NICK me', 'USER sotto 0 * :Sotto test', 'CAP END']);
  });
});

describe('small rules', () => {
  test.each([
    ['2026-05-01T10:20:30.456Z', Date.UTC(2026, 4, 1, 10, 20, 30, 456)],
    ['2026-05-01T23:59:60Z', Date.UTC(2026, 4, 1, 23, 59, 59)],
    ['1970-01-01T00:00:00.000Z', NOW],
    ['2106-01-01T00:00:00.000Z', NOW],
    ['2026-13-01T00:00:00Z', NOW],
    ['NaN', NOW],
    ['', NOW],
    [undefined, NOW],
  ])('server-time %s', (tag, time) => {
    expect(serverTime(tag, NOW)).toBe(time);
  });
  test.each([
    ['Closing Link: x (K-Lined)', 'final'],
    ['You are banned from this server', 'final'],
    ['You need to identify via SASL to use this server.', 'final'],
    ['Reconnecting too fast, throttled.', 'slow'],
    ['Closing Link: x (Ping timeout)', 'retry'],
    ['Closing link: (me@host) [Killed (oper (spam))]', 'retry'],
  ])('ERROR %j', (text, kind) => {
    expect(readEnding(text).kind).toBe(kind);
  });
  test('pauses double up to a limit, and are long where the server wants it', () => {
    expect([1, 2, 3].map((failures) => retryDelay(10, failures, false, 0))).toEqual([10_000, 20_000, 40_000]);
    expect(retryDelay(10, 99, false, 0)).toBe(MAX_DELAY_MS);
    expect(retryDelay(10, 1, true, 0)).toBe(SLOW_DELAY_MS);
    expect(retryDelay(10, 1, false, 0.99)).toBeGreaterThan(retryDelay(10, 1, false, 0));
  });
  test('nicks to try are all different', () => {
    const nicks = nickCandidates('sotto', ['other', 'sotto']);
    expect(nicks.slice(0, 4)).toEqual(['sotto', 'other', 'sotto_', 'sotto__']);
    expect(new Set(nicks).size).toBe(nicks.length);
  });
  test('channels joined by hand come back with their key; left and kicked ones do not, configured ones do', () => {
    const wanted = createWanted([{ name: '#auto', key: 'k' }], (name) => name.toLowerCase());
    wanted.remember('#Hand', 'key');
    wanted.joined('#hand');
    wanted.joined('#AUTO');
    expect(wanted.list()).toEqual([
      { name: '#hand', key: 'key' },
      { name: '#AUTO', key: 'k' },
    ]);
    wanted.left('#hand', true);
    wanted.left('#auto', true);
    expect(wanted.list().map(({ name }) => name)).toEqual(['#AUTO']);
    wanted.left('#auto', false);
    expect(wanted.list()).toEqual([]);
  });
  test('-TOKEN takes a value of 005 back', () => {
    const isupport = defaultIsupport('rfc1459');
    applyToken(isupport, 'NICKLEN=9');
    applyToken(isupport, '-NICKLEN');
    expect(isupport.nickLength).toBe(30);
  });
});
