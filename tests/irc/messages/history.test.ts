import { describe, expect, it } from 'vitest';
import { HISTORY_TIMEOUT_MS, MAX_HISTORY_JOBS, MAX_MISSED_PAGES, MAX_MISSED_TARGETS } from '../../../src/irc/session/extensions/history.ts';
import { historyParams, pageSize } from '../../../src/irc/session/extensions/historyRequests.ts';
import { modern, type Modern } from './support.ts';

const at = (time: string): number => Date.parse(time);
const point = { msgid: 'm9', time: at('2019-01-04T14:34:17.123Z') };

const page = (made: Modern, lines: readonly string[], tags = '', target = '#room', ref = 'ID'): void => {
  const label = made.lastSent('CHATHISTORY').label;
  const opening = [label === null ? '' : `label=${label}`, tags].filter((tag) => tag !== '').join(';');
  made.feed(
    `${opening === '' ? '' : `@${opening} `}:irc.test BATCH +${ref} chathistory ${target}`,
    ...lines.map((line) => `@batch=${ref};${line}`),
    `:irc.test BATCH -${ref}`,
  );
};

describe('IRCv3 chathistory', () => {
  it('asks for the latest lines and tells them as history', () => {
    const made = modern();
    made.session.act({ kind: 'history', target: '#room', before: null });
    expect(made.lastSent('CHATHISTORY').line).toBe('CHATHISTORY LATEST #room * 50');
    page(made, [
      'msgid=1234;time=2019-01-04T14:33:26.123Z :nick!ident@host PRIVMSG #room :message',
      'msgid=1235;time=2019-01-04T14:33:38.123Z :nick!ident@host NOTICE #room :message',
      'msgid=1238;time=2019-01-04T14:34:17.123Z;+client-tag=val :nick!ident@host PRIVMSG #room :\u0001ACTION message\u0001',
    ]);
    expect(made.of('text').map(({ form, msgid, time, historic }) => [form, msgid, time, historic])).toEqual([
      ['privmsg', '1234', at('2019-01-04T14:33:26.123Z'), true],
      ['notice', '1235', at('2019-01-04T14:33:38.123Z'), true],
      ['action', '1238', at('2019-01-04T14:34:17.123Z'), true],
    ]);
    expect(made.of('history')).toEqual([{ kind: 'history', target: '#room', lines: 3, ended: false }]);
  });

  it('asks for more of a conversation with one person, and knows both sides of it', () => {
    const made = modern();
    made.session.act({ kind: 'history', target: 'bob', before: { msgid: null, time: point.time } });
    expect(made.lastSent('CHATHISTORY').line).toBe('CHATHISTORY BEFORE bob timestamp=2019-01-04T14:34:17.123Z 50');
    page(
      made,
      [
        'msgid=1234;time=2019-01-04T14:34:09.123Z :bob!ident@host PRIVMSG me :hello',
        'msgid=1235;time=2019-01-04T14:34:10.123Z :me!ident@host PRIVMSG bob :hi! how are you?',
      ],
      '',
      'bob',
    );
    expect(made.of('text').map(({ target, self }) => [target, self])).toEqual([
      ['bob', false],
      ['bob', true],
    ]);
  });

  it('writes every kind of request, with the references the server prefers', () => {
    const told = { chatHistory: 30, msgRefTypes: ['msgid', 'timestamp'] as const };
    const other = { msgid: null, time: at('2019-01-04T15:00:05.000Z') };
    const words = (range: Parameters<typeof historyParams>[2], as: Parameters<typeof historyParams>[0] = told): string | undefined =>
      historyParams(as, '#c', range)?.join(' ');
    expect(words({ kind: 'latest', after: null })).toBe('LATEST #c * 30');
    expect(words({ kind: 'latest', after: other })).toBe('LATEST #c timestamp=2019-01-04T15:00:00.000Z 30');
    expect(words({ kind: 'before', before: point })).toBe('BEFORE #c msgid=m9 30');
    expect(words({ kind: 'after', after: other })).toBe('AFTER #c timestamp=2019-01-04T15:00:00.000Z 30');
    expect(words({ kind: 'around', around: point })).toBe('AROUND #c msgid=m9 30');
    expect(words({ kind: 'between', from: point, to: other })).toBe('BETWEEN #c msgid=m9 timestamp=2019-01-04T15:00:00.000Z 30');
    const times = { chatHistory: 0, msgRefTypes: ['timestamp'] as const };
    expect(words({ kind: 'before', before: point }, times)).toBe('BEFORE #c timestamp=2019-01-04T14:34:17.123Z 100');
    // A server that takes ids only cannot be told a line that has none.
    expect(words({ kind: 'before', before: other }, { chatHistory: 0, msgRefTypes: ['msgid'] })).toBeUndefined();
  });

  it('keeps to CHATHISTORY of 005, where 0 means no limit', () => {
    expect([null, 0, 20, 1_000].map((chatHistory) => pageSize({ chatHistory, msgRefTypes: [] }))).toEqual([50, 100, 20, 100]);
    const made = modern();
    made.feed(':irc.test 005 me CHATHISTORY=7 MSGREFTYPES=timestamp,msgid :are supported');
    made.session.act({ kind: 'history', target: '#room', before: point });
    expect(made.lastSent('CHATHISTORY').line).toBe('CHATHISTORY BEFORE #room timestamp=2019-01-04T14:34:17.123Z 7');
  });

  it('asks around a line, between two, and forward', () => {
    const made = modern();
    const after = { msgid: null, time: at('2019-01-04T10:00:05.000Z') };
    made.session.act({ kind: 'history', target: '#room', before: null, around: point });
    expect(made.lastSent('CHATHISTORY').line).toBe('CHATHISTORY AROUND #room msgid=m9 50');
    page(made, []);
    made.session.act({ kind: 'history', target: '#room', before: point, after });
    expect(made.lastSent('CHATHISTORY').line).toBe('CHATHISTORY BETWEEN #room msgid=m9 timestamp=2019-01-04T10:00:00.000Z 50');
    page(made, []);
    made.session.act({ kind: 'history', target: '#room', before: null, after, isForward: true });
    expect(made.lastSent('CHATHISTORY').line).toBe('CHATHISTORY AFTER #room timestamp=2019-01-04T10:00:00.000Z 50');
  });

  it('takes an empty answer and draft/chathistory-end for the beginning of the history', () => {
    const made = modern();
    made.session.act({ kind: 'history', target: '#room', before: point });
    page(made, []);
    made.session.act({ kind: 'history', target: '#room', before: point });
    page(made, ['time=2019-01-04T14:33:26.123Z :nick!i@h PRIVMSG #room :first ever'], 'draft/chathistory-end');
    expect(made.of('history').map(({ lines, ended }) => [lines, ended])).toEqual([
      [0, true],
      [1, true],
    ]);
  });

  it('does not count context lines of the server', () => {
    const made = modern();
    made.session.act({ kind: 'history', target: '#room', before: point });
    page(made, [
      'msgid=a;time=2019-01-04T14:33:26.123Z :nick!i@h PRIVMSG #room :text',
      'draft/chathistory-context;time=2019-01-04T14:33:27.123Z;+reply=a;+draft/react=x :nick!i@h TAGMSG #room',
    ]);
    expect(made.of('history')).toMatchObject([{ lines: 1 }]);
    expect(made.of('react')).toMatchObject([{ msgid: 'a', text: 'x', historic: true, target: '#room' }]);
  });

  it('goes on page by page where more was missed than fits, and stops where that was', () => {
    const made = modern();
    made.feed(':irc.test 005 me CHATHISTORY=2 MSGREFTYPES=timestamp :are supported');
    made.session.act({ kind: 'history', target: '#room', before: null, after: { msgid: null, time: at('2026-01-01T10:00:05.000Z') } });
    expect(made.lastSent('CHATHISTORY').line).toBe('CHATHISTORY LATEST #room timestamp=2026-01-01T10:00:00.000Z 2');
    page(made, [
      'msgid=c;time=2026-01-01T12:00:00.000Z :ann!a@h PRIVMSG #room :three',
      'msgid=d;time=2026-01-01T13:00:00.000Z :ann!a@h PRIVMSG #room :four',
    ]);
    expect(made.lastSent('CHATHISTORY').line).toBe(
      'CHATHISTORY BETWEEN #room timestamp=2026-01-01T12:00:00.000Z timestamp=2026-01-01T10:00:00.000Z 2',
    );
    page(made, ['msgid=b;time=2026-01-01T11:00:00.000Z :ann!a@h PRIVMSG #room :two']);
    expect(made.sent.filter((line) => line.includes('CHATHISTORY'))).toHaveLength(2);
    expect(made.said()).toEqual(['#room <ann> three', '#room <ann> four', '#room <ann> two']);
  });

  it('says what of a span has not come: after each page, where it ends too early, and where there is no answer', () => {
    const made = modern();
    made.feed(':irc.test 005 me CHATHISTORY=1 MSGREFTYPES=timestamp :are supported');
    const after = { msgid: null, time: at('2020-01-01T10:00:00.000Z') };
    const spans = () => made.of('history').map(({ span }) => span);
    const first = at('2026-01-01T10:00:00.000Z');
    made.session.act({ kind: 'history', target: '#room', before: null, after });
    for (let index = 0; index < MAX_MISSED_PAGES; index += 1)
      page(made, [`msgid=x${index};time=${new Date(first - index * 1_000).toISOString()} :ann!a@h PRIVMSG #room :${index}`]);
    const point = (index: number) => ({ msgid: `x${index}`, time: first - index * 1_000 });
    const last = MAX_MISSED_PAGES - 1;
    expect(spans()).toEqual(Array.from({ length: MAX_MISSED_PAGES }, (_, index) => ({ after, left: point(index), goesOn: index < last })));
    // The rest on demand: a page each, to the end.
    const before = point(last);
    made.session.act({ kind: 'history', target: '#room', before, after });
    page(made, [`msgid=y;time=${new Date(first - 30_000).toISOString()} :ann!a@h PRIVMSG #room :y`]);
    expect(spans().at(-1)).toEqual({ after, left: { msgid: 'y', time: first - 30_000 }, goesOn: false });
    made.session.act({ kind: 'history', target: '#room', before, after });
    page(made, []);
    expect(spans().at(-1)).toEqual({ after, left: null, goesOn: false });
    made.session.act({ kind: 'history', target: '#room', before, after });
    made.feed(`@label=${made.lastSent('CHATHISTORY').label ?? ''} :irc.test FAIL CHATHISTORY MESSAGE_ERROR BETWEEN #room :no`);
    expect(spans().at(-1)).toEqual({ after, left: 'unknown', goesOn: false });
    // Where nothing bounds it from below there is no span.
    made.session.act({ kind: 'history', target: '#room', before });
    page(made, []);
    expect(spans().at(-1)).toBeUndefined();
  });

  it('does not follow a server that always has more', () => {
    const made = modern();
    made.feed(':irc.test 005 me CHATHISTORY=1 MSGREFTYPES=timestamp :are supported');
    made.session.act({ kind: 'history', target: '#room', before: null, after: { msgid: null, time: at('2020-01-01T10:00:00.000Z') } });
    for (let index = 0; index < MAX_MISSED_PAGES * 3; index += 1)
      page(made, [
        `msgid=x${index};time=${new Date(at('2026-01-01T10:00:00.000Z') - index * 1_000).toISOString()} :ann!a@h PRIVMSG #room :${index}`,
      ]);
    expect(made.sent.filter((line) => line.includes('CHATHISTORY'))).toHaveLength(MAX_MISSED_PAGES);
    // Nor one that sends the same page again.
    const circle = modern();
    circle.feed(':irc.test 005 me CHATHISTORY=1 MSGREFTYPES=timestamp :are supported');
    circle.session.act({ kind: 'history', target: '#room', before: null, after: { msgid: null, time: at('2020-01-01T10:00:00.000Z') } });
    for (let index = 0; index < 10; index += 1) page(circle, ['msgid=same;time=2026-01-01T10:00:00.000Z :ann!a@h PRIVMSG #room :same']);
    expect(circle.sent.filter((line) => line.includes('CHATHISTORY'))).toHaveLength(2);
  });

  it('finds private conversations that were missed with TARGETS, and fetches each', () => {
    const made = modern({ antiFloodMs: 0 });
    const since = at('2026-05-31T10:00:05.000Z');
    made.session.act({ kind: 'missed', since });
    const { line, label } = made.lastSent('CHATHISTORY');
    expect(line).toBe('CHATHISTORY TARGETS timestamp=2026-05-31T10:00:05.000Z timestamp=2026-06-01T12:00:00.000Z 50');
    made.feed(
      `@label=${label ?? ''} :irc.test BATCH +t draft/chathistory-targets`,
      '@batch=t :irc.test CHATHISTORY TARGETS #room 2026-06-01T11:00:00.000Z',
      '@batch=t :irc.test CHATHISTORY TARGETS dora 2026-06-01T11:30:00.000Z',
      '@batch=t :irc.test CHATHISTORY TARGETS me 2026-06-01T11:30:00.000Z',
      '@batch=t :irc.test CHATHISTORY TARGETS eve NaN',
      ':irc.test BATCH -t',
    );
    const asked = made.sent.filter((sent) => sent.includes('LATEST')).map((sent) => sent.replace(/^@\S+ /, ''));
    expect(asked).toEqual(['CHATHISTORY LATEST dora timestamp=2026-05-31T10:00:00.000Z 50']);
  });

  it('takes no more targets and requests than it can remember', () => {
    const made = modern();
    made.session.act({ kind: 'missed', since: 0 });
    made.feed(
      `@label=${made.lastSent('CHATHISTORY').label ?? ''} :irc.test BATCH +t draft/chathistory-targets`,
      ...Array.from({ length: 5_000 }, (_, index) => `@batch=t :irc.test CHATHISTORY TARGETS n${index} 2026-06-01T11:00:00.000Z`),
      ':irc.test BATCH -t',
    );
    for (let index = 0; index < MAX_MISSED_TARGETS + 20; index += 1) page(made, [], '', `n${index}`);
    expect(made.sent.filter((line) => line.includes('LATEST n'))).toHaveLength(MAX_MISSED_TARGETS);
    expect(() => {
      for (let index = 0; index < MAX_HISTORY_JOBS + 2; index += 1) made.session.act({ kind: 'history', target: '#room', before: point });
    }).toThrow(expect.objectContaining({ code: 'busy' }));
  });

  it('goes on after a request that fails or is never answered, and tells of failures only where somebody asked', () => {
    const made = modern({}, 'labeled-response');
    made.session.act({ kind: 'history', target: '#room', before: null, after: point });
    made.session.act({ kind: 'history', target: 'bob', before: point });
    expect(made.sent.filter((line) => line.includes('CHATHISTORY'))).toHaveLength(1);
    made.feed(':irc.test FAIL CHATHISTORY INVALID_TARGET LATEST #room :Messages could not be retrieved');
    expect(made.of('server')).toEqual([]);
    expect(made.lastSent('CHATHISTORY').line).toContain('BEFORE bob');
    made.feed(':irc.test FAIL CHATHISTORY MESSAGE_ERROR BEFORE bob :Messages could not be retrieved');
    expect(made.of('server')).toHaveLength(1);
    made.session.act({ kind: 'history', target: 'cee', before: point });
    made.clock.advance(HISTORY_TIMEOUT_MS + 1);
    expect(made.of('history').map(({ target, lines, ended }) => [target, lines, ended])).toEqual([
      ['#room', 0, true],
      ['bob', 0, false],
      ['cee', 0, false],
    ]);
  });

  it('refuses where the server has no history', () => {
    const made = modern({}, 'draft/chathistory');
    expect(() => {
      made.session.act({ kind: 'history', target: '#room', before: point });
    }).toThrow(expect.objectContaining({ code: 'unsupported' }));
  });
});

