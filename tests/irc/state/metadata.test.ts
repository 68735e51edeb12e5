import { describe, expect, it } from 'vitest';
import { retrySeconds } from '../../../src/irc/session/extensions/metadata.ts';
import { MAX_METADATA } from '../../../src/irc/state/roster.ts';
import { readMetadataValue } from '../../../src/irc/session/extensions/metadataValues.ts';
import { started, type Started } from './start.ts';

const start = (value = 'max-subs=50', metadata: Record<string, string> = {}): Started =>
  started({ caps: `batch message-tags multi-prefix draft/metadata-2=${value}`, options: { metadata } });
const sent = (one: Started): string[] => one.sent.filter((line) => line.startsWith('METADATA'));

describe('IRCv3 metadata', () => {
  it('subscribes to the keys it knows, the best first, and to no more than the server takes', () => {
    expect(sent(start('foo,max-subs=50,bar'))).toEqual(['METADATA * SUB display-name avatar pronouns homepage color :status']);
    expect(sent(start('max-subs=2'))).toEqual(['METADATA * SUB display-name :avatar']);
    expect(sent(start('max-subs=0'))).toEqual([]);
  });
  it('asks for nothing without batch', () => {
    expect(sent(started({ caps: 'message-tags draft/metadata-2' }))).toEqual([]);
  });
  it('sets what is configured, but no value that is longer than the server takes', () => {
    const one = start('max-value-bytes=5,max-keys=2', { status: 'here', pronouns: 'they/them' });
    expect(sent(one)).toContain('METADATA * SET status :here');
    expect(sent(one).join('\n')).not.toContain('they/them');
  });
  it('shows what people of a channel say, and takes it away again', () => {
    const one = start();
    one.join('#room');
    one.feed(':ann!u@h METADATA ann pronouns * :she/her', ':irc.test METADATA ann status * :busy');
    expect(one.session.members('#room').find(({ nick }) => nick === 'ann')?.metadata).toEqual({ pronouns: 'she/her', status: 'busy' });
    one.feed(':irc.test METADATA ann status *');
    expect(one.session.members('#room').find(({ nick }) => nick === 'ann')?.metadata).toEqual({ pronouns: 'she/her' });
    expect(one.all('metadata').at(-1)).toEqual({ kind: 'metadata', target: 'ann', key: 'status', value: null });
    expect(one.all('member').at(-1)?.member?.metadata).toEqual({ pronouns: 'she/her' });
  });
  it('reads the answers to GET and LIST inside their batch', () => {
    const one = start();
    one.join('#room', 'user1');
    one.feed(
      ':irc.test BATCH +VUN2ot metadata user1',
      '@batch=VUN2ot :irc.test 761 me user1 homepage * :http://www.example.com',
      '@batch=VUN2ot :irc.test 761 me user1 im.xmpp * :user1@xmpp.example.com',
      '@batch=VUN2ot :irc.test 766 me user1 status :No matching key',
      ':irc.test BATCH -VUN2ot',
    );
    expect(one.session.members('#room').find(({ nick }) => nick === 'user1')?.metadata).toEqual({ homepage: 'http://www.example.com' });
    expect(one.said()).not.toContain('user1 status No matching key');
  });
  it('asks again when the server puts a SYNC off, after the time it names', () => {
    const one = start();
    one.join('#bigchan');
    one.feed(':irc.test 774 me #bigchan 4');
    one.clock.advance(3_900);
    expect(sent(one)).not.toContain('METADATA #bigchan :SYNC');
    one.clock.advance(200);
    expect(sent(one)).toContain('METADATA #bigchan :SYNC');
    one.feed(':irc.test 774 me #bigchan 6');
    one.clock.advance(6_000);
    expect(sent(one).filter((line) => line === 'METADATA #bigchan :SYNC')).toHaveLength(2);
  });
  it('clamps the time of a SYNC, and does not ask for ever', () => {
    expect([retrySeconds('4'), retrySeconds('0'), retrySeconds('99999999999999999999'), retrySeconds('-1'), retrySeconds('')]).toEqual([
      4, 1, 300, 10, 10,
    ]);
    const one = start();
    one.join('#big');
    for (let round = 0; round < 50; round += 1) {
      one.feed(':irc.test 774 me #big 18446744073709551615');
      one.clock.advance(300_000);
    }
    expect(sent(one).filter((line) => line.endsWith('SYNC')).length).toBe(5);
  });
  it('sets a value again when the server was too busy, and shows no refusal it has dealt with', () => {
    const one = start('max-keys=5', { status: 'here' });
    one.takeSent();
    one.feed(
      ':irc.test FAIL METADATA RATE_LIMITED * status 5 :Too fast',
      ':irc.test FAIL METADATA TOO_MANY_SUBS color :Too many subscriptions!',
    );
    one.clock.advance(5_000);
    expect(sent(one)).toEqual(['METADATA * SET status :here']);
    expect(one.said()).toEqual(expect.not.arrayContaining([expect.stringContaining('Too')]));
    one.feed(':irc.test FAIL METADATA KEY_NO_PERMISSION ann status :You may not');
    expect(one.said()).toContain('METADATA: You may not');
  });
  it('refuses a display name by which somebody could pose as another user', () => {
    const one = start();
    one.join('#room', 'ann bob');
    const shown = (): string | undefined => one.session.members('#room').find(({ nick }) => nick === 'bob')?.metadata?.['display-name'];
    for (const name of ['ann', 'ANN', 'a n n', 'аnn', 'a\u200bnn', '\u202eann', 'me', 'ΜЕ', 'a.n.n']) {
      one.feed(`:irc.test METADATA bob display-name * :${name}`);
      expect(shown(), name).toBeUndefined();
    }
    one.feed(':irc.test METADATA bob display-name * :Bob the builder');
    expect(shown()).toBe('Bob the builder');
  });
  it('keeps no value that is none for its key, hides anything, or is endless', () => {
    expect(readMetadataValue('color', 'red; background: url(x)')).toBeNull();
    expect(readMetadataValue('color', '#0088CC')).toBe('#0088CC');
    expect(readMetadataValue('avatar', 'http://example.org/a.png')).toBeNull();
    expect(readMetadataValue('avatar', 'javascript:alert(1)')).toBeNull();
    expect(readMetadataValue('avatar', 'https://user:pw@example.org/a.png')).toBeNull();
    expect(readMetadataValue('avatar', 'https://example.org/a/{size}.png')).toBe('https://example.org/a/{size}.png');
    expect(readMetadataValue('homepage', 'file:///etc/passwd')).toBeNull();
    expect(readMetadataValue('pronouns', 'x'.repeat(100_000))).toBeNull();
    expect(readMetadataValue('status', '\u0002b\u000304ig\u202e \u200bx\u0007')).toBe('big x');
    expect(readMetadataValue('status', 'y'.repeat(10_000))?.length).toBe(256);
  });
  it('keeps nothing of keys it did not ask for, nor of people it does not see', () => {
    const one = start();
    one.join('#room', 'ann');
    for (let index = 0; index < 1_000; index += 1)
      one.feed(`:irc.test METADATA ann key${index} * :v`, ':irc.test METADATA ann __proto__ * :v');
    expect(one.session.members('#room').find(({ nick }) => nick === 'ann')?.metadata).toBeUndefined();
    expect(one.all('metadata')).toEqual([]);
  });
  it('keeps no more than a bound of what all people together say, and makes room when they leave', () => {
    const one = start();
    const nicks = Array.from({ length: 5_000 }, (_unused, index) => `n${index}`);
    one.join('#room', nicks.join(' '));
    const fill = (): void => {
      for (const nick of nicks) one.feed(`:irc.test METADATA ${nick} homepage * :https://x.example/${'x'.repeat(480)}`);
    };
    fill();
    const kept = (): number => JSON.stringify(one.session.members('#room').flatMap(({ metadata }) => (metadata ? [metadata] : []))).length;
    expect(kept()).toBeLessThan(1.1 * MAX_METADATA);
    expect(kept()).toBeGreaterThan(0.9 * MAX_METADATA);
    for (const nick of nicks) one.feed(`:${nick}!u@h QUIT :bye`);
    one.join('#other', nicks.join(' '));
    fill();
    expect(one.session.members('#other').filter(({ metadata }) => metadata !== undefined).length).toBeGreaterThan(3_000);
  });
  it('sets and clears a key when asked, and says where the server cannot', () => {
    const one = start();
    one.takeSent();
    one.session.act({ kind: 'metadata', target: 'me', key: 'status', value: 'out' });
    one.session.act({ kind: 'metadata', target: '#room', key: 'url', value: null });
    expect(sent(one)).toEqual(['METADATA * SET status :out', 'METADATA #room SET :url']);
    expect(() => {
      started().session.act({ kind: 'metadata', target: 'me', key: 'status', value: 'x' });
    }).toThrow('no metadata');
  });
});
