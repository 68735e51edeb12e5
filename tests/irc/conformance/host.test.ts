/**
 * Names of servers: the facts of ircdocs/parser-tests (validate-hostname) in cases of our own. That collection judges the names servers give
 * themselves; ours are names that people connect to, so two kinds it refuses are taken (see the last test).
 */
import { describe, expect, test } from 'vitest';
import { readHost } from '../../../src/net/host.ts';

describe('host names', () => {
  test.each([
    ['chat.example.org', 'chat.example.org'],
    ['a.good.example.net', 'a.good.example.net'],
    ['irc-2.net.example', 'irc-2.net.example'],
    ['cHat.ExAmple.OrG', 'chat.example.org'],
    ['x7.q342.co.example', 'x7.q342.co.example'],
    ['712.net.example', '712.net.example'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
    ['b\u00fccher.example', 'xn--bcher-kva.example'],
    ['services.', 'services'],
  ])('%s is one', (text, name) => {
    expect(readHost(text).name).toBe(name);
  });
  test.each([
    '-lead-.example',
    '-lead.example',
    'trail-.example',
    '',
    ' ',
    'exa. mple',
    'exa mple.org',
    ' example.org',
    'example.org ',
    'a..b',
    '.',
    'a\r\nQUIT',
  ])('%j is none', (text) => {
    expect(() => readHost(text)).toThrow(/server name/);
  });
  test.each(['localhost', 'irc', '_irc._tcp.example.org'])('%s is taken: networks at home have such names', (text) => {
    expect(readHost(text).name).toBe(text);
  });
});
