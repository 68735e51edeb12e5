import { describe, expect, it } from 'vitest';
import { page } from 'vitest/browser';
import { bufferId, contact, contactId, usualCore } from './scenes.ts';
import { accessible, calls, noSidewaysScroll, stage } from './stage.ts';

/** Begins as every iroh address does. */
const address = `aXJvaC8x${'A'.repeat(300)}`;

describe('iroh', () => {
  it('is connected to only by somebody who does not mind being seen', async () => {
    const core = usualCore();
    const app = await stage(core);
    app.ask({ kind: 'connect', text: address, from: 'outside' });
    await expect.element(page.getByText('they see the network address of this computer', { exact: false })).toBeVisible();
    const connect = page.getByRole('dialog').getByRole('button', { name: 'Connect', exact: true });
    await expect.element(connect).toBeDisabled();
    await accessible();
    await page.getByRole('checkbox', { name: 'They may see where this computer is' }).click();
    await connect.click();
    await expect.poll(() => calls(core, 'contact.connect')).toEqual([{ text: address, from: 'outside' }]);
  });

  it('says nothing of the kind about a route', async () => {
    const app = await stage(usualCore());
    app.ask({ kind: 'connect', text: 'B'.repeat(900), from: 'outside' });
    await expect.element(page.getByRole('dialog').getByRole('button', { name: 'Connect', exact: true })).toBeEnabled();
    await expect.element(page.getByText('network address of this computer', { exact: false })).not.toBeInTheDocument();
  });

  it('asks for the fingerprint that answered before anything is sent', async () => {
    const core = usualCore();
    const app = await stage(core);
    core.emit(
      'contact',
      contact(1, 'Ines', { buffer: bufferId(6), mustConfirm: true, shield: 'connecting', fingerprint: '8Z3K-0QXP-7F2M-Y1TB' }),
    );
    app.go({ kind: 'buffer', id: bufferId(6) });
    const banner = page.getByRole('region', { name: 'Is this their fingerprint?' });
    await expect.element(banner.getByText('8Z3K-0QXP-7F2M-Y1TB')).toBeVisible();
    noSidewaysScroll();
    await accessible();
    await banner.getByRole('button', { name: 'It is theirs' }).click();
    await expect.poll(() => calls(core, 'contact.confirm')).toEqual([{ contact: 1 }]);
    core.emit('contact', contact(1, 'Ines', { buffer: bufferId(6) }));
    await expect.element(banner).not.toBeInTheDocument();
  });

  it('is chosen for one contact, with what it shows; where it is off there is nothing to choose and nothing to copy', async () => {
    const core = usualCore();
    const app = await stage(core);
    app.ask({ kind: 'contact', contact: contactId(1) });
    await expect.element(page.getByRole('combobox', { name: 'Presence' })).toBeVisible();
    const choice = page.getByRole('checkbox', { name: 'Talk over iroh where possible' });
    await expect.element(choice).not.toBeInTheDocument();
    core.emit('contact', contact(1, 'Ines', { direct: { chosen: false, told: false } }));
    await expect.element(page.getByText('It begins once they have chosen it too', { exact: false })).toBeVisible();
    await accessible();
    await choice.click();
    await expect.poll(() => calls(core, 'contact.set')).toEqual([{ contact: 1, direct: true }]);
    core.emit('contact', contact(1, 'Ines', { direct: { chosen: true, told: true } }));
    await expect.element(page.getByText('They have chosen it too.', { exact: false })).toBeVisible();
  });
});
