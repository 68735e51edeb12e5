import { expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { ContractError } from '../../src/contract/errors.ts';
import { usualCore } from './scenes.ts';
import { accessible, stage } from './stage.ts';

const open = () => page.getByRole('button', { name: 'Diagnostics' }).click();

it('tells that nothing was dropped, with the time since when that is so', async () => {
  await stage(usualCore());
  await open();
  await expect.element(page.getByText('Nothing was dropped since', { exact: false })).toBeVisible();
  expect(page.getByRole('table').elements()).toEqual([]);
  await accessible();
});

it('lists how often what was dropped in silence, a sentence each', async () => {
  const core = usualCore();
  core.handlers['diagnostics.read'] = () =>
    Promise.resolve({
      since: Date.UTC(2026, 10, 21, 12),
      dropped: [
        { reason: 'unmatched', words: 'Packets that fit no conversation.', count: 3 },
        { reason: 'authentication', words: 'Packets that could not be opened: damaged on the way, or forged.', count: 1207 },
      ],
    });
  await stage(core, 420, 700);
  await open();
  await expect.element(page.getByRole('row', { name: '3 Packets that fit no conversation.' })).toBeVisible();
  await expect.element(page.getByRole('cell', { name: '1207' })).toBeVisible();
  await accessible();
});

it('says why it could not count, and tries again by keyboard until it can', async () => {
  const core = usualCore();
  const answers = [
    () => Promise.reject(new ContractError('unavailable', 'The message store does not answer.')),
    () => Promise.reject(new ContractError('unavailable', 'It still does not answer.')),
    () =>
      Promise.resolve({ since: Date.UTC(2026, 10, 21, 12), dropped: [{ reason: 'shape', words: 'Bytes that are no packet.', count: 2 }] }),
  ];
  core.handlers['diagnostics.read'] = () => {
    const answer = answers.shift();
    if (!answer) throw new Error('asked too often');
    return answer();
  };
  await stage(core, 420, 700);
  await open();
  await expect.element(page.getByRole('alert').getByText('The message store does not answer.')).toBeVisible();
  expect(page.getByText('Counting…').elements()).toEqual([]);
  await accessible();

  await userEvent.keyboard('{Tab}{Tab}');
  const again = page.getByRole('button', { name: 'Try again' });
  await expect.element(again).toHaveFocus();
  await userEvent.keyboard('{Enter}');
  await expect.element(page.getByRole('alert').getByText('It still does not answer.')).toBeVisible();
  await expect.element(again).toHaveFocus();
  await userEvent.keyboard('{Enter}');
  await expect.element(page.getByRole('row', { name: '2 Bytes that are no packet.' })).toBeVisible();
  expect(page.getByRole('alert').elements()).toEqual([]);
});
