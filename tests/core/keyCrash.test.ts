import { execFile, execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Message } from '../../src/contract/message.ts';
import { newProfile, signal, startKey, type Profile } from './keySupport.ts';

const child = fileURLToPath(new URL('children/rekeyer.ts', import.meta.url));
let original: Profile;

beforeAll(() => {
  const folder = mkdtempSync(join(tmpdir(), 'sotto-key-'));
  original = { dataDirectory: join(folder, 'data'), stateDirectory: join(folder, 'state') };
  expect(execFileSync(process.execPath, [child, original.dataDirectory, original.stateDirectory, 'made'], { encoding: 'utf8' })).toBe(
    'made',
  );
}, 120_000);

afterAll(() => {
  rmSync(dirname(original.dataDirectory), { recursive: true, force: true });
});

const killedAt = async (moment: string): Promise<Profile> => {
  const profile = newProfile();
  cpSync(dirname(original.dataDirectory), dirname(profile.dataDirectory), { recursive: true });
  const ending = await new Promise<string>((resolve) => {
    execFile(process.execPath, [child, profile.dataDirectory, profile.stateDirectory, moment], (error) => {
      resolve(error?.signal ?? 'ended by itself');
    });
  });
  expect(ending).toBe('SIGKILL');
  return profile;
};

test.each(['before the rekey', 'in private.db', 'between', 'in irc.db', 'after the rekey'])(
  'killed %s: the passphrase opens everything, and the next start finishes what was begun',
  async (moment) => {
    const profile = await killedAt(moment);
    if (moment.startsWith('in ')) {
      const journal = join(profile.dataDirectory, `${moment.slice(3)}-journal`);
      expect(existsSync(journal) && statSync(journal).size).toBeGreaterThan(1_000_000);
    }
    for (const start of ['first', 'second']) {
      const started = await startKey(profile, null);
      expect(started.key.view()).toMatchObject({ plain: false, passphrase: true });
      await started.key.unlock({ passphrase: 'seven quiet herons' }, signal);
      const store = started.store();
      for (let index = 0; index < 100; index += 1) expect((await store.getSecret(`s${index}`))?.[0], start).toBe(index);
      const [channel] = await store.listBuffers();
      let lines = 0;
      let before: Message | null = null;
      for (let more = true; more && channel;) {
        const page: { messages: Message[]; more: boolean } = await store.page({ buffer: channel.id, before, limit: 200 });
        lines += page.messages.length;
        before = page.messages[0] ?? null;
        more = page.more;
      }
      expect(lines, start).toBe(2_000);
      await started.stop();
    }
    // Both files are under one key, which is not the one of before.
    const heads = ['private.db', 'irc.db'].map((name) => readFileSync(join(profile.dataDirectory, name)).subarray(0, 16).toString('hex'));
    expect(heads[0]).toBe(heads[1]);
    expect(heads[0]).not.toBe(readFileSync(join(original.dataDirectory, 'irc.db')).subarray(0, 16).toString('hex'));
  },
  120_000,
);
