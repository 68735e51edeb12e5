import { describe, expect, it } from 'vitest';
import { MAX_NETWORKS, readAttributes } from '../../../src/irc/session/extensions/bouncer.ts';
import { harness } from '../../support/irc/session.ts';
import { started, type Started } from './start.ts';

const caps = 'batch soju.im/bouncer-networks soju.im/bouncer-networks-notify';
const networks = (one: Started): unknown[] => one.all('bouncerNetwork').map(({ id, attributes }) => [id, attributes]);

describe('soju.im/bouncer-networks', () => {
  it('asks for the networks where they are not told by themselves', () => {
    expect(started({ caps: 'batch soju.im/bouncer-networks' }).sent).toContain('BOUNCER :LISTNETWORKS');
    expect(started({ caps }).sent).not.toContain('BOUNCER :LISTNETWORKS');
  });
  it('reads the list, later changes and removals', () => {
    const one = started({ caps });
    one.feed(
      'BATCH +asdf soju.im/bouncer-networks',
      '@batch=asdf BOUNCER NETWORK 42 name=Freenode;state=connected',
      '@batch=asdf BOUNCER NETWORK 43 name=My\\sAwesome\\sNetwork;state=disconnected',
      'BATCH -asdf',
      'BOUNCER NETWORK 43 state=connected',
      'BOUNCER NETWORK 42 *',
      'BOUNCER NETWORK 42 *',
    );
    expect(networks(one)).toEqual([
      ['42', { name: 'Freenode', state: 'connected' }],
      ['43', { name: 'My Awesome Network', state: 'disconnected' }],
      ['43', { name: 'My Awesome Network', state: 'connected' }],
      ['42', null],
    ]);
  });
  it('takes an attribute without value for removed', () => {
    const one = started({ caps });
    one.feed('BOUNCER NETWORK 1 name=A;error=broken', 'BOUNCER NETWORK 1 error');
    expect(networks(one).at(-1)).toEqual(['1', { name: 'A' }]);
  });
  it('binds a connection to its network before the end of the registration', () => {
    const one = harness({ bouncerNetwork: '42' });
    one.feed(`:irc.test CAP * LS :${caps}`, `:irc.test CAP * ACK :${caps}`);
    expect(one.sent.slice(-2)).toEqual(['BOUNCER BIND :42', 'CAP END']);
    one.feed(':irc.test 001 me :hi', ':irc.test 005 me BOUNCER_NETID=42 :x', ':irc.test 376 me :End', 'BOUNCER NETWORK 9 name=x');
    expect(one.endings).toEqual([]);
    expect(one.events.some(({ kind }) => kind === 'bouncerNetwork')).toBe(false);
  });
  it('ends a connection that the bouncer does not bind, binds to another network, or no longer offers networks for', () => {
    const refused = harness({ bouncerNetwork: '42' });
    refused.feed(`:irc.test CAP * LS :${caps}`, `:irc.test CAP * ACK :${caps}`, 'FAIL BOUNCER INVALID_NETID BIND 42 :Network not found');
    const other = harness({ bouncerNetwork: '42' });
    other.feed(
      `:irc.test CAP * LS :${caps}`,
      `:irc.test CAP * ACK :${caps}`,
      ':irc.test 001 me :hi',
      ':irc.test 005 me BOUNCER_NETID=43 :x',
      ':irc.test 376 me :End',
    );
    const gone = harness({ bouncerNetwork: '42' });
    gone.feed(':irc.test CAP * LS :batch', ':irc.test CAP * ACK :batch');
    expect([refused, other, gone].map(({ endings }) => endings.map(({ kind }) => kind))).toEqual([['final'], ['final'], ['slow']]);
    expect(gone.sent).not.toContain('CAP END');
    expect([refused, other, gone].every(({ sent }) => !sent.some((line) => line.startsWith('JOIN')))).toBe(true);
  });
  it('adds, changes and deletes networks when asked', () => {
    const one = started({ caps });
    one.sent.length = 0;
    one.session.act({ kind: 'bouncer', change: 'add', id: null, attributes: { name: 'My net; really', host: 'irc.oftc.net' } });
    one.session.act({ kind: 'bouncer', change: 'change', id: '44', attributes: { realname: 'Simon' } });
    one.session.act({ kind: 'bouncer', change: 'delete', id: '44', attributes: {} });
    expect(one.sent).toEqual([
      'BOUNCER ADDNETWORK :name=My\\snet\\:\\sreally;host=irc.oftc.net',
      'BOUNCER CHANGENETWORK 44 :realname=Simon',
      'BOUNCER DELNETWORK :44',
    ]);
    expect(() => {
      started().session.act({ kind: 'bouncer', change: 'delete', id: '44', attributes: {} });
    }).toThrow('bouncer');
  });
  it('believes nobody but the server, and keeps no password', () => {
    const one = started({ caps });
    one.feed(':ann!u@h BOUNCER NETWORK 1 name=Fake', 'BOUNCER NETWORK 2 name=B;pass=hunter2');
    expect(networks(one)).toEqual([['2', { name: 'B' }]]);
  });
  it('undoes the escapes of message tags, and bounds what it keeps', () => {
    expect(Object.fromEntries(readAttributes('name=a\\:b\\sc\\\\d\\n\\r\\q\\;x;tls=1'))).toEqual({ name: 'a;b c\\dq', x: '', tls: '1' });
    expect(readAttributes(Array.from({ length: 1_000 }, (_unused, index) => `a${index}=${'x'.repeat(10)}`).join(';')).size).toBe(32);
    expect(readAttributes(`name=${'\\'.repeat(100_000)}`).get('name')?.length).toBeLessThanOrEqual(512);
    const one = started({ caps });
    for (let index = 0; index < 1_000; index += 1) one.feed(`BOUNCER NETWORK ${index} name=n`);
    expect(networks(one)).toHaveLength(MAX_NETWORKS);
  });
});
