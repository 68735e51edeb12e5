import { expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { ContractError } from '../../src/contract/errors.ts';
import { openKey, type FakeCore } from './fakeCore.ts';
import { usualCore } from './scenes.ts';
import { accessible, calls, noSidewaysScroll, stage } from './stage.ts';

const passphrase = 'seven quiet herons';
const recovery = Array.from({ length: 14 }, (_, index) => `${'ABCDEFGHJKMNPQ'.charAt(index)}123`).join('-');

/** A core that is locked until `key.unlock` is called with what it takes. */
const lockedCore = (more: Parameters<typeof openKey>[0], right: unknown): FakeCore => {
  const core = usualCore();
  let key = openKey({ state: 'locked', plain: false, reason: 'The history of this profile is locked.', ...more });
  const snapshot = core.handlers['app.snapshot'];
  core.handlers['key.view'] = () => Promise.resolve(key);
  core.handlers['app.snapshot'] = (...given) =>
    key.state === 'open' ? snapshot(...given) : Promise.reject(new ContractError('unavailable', 'Sotto is locked.'));
  core.handlers['key.unlock'] = (attempt) => {
    if (JSON.stringify(attempt) !== JSON.stringify(right)) return Promise.reject(new ContractError('badInput', 'The passphrase is wrong.'));
    key = { ...key, state: 'open', reason: '' };
    core.emit('key', key);
    return Promise.resolve(null);
  };
  return core;
};

it('a locked profile shows nothing but the page to unlock it, and goes on by keyboard alone', async () => {
  const core = lockedCore({ passphrase: true, recovery: true }, { passphrase });
  await stage(core);
  await expect.element(page.getByRole('heading', { name: 'Your history is locked' })).toBeVisible();
  await expect.element(page.getByLabelText('Passphrase')).toHaveFocus();
  expect(page.getByText('#gardening').elements()).toEqual([]);
  // The palette and its actions belong to what is locked.
  await userEvent.keyboard('{Control>}k{/Control}');
  expect(page.getByRole('dialog').elements()).toEqual([]);
  await accessible();
  await userEvent.keyboard('wrong one{Enter}');
  await expect.element(page.getByText('The passphrase is wrong.')).toBeVisible();
  await page.getByLabelText('Passphrase').fill(passphrase);
  await userEvent.keyboard('{Enter}');
  await expect.element(page.getByRole('button', { name: /#gardening/ }).first()).toBeVisible();
  expect(page.getByRole('heading', { name: 'Your history is locked' }).elements()).toEqual([]);
});

it('says why the keyring did not open it, asks it again, and takes the recovery key', async () => {
  const core = lockedCore(
    { keyring: 'Secret Service', recovery: true, reason: 'The desktop’s keyring is locked, and was not unlocked.' },
    { recoveryKey: recovery },
  );
  await stage(core, 420, 760);
  await expect.element(page.getByText('The desktop’s keyring is locked, and was not unlocked.')).toBeVisible();
  await page.getByRole('button', { name: 'Ask the keyring again' }).click();
  await expect.poll(() => calls(core, 'key.unlock')).toContainEqual({ keyring: true });
  await accessible();
  noSidewaysScroll();
  await page.getByRole('textbox', { name: /Recovery key/ }).fill(recovery);
  await page.getByRole('button', { name: 'Unlock' }).click();
  await expect.poll(() => calls(core, 'key.unlock')).toContainEqual({ recoveryKey: recovery });
  await expect.poll(() => page.getByRole('heading', { name: 'Your history is locked' }).elements()).toEqual([]);
});

it('a try can be cancelled while it works', async () => {
  const core = lockedCore({ passphrase: true }, null);
  let aborted = false;
  core.handlers['key.unlock'] = (_params, signal) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        aborted = true;
        reject(new DOMException('Cancelled.', 'AbortError'));
      });
    });
  await stage(core);
  await page.getByLabelText('Passphrase').fill(passphrase);
  await page.getByRole('button', { name: 'Unlock' }).click();
  await expect.element(page.getByRole('progressbar', { name: 'Unlocking' })).toBeVisible();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect.poll(() => aborted).toBe(true);
  await expect.element(page.getByRole('button', { name: 'Unlock' })).toBeEnabled();
});

it('a keyring that asks in a window of its own is waited for, and the passphrase stays open as a way', async () => {
  const core = lockedCore({ state: 'opening', keyring: 'Secret Service', passphrase: true, reason: '' }, { passphrase });
  await stage(core);
  await expect.element(page.getByRole('heading', { name: 'Opening your history' })).toBeVisible();
  await expect.element(page.getByText(/asks for its password/)).toBeVisible();
  await page.getByLabelText('Passphrase').fill(passphrase);
  await userEvent.keyboard('{Enter}');
  await expect.poll(() => page.getByRole('heading', { name: 'Opening your history' }).elements()).toEqual([]);
});

const openDialog = async (core: FakeCore): Promise<void> => {
  await stage(core);
  await userEvent.keyboard('{Control>}k{/Control}');
  await userEvent.keyboard('key of the history{Enter}');
  await expect.element(page.getByRole('heading', { name: 'Key of the history' })).toBeVisible();
};

