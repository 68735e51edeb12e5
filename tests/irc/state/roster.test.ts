import { describe, expect, it } from 'vitest';
import { keepModes, modesText, readModes } from '../../../src/irc/state/modes.ts';
import { createNickMap } from '../../../src/irc/state/nickMap.ts';
import { createRoster } from '../../../src/irc/state/roster.ts';
import { fold } from '../../../src/irc/state/fold.ts';
import { started } from './start.ts';

const types = {
  prefixes: [
    { mode: 'o', symbol: '@' },
    { mode: 'v', symbol: '+' },
  ],
  chanModes: { list: 'beI', always: 'k', whenSet: 'l', never: 'imnpst' },
};

describe('modes', () => {
  it('gives each mode the parameter that belongs to it, by its type', () => {
    expect(readModes(types, ['+ovbkl-l+n', 'ann', 'bob', '*!*@x', 'key', '20']).map(({ mode, param }) => `${mode}=${param ?? ''}`)).toEqual(
      ['o=ann', 'v=bob', 'b=*!*@x', 'k=key', 'l=20', 'l=', 'n='],
    );
    expect(
      readModes(types, ['-k+o', 'old', 'ann']).map(({ adding, mode, param }) => `${adding ? '+' : '-'}${mode} ${param ?? ''}`),
    ).toEqual(['-k old', '+o ann']);
    expect(readModes(types, ['+oo', 'ann'])[1]?.param).toBeNull();
  });
  it('keeps the settings of a channel, neither its lists nor what people have', () => {
    const kept = new Map<string, string | null>();
    keepModes(kept, readModes(types, ['+ntkolb', 'key', 'ann', '20', 'x!*@*']));
    expect(modesText(kept)).toBe('+klnt key 20');
    keepModes(kept, readModes(types, ['-kl', 'key']));
    expect(modesText(kept)).toBe('+nt');
  });
  it('are known of a channel by MODE and by the answer to asking', () => {
    const one = started();
    one.join('#room');
    one.feed(':ann!u@h MODE #room +lk-n 5 secret', ':irc.test 324 me #room +ntl 7');
    expect(modesText(one.session.roster.channel('#room')?.modes ?? new Map())).toBe('+lnt 7');
  });
  it('follow a PREFIX that changes in mid-session: what means nothing any more is gone', () => {
    const one = started();
    one.join('#room', '@+ann');
    one.feed(':irc.test 005 me PREFIX=(qv)~+ :x');
    expect(one.session.members('#room').find(({ nick }) => nick === 'ann')?.prefix).toBe('+');
    expect(
      one
        .all('members')
        .at(-1)
        ?.members.find(({ nick }) => nick === 'ann')?.prefix,
    ).toBe('+');
  });
});

describe('names as keys', () => {
  it('fold as the server says', () => {
    expect(fold('rfc1459', 'A[]\\^B')).toBe('a{}|~b');
    expect(fold('rfc1459-strict', 'A[]\\^B')).toBe('a{}|^b');
    expect(fold('ascii', 'A[]\\^BÄ')).toBe('a[]\\^bÄ');
    expect(fold('unicode', 'ÄB')).toBe('äb');
    expect(fold('rfc1459', 'plain-nick')).toBe('plain-nick');
  });
  it('are made anew when CASEMAPPING changes in mid-session, and two that become one collapse', () => {
    const one = started({ isupport: 'CASEMAPPING=ascii' });
    one.join('#room', '@a[ a{ bob');
    one.join('#x[', 'ann');
    one.feed(':irc.test 005 me CASEMAPPING=rfc1459 :x');
    expect(one.all('folding').length).toBeGreaterThan(0);
    expect(one.session.members('#room').map(({ nick }) => nick)).toHaveLength(3);
    expect(one.session.members('#X{')).toHaveLength(2);
    one.feed(':A{!u@h QUIT :bye');
    expect(one.session.members('#room').map(({ nick }) => nick)).toEqual(['me', 'bob']);
    one.feed(':BOB!u@h QUIT :bye');
    expect(one.session.members('#room').map(({ nick }) => nick)).toEqual(['me']);
  });
  it('of a map by nick follow too', () => {
    const roster = createRoster('ascii');
    const map = createNickMap<number>(roster);
    map.set('a[', 1);
    expect(map.get('A{')).toBeUndefined();
    roster.refold('rfc1459');
    expect(map.get('A{')).toBe(1);
  });
});

describe('large channels', () => {
  it('tell their list once, however many lines it takes', () => {
    const one = started();
    one.feed(':me!u@h JOIN #big');
    one.events.length = 0;
    for (let line = 0; line < 200; line += 1)
      one.feed(`:irc.test 353 me = #big :${Array.from({ length: 50 }, (_unused, index) => `n${line * 50 + index}`).join(' ')}`);
    expect(one.events).toEqual([]);
    one.feed(':irc.test 366 me #big :End');
    expect(one.events).toHaveLength(1);
    expect(one.all('members')[0]?.members).toHaveLength(10_001);
  });
  it('forget who has left, and what belonged to a channel that was left', () => {
    const one = started();
    for (let round = 0; round < 20; round += 1) {
      one.feed(
        ':me!u@h JOIN #big',
        `:irc.test 353 me = #big :${Array.from({ length: 500 }, (_unused, index) => `r${round}n${index}`).join(' ')}`,
      );
      one.feed(':me!u@h PART #big');
    }
    expect(one.session.roster.channels()).toEqual([]);
    expect(one.session.who('r3n3')).toBeNull();
    expect(one.session.who('me')).toBeNull();
  });
});
