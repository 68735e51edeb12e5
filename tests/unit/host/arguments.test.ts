import { expect, it } from 'vitest';
import { readArguments } from '../../../src/host/arguments.ts';

it('reads profile, no-open and demo', () => {
  expect(readArguments([])).toEqual({ profile: null, open: true, demo: false });
  expect(readArguments(['--profile', 'dir', '--no-open', '--demo'])).toEqual({ profile: 'dir', open: false, demo: true });
});

it.each([[['--profil', 'x']], [['--profile']], [['--profile', '']], [['extra']], [['--help']]])(
  'explains %j instead of starting',
  (args) => {
    expect(readArguments(args)).toContain('Usage: npm start');
  },
);
