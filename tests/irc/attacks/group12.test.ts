/** Floods: whatever comes, however often, costs no more than its lines and leaves nothing behind. */
import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { dial } from '../../../src/net/dial.ts';
import { testClient } from '../../support/irc/client.ts';
import { manualClock } from '../../support/irc/session.ts';
import { MAX_WHO_MEMBERS } from '../../../src/irc/session/extensions/whox.ts';
import { MAX_CHANNELS } from '../../../src/irc/state/roster.ts';
import { namesNick } from '../../../src/core/highlights.ts';
import { started, type Started } from '../state/start.ts';

const TEN_THOUSAND = Array.from({ length: 10_000 }, (_unused, index) => `n${index}`);
const fill = (one: Started, channel: string, nicks: readonly string[]): void => {
  one.feed(`:me!u@h JOIN ${channel}`);
  for (let at = 0; at < nicks.length; at += 50) one.feed(`:irc.test 353 me = ${channel} :${nicks.slice(at, at + 50).join(' ')}`);
  one.feed(`:irc.test 366 me ${channel} :End`);
};

describe('floods', () => {
  it('attack 12: NAMES and WHO of 10,000 users are one event each, and no WHO is asked for', () => {
    const one = started({ isupport: 'WHOX', options: { whoPoll: { enabled: true, seconds: 1 } } });
    fill(one, '#big', TEN_THOUSAND);
    expect(one.all('members').map(({ members }) => members.length)).toEqual([10_001]);
    expect(one.all('member')).toEqual([]);
    one.clock.advance(600_000);
    expect(one.sent.filter((line) => line.startsWith('WHO'))).toEqual([]);
    const some = started({ isupport: 'WHOX', options: { whoPoll: { enabled: true, seconds: 1 } } });
    fill(some, '#some', TEN_THOUSAND.slice(0, MAX_WHO_MEMBERS - 1));
    some.clock.advance(1_000);
    some.events.length = 0;
    for (const nick of TEN_THOUSAND) some.feed(`:irc.test 354 me 152 #some u h ${nick} G acc :r`);
    some.feed(':irc.test 315 me #some :End');
    expect(some.events.map(({ kind }) => kind)).toEqual(['members']);
  });
  it('attack 12: a netsplit of 5,000 and the return: one event a person, and nobody is left behind or doubled', () => {
    const one = started();
    const nicks = TEN_THOUSAND.slice(0, 5_000);
    for (let index = 0; index < 20; index += 1) fill(one, `#c${index}`, nicks);
    one.events.length = 0;
    for (const nick of nicks) one.feed(`:${nick}!u@h QUIT :a.example b.example`);
    expect(one.events).toHaveLength(5_000);
    expect(one.all('quit')[0]?.channels).toHaveLength(20);
    expect(one.session.members('#c7').map(({ nick }) => nick)).toEqual(['me']);
    for (const nick of nicks) one.feed(`:${nick}!u@h JOIN #c7`, `:${nick}!u@h JOIN #c7`);
    expect(one.session.members('#c7')).toHaveLength(5_001);
    expect(one.all('join')).toHaveLength(5_000);
  });
  it('attack 12: a storm of nick changes keeps one person', () => {
    const one = started();
    one.join('#room', 'n0 bob');
    for (let index = 0; index < 20_000; index += 1) one.feed(`:n${index}!u@h NICK n${index + 1}`);
    for (let index = 0; index < 5_000; index += 1)
      one.feed(':bob!u@h NICK n20000', ':n20000!u@h NICK bob', `:stranger${index}!u@h NICK other${index}`);
    expect(one.session.members('#room').map(({ nick }) => nick)).toEqual(['me', 'bob']);
    expect(one.session.who('other7')).toBeNull();
    expect(one.all('nick')).toHaveLength(30_000);
  });
  it('attack 12: 100,000 modes leave what was set last', () => {
    const one = started();
    one.join('#room');
    one.events.length = 0;
    for (let index = 0; index < 10_000; index += 1)
      one.feed(`:ann!u@h MODE #room ${index % 2 === 0 ? '+' : '-'}ov+k-l+l bob bob k${index} ${index}`, ':ann!u@h MODE #nowhere +o bob');
    expect(one.all('mode')).toHaveLength(10_000);
    expect(one.session.roster.channel('#room')?.modes.size).toBeLessThanOrEqual(2);
    expect(one.session.members('#room').find(({ nick }) => nick === 'bob')?.prefix).toBe('');
    one.feed(`:ann!u@h MODE #room +${'o'.repeat(5_000)} ${'bob '.repeat(700)}`);
    expect(one.session.members('#room').find(({ nick }) => nick === 'bob')?.prefix).toBe('@');
  });
  it('attack 12: storms of INVITE, KNOCK and TAGMSG are answered with nothing and join nothing', () => {
    const one = started({ caps: 'message-tags invite-notify' });
    one.join('#room');
    one.sent.length = 0;
    for (let index = 0; index < 5_000; index += 1)
      one.feed(
        `:x${index}!u@h INVITE me #c${index}`,
        `:irc.test 710 #room #room x${index}!u@h :has asked for an invite.`,
        `@+typing=active :x${index}!u@h TAGMSG me`,
        `@+typing=active;+draft/react=x;+draft/reply=y :x${index}!u@h TAGMSG #room`,
      );
    expect(one.sent).toEqual([]);
    expect(one.session.roster.channels().map(({ name }) => name)).toEqual(['#room']);
    expect(one.session.members('#room')).toHaveLength(4);
  });
  it('attack 12: a storm of WARN and NOTE is one line each and changes nothing', () => {
    const one = started();
    one.sent.length = 0;
    for (let index = 0; index < 5_000; index += 1)
      one.feed(':irc.test WARN METADATA RATE_LIMITED * status 1 :x', ':irc.test NOTE JOIN CHANNEL_RENAMED #a #b :x');
    expect(one.all('server').length).toBeLessThanOrEqual(10_001);
    one.clock.advance(1_000_000);
    expect(one.sent).toEqual([]);
  });
  it('attack 12: numerics nobody asked for keep nothing for later', () => {
    const one = started();
    one.join('#room');
    one.sent.length = 0;
    for (let index = 0; index < 2_000; index += 1)
      one.feed(
        `:irc.test 311 me n${index} u h * :r`,
        `:irc.test 322 me #c${index} 5 :t`,
        `:irc.test 367 me #c${index} m`,
        `:irc.test 774 me #c${index} 5`,
        `:irc.test 761 me n${index} status * :x`,
        `:irc.test 352 me #c${index} u h s n${index} G :0 r`,
        `:irc.test 332 me #c${index} :t`,
        `:irc.test 324 me #c${index} +k x`,
      );
    one.clock.advance(1_000_000);
    expect(one.sent).toEqual([]);
    expect(one.session.roster.channels().map(({ name }) => name)).toEqual(['#room']);
    expect(one.session.who('n7')).toBeNull();
  });
  it('own JOINs without end are kept up to a bound', () => {
    const one = started();
    for (let index = 0; index < MAX_CHANNELS + 500; index += 1) one.feed(`:me!u@h JOIN #c${index}`);
    expect(one.session.roster.channels()).toHaveLength(MAX_CHANNELS);
  });
  it('attack 12: a search query that is a query language is words to look for, in one attribute', () => {
    const one = started({ caps: 'batch soju.im/search' });
    one.sent.length = 0;
    one.session.act({ kind: 'search', target: '#room', text: 'x;limit=9999;in=#secret NEAR("a" OR *)' });
    expect(one.sent).toHaveLength(1);
    expect(one.sent[0]?.split(/(?<!\\);/).map((part) => part.replace(/=.*/, ''))).toEqual(['SEARCH :in', 'text', 'limit']);
    expect(() => {
      one.session.act({ kind: 'search', target: null, text: 'a\r\nQUIT' });
    }).toThrow();
    expect(one.sent).toHaveLength(1);
  });
  it('attack 12: a highlight rule that backtracks: a nick is looked for as text, whatever it is made of', () => {
    expect(namesNick(`${'a'.repeat(50_000)}!`, '(a+)+$')).toBe(false);
    expect(namesNick('hello [a|b]^, look', '[a|b]^')).toBe(true);
  });
});