it('sets a passphrase by keyboard, twice the same and long enough', async () => {
  const core = usualCore();
  core.handlers['key.setPassphrase'] = () => {
    core.emit('key', openKey({ plain: false, passphrase: true }));
    return Promise.resolve(null);
  };
  await openDialog(core);
  await expect.element(page.getByText('Whoever copies the whole disk can read them.')).toBeVisible();
  await accessible();
  await page.getByRole('button', { name: 'Set a passphrase…' }).click();
  await expect.element(page.getByLabelText('New passphrase')).toHaveFocus();
  await userEvent.keyboard('short{Enter}');
  await expect.element(page.getByText('The passphrase needs at least 12 characters.')).toBeVisible();
  await page.getByLabelText('New passphrase').fill(passphrase);
  await page.getByLabelText('The same again').fill('another one entirely');
  await userEvent.keyboard('{Enter}');
  await expect.element(page.getByText('The two passphrases differ.')).toBeVisible();
  expect(calls(core, 'key.setPassphrase')).toEqual([]);
  await page.getByLabelText('The same again').fill(passphrase);
  await userEvent.keyboard('{Enter}');
  await expect.element(page.getByText(/The passphrase is set/)).toBeVisible();
  expect(calls(core, 'key.setPassphrase')).toEqual([{ old: null, new: passphrase, alone: false }]);
  await expect.element(page.getByText(/are opened by your passphrase/)).toBeVisible();
  await accessible();
});

it('the keyring comes with a recovery key, shown once, and done is only who has typed a group of it', async () => {
  const core = usualCore();
  core.handlers['key.setKeyring'] = () => {
    core.emit('key', openKey({ plain: false, keyring: 'Secret Service', recovery: true }));
    return Promise.resolve({ recovery: { text: recovery } });
  };
  await openDialog(core);
  await page.getByRole('button', { name: 'Let it keep the key…' }).click();
  await accessible();
  await page.getByRole('button', { name: 'Go on' }).click();
  expect(calls(core, 'key.setKeyring')).toEqual([{ enabled: true, recovery: true, alone: false }]);
  const done = page.getByRole('button', { name: 'Done' });
  await expect.element(done).toBeDisabled();
  await accessible();
  const asked = page.getByRole('textbox', { name: 'I have written it down: group 9 is' });
  await asked.fill('wrong');
  await expect.element(page.getByText(/That is not group 9/)).toBeVisible();
  await asked.fill('j123');
  await done.click();
  await expect.element(page.getByText('The keyring keeps the key now.')).toBeVisible();
  expect(page.getByText('J123').elements()).toEqual([]);
});

it('the keyring alone is taken only when the risk is ticked', async () => {
  const core = usualCore();
  await openDialog(core);
  await page.getByRole('button', { name: 'Let it keep the key…' }).click();
  await page.getByRole('radio', { name: 'No recovery key', exact: true }).click();
  await page.getByRole('button', { name: 'Go on' }).click();
  await expect.element(page.getByText('Make a recovery key, or say that you take the risk.')).toBeVisible();
  expect(calls(core, 'key.setKeyring')).toEqual([]);
  await page.getByRole('checkbox', { name: /I take the risk/ }).click();
  await page.getByRole('button', { name: 'Go on' }).click();
  await expect.poll(() => calls(core, 'key.setKeyring')).toEqual([{ enabled: true, recovery: false, alone: true }]);
});

it('the list of contacts offers to protect a plain key, and once declined does not again', async () => {
  const core = usualCore();
  const app = await stage(core);
  app.go({ kind: 'contacts' });
  await expect.element(page.getByRole('region', { name: 'Protect your history' })).toBeVisible();
  await accessible();
  await page.getByRole('button', { name: 'Not now' }).click();
  expect(page.getByRole('region', { name: 'Protect your history' }).elements()).toEqual([]);
  expect(app.preferences.keyOffer).toBe(false);
  app.preferences.keyOffer = true;
  await page.getByRole('button', { name: 'Protect it…' }).click();
  await expect.element(page.getByRole('heading', { name: 'Key of the history' })).toBeVisible();
  core.emit('key', openKey({ plain: false, passphrase: true }));
  await expect.poll(() => page.getByRole('region', { name: 'Protect your history' }).elements()).toEqual([]);
});

it('a refusal of the keyring is said, and nothing is told as done', async () => {
  const core = usualCore();
  core.handlers['key.setKeyring'] = () =>
    Promise.reject(new ContractError('unavailable', 'The desktop’s keyring does not answer. Nothing was changed.'));
  await openDialog(core);
  await page.getByRole('button', { name: 'Let it keep the key…' }).click();
  await page.getByRole('button', { name: 'Go on' }).click();
  await expect.element(page.getByText('The desktop’s keyring does not answer. Nothing was changed.')).toBeVisible();
  await page.getByRole('button', { name: 'Back' }).click();
  await expect.element(page.getByRole('button', { name: 'Set a passphrase…' })).toBeVisible();
});
