import { describe, expect, it } from 'vitest';
import { NOW, onlineHarness } from '../support/irc/session.ts';

const ask = (text: string, from = 'ann!u@h', to = 'me'): string => `:${from} PRIVMSG ${to} :\u0001${text}\u0001`;
const answer = (text: string): string => `NOTICE ann :\u0001${text}\u0001`;

describe('CTCP', () => {
  it('answers VERSION, SOURCE, PING, TIME in UTC and CLIENTINFO', () => {
    const one = onlineHarness({ antiFloodMs: 0 });
    for (const text of ['VERSION', 'source', 'PING 12345']) one.feed(ask(text));
    one.clock.advance(30_000);
    for (const text of ['TIME', 'CLIENTINFO']) one.feed(ask(text));
    one.clock.advance(30_000);
    expect(one.sent).toEqual([
      answer('VERSION Sotto 9.9'),
      answer('SOURCE Sotto, free software'),
      answer('PING 12345'),
      answer(`TIME ${new Date(NOW).toUTCString()}`),
      answer('CLIENTINFO ACTION CLIENTINFO PING SOURCE TIME VERSION'),
    ]);
    expect(one.events).toContainEqual(
      expect.objectContaining({ kind: 'server', text: 'ann asked for VERSION (CTCP) and was told: Sotto 9.9' }),
    );
  });
  it('answers only what is switched on, and USERINFO with its text', () => {
    const one = onlineHarness({
      ctcp: () => ({ ping: false, source: false, time: false, version: false, userinfo: 'hello' }),
      antiFloodMs: 0,
    });
    for (const text of ['VERSION', 'PING 1', 'TIME', 'SOURCE', 'USERINFO', 'CLIENTINFO']) one.feed(ask(text));
    one.clock.advance(60_000);
    expect(one.sent).toEqual([answer('USERINFO hello'), answer('CLIENTINFO ACTION CLIENTINFO USERINFO')]);
  });
  it('asks about each sender whether they are answered at all', () => {
    const one = onlineHarness({
      ctcp: ({ nick }) => (nick === 'ann' ? null : { ping: true, source: true, time: true, version: true, userinfo: null }),
    });
    one.feed(ask('VERSION'), ask('VERSION', 'bob!u@h'));
    expect(one.sent).toEqual(['NOTICE bob :\u0001VERSION Sotto 9.9\u0001']);
  });
  it('tells of answers to our own requests, and of nothing else that looks like one', () => {
    const one = onlineHarness();
    one.session.act({ kind: 'ctcp', target: 'ann', command: 'version', text: '' });
    expect(one.sent).toEqual(['PRIVMSG ann :\u0001VERSION\u0001']);
    one.feed(
      ':ann!u@h NOTICE me :\u0001VERSION HexChat\u0003 2\u0007\u0001',
      ':ann!u@h NOTICE #room :\u0001VERSION x\u0001',
      ':irc.test NOTICE me :\u0001VERSION x\u0001',
      ':ann!u@h NOTICE me :\u0001\u0001',
    );
    expect(one.events.flatMap((event) => (event.kind === 'ctcpReply' ? [[event.from.nick, event.command, event.text]] : []))).toEqual([
      ['ann', 'VERSION', 'HexChat\u0003 2'],
    ]);
    expect(one.events.filter(({ kind }) => kind === 'text')).toEqual([]);
  });
  it('sends no request with a second one inside', () => {
    const one = onlineHarness();
    for (const [command, text] of [
      ['PING', 'a\u0001b'],
      ['PI NG', ''],
      ['PING\u0001', ''],
      ['PING', 'a\r\nQUIT'],
    ] as const)
      expect(() => {
        one.session.act({ kind: 'ctcp', target: 'ann', command, text });
      }).toThrow();
    expect(one.sent).toEqual([]);
  });
  it('tells of offered files and of resuming, for us alone', () => {
    const one = onlineHarness();
    one.feed(
      ask('DCC SEND "my file.txt" 3232235777 5000 12'),
      ask('DCC SEND photo.png 199 0 77 token1'),
      ask('DCC RESUME photo.png 5000 40'),
      ask('DCC ACCEPT "my file.txt" 0 40 token1'),
      ask('DCC SEND x 1 5000 1', 'ann!u@h', '#room'),
      ask('DCC SEND x'),
      ask('DCC CHAT chat 1 5000'),
    );
    expect(one.events.flatMap((event) => (event.kind === 'dcc' ? [event.offer] : []))).toEqual([
      { name: 'my file.txt', size: 12, address: '192.168.1.1', port: 5_000, token: null },
      { name: 'photo.png', size: 77, address: null, port: 0, token: 'token1' },
    ]);
    expect(
      one.events.flatMap((event) => (event.kind === 'dccResume' ? [[event.verb, event.port, event.position, event.token]] : [])),
    ).toEqual([
      ['resume', 5_000, 40, null],
      ['accept', 0, 40, 'token1'],
    ]);
    expect(one.events.flatMap((event) => (event.kind === 'server' ? [event.text] : []))).toEqual([
      'ann asks for a DCC CHAT, which Sotto does not do.',
    ]);
    expect(one.sent).toEqual([]);
  });
});
