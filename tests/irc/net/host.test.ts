import { describe, expect, test } from 'vitest';
import { readHost } from '../../../src/net/host.ts';

describe('a host as people write it', () => {
  test.each([
    ['irc.libera.chat', 'irc.libera.chat', 0],
    ['IRC.Libera.Chat.', 'irc.libera.chat', 0],
    ['localhost', 'localhost', 0],
    ['under_score.test', 'under_score.test', 0],
    ['bücher.example', 'xn--bcher-kva.example', 0],
    ['BÜCHER.example', 'xn--bcher-kva.example', 0],
    ['例え.テスト', 'xn--r8jz45g.xn--zckzah', 0],
    ['пример.испытание', 'xn--e1afmkfd.xn--80akhbyknj4f', 0],
    ['irc。example。org', 'irc.example.org', 0],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example', 0],
    ['127.0.0.1', '127.0.0.1', 4],
    ['::1', '::1', 6],
    ['[2001:DB8::1]', '2001:db8::1', 6],
    ['[::1]', '::1', 6],
  ])('%s is read', (text, name, family) => {
    expect(readHost(text)).toEqual({ name, family, onion: false });
  });
  test('onion names are known as such', () => {
    expect(readHost('ABC.onion')).toEqual({ name: 'abc.onion', family: 0, onion: true });
    expect(readHost('onion.example').onion).toBe(false);
  });
  test.each([
    '',
    '.',
    '..',
    'a b',
    'a\tb',
    'a/b',
    'a:6667',
    'user@host',
    'a%00b',
    '[irc.test]',
    '[::1',
    '::1]',
    'a..b',
    '-a.test',
    'a-.test',
    'a\u0000',
    // Cyrillic о in a Latin word, Greek ο, a soft hyphen alone, digits of another width, a right-to-left mark.
    'libera.chаt',
    'gοοgle.test',
    '\u00ad',
    '１２７.0.0.1',
    'a\u202eb.test',
    `${'x'.repeat(64)}.test`,
    `${'x.'.repeat(130)}test`,
  ])('%j is refused', (text) => {
    expect(() => readHost(text)).toThrow(expect.objectContaining({ code: 'badAddress' }));
  });
});
