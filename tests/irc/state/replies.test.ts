import { describe, expect, it } from 'vitest';
import { started, type Started } from './start.ts';

const last = (line: string, one: Started = started()): { text: string; target: string | null; severity: string } | undefined => {
  one.feed(`:irc.test ${line}`);
  const found = one.all('server').at(-1);
  return found && { text: found.text, target: found.target, severity: found.severity };
};

describe('answers to WHOIS', () => {
  it.each([
    ['276 me ann :has client certificate fingerprint 00ff', 'ann has client certificate fingerprint 00ff'],
    ['301 me ann :lunch', 'ann is away: lunch'],
    ['307 me ann :has identified for this nick', 'ann has identified for this nick'],
    ['311 me ann u host * :Ann A', 'ann is u@host (Ann A)'],
    ['312 me ann irc.test :The server', 'ann uses the server irc.test (The server)'],
    ['313 me ann :is an IRC operator', 'ann is an IRC operator'],
    ['317 me ann 3700 1700000000 :seconds idle', 'ann has been idle for 1 h 1 min, connected since 2023-11-14 22:13 UTC'],
    ['317 me ann 99999999999999 x :seconds idle', 'ann has been idle for 0 s'],
    ['319 me ann :@#room #b', 'ann is in @#room #b'],
    ['320 me ann :is a helper', 'ann is a helper'],
    ['330 me ann annie :is logged in as', 'ann is logged in as annie'],
    ['335 me ann :is a Bot on Net', 'ann is a Bot on Net'],
    ['338 me ann 203.0.113.9 :actually using host', 'ann really comes from 203.0.113.9'],
    ['338 me ann ~u@203.0.113.22 203.0.113.22 :Actual user@host, Actual IP', 'ann really comes from ~u@203.0.113.22 203.0.113.22'],
    ['378 me ann :is connecting from *@host.example 203.0.113.9', 'ann connects from host.example (203.0.113.9)'],
    ['378 me ann :is connecting from *@203.0.113.9 203.0.113.9', 'ann connects from 203.0.113.9'],
    ['378 me ann :whatever', 'ann whatever'],
    ['379 me ann :is using modes +bi', 'ann is using modes +bi'],
    ['671 me ann :is using a secure connection', 'ann is using a secure connection'],
    ['406 me ann :There was no such nickname', 'Nobody called ann was here lately.'],
  ])('%s', (line, text) => {
    expect(last(line)?.text).toBe(text);
    expect(last(line)?.target).toBe('ann');
  });
});

describe('why a channel was not joined', () => {
  it.each([
    ['405 me #room :You have joined too many channels', 'Leave one first'],
    ['437 me #room :Nick/channel is temporarily unavailable', 'Try again in some minutes'],
    ['470 me #room ##room :Forwarding to another channel', 'sends you on to ##room'],
    ['471 me #room :Cannot join channel (+l)', 'is full'],
    ['473 me #room :Cannot join channel (+i)', '/knock #room'],
    ['474 me #room :Cannot join channel (+b)', 'You are banned'],
    ['475 me #room :Cannot join channel (+k)', '/join #room key'],
    ['477 me #room :Cannot join channel (+r)', 'logged in to an account'],
    ['480 me #room :Cannot join channel (+j) - throttle exceeded', 'throttle exceeded Try again in a minute'],
    ['489 me #room :SSL is required', 'use_tls = true'],
    ['520 me #room :Cannot join channel (IRCops only)', 'IRCops only'],
  ])('%s', (line, words) => {
    expect(last(line)).toMatchObject({ target: '#room', severity: 'error' });
    expect(last(line)?.text).toContain('#room');
    expect(last(line)?.text).toContain(words);
  });
  it('a nick that is kept back is another matter', () => {
    expect(last('437 me annie :Nick/channel is temporarily unavailable')?.text).toContain('/msg NickServ RELEASE annie');
  });
});

describe('people who take messages only from some (caller-id)', () => {
  it('a text that was not delivered is named', () => {
    const one = started({ caps: 'echo-message' });
    one.session.act({ kind: 'text', target: 'ann', form: 'privmsg', text: 'hello there' });
    expect(last('716 me ann :is in +g mode (server-side ignore)', one)).toEqual({
      target: 'ann',
      severity: 'error',
      text: 'ann takes private messages only from people they have accepted. Not sent: hello there',
    });
    expect(last('717 me ann :has been informed', one)?.text).toBe('ann was told that you would like to talk. Wait until they answer.');
    expect(last('718 me eve eve@host :is messaging you', one)).toMatchObject({ severity: 'info', target: 'eve' });
    expect(last('718 me eve eve@host :is messaging you', one)?.text).toContain('/raw ACCEPT eve');
  });
});

describe('IRCv3 standard-replies', () => {
  it('shows FAIL and WARN as errors and NOTE as information, where they belong', () => {
    expect(last('FAIL PRIVMSG RATE #room :Too fast')).toEqual({ target: '#room', severity: 'error', text: 'PRIVMSG: Too fast' });
    expect(last('WARN * CERT :Your certificate expires')).toEqual({ target: null, severity: 'error', text: 'Your certificate expires' });
    expect(last('NOTE * OPER :Hello')).toEqual({ target: null, severity: 'info', text: 'Hello' });
  });
});

describe('names of a channel we are not in', () => {
  it('are said, bounded', () => {
    expect(last('353 me = #other :@ann bob')?.text).toBe('In #other: @ann bob');
    expect(last(`353 me = #other :${'x '.repeat(4_000)}`)?.text.length).toBeLessThan(300);
  });
});