describe('IRCv3 event-playback', () => {
  it('tells what happened as history and changes nothing of what is', () => {
    const made = modern();
    const before = made.session.members('#room');
    page(made, [
      'time=2026-01-01T10:00:00.000Z :zoe!z@h JOIN #room',
      'time=2026-01-01T10:00:01.000Z :ann!a@h PART #room :bye',
      'time=2026-01-01T10:00:02.000Z :bob!b@h QUIT :gone',
      'time=2026-01-01T10:00:03.000Z :me!u@h NICK notme',
      'time=2026-01-01T10:00:04.000Z :ann!a@h MODE #room +o cee',
      'time=2026-01-01T10:00:05.000Z :ann!a@h TOPIC #room :old news',
      'time=2026-01-01T10:00:06.000Z :ann!a@h KICK #room me :out',
      'time=2026-01-01T10:00:07.000Z;+typing=active :ann!a@h TAGMSG #room',
    ]);
    expect(made.events.map(({ kind }) => kind)).toEqual(['join', 'part', 'quit', 'nick', 'mode', 'topic', 'kick', 'history']);
    expect(made.events.every((event) => !('historic' in event) || event.historic)).toBe(true);
    expect(made.session.members('#room')).toEqual(before);
    expect(made.session.nick()).toBe('me');
  });
});
