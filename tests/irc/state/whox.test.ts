import { describe, expect, it } from 'vitest';
import { MAX_WHO_MEMBERS } from '../../../src/irc/session/extensions/whox.ts';
import { started, type Started } from './start.ts';

const whoPoll = { enabled: true, seconds: 2 };
const start = (isupport = 'WHOX', caps = 'away-notify'): Started => started({ caps, isupport, options: { whoPoll } });
const sent = (one: Started): string[] => one.sent.filter((line) => line.startsWith('WHO'));
const member = (one: Started, nick: string) => one.session.members('#room').find((other) => other.nick === nick);

describe('IRCv3 whox', () => {
  it('asks once for a channel, after a pause, and takes accounts and away states', () => {
    const one = start();
    one.join('#room');
    expect(sent(one)).toEqual([]);
    one.clock.advance(2_000);
    expect(sent(one)).toEqual(['WHO #room :%tcuhnfar,152']);
    one.feed(
      ':irc.test 354 me 152 #room u h ann G@ annie :Ann',
      ':irc.test 354 me 152 #room u h bob H+ 0 :Bob',
      ':irc.test 315 me #room :End',
    );
    expect(member(one, 'ann')).toMatchObject({ away: true, account: 'annie' });
    expect(member(one, 'bob')).toMatchObject({ away: false, account: null });
    expect(one.all('member').map(({ nick }) => nick)).toEqual(['ann']);
    one.clock.advance(600_000);
    expect(sent(one)).toHaveLength(1);
  });
  it('never asks for two channels at a time', () => {
    const one = start();
    for (let index = 0; index < 30; index += 1) one.join(`#c${index}`);
    one.clock.advance(10_000);
    expect(sent(one)).toHaveLength(1);
    one.feed(':irc.test 315 me #c0 :End');
    expect(sent(one)).toHaveLength(1);
    one.clock.advance(2_000);
    expect(sent(one)).toHaveLength(2);
    one.clock.advance(60_000);
    expect(sent(one).length).toBeLessThanOrEqual(4);
  });
  it('asks again and again only where away-notify is missing, a channel at most once a minute', () => {
    const one = start('', '');
    one.join('#room');
    for (let second = 0; second < 240; second += 1) {
      one.clock.advance(1_000);
      one.feed(':irc.test 352 me #room u h srv ann G :0 Ann', ':irc.test 315 me #room :End');
    }
    expect(sent(one).length).toBeGreaterThanOrEqual(3);
    expect(sent(one).length).toBeLessThanOrEqual(4);
    expect(sent(one)[0]).toBe('WHO :#room');
    expect(member(one, 'ann')?.away).toBe(true);
  });
  it('asks nothing where it is switched off, and nothing about huge channels', () => {
    const off = started({ isupport: 'WHOX' });
    off.join('#room');
    const huge = start();
    huge.join('#room', Array.from({ length: MAX_WHO_MEMBERS + 1 }, (_unused, index) => `u${index}`).join(' '));
    for (const one of [off, huge]) {
      one.clock.advance(100_000);
      expect(sent(one)).toEqual([]);
    }
  });
  it('waits longer when the server is too busy', () => {
    const one = start();
    one.join('#room');
    one.clock.advance(2_000);
    one.feed(':irc.test 263 me WHO :Server load is temporarily too heavy.');
    one.clock.advance(3_900);
    expect(sent(one)).toHaveLength(1);
    one.clock.advance(200);
    expect(sent(one)).toHaveLength(2);
  });
  it('is not asked again of a server that does not know it, and says nothing of that', () => {
    const one = start('', '');
    one.join('#room');
    one.join('#other');
    one.clock.advance(2_000);
    one.feed(':irc.test 421 me WHO :Unknown command');
    one.clock.advance(1_000_000);
    expect(sent(one)).toHaveLength(1);
    expect(one.said().join()).not.toContain('Unknown command');
    one.feed(':irc.test 421 me FOO :Unknown command');
    expect(one.said().at(-1)).toContain('Unknown command');
  });
  it('shows the answer to a WHO that was typed', () => {
    const one = start('');
    one.join('#room');
    one.session.act({ kind: 'who', mask: '#room' });
    one.feed(':irc.test 352 me #room u h srv ann G :0 Ann A', ':irc.test 315 me #room :End');
    expect(one.said()).toContain('ann is u@h (Ann A), away');
  });
  it('attack 2: a 352 bomb, and one of 354, of strangers or too short changes nothing', () => {
    const one = start();
    one.join('#room');
    one.clock.advance(2_000);
    for (let index = 0; index < 10_000; index += 1)
      one.feed(
        `:irc.test 354 me 152 #room u h stranger${index} G x :r`,
        ':irc.test 354 me 152 #other u h ann G x :r',
        ':irc.test 354 me 152',
      );
    one.feed(':irc.test 354 me 152 #room u h ann G late :r', ':irc.test 315 me #room :End');
    expect(one.session.members('#room')).toHaveLength(4);
    expect(member(one, 'ann')?.account).toBeNull();
  });
});
