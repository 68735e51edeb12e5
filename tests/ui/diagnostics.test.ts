import { expect, it } from 'vitest';
import { page } from 'vitest/browser';
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
