import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { MAX_TRIES } from '../../src/core/key/tries.ts';
import { memoryKeyring, newProfile, signal, startKey, type Profile } from './keySupport.ts';

const passphrase = 'seven quiet herons';
const mark = new TextEncoder().encode('what nobody may lose');
const fileOf = ({ stateDirectory }: Profile): string => readFileSync(join(stateDirectory, 'store.key'), 'utf8');
const set = { old: null, new: passphrase, alone: false };

/** A profile with something in it, protected, and stopped. */
const protectedBy = async (how: 'passphrase' | 'keyring and recovery', keyring = memoryKeyring()) => {
  const profile = newProfile();
  const first = await startKey(profile, keyring);
  await first.store().putSecret('mark', mark);
  let recovery = '';
  if (how === 'passphrase') await first.key.setPassphrase(set, signal);
  else recovery = (await first.key.setKeyring({ enabled: true, recovery: true, alone: false }, signal))?.text ?? '';
  await first.stop();
  return { profile, keyring, recovery };
};
const readsMark = async (started: Awaited<ReturnType<typeof startKey>>): Promise<void> => {
  expect(await started.store().getSecret('mark')).toEqual(mark);
  expect(started.key.view().state).toBe('open');
  await started.stop();
};

test('a new profile is plain, and a passphrase seals it with another database key that is nowhere in the clear', async () => {
  const profile = newProfile();
  const first = await startKey(profile, null);
  expect(first.key.view()).toMatchObject({ state: 'open', plain: true, passphrase: false, keyring: null });
  const before = fileOf(profile);
  await first.store().putSecret('mark', mark);
  await first.key.setPassphrase(set, signal);
  expect(first.key.view()).toMatchObject({ plain: false, passphrase: true, recovery: false });
  await first.stop();

  const second = await startKey(profile, null);
  await second.key.byKeyring();
  expect(second.key.view()).toMatchObject({ state: 'locked', passphrase: true });
  expect(() => second.store()).toThrow('locked');
  await expect(second.key.unlock({ passphrase: 'Seven quiet herons' }, signal)).rejects.toMatchObject({ code: 'badInput' });
  await second.key.unlock({ passphrase }, signal);
  await readsMark(second);

  // The key of before, which may have been copied, opens nothing now.
  const sealed = fileOf(profile);
  writeFileSync(join(profile.stateDirectory, 'store.key'), before);
  await expect(startKey(profile, null)).rejects.toMatchObject({ code: 'wrongKey' });
  writeFileSync(join(profile.stateDirectory, 'store.key'), sealed);
});

test('the keyring opens it without asking, and whatever happens to the keyring the recovery key does, mistyped letters and all', async () => {
  const { profile, keyring, recovery } = await protectedBy('keyring and recovery');
  expect(recovery).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){13}[0-9A-HJKMNP-TV-Z]{4}$/);
  const silent = await startKey(profile, keyring);
  await silent.key.byKeyring();
  await readsMark(silent);

  const sealed = fileOf(profile);
  const [item = ''] = keyring.items.keys();
  const lie = (value: Uint8Array) => keyring.items.set(item, value);
  const broken = [
    ['locked', () => (keyring.fails = 'locked')],
    ['denied', () => (keyring.fails = 'denied')],
    ['gone', () => (keyring.fails = 'gone')],
    ['emptied', () => [(keyring.fails = null), ...keyring.items.keys()].map((id) => keyring.items.delete(id ?? ''))],
    ['lying', () => lie(new Uint8Array(32).fill(9))],
    ['lying with another length', () => lie(new Uint8Array(5))],
  ] as const;
  for (const [what, breakIt] of broken) {
    breakIt();
    const started = await startKey(profile, keyring);
    await started.key.byKeyring();
    expect(started.key.view(), what).toMatchObject({ state: 'locked', recovery: true });
    expect(started.key.view().reason, what).not.toBe('');
    await expect(started.key.unlock({ keyring: true }, signal), what).rejects.toMatchObject({ code: 'unavailable' });
    const typed = recovery.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l');
    await started.key.unlock({ recoveryKey: typed }, signal);
    await readsMark(started);
    expect(fileOf(profile), what).toBe(sealed);
  }
  const none = await startKey(profile, null);
  await none.key.byKeyring();
  expect(none.key.view().reason).toMatch(/a keyring/);
  await none.key.unlock({ recoveryKey: recovery }, signal);
  await readsMark(none);
});

