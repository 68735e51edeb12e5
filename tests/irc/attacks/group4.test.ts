/** Who is who: names that look like others', and text that hides, turns or overflows. */
import { describe, expect, it } from 'vitest';
import type { IrcEvent } from '../../../src/contract/chat.ts';
import { cleanLine, cleanName, cleanText } from '../../../src/irc/wire/clean.ts';
import { harness } from '../../support/irc/session.ts';
import { started } from '../state/start.ts';

const RLO = '\u202e';
const ZWSP = '\u200b';
const ZALGO = `a${'\u0301'.repeat(500)}`;
const TURNS = /[\u202a-\u202e\u2066-\u2069]/;
// eslint-disable-next-line no-control-regex -- what must never be kept
const CONTROLS = /[\u0000\u0001\u0005-\u000e\u0010\u0012-\u0015\u0017-\u001c\u007f-\u009f\u2028\u2029]/;

describe('identity', () => {
  it('attack 4: a NickServ that is no service asks for the password, and gets nothing', () => {
    const one = harness({ nickPassword: 'hunter2', allowUnencryptedPasswords: true });
    one.feed(':irc.test CAP * LS :batch', ':irc.test CAP * ACK :batch', ':irc.test 001 me :hi', ':irc.test 376 me :End');
    one.sent.length = 0;
    for (const source of ['NickServ!x@evil.example', 'nickserv!NickServ@services.evil', 'NickServ', 'ann!u@h'])
      one.feed(
        `:${source} NOTICE me :This nickname is registered. Please /msg NickServ IDENTIFY your password.`,
        `:${source} PRIVMSG me :IDENTIFY?`,
      );
    one.clock.advance(120_000);
    expect(one.sent.join('\n')).not.toContain('hunter2');
  });
  it('attack 4: the password goes to the services only: by the command no user can stand in for', () => {
    const one = harness({ nickPassword: 'hunter2', allowUnencryptedPasswords: true });
    one.feed(':irc.test CAP * LS :batch', ':irc.test CAP * ACK :batch', ':irc.test 001 me :hi', ':irc.test 376 me :End');
    expect(one.sent.filter((line) => line.includes('hunter2')).map((line) => line.split(' ')[0])).toEqual(['NICKSERV']);
    one.feed(
      ':irc.test 421 me NICKSERV :Unknown command',
      ':irc.test 311 me NickServ x evil.example * :Not a service',
      ':irc.test 318 me NickServ :End',
    );
    one.clock.advance(120_000);
    expect(one.sent.filter((line) => line.includes('hunter2'))).toHaveLength(1);
  });
  it('attack 4: a history or echo that fakes our own nick renames nobody and moves nobody', () => {
    const one = started({ caps: 'batch echo-message message-tags multi-prefix server-time' });
    one.join('#room');
    one.feed(
      ':irc.test BATCH +h chathistory #room',
      '@batch=h :me!u@h NICK stolen',
      '@batch=h :me!u@h JOIN #other',
      '@batch=h :me!u@h PART #room',
      '@batch=h :ann!u@h KICK #room me :out',
      '@batch=h :me!u@h PRIVMSG #room :never said',
      ':irc.test BATCH -h',
    );
    expect(one.session.nick()).toBe('me');
    expect(one.session.roster.channels().map(({ name }) => name)).toEqual(['#room']);
    expect(one.all('join').filter(({ self, historic }) => self && historic)).toEqual([]);
  });
  it('attack 4: an account tag that does not fit the nick changes nobody else', () => {
    const one = started({ caps: 'account-tag account-notify message-tags' });
    one.join('#room');
    one.feed(':ann!u@h ACCOUNT annie', '@account=annie :bob!u@h PRIVMSG #room :I am ann', '@account=root :ann!u@h PRIVMSG #room :hi');
    const accounts = one.session.members('#room').map(({ nick, account }) => `${nick} ${account ?? '-'}`);
    expect(accounts).toContain('ann annie');
    expect(accounts).toContain('bob -');
    expect(one.all('text').map(({ from }) => `${from.nick} ${from.account ?? '-'}`)).toEqual(['bob annie', 'ann root']);
  });
  it('attack 4: nicks folded by rfc1459 are one person, and others are not', () => {
    const one = started({ isupport: 'CASEMAPPING=rfc1459' });
    one.join('#room', '@ann[] bob');
    one.feed(':ANN{}!u@h NICK cee', ':irc.test 353 me = #room :BOB bob', ':irc.test 366 me #room :End');
    expect(one.session.members('#room').map(({ nick }) => nick)).toEqual(['me', 'bob', 'cee']);
    expect(one.session.members('#ROOM')).toHaveLength(3);
  });
  it('attack 4: homoglyphs and zero-width characters in nicks make somebody else, seen to be so', () => {
    const one = started();
    one.join('#room', 'ann');
    for (const nick of ['аnn', `an${ZWSP}n`, 'ann\u200d', '\ufeffann', 'a\u00adnn', 'ann\ufe0f', 'ann\u{e0041}', `${RLO}ann`])
      one.feed(`:${nick}!u@h JOIN #room`, `:${nick}!u@h PRIVMSG #room :hi`);
    const nicks = one.session.members('#room').map(({ nick }) => nick);
    expect(nicks.filter((nick) => nick === 'ann')).toHaveLength(1);
    expect(one.all('text').map(({ from }) => from.nick)).not.toContain('ann');
    expect(nicks.slice(3).every((nick) => nick.includes('\ufffd'))).toBe(true);
    // Words that need joiners keep them.
    expect(cleanName('می\u200cخواهم')).toBe('می\u200cخواهم');
    expect(cleanText('👩\u200d👩\u200d👧')).toBe('👩\u200d👩\u200d👧');
  });
  it('attack 4: right-to-left override and combining floods stay within their own line', () => {
    expect(cleanText(`a${RLO}b\u2066c\u2069d`)).toBe('abcd');
    expect(cleanText(ZALGO).length).toBeLessThan(10);
    expect(cleanName(ZALGO).length).toBeLessThan(6);
    expect(cleanText('Việt Nam, ไม่เป็นไร, e\u0301')).toBe('Việt Nam, ไม่เป็นไร, e\u0301');
    expect(cleanText(`${'\u0301'.repeat(100_000)}x`).length).toBeLessThan(10);
    expect(cleanLine(`\u0002b\u000304,05${ZWSP}c\u0004ff0000d${RLO}`)).toBe('bcd');
  });
  it('attack 4: control characters, ANSI and mIRC codes in every remote field never reach a page', () => {
    const evil = `x\u001b[31m\u0007${RLO}\u2028\u0000\u009b${ZALGO}`;
    const name = `n\u001b${RLO}${ZWSP}\u0007`;
    const one = started({ caps: 'batch draft/metadata-2 extended-join account-notify setname chghost', isupport: 'MONITOR=5' });
    one.join('#room');
    one.feed(
      `:${name}!${name}@${name} JOIN #room ${name} :${evil}`,
      `:ann!u@h PRIVMSG #room :${evil}`,
      `:ann!u@h PART #room :${evil}`,
      `:bob!u@h QUIT :${evil}`,
      `:cee!u@h TOPIC #room :${evil}`,
      `:cee!u@h KICK #room ${name} :${evil}`,
      `:cee!u@h NICK ${name}`,
      `:${name}!u@h ACCOUNT ${name}`,
      `:${name}!u@h CHGHOST ${name} ${name}`,
      `:${name}!u@h SETNAME :${evil}`,
      `:${name}!u@h INVITE me #${name}`,
      `:${name}!u@h MODE #room +k ${evil}`,
      `:irc.test METADATA ${name} status * :${evil}`,
      `:irc.test FAIL X Y ${name} :${evil}`,
      `:irc.test NOTICE me :${evil}`,
      `:irc.test 005 me NETWORK=${name} :x`,
      ...[
        '301',
        '311',
        '312',
        '319',
        '330',
        '338',
        '378',
        '671',
        '322',
        '332',
        '333',
        '352',
        '367',
        '401',
        '404',
        '470',
        '716',
        '718',
        '900',
        '372',
      ].map((numeric) => `:irc.test ${numeric} me ${name} ${name} ${name} ${name} ${name} ${name} :${evil}`),
      `:irc.test 323 me :End`,
      `:irc.test 368 me ${name} :End`,
      `:irc.test 730 me :${name}`,
    );
    expect(one.events.length).toBeGreaterThan(30);
    const strings = (value: unknown): string[] =>
      typeof value === 'string' ? [value] : typeof value === 'object' && value !== null ? Object.values(value).flatMap(strings) : [];
    for (const event of one.events satisfies IrcEvent[])
      for (const text of strings(event)) {
        expect(text, event.kind).not.toMatch(TURNS);
        expect(text, event.kind).not.toMatch(CONTROLS);
        expect(text, event.kind).not.toMatch(/\p{M}{7}/u);
      }
  });
  it('attack 4: display-name metadata that poses as another user is not shown', () => {
    const one = started({ caps: 'batch draft/metadata-2' });
    one.join('#room', 'ann bob');
    one.feed(':irc.test METADATA bob display-name * :Ann', ':irc.test METADATA bob display-name * :аnn');
    expect(one.session.members('#room').every(({ metadata }) => metadata === undefined)).toBe(true);
    expect(one.all('metadata').every(({ value }) => value === null)).toBe(true);
  });
});
