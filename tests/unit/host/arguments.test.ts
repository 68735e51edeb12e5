import { expect, it } from 'vitest';
import { readArguments } from '../../../src/host/arguments.ts';

it('reads profile, no-open and demo', () => {
  expect(readArguments([])).toEqual({ profile: null, open: true, demo: false, link: null });
  expect(readArguments(['--profile', 'dir', '--no-open', '--demo'])).toEqual({ profile: 'dir', open: false, demo: true, link: null });
});

it.each(['irc://irc.example/a', 'ircs://irc.example', 'SOTTO:abc'])('takes the link %s', (link) => {
  expect(readArguments(['--profile', 'dir', link])).toMatchObject({ profile: 'dir', link });
});

it.each([
  [['http://a']],
  [['irc:a\nb']],
  [['irc:a\0']],
  [[`irc:${'a'.repeat(9_000)}`]],
  [['irc:a', 'irc:b']],
  [['--', '--demo']],
  [['irc:a', '--nonsense']],
])('takes nothing else for one: %j', (args) => {
  expect(readArguments(args)).toContain('Usage: npm start');
});

it.each([[['--profil', 'x']], [['--profile']], [['--profile', '']], [['extra']], [['--help']]])(
  'explains %j instead of starting',
  (args) => {
    expect(readArguments(args)).toContain('Usage: npm start');
  },
);
