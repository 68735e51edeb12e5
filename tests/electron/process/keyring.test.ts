import { describe, expect, it } from 'vitest';
import { KeyringError } from '../../../src/core/key/keyring.ts';
import type { FromCore, ToCore } from '../../../src/host/electron/coreMessages.ts';
import { answerSeal, askingKeyring, type Sealing } from '../../../src/host/electron/keyringPort.ts';
import { safeStorageSealing, type AsyncSafeStorage } from '../../../src/host/electron/safeStorage.ts';

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
/** Electron's safeStorage with a key of `tag`; what it seals is not secret here. */
const storage = (tag: string, more: Partial<AsyncSafeStorage> = {}): AsyncSafeStorage => ({
  isAsyncEncryptionAvailable: () => Promise.resolve(true),
  encryptStringAsync: (plain) => Promise.resolve(new TextEncoder().encode(`${tag}${plain.split('').reverse().join('')}`)),
  decryptStringAsync: (sealed) => Promise.resolve({ result: text(sealed).slice(3).split('').reverse().join(''), shouldReEncrypt: false }),
  ...more,
});
const key = Uint8Array.from({ length: 32 }, (_, at) => at);
const signal = (): AbortSignal => new AbortController().signal;

describe('E12: the key of the store in the desktop’s keyring', () => {
  it.each(['v11', 'v12'])('E12: what %s seals comes back', async (tag) => {
    const sealing = safeStorageSealing(storage(tag));
    const sealed = await sealing.wrap(key);
    expect(text(sealed).startsWith(tag)).toBe(true);
    expect(await sealing.unwrap(sealed)).toEqual(key);
  });

  it.each(['v10', 'v13', '   ', ''])('E12: a key of Electron’s own (%j) is never accepted, for sealing or for opening', async (tag) => {
    const sealing = safeStorageSealing(storage(tag));
    await expect(sealing.wrap(key)).rejects.toMatchObject({
      code: 'gone',
      message: expect.stringContaining('Choose a passphrase') as unknown,
    });
    await expect(sealing.unwrap(new TextEncoder().encode(`${tag}00`))).rejects.toMatchObject({ code: 'lying' });
  });

  it('E12: a keyring that is not there, lost its key, or gives back something else is an error with a sentence', async () => {
    const none = safeStorageSealing(storage('v11', { isAsyncEncryptionAvailable: () => Promise.resolve(false) }));
    await expect(none.wrap(key)).rejects.toMatchObject({ code: 'gone' });
    const sealed = await safeStorageSealing(storage('v11')).wrap(key);
    await expect(none.unwrap(sealed)).rejects.toMatchObject({ code: 'gone' });
    const lost = safeStorageSealing(storage('v11', { decryptStringAsync: () => Promise.reject(new Error('secret text')) }));
    await expect(lost.unwrap(sealed)).rejects.toMatchObject({
      code: 'gone',
      message: expect.not.stringContaining('secret text') as unknown,
    });
    for (const result of ['', 'abc', 'xyz0', '0'.repeat(7)]) {
      const lying = safeStorageSealing(storage('v11', { decryptStringAsync: () => Promise.resolve({ result }) }));
      await expect(lying.unwrap(sealed)).rejects.toMatchObject({ code: 'lying' });
    }
  });
});

describe('E12: the question from the core and its answer', () => {
  const joined = (sealing: Sealing, deaf = false) => {
    const sent: FromCore[] = [];
    const asking = askingKeyring('keyring', null, (question) => {
      sent.push(question);
      if (!deaf) void answerSeal(sealing, question).then(asking.answered);
    });
    return { asking, sent };
  };

  it('E12: wraps and unwraps through the port', async () => {
    const { asking, sent } = joined(safeStorageSealing(storage('v12')));
    const wrapped = await asking.keyring.wrap(key, signal());
    expect(await asking.keyring.unwrap(wrapped, signal())).toEqual(key);
    expect(sent.map((question) => question.t === 'seal' && question.how)).toEqual(['wrap', 'unwrap']);
  });

  it('E12: an error crosses with its code; one that is not the keyring’s crosses without its text', async () => {
    const denied = joined({
      wrap: () => Promise.reject(new KeyringError('denied', 'No.')),
      unwrap: () => Promise.reject(new Error('key 1234')),
    });
    await expect(denied.asking.keyring.wrap(key, signal())).rejects.toMatchObject({ name: 'KeyringError', code: 'denied', message: 'No.' });
    await expect(denied.asking.keyring.unwrap(key, signal())).rejects.toMatchObject({
      code: 'gone',
      message: expect.not.stringContaining('1234') as unknown,
    });
  });

  it('E12: waiting ends with the signal, a late answer is nobody’s, and only so many ask at once', async () => {
    const { asking, sent } = joined(
      { wrap: () => Promise.reject(new Error('never')), unwrap: () => Promise.reject(new Error('never')) },
      true,
    );
    const leaving = new AbortController();
    const asked = asking.keyring.wrap(key, leaving.signal);
    leaving.abort(new Error('left'));
    await expect(asked).rejects.toThrow('left');
    const late: ToCore = { t: 'sealed', id: 1, bytes: '00' };
    asking.answered(late);
    const many = Array.from({ length: 16 }, () => asking.keyring.wrap(key, signal()));
    await expect(asking.keyring.wrap(key, signal())).rejects.toMatchObject({ code: 'denied' });
    for (const question of sent.slice(1)) if (question.t === 'seal') asking.answered({ t: 'sealed', id: question.id, bytes: 'ff' });
    expect((await Promise.all(many)).every((bytes) => bytes[0] === 255)).toBe(true);
  });
});
