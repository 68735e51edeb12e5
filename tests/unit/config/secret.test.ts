import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { resolveSecret } from '../../../src/config/secret.ts';

const { signal } = new AbortController();
let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sotto-secret-'));
});
afterEach(() => rm(directory, { recursive: true }));

it('takes the first line of a password file, or all of it', async () => {
  const path = join(directory, 'password');
  await writeFile(path, 'first\nsecond\n');
  expect(await resolveSecret({ source: 'file', path, firstLineOnly: true }, signal)).toBe('first');
  await expect(resolveSecret({ source: 'file', path, firstLineOnly: false }, signal)).rejects.toMatchObject({ code: 'secret' });
  await writeFile(path, 'whole\n');
  expect(await resolveSecret({ source: 'file', path, firstLineOnly: false }, signal)).toBe('whole');
});

it('takes the trimmed output of a command', async () => {
  expect(await resolveSecret({ source: 'command', command: 'printf " pass word\\n"' }, signal)).toBe('pass word');
});

it('says that a password cannot be had without repeating the command', async () => {
  for (const command of ['echo hunter2 >&2; exit 1', 'yes hunter2', 'true']) {
    const failure = await resolveSecret({ source: 'command', command }, signal).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'secret' });
    expect(String(failure)).not.toContain('hunter2');
  }
  await expect(resolveSecret({ source: 'file', path: join(directory, 'none'), firstLineOnly: true }, signal)).rejects.toThrow(
    'cannot be read',
  );
  await writeFile(join(directory, 'big'), 'x'.repeat(5_000));
  await expect(resolveSecret({ source: 'file', path: join(directory, 'big'), firstLineOnly: true }, signal)).rejects.toThrow('4 KiB');
});