test('a keyring that was lost can keep the key anew after the recovery key has opened it', async () => {
  const { profile, recovery } = await protectedBy('keyring and recovery');
  const other = memoryKeyring();
  const started = await startKey(profile, other);
  await started.key.byKeyring();
  await started.key.unlock({ recoveryKey: recovery }, signal);
  expect(await started.key.setKeyring({ enabled: true, recovery: false, alone: false }, signal)).toBeNull();
  await started.stop();
  const again = await startKey(profile, other);
  await again.key.byKeyring();
  await readsMark(again);
});

test('while the keyring asks somebody, the recovery key opens it, and the asking ends', async () => {
  const { profile, keyring, recovery } = await protectedBy('keyring and recovery');
  keyring.asks = true;
  const started = await startKey(profile, keyring);
  const asking = started.key.byKeyring();
  expect(started.key.view().state).toBe('opening');
  await started.key.unlock({ recoveryKey: recovery }, signal);
  await asking;
  await readsMark(started);
});

test('the keyring alone is taken only with a recovery key or with the risk said aloud', async () => {
  const profile = newProfile();
  const keyring = memoryKeyring();
  const { key } = await startKey(profile, keyring);
  const plain = fileOf(profile);
  await expect(key.setKeyring({ enabled: true, recovery: false, alone: false }, signal)).rejects.toMatchObject({ code: 'held' });
  expect(fileOf(profile)).toBe(plain);
  await key.setKeyring({ enabled: true, recovery: false, alone: true }, signal);
  expect(key.view()).toMatchObject({ plain: false, keyring: 'a keyring', recovery: false, passphrase: false });
  await key.setPassphrase(set, signal);
  await expect(key.setPassphrase({ old: passphrase, new: null, alone: false }, signal)).rejects.toMatchObject({ code: 'held' });
  await expect(key.setPassphrase({ old: 'wrong', new: null, alone: true }, signal)).rejects.toMatchObject({ code: 'badInput' });
  await key.recovery();
  await key.setPassphrase({ old: passphrase, new: null, alone: false }, signal);
  await expect(key.setKeyring({ enabled: false, recovery: false, alone: false }, signal)).rejects.toMatchObject({ code: 'held' });
  expect(key.view()).toMatchObject({ keyring: 'a keyring', passphrase: false, recovery: true });
});

test.each(['locked', 'gone', 'denied'] as const)(
  'a keyring that is %s when it is chosen changes nothing, and no plain key is made',
  async (fails) => {
    const profile = newProfile();
    const keyring = memoryKeyring();
    const { key } = await startKey(profile, keyring);
    const before = fileOf(profile);
    keyring.fails = fails;
    await expect(key.setKeyring({ enabled: true, recovery: true, alone: false }, signal)).rejects.toMatchObject({ code: 'unavailable' });
    expect(fileOf(profile)).toBe(before);
    expect(key.view().plain).toBe(true);
  },
);

test('a keyring that cannot give back what it took is found out before anything depends on it', async () => {
  const profile = newProfile();
  const keyring = memoryKeyring();
  const { key } = await startKey(profile, { ...keyring, unwrap: () => Promise.resolve(new Uint8Array(32)) });
  const before = fileOf(profile);
  await expect(key.setKeyring({ enabled: true, recovery: true, alone: false }, signal)).rejects.toMatchObject({ code: 'unavailable' });
  expect(fileOf(profile)).toBe(before);
});

test('the passphrase changes, a new recovery key replaces the old one, and a plain file ends it all', async () => {
  const { profile } = await protectedBy('passphrase');
  const started = await startKey(profile, null);
  await started.key.unlock({ passphrase }, signal);
  await expect(started.key.setPassphrase({ old: null, new: 'another one entirely', alone: false }, signal)).rejects.toMatchObject({
    code: 'badInput',
  });
  await started.key.setPassphrase({ old: passphrase, new: 'another one entirely', alone: false }, signal);
  const first = await started.key.recovery();
  const second = await started.key.recovery();
  await started.stop();
  const locked = await startKey(profile, null);
  await expect(locked.key.unlock({ passphrase }, signal)).rejects.toMatchObject({ code: 'badInput' });
  await expect(locked.key.unlock({ recoveryKey: first.text }, signal)).rejects.toMatchObject({ code: 'badInput' });
  await locked.key.unlock({ recoveryKey: second.text }, signal);
  await expect(locked.key.setPlain({ old: 'wrong' }, signal)).rejects.toMatchObject({ code: 'badInput' });
  await locked.key.setPlain({ old: 'another one entirely' }, signal);
  expect(locked.key.view()).toMatchObject({ plain: true, passphrase: false, recovery: false });
  await locked.stop();
  const plain = await startKey(profile, null);
  await readsMark(plain);
});

