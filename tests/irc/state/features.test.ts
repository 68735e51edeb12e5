import { describe, expect, it } from 'vitest';
import { started } from './start.ts';

describe('features of a server', () => {
  it('are told once the greeting is over, and whenever they change', () => {
    const one = started({ caps: 'message-tags cap-notify draft/channel-rename', isupport: 'MONITOR=10' });
    expect(one.all('features').map(({ features }) => [features.typing, features.rename, features.monitor, features.history])).toEqual([
      [true, true, true, false],
    ]);
    one.feed('CAP me DEL :draft/channel-rename', ':irc.test 005 me CLIENTTAGDENY=*,-reply :x', ':irc.test 005 me NICKLEN=20 :x');
    const last = one.all('features').at(-1)?.features;
    expect(last).toMatchObject({ typing: false, replies: true, reactions: false, rename: false });
    expect(one.all('features')).toHaveLength(3);
  });
});

describe('IRCv3 network-icon', () => {
  const icon = (value: string): string | null | undefined =>
    started({ isupport: `NETWORK=Example draft/ICON=${value}` })
      .all('features')
      .at(-1)?.features.icon;
  it('is an https address or nothing', () => {
    expect(icon('https://example.org/icon.svg')).toBe('https://example.org/icon.svg');
    for (const value of [
      'http://example.org/i.svg',
      'javascript:alert(1)',
      'file:///etc/passwd',
      'data:image/png;base64,AA',
      'https://u:p@x.org/',
      '',
      'https://',
    ])
      expect(icon(value), value).toBeNull();
  });
  it('is gone when the server takes it back', () => {
    const one = started({ isupport: 'draft/ICON=https://example.org/i.png' });
    one.feed(':irc.test 005 me -draft/ICON :x');
    expect(one.all('features').at(-1)?.features.icon).toBeNull();
  });
});

describe('soju.im/FILEHOST', () => {
  const filehost = (value: string, tls: boolean): string | null | undefined =>
    started({ isupport: `soju.im/FILEHOST=${value}`, options: { tls } })
      .all('features')
      .at(-1)?.features.filehost;
  it('is never plain http where IRC is encrypted', () => {
    expect(filehost('https://files.example.org/up', true)).toBe('https://files.example.org/up');
    expect(filehost('http://files.example.org/up', true)).toBeNull();
    expect(filehost('http://files.example.org/up', false)).toBe('http://files.example.org/up');
    expect(filehost('ftp://files.example.org/up', false)).toBeNull();
  });
});
