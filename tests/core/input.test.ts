import { expect, test } from 'vitest';
import { parseInput } from '../../src/core/input.ts';

test('a slash begins a command, and its name is case-insensitive', () => {
  expect(parseInput('/JOIN #sotto  key ')).toEqual({ kind: 'command', name: 'join', args: '#sotto  key ' });
});

test('two slashes say one', () => {
  expect(parseInput('//tmp is a folder')).toMatchObject({ kind: 'text', lines: ['/tmp is a folder'], whole: '/tmp is a folder' });
});

test('a command behind a space never becomes text', () => {
  expect(() => parseInput(' /msg NickServ identify hunter2')).toThrow(/command behind a space/);
});

test('each line of a paste is one IRC line, and blank lines are left out', () => {
  expect(parseInput('one\r\n\n  two\n')).toMatchObject({ kind: 'text', lines: ['one', '  two'] });
});

test('a private text keeps its blank lines', () => {
  expect(parseInput('one\n\ntwo')).toMatchObject({ whole: 'one\n\ntwo' });
});

test('a command of several lines, nothing, and far too much are refused', () => {
  expect(() => parseInput('/join #a\n/join #b')).toThrow(/one line/);
  expect(() => parseInput(' \n ')).toThrow(/nothing to send/);
  expect(() => parseInput('x\n'.repeat(201))).toThrow(/more than 200 lines/);
});
