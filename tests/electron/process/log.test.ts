import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { keepLog, MAX_LINE_LENGTH, MAX_LINES } from '../../../src/core/keptLog.ts';
import { LOG_FILE, showLog } from '../../../src/host/electron/showLog.ts';

const scratch = async (): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'sotto-log-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
};

test('the last lines are kept with their times, each short, and none can move the cursor of a terminal', () => {
  let time = Date.UTC(2026, 10, 22, 3);
  const kept = keepLog(() => time);
  kept.add('store: \u001b[2Jthe\r\ndisk\u202e is full\u2028');
  expect(kept.text()).toBe('2026-11-22T03:00:00.000Z store:  [2Jthe disk  is full \n');
  time += 1;
  for (let at = 0; at < MAX_LINES; at += 1) kept.add(`line ${at} ${'x'.repeat(MAX_LINE_LENGTH)}`);
  const lines = kept.text().trimEnd().split('\n');
  expect(lines).toHaveLength(MAX_LINES);
  expect(lines[0]?.startsWith('2026-11-22T03:00:00.001Z line 0 xxx')).toBe(true);
  expect(Math.max(...lines.map(({ length }) => length))).toBe(MAX_LINE_LENGTH + 25);
});

test('the log is written for nobody else to read, and opened as text', async () => {
  const directory = await scratch();
  const opened: string[] = [];
  const told: string[] = [];
  const given = {
    directory,
    text: () => 'one\ntwo\n',
    open: (path: string) => {
      opened.push(path);
      return Promise.resolve('');
    },
    tell: (sentence: string) => void told.push(sentence),
  };
  await showLog(given);
  await showLog(given);
  const path = join(directory, LOG_FILE);
  expect([opened, told]).toEqual([[path, path], []]);
  expect(await readFile(path, 'utf8')).toBe('one\ntwo\n');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test('where no program shows text, or nothing can be written, it is said where the log is', async () => {
  const directory = await scratch();
  const told: string[] = [];
  const given = {
    text: () => 'one\n',
    open: () => Promise.resolve('no application'),
    tell: (sentence: string) => void told.push(sentence),
  };
  await showLog({ ...given, directory });
  await showLog({ ...given, open: () => Promise.reject(new Error('portal')), directory });
  const there = `The log is in ${join(directory, LOG_FILE)}. There is no program that shows it.`;
  await showLog({ ...given, directory: join(directory, 'none') });
  expect(told).toEqual([there, there, `The log cannot be written to ${join(directory, 'none', LOG_FILE)}.`]);
});
