import { describe, expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { ContractError } from '../../src/contract/errors.ts';
import { usualCore } from './scenes.ts';
import { accessible, calls, stage } from './stage.ts';

describe('the public card', () => {
  it('says what it shows before it is made, and is made, copied and taken back by keyboard', async () => {
    const core = usualCore();
    await stage(core);
    await userEvent.keyboard('{Control>}k{/Control}');
    await userEvent.keyboard('public card{Enter}');
    const dialog = page.getByRole('dialog', { name: 'Public card' });
    await expect.element(dialog.getByText('when Sotto starts', { exact: false })).toBeVisible();
    await expect.element(dialog.getByRole('button', { name: 'Make a public card' })).toBeEnabled();
    expect(calls(core, 'card.setPublic')).toEqual([]);
    await accessible();
    await userEvent.keyboard('{Tab}{Tab}{Enter}');
    await expect.element(dialog.getByLabelText('Your link')).toHaveValue(`sotto:card/VLD0:${'k'.repeat(43)}:${'e'.repeat(43)}`);
    await expect.element(dialog.getByLabelText('Your link')).toHaveFocus();
    await expect.element(dialog.getByText('The network has it.', { exact: false })).toBeVisible();
    await expect.element(dialog.getByRole('button', { name: 'Copy link' })).toBeVisible();
    await accessible();
    await dialog.getByRole('button', { name: 'Take it back' }).click();
    await expect.element(dialog.getByRole('button', { name: 'Make a public card' })).toHaveFocus();
    expect(calls(core, 'card.setPublic')).toEqual([{ enabled: true }, { enabled: false }]);
  });

  it('says why it could not be made', async () => {
    const core = usualCore();
    core.handlers['card.setPublic'] = () => Promise.reject(new ContractError('unavailable', 'Veilid is not running.'));
    const app = await stage(core);
    app.ask({ kind: 'publicCard' });
    const dialog = page.getByRole('dialog', { name: 'Public card' });
    await dialog.getByRole('button', { name: 'Make a public card' }).click();
    await expect.element(dialog.getByRole('alert')).toHaveTextContent('Veilid is not running.');
  });
});
