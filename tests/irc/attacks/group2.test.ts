/** Every known command with too few and too many parameters, 005 that makes no sense, and lines made to cost more than their length. */
import { describe, expect, it } from 'vitest';
import type { IrcEvent } from '../../../src/contract/chat.ts';
import { knownCommands } from '../../../src/irc/wire/commands.ts';
import { harness, onlineHarness, type SessionHarness } from '../../support/irc/session.ts';
import { started } from '../state/start.ts';

const COMMANDS = [
  ...knownCommands,
  ...'ACK AWAY BOUNCER ERROR KNOCK MARKREAD METADATA MONITOR NICK PING PONG QUIT REDACT REGISTER RENAME SEARCH TAGMSG VERIFY WALLOPS WHO'.split(
    ' ',
  ),
];
const NUMERICS = Array.from({ length: 1_000 }, (_unused, index) => String(index).padStart(3, '0'));
const SOURCES = ['', ':ann!u@h ', ':irc.test ', ':me!u@h '];
const LONGEST = 8_191;
/** A longest line that begins so, filled up with `part`. */
const bomb = (head: string, part: string): string =>
  head + part.repeat(Math.ceil((LONGEST - head.length) / part.length)).slice(0, LONGEST - head.length);
const size = (events: readonly IrcEvent[]): number => JSON.stringify(events).length;
/** What the session may say by itself, whatever it is told. */
const ANSWERS =
  /^(?:PONG|CAP|NICK|USER|AUTHENTICATE|QUIT|JOIN|NAMES|WHO|METADATA|BOUNCER|CHATHISTORY|MARKREAD|PRIVMSG \*playback|AWAY|ISUPPORT|MODE|MONITOR|NOTICE ann :.?(?=VERSION|PING|TIME|CLIENTINFO)|PING|WHOIS)\b/;

function check(one: SessionHarness): void {
  expect(one.events.filter((event) => event.kind === 'server' && event.text.includes('could not be understood'))).toEqual([]);
  for (const line of one.sent) {
    // eslint-disable-next-line no-control-regex -- exactly these must never go out
    expect(line).not.toMatch(/[\r\n\u0000]/);
    expect(line.length).toBeLessThanOrEqual(510);
    expect(line).toMatch(ANSWERS);
  }
}

describe('short and swollen lines', () => {
  const words = ['me', '#room', 'ann', '+oo', '1', '*', '@x', '', 'key', 'a,b', '99999999999999999999', '-', '%', '\u0002', 'last'];
  const strange = ['#room', 'me', '__proto__', 'constructor', '-1', ',', '=', '::', '\u0001', '+', '0', '(', '\\', '\ufffd', ' '];
  it.each([
    ['before registration', () => harness()],
    ['after registration', () => onlineHarness()],
    [
      'with all capabilities',
      () => started({ caps: everything, isupport: 'MONITOR=5 WHOX BOT=b ELIST=CMNTU CHATHISTORY=50', options: { monitor: ['ann'] } }),
    ],
  ])('attack 2: every command and numeric with 0 to 15 parameters, with and without source, %s', (_name, make) => {
    for (const command of [...COMMANDS, ...NUMERICS]) {
      const one = make();
      for (const [index, source] of SOURCES.entries())
        for (let count = 0; count <= 15; count += 1) {
          const params = (index % 2 === 0 ? words : strange).slice(0, count);
          const last = params.pop();
          one.feed(
            `${source}${[command, ...params.filter((word) => word !== '' && word !== ' '), ...(last === undefined ? [] : [`:${last}`])].join(' ')}`,
          );
        }
      one.clock.advance(1_000);
      check(one);
    }
  });

  const TOKENS =
    'PREFIX CHANTYPES STATUSMSG CHANMODES NICKLEN LINELEN NETWORK TARGMAX CASEMAPPING CLIENTTAGDENY MONITOR WHOX BOT ELIST EXCEPTS INVEX MAXLIST MODES EXTBAN CHATHISTORY draft/ICON soju.im/FILEHOST BOUNCER_NETID'.split(
      ' ',
    );
  const VALUES = ['', '=', '=-1', '=99999999999999', `=${'('.repeat(8_000)}`, '=(ov)@', '=(oo)@@', '=\\x00\\x0a', '=,,,,,', '=::::'];
  it('attack 2: 005 tokens empty, negative and huge leave a session that works', () => {
    const one = started();
    one.join('#room');
    for (const token of TOKENS) for (const value of VALUES) one.feed(`:irc.test 005 me ${token}${value} :x`);
    one.feed(':irc.test 005 me PREFIX=(ov)@+ CHANTYPES=# CHANMODES=b,k,l,n :x', ':ann!u@h MODE #room +o bob');
    check(one);
    expect(one.session.members('#room').find(({ nick }) => nick === 'bob')?.prefix).toContain('@');
    one.session.act({ kind: 'text', target: '#room', form: 'privmsg', text: 'x'.repeat(2_000) });
    expect(one.sent.filter((line) => line.startsWith('PRIVMSG')).length).toBeGreaterThan(0);
  });
  it('attack 2: 005 tokens repeated and changed in mid-session hold as they were said last', () => {
    const one = started();
    one.join('#room');
    for (let round = 0; round < 200; round += 1)
      one.feed(
        `:irc.test 005 me ${TOKENS.map((token) => `${token} -${token}`).join(' ')} :x`,
        ':irc.test 005 me PREFIX=(qo)~@ CHANTYPES=#! :x',
      );
    one.feed(':ann!u@h MODE #room +q bob', ':me!u@h JOIN !x');
    expect(one.session.members('#room').find(({ nick }) => nick === 'bob')?.prefix).toBe('~');
    expect(one.session.members('!x')).toHaveLength(1);
    one.feed(':irc.test 005 me -CHANTYPES :x', ':me!u@h JOIN !y');
    expect(one.session.members('!y')).toEqual([]);
  });
  it('attack 2: CASEMAPPING changes in mid-session without losing or doubling anybody', () => {
    const one = started({ isupport: 'CASEMAPPING=ascii' });
    one.join('#room', 'A[ b');
    for (let round = 0; round < 20; round += 1)
      for (const mapping of ['rfc1459', 'ascii', 'rfc7613', 'strict-rfc1459', 'nonsense', ''])
        one.feed(`:irc.test 005 me CASEMAPPING=${mapping} :x`);
    one.feed(':irc.test 005 me CASEMAPPING=rfc1459 :x', ':a{!u@h NICK c');
    expect(one.session.members('#room').map(({ nick }) => nick)).toEqual(['me', 'b', 'c']);
  });
});