describe('a server that ends every connection', () => {
  it('attack 12: ERROR at each connection: the pauses grow, and a ban ends it', async () => {
    let closing = 'ERROR :Closing Link: try again';
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.end(`${closing}\r\n`);
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    onTestFinished(() => void server.close());
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const clock = manualClock();
    const client = testClient(
      { port: address.port, reconnectDelaySeconds: 1, maxAttempts: null },
      { dial, clock, wallClock: () => clock.now(), random: () => 0.5 },
    );
    onTestFinished(() => client.network.stop(null));
    client.network.start();
    const pauses: number[] = [];
    for (let round = 0; round < 8; round += 1) {
      const { state } = await client.waitPhase('waiting');
      const pause = (state.retryAt ?? 0) - clock.now();
      pauses.push(pause);
      client.clear();
      if (round === 7) closing = 'ERROR :Closing Link: K-Lined';
      clock.advance(pause);
    }
    expect([...pauses].sort((one, two) => one - two)).toEqual(pauses);
    expect(pauses.at(-1)).toBeGreaterThan(30 * (pauses[0] ?? 0));
    const { state } = await client.waitPhase('failed');
    expect(state.text).toContain('K-Lined');
    clock.advance(100_000_000);
    expect(client.network.joined()).toEqual([]);
  });
});
