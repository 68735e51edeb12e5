import { expect, it, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { ContractError } from '../../src/contract/errors.ts';
import { usualCore } from './scenes.ts';
import { accessible, stage } from './stage.ts';

const open = async (): Promise<void> => {
  await userEvent.keyboard('{Control>}k{/Control}');
  await userEvent.keyboard('Show log{Enter}');
};

it('shows the log out of the palette, to be read, copied and saved', async () => {
  const core = usualCore();
  const text = Array.from(
    { length: 60 },
    (_, at) => `2026-11-21T12:00:${String(at).padStart(2, '0')}.000Z server libera: line ${at}\n`,
  ).join('');
  core.handlers['app.log'] = () => Promise.resolve({ text });
  await stage(core);
  await open();
  const field = page.getByRole('textbox', { name: 'Log' });
  await expect.element(field).toHaveValue(text);
  await expect.element(page.getByRole('button', { name: 'Save…' })).toBeEnabled();
  await accessible();

  let copied = '';
  navigator.clipboard.writeText = (given) => {
    copied = given;
    return Promise.resolve();
  };
  await page.getByRole('button', { name: 'Copy' }).click();
  await expect.element(page.getByText('Copied.')).toBeVisible();
  expect(copied).toBe(text);

  const saved: string[][] = [];
  const click = vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function pressed(this: HTMLAnchorElement) {
    saved.push([this.download, this.protocol]);
  });
  try {
    await page.getByRole('button', { name: 'Save…' }).click();
  } finally {
    click.mockRestore();
  }
  expect(saved).toEqual([['sotto-log.txt', 'blob:']]);
});

it('says so where nothing was reported, or the log cannot be had', async () => {
  const core = usualCore();
  core.handlers['app.log'] = () => Promise.resolve({ text: '' });
  await stage(core);
  await open();
  await expect.element(page.getByText('Nothing has been reported.')).toBeVisible();
  await expect.element(page.getByRole('button', { name: 'Copy' })).toBeDisabled();
  await userEvent.keyboard('{Escape}');
  core.handlers['app.log'] = () => Promise.reject(new ContractError('unavailable', 'Sotto is locked.'));
  await open();
  await expect.element(page.getByRole('alert').getByText('Sotto is locked.')).toBeVisible();
});
