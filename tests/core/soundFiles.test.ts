import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { soundSource } from '../../src/contract/sounds.ts';
import { createSoundFiles, MAX_SOUND_BYTES } from '../../src/core/notifications/soundFiles.ts';

const folder = async (toml: string) => {
  const directory = await mkdtemp(join(tmpdir(), 'sotto-sounds-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  await mkdir(join(directory, 'sounds'));
  const config = loadConfig(toml).config;
  if (!config) throw new Error('the configuration is wrong');
  return { directory, read: createSoundFiles({ directory, config: () => config.notifications }) };
};

describe('sound files', () => {
  it('are read where the configuration names them, also for a channel, and through a link', async () => {
    const { directory, read } = await folder(
      '[notifications.highlight]\nsound = "mine.ogg"\n[notifications.channel."#a"]\nsound = "Their Own.WAV"',
    );
    await writeFile(join(directory, 'sounds', 'mine.ogg'), 'one');
    await writeFile(join(directory, 'elsewhere'), 'two');
    await symlink(join(directory, 'elsewhere'), join(directory, 'sounds', 'Their Own.WAV'));
    expect(new TextDecoder().decode(await read('mine.ogg'))).toBe('one');
    expect(new TextDecoder().decode(await read('Their Own.WAV'))).toBe('two');
  });

  it('that nothing names, or that are not there, are refused with a sentence', async () => {
    const { directory, read } = await folder('[notifications.highlight]\nsound = "gone.ogg"');
    await writeFile(join(directory, 'sounds', 'other.ogg'), 'one');
    await writeFile(join(directory, 'config.wav'), 'one');
    for (const name of ['other.ogg', '../config.wav', 'peck', '', '..'])
      await expect(read(name)).rejects.toMatchObject({ code: 'notFound', message: 'No notification has this sound.' });
    await expect(read('gone.ogg')).rejects.toMatchObject({ code: 'notFound', message: expect.stringContaining('“sounds”') as unknown });
  });

  it('that are a directory, a pipe nobody writes to, or too large are refused at once', async () => {
    const { directory, read } = await folder(
      '[notifications]\nhighlight = { sound = "a.ogg" }\nconnected = { sound = "b.ogg" }\nreaction = { sound = "c.ogg" }',
    );
    await mkdir(join(directory, 'sounds', 'a.ogg'));
    execFileSync('mkfifo', [join(directory, 'sounds', 'b.ogg')]);
    await writeFile(join(directory, 'sounds', 'c.ogg'), new Uint8Array(MAX_SOUND_BYTES + 1));
    await expect(read('a.ogg')).rejects.toMatchObject({ code: 'notFound' });
    await expect(read('b.ogg')).rejects.toMatchObject({ code: 'notFound' });
    await expect(read('c.ogg')).rejects.toMatchObject({ code: 'limit' });
  });
});

it('a name is a tone of Halloy’s, a file, one of the desktop’s theme, or nothing', () => {
  const kinds = ['whistle', 'a b.MP3', 'message-new-instant', 'Whistle', '-x', 'x.exe'].map((name) => soundSource(name)?.kind ?? null);
  expect(kinds).toEqual(['builtIn', 'file', 'theme', null, null, null]);
});
