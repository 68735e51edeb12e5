import { describe, expect, test } from 'vitest';
import { ContractError } from '../../../src/contract/errors.ts';
import { fakeCore, snapshot, testDesktop, until } from './fakes.ts';

describe('the badge', () => {
  test('counts highlights, from the start and as they change', async () => {
    const { desktop, electron } = await testDesktop();
    const core = fakeCore();
    core.attention = { unread: 40, highlights: 2 };
    desktop.attach(core.client);
    await until(() => {
      expect(electron.app.badge).toBe(2);
    });
    core.emit('attention', { unread: 41, highlights: 3 });
    await until(() => {
      expect(electron.app.badge).toBe(3);
    });
    await desktop.quit();
    expect(electron.app.badge).toBe(0);
  });

  test('of a locked profile is asked for again when it is open', async () => {
    const { desktop, electron } = await testDesktop();
    let locked = true;
    const core = fakeCore({
      'app.snapshot': () =>
        locked
          ? Promise.reject(new ContractError('unavailable', 'Sotto is locked.'))
          : Promise.resolve({ ...snapshot, attention: { unread: 1, highlights: 1 } }),
    });
    desktop.attach(core.client);
    await until(() => {
      expect(core.calls).toHaveLength(1);
    });
    locked = false;
    core.emit('key', {
      state: 'open',
      reason: '',
      plain: false,
      passphrase: true,
      recovery: false,
      keyring: null,
      offered: null,
      retryAt: null,
      triesLeft: null,
    });
    await until(() => {
      expect(electron.app.badge).toBe(1);
    });
  });
});
