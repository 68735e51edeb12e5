import { describe, expect, it } from 'vitest';
import { MAX_WATCHED } from '../../../src/irc/session/extensions/monitor.ts';
import { started, type Started } from './start.ts';

const start = (isupport = 'MONITOR=100', monitor: string[] = ['ann', 'bob']): Started => started({ isupport, options: { monitor } });
const sent = (one: Started): string[] => one.sent.filter((line) => line.startsWith('MONITOR'));

describe('IRCv3 monitor', () => {
  it('watches the configured nicks once the greeting is over', () => {
    expect(sent(start())).toEqual(['MONITOR + :ann,bob']);
    expect(sent(start('CHANLIMIT=#:10'))).toEqual([]);
  });
  it('tells who comes and goes, once for each change', () => {
    const one = start();
    one.feed(':irc.test 731 me :ann,bob', ':irc.test 730 * :ann!u@h', ':irc.test 730 me :ann!u@h', ':irc.test 731 * :Ann');
    expect(one.all('monitor').map(({ nick, online }) => `${nick} ${online}`)).toEqual(['ann false', 'bob false', 'ann true', 'Ann false']);
  });
  it('stays within the limit of the server and says whom it does not watch', () => {
    const one = start('MONITOR=2', ['ann', 'bob', 'cee', 'dan']);
    expect(sent(one)).toEqual(['MONITOR + :ann,bob']);
    expect(one.said()).toContain('This server watches 2 nicks for you at most; it does not watch: cee, dan.');
  });
  it('takes a list that is full from the server', () => {
    const one = start();
    one.feed(':irc.test 734 me 1 bob :Monitor list is full.');
    one.takeSent();
    one.feed(':irc.test 730 me :bob!u@h');
    one.session.act({ kind: 'monitor', change: 'add', nicks: ['eve'] });
    expect(sent(one)).toEqual([]);
    expect(one.all('monitor')).toEqual([]);
  });
  it('packs many nicks into lines a server takes', () => {
    const one = start(
      'MONITOR',
      Array.from({ length: 200 }, (_unused, index) => `nickname${index}`),
    );
    expect(sent(one).length).toBeGreaterThan(1);
    expect(sent(one).every((line) => line.length <= 510)).toBe(true);
    expect(
      sent(one)
        .join(',')
        .match(/nickname\d+/g),
    ).toHaveLength(200);
  });
  it('adds, removes, lists and clears when asked', () => {
    const one = start();
    one.takeSent();
    one.session.act({ kind: 'monitor', change: 'add', nicks: ['eve', 'ann', 'a b', 'x,y'] });
    one.session.act({ kind: 'monitor', change: 'remove', nicks: ['BOB', 'nobody'] });
    one.session.act({ kind: 'monitor', change: 'list', nicks: [] });
    one.session.act({ kind: 'monitor', change: 'clear', nicks: [] });
    expect(sent(one)).toEqual(['MONITOR + :eve', 'MONITOR - :BOB', 'MONITOR :L', 'MONITOR :C']);
    one.feed(':irc.test 732 me :eve,ann', ':irc.test 733 me :End of MONITOR list');
    expect(one.said().at(-1)).toBe('Watched: eve, ann');
  });
  it('keeps its list when the server folds names otherwise in mid-session', () => {
    const one = start('MONITOR=10 CASEMAPPING=ascii', ['a[b', 'a{b']);
    one.feed(':irc.test 005 me CASEMAPPING=rfc1459 :x', ':irc.test 730 me :A{B!u@h');
    expect(one.all('monitor').map(({ nick }) => nick)).toEqual(['A{B']);
    one.feed(':irc.test 730 me :a[b!u@h');
    expect(one.all('monitor')).toHaveLength(1);
  });
  it('attack 12: MONITOR of 5,000 nicks nobody asked for leaves nothing behind', () => {
    const one = start('MONITOR', ['ann']);
    const before = one.events.length;
    for (let index = 0; index < 5_000; index += 50)
      one.feed(`:irc.test 730 me :${Array.from({ length: 50 }, (_unused, n) => `n${index + n}!u@h`).join(',')}`);
    expect(one.events.length).toBe(before);
    one.session.act({ kind: 'monitor', change: 'add', nicks: Array.from({ length: 5_000 }, (_unused, n) => `n${n}`) });
    expect(one.sent.join(',').match(/n\d+/g)).toHaveLength(MAX_WATCHED - 1);
  });
});

describe('IRCv3 extended-monitor', () => {
  it('is asked for, and what changes about a watched nick without a common channel is told', () => {
    const one = started({
      caps: 'extended-monitor account-notify chghost setname away-notify',
      isupport: 'MONITOR=5',
      options: { monitor: ['ann'] },
    });
    expect(one.sent.find((line) => line.startsWith('CAP REQ'))).toContain('extended-monitor');
    one.feed(':ann!u@h ACCOUNT annie', ':ann!u@h CHGHOST u other.host', ':ann!u@h AWAY :gone', ':ann!u@h SETNAME :Ann');
    expect(one.all('user')).toEqual([
      expect.objectContaining({ account: 'annie' }),
      expect.objectContaining({ host: 'other.host', account: undefined }),
    ]);
  });
});
