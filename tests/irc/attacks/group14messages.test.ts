import { describe, expect, it } from 'vitest';
import { readTime, serverTime } from '../../../src/irc/session/time.ts';
import { harness, NOW, onlineHarness } from '../../support/irc/session.ts';
import { modern } from '../messages/support.ts';

describe('bouncers and time', () => {
  it('attack 14: own messages of ZNC in a loop', () => {
    const { feed, said, sent } = modern({}, 'labeled-response');
    // What another client of ours said to bob and to ourselves; sent on as it is, it must never be sent again.
    for (let index = 0; index < 100; index += 1)
      feed(':me!user@host PRIVMSG bob :hello', ':me!user@host PRIVMSG me :self', ':me!user@host NOTICE *status :x');
    expect(sent).toEqual([]);
    expect(said().slice(0, 3)).toEqual(['bob <me> hello', 'me <me> self', '*status <me> x']);
    expect(said()).toHaveLength(300);
  });

  it('attack 14: a playback that repeats what is known', () => {
    const caps = 'batch echo-message server-time znc.in/self-message';
    const { feed, events, session } = onlineHarness({}, caps);
    feed(
      ':irc.test BATCH +p znc.in/playback #room',
      '@batch=p;time=2026-05-31T10:00:00.000Z :***!znc@znc.in PRIVMSG #room :Buffer Playback...',
      '@batch=p;time=2026-05-31T10:00:00.000Z :ann!a@h PRIVMSG #room :me: old',
      '@batch=p;time=2026-05-31T10:00:01.000Z :me!user@host PRIVMSG #room :my own',
      '@batch=p;time=2026-05-31T10:00:01.500Z :me!u@h NICK notme',
      '@batch=p;time=2026-05-31T10:00:02.000Z :***!znc@znc.in PRIVMSG #room :Playback Complete.',
      ':irc.test BATCH -p',
    );
    // Without batches it is told by its time alone.
    feed('@time=2026-05-31T11:00:00.000Z :ann!a@h PRIVMSG #room :replayed plainly', ':ann!a@h PRIVMSG #room :live');
    const texts = events.flatMap((event) => (event.kind === 'text' ? [event] : []));
    expect(texts.map(({ text, historic, self }) => [text, historic, self])).toEqual([
      ['me: old', true, false],
      ['my own', true, true],
      ['replayed plainly', true, false],
      ['live', false, false],
    ]);
    expect(session.nick()).toBe('me');
  });

  it('attack 14: a playback that repeats what is known, from the module: it is asked for by time, not taken whole', () => {
    const { session, sent } = onlineHarness({}, 'batch server-time message-tags znc.in/playback');
    session.act({ kind: 'missed', since: Date.parse('2026-05-31T10:00:00.900Z') });
    expect(sent).toEqual(['ZNC *playback :PLAY * 1780221600']);
    const both = modern();
    both.feed(':irc.test CAP me NEW :znc.in/playback', ':irc.test CAP me ACK :znc.in/playback');
    both.sent.length = 0;
    both.session.act({ kind: 'missed', since: 0 });
    expect(both.sent.filter((line) => line.includes('ZNC'))).toEqual([]);
  });

  it('attack 14: server-time in 1970, 2106 and never', () => {
    const odd = [
      '1970-01-01T00:00:00.000Z',
      '2106-02-07T06:28:16.000Z',
      'NaN',
      '',
      '-1',
      '2026-02-31T00:00:00.000Z',
      '2026-13-01T00:00:00.000Z',
      '2026-06-01T25:00:00.000Z',
      '2026-06-01 10:00:00',
      '+275760-09-13T00:00:00.000Z',
      `2026-06-01T10:00:00.${'9'.repeat(5_000)}Z`,
    ];
    for (const text of odd) expect([text, serverTime(text, NOW)]).toEqual([text, NOW]);
    const { feed, of } = modern();
    for (const text of odd) feed(`@time=${text.replace(' ', '\\s')} :ann!a@h PRIVMSG #room :x`);
    expect(of('text').map(({ time, historic }) => [time, historic])).toEqual(odd.map(() => [NOW, false]));
    expect(readTime('1999-01-08T14:22:00.412Z')).toBe(Date.parse('1999-01-08T14:22:00.412Z'));
  });

  it('attack 14: a leap second', () => {
    expect(readTime('2012-06-30T23:59:60.419Z')).toBe(Date.parse('2012-06-30T23:59:59.419Z'));
    expect(readTime('2012-06-30T23:59:61.000Z')).toBeNull();
    const { feed, events } = harness();
    feed(':irc.test CAP * LS :server-time', ':irc.test 001 me :Hi', '@time=2012-06-30T23:59:60.000Z :irc.test NOTICE me :leap');
    expect(events.filter((event) => event.kind === 'text' || event.kind === 'server').every(({ time }) => Number.isSafeInteger(time))).toBe(
      true,
    );
  });
});
