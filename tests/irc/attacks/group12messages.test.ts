import { describe, expect, it } from 'vitest';
import { MAX_MISSED_PAGES } from '../../../src/irc/session/extensions/history.ts';
import { MARKER_INTERVAL_MS } from '../../../src/irc/session/extensions/readMarker.ts';
import { modern } from '../messages/support.ts';

const at = Date.parse('2026-06-01T11:00:00.000Z');

describe('floods of history and markers', () => {
  it('attack 12: a history that always has more', () => {
    const { session, feed, sent, lastSent } = modern();
    feed(':irc.test 005 me CHATHISTORY=2 :are supported');
    session.act({ kind: 'history', target: '#room', before: null, after: { msgid: null, time: 0 } });
    let time = at;
    // The server answers whatever was asked, each time with a full page that is a little older, and once more without being asked.
    for (let index = 0; index < MAX_MISSED_PAGES * 5; index += 1) {
      const label = lastSent('CHATHISTORY').label ?? '';
      feed(`@label=${label} :irc.test BATCH +h${index} chathistory #room`);
      for (const part of ['a', 'b']) {
        time -= 1_000;
        feed(`@batch=h${index};msgid=${index}${part};time=${new Date(time).toISOString()} :ann!a@h PRIVMSG #room :${index}${part}`);
      }
      feed(`:irc.test BATCH -h${index}`);
    }
    expect(sent.filter((line) => line.includes('CHATHISTORY'))).toHaveLength(MAX_MISSED_PAGES);
  });

  it('attack 12: a storm of MARKREAD', () => {
    const { session, feed, of, sent, clock } = modern();
    for (let index = 0; index < 20_000; index += 1) {
      feed(`:irc.test MARKREAD #room timestamp=${new Date(at + (index % 3)).toISOString()}`);
      session.act({ kind: 'markRead', target: '#room', time: at + index });
    }
    expect(of('readMarker')).toHaveLength(3);
    expect(sent).toEqual([]);
    clock.advance(MARKER_INTERVAL_MS);
    expect(sent).toHaveLength(1);
  });
});