/** One line made of parentheses, @ or modes must come to no more than some copies of itself, whatever is in the channel. */
describe('bombs of one line', () => {
  const made = (): ReturnType<typeof started> => {
    const one = started();
    one.join('#room');
    one.events.length = 0;
    return one;
  };
  const costs = (...lines: string[]): number => {
    const one = made();
    one.feed(...lines);
    check(one);
    expect(one.session.members('#room')).toHaveLength(4);
    expect(one.events.length).toBeLessThanOrEqual(4 * lines.length + 4);
    return size(one.events);
  };
  it('attack 2: a 005 PREFIX bomb is not taken, and makes no later list dearer', () => {
    const one = made();
    one.feed(bomb(':irc.test 005 me PREFIX=', '('), bomb(':irc.test 005 me PREFIX=(', 'o'), bomb(':irc.test 005 me CHANMODES=', 'a,'));
    expect(one.session.isupport.prefixes).toHaveLength(2);
    one.feed(':irc.test 353 me = #room :@ann', ':irc.test 366 me #room :End');
    expect(size(one.events)).toBeLessThan(2_000);
  });
  it('attack 2: a 324 bomb keeps no more modes than there are letters', () => {
    const one = made();
    one.feed(bomb(':irc.test 324 me #room +', 'kl'), bomb(`:irc.test 324 me #room +${'k'.repeat(4_000)} `, 'x '));
    expect(one.session.roster.channel('#room')?.modes.size).toBeLessThanOrEqual(64);
    expect(size(one.events)).toBeLessThan(4 * LONGEST);
  });
  it('attack 2: a 352 bomb of one line is one line', () => {
    expect(costs(bomb(':irc.test 352 me #room u h s ann G', '@'), bomb(':irc.test 352 me #room u h s ann H :0 ', '@ '))).toBeLessThan(
      4 * LONGEST,
    );
  });
  it('attack 2: a 353 bomb makes nobody of status characters alone', () => {
    expect(
      costs(bomb(':irc.test 353 me = #room :', '@'), bomb(':irc.test 353 me = #room :', '@ +'), bomb(':irc.test 353 me = #room :', ' ')),
    ).toBeLessThan(100);
  });
  it('attack 2: a 378 bomb is one sentence, no longer than a host is', () => {
    expect(
      costs(
        bomb(':irc.test 378 me ann :is connecting from ', '@'),
        bomb(':irc.test 378 me ann :', '@a'),
        bomb(':irc.test 378 me ann :*@', ' @'),
      ),
    ).toBeLessThan(4_000);
  });
  it('attack 2: a MODE bomb changes what there is once, and is one line', () => {
    const one = made();
    one.feed(bomb(`:ann!u@h MODE #room +${'o'.repeat(4_000)} `, 'bob '), bomb(':ann!u@h MODE #room +', '+-'));
    expect(one.all('member').map(({ nick }) => nick)).toEqual(['bob']);
    expect(one.all('mode')).toHaveLength(2);
    expect(size(one.events)).toBeLessThan(3 * LONGEST);
  });
});

const everything =
  'account-notify account-tag away-notify batch cap-notify chghost draft/account-registration draft/channel-rename draft/chathistory draft/event-playback draft/message-redaction draft/metadata-2 draft/multiline=max-bytes=4096,max-lines=20 draft/oper-tag draft/read-marker draft/relaymsg draft/whoami echo-message extended-join extended-monitor invite-notify labeled-response message-tags multi-prefix no-implicit-names server-time setname soju.im/bouncer-networks soju.im/search standard-replies userhost-in-names';
