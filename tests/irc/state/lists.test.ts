import { describe, expect, it } from 'vitest';
import type { ListedChannel } from '../../../src/contract/chat.ts';
import { MAX_MASKS } from '../../../src/irc/session/extensions/masks.ts';
import { started, type Started } from './start.ts';

const rows = (one: Started): ListedChannel[] => one.all('list').flatMap(({ channels }) => channels);

describe('LIST', () => {
  it('tells the rows in portions and says when they are complete', () => {
    const one = started();
    one.session.act({ kind: 'list', pattern: null });
    expect(one.sent.at(-1)).toBe('LIST');
    one.feed(':irc.test 321 me Channel :Users Name');
    for (let index = 0; index < 1_200; index += 1) one.feed(`:irc.test 322 me #c${index} ${index} :[+nt] topic \u0007${index}`);
    one.feed(':irc.test 323 me :End of LIST');
    expect(one.all('list').map(({ channels, done }) => [channels.length, done])).toEqual([
      [500, false],
      [500, false],
      [200, true],
    ]);
    expect(rows(one)[7]).toEqual({ name: '#c7', users: 7, topic: '[+nt] topic 7' });
  });
  it('lets the server search where it can, and searches itself where not', () => {
    const can = started({ isupport: 'ELIST=CMNTU SAFELIST' });
    can.session.act({ kind: 'list', pattern: 'linux' });
    expect(can.sent.at(-1)).toBe('LIST :*linux*');
    const cannot = started();
    cannot.session.act({ kind: 'list', pattern: 'linux' });
    expect(cannot.sent.at(-1)).toBe('LIST');
    for (const one of [can, cannot]) {
      one.feed(
        ':irc.test 322 me #Linux 5 :x',
        ':irc.test 322 me #bsd 9 :linux',
        ':irc.test 322 me ##linux-de 1 :y',
        ':irc.test 323 me :End',
      );
      expect(rows(one).map(({ name }) => name)).toEqual(['#Linux', '##linux-de']);
    }
  });
  it('hands conditions to the server as they are', () => {
    const one = started({ isupport: 'ELIST=U' });
    one.session.act({ kind: 'list', pattern: '>100' });
    expect(one.sent.at(-1)).toBe('LIST :>100');
  });
  it('goes one at a time, until the server has been silent for long', () => {
    const one = started();
    one.session.act({ kind: 'list', pattern: null });
    expect(() => {
      one.session.act({ kind: 'list', pattern: null });
    }).toThrow('on its way');
    one.clock.advance(61_000);
    expect(() => {
      one.session.act({ kind: 'list', pattern: null });
    }).not.toThrow();
  });
  it('ends with a sentence when the server is too busy', () => {
    const one = started();
    one.session.act({ kind: 'list', pattern: null });
    one.feed(':irc.test 263 me LIST :Server load is temporarily too heavy.');
    expect(one.all('list')).toEqual([{ kind: 'list', channels: [], done: true }]);
    expect(one.said().at(-1)).toContain('too busy for LIST');
  });
});

describe('lists of masks', () => {
  it.each([
    ['b', 'BANLIST', ['367 me #room *!*@spam.example ann!u@h 1700000000', '367 me #room $a:evil'], '368 me #room'],
    ['e', 'EXCEPTS', ['348 me #room *!*@spam.example ann!u@h 1700000000', '348 me #room $a:evil'], '349 me #room'],
    ['I', 'INVEX', ['346 me #room *!*@spam.example ann!u@h 1700000000', '346 me #room $a:evil'], '347 me #room'],
    ['q', '', ['728 me #room q *!*@spam.example ann!u@h 1700000000', '728 me #room q $a:evil'], '729 me #room q'],
  ])('mode %s is told as a whole', (mode, isupport, lines, end) => {
    const one = started({ isupport });
    one.session.act({ kind: 'masks', channel: '#room', mode });
    expect(one.sent.at(-1)).toMatch(new RegExp(`^MODE #room :?\\+${mode}$`));
    one.feed(...lines.map((line) => `:irc.test ${line}`), `:irc.test ${end} :End of list`);
    expect(one.all('masks')).toEqual([
      {
        kind: 'masks',
        channel: '#room',
        mode,
        masks: [
          { mask: '*!*@spam.example', by: 'ann', time: 1_700_000_000_000 },
          { mask: '$a:evil', by: null, time: null },
        ],
      },
    ]);
  });
  it('an empty list is one too', () => {
    const one = started();
    one.feed(':irc.test 368 me #room :End');
    expect(one.all('masks')).toEqual([{ kind: 'masks', channel: '#room', mode: 'b', masks: [] }]);
  });
  it('are bounded where they never end, and where many come at a time', () => {
    const one = started();
    for (let index = 0; index < MAX_MASKS + 500; index += 1) one.feed(`:irc.test 367 me #room m${index}`);
    for (let index = 0; index < 1_000; index += 1) one.feed(`:irc.test 367 me #r${index} m`);
    one.feed(':irc.test 368 me #room :End');
    for (let index = 0; index < 1_000; index += 1) one.feed(`:irc.test 368 me #r${index} :End`);
    expect(one.all('masks')[0]?.masks).toHaveLength(MAX_MASKS);
    expect(one.all('masks').filter(({ masks }) => masks.length === 1)).toHaveLength(15);
  });
});