test('wrong tries have to wait longer and longer, are counted down, and end', async () => {
  const { profile } = await protectedBy('passphrase');
  const { key, time } = await startKey(profile, null);
  const waits: number[] = [];
  for (let count = 1; count <= MAX_TRIES; count += 1) {
    await expect(key.unlock({ passphrase: `wrong ${count}` }, signal)).rejects.toMatchObject({ code: 'badInput' });
    const { retryAt } = key.view();
    waits.push(retryAt === null ? 0 : retryAt - time.now);
    if (retryAt !== null && count < MAX_TRIES) {
      await expect(key.unlock({ passphrase }, signal)).rejects.toMatchObject({ code: 'limit' });
      time.now = retryAt;
    }
  }
  expect(waits.slice(0, 6)).toEqual([0, 0, 1_000, 2_000, 4_000, 8_000]);
  expect(Math.max(...waits)).toBe(60_000);
  expect(key.view().triesLeft).toBe(0);
  time.now += 3_600_000;
  await expect(key.unlock({ passphrase }, signal)).rejects.toMatchObject({
    code: 'limit',
    message: expect.stringMatching(/start it again/) as unknown,
  });
});

test('a mistyped recovery key is told from a wrong one and costs no try', async () => {
  const { profile, recovery } = await protectedBy('keyring and recovery');
  const { key } = await startKey(profile, null);
  const at = recovery.indexOf('-') + 1;
  const mistyped = recovery.slice(0, at) + (recovery.charAt(at) === 'A' ? 'B' : 'A') + recovery.slice(at + 1);
  for (let count = 0; count < MAX_TRIES + 1; count += 1)
    await expect(key.unlock({ recoveryKey: mistyped }, signal)).rejects.toMatchObject({
      message: expect.stringMatching(/mistyped/) as unknown,
    });
  await key.unlock({ recoveryKey: recovery }, signal);
  expect(key.view().state).toBe('open');
});

test('a try can be cancelled while it works, and the next one goes on', async () => {
  const { profile } = await protectedBy('passphrase');
  const slow = vi.fn<Parameters<typeof startKey>[2] & object>();
  slow.mockImplementationOnce(
    (_input, asked) =>
      new Promise((_resolve, reject) => {
        asked.addEventListener('abort', () => {
          reject(new DOMException('Cancelled.', 'AbortError'));
        });
      }),
  );
  const { quick } = await import('./keySupport.ts');
  slow.mockImplementation(quick);
  const { key } = await startKey(profile, null, slow);
  const controller = new AbortController();
  const trying = key.unlock({ passphrase }, controller.signal);
  expect(key.view().state).toBe('unlocking');
  await expect(key.unlock({ passphrase }, signal)).rejects.toMatchObject({ code: 'limit' });
  controller.abort();
  await expect(trying).rejects.toMatchObject({ name: 'AbortError' });
  expect(key.view()).toMatchObject({ state: 'locked', triesLeft: null });
  await key.unlock({ passphrase }, signal);
  expect(key.view().state).toBe('open');
});

test('any damaged byte of the key file is a clear refusal, and the file stays as it is', async () => {
  const { profile } = await protectedBy('passphrase');
  const path = join(profile.stateDirectory, 'store.key');
  const whole = fileOf(profile);
  const damage = (pattern: RegExp, by: string): string => whole.replace(pattern, by);
  for (const text of [
    damage(/"keys":"../, '"keys":"zz'),
    whole.replace(/"keys":"../, (pair) => (pair.endsWith('00') ? '"keys":"11' : '"keys":"00')),
    damage(/"memory":\d+/, '"memory":65537'),
    damage(/"memory":\d+/, '"memory":99999999'),
    damage(/"passes":1/, '"passes":3'),
    whole.slice(0, -20),
  ]) {
    writeFileSync(path, text);
    const refused = await startKey(profile, null).then(
      async ({ key, stop }) => {
        const failure: unknown = await key.unlock({ passphrase }, signal).catch((error: unknown) => error);
        await stop();
        return failure;
      },
      (error: unknown) => error,
    );
    expect(refused, text.slice(0, 60)).toBeInstanceOf(Error);
    expect(fileOf(profile)).toBe(text);
  }
  writeFileSync(path, whole);
  const started = await startKey(profile, null);
  await started.key.unlock({ passphrase }, signal);
  await readsMark(started);
});
