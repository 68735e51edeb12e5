import { describe, expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { ContractError } from '../../src/contract/errors.ts';
import { bufferId, contact, contactId, message, messageId, usualCore } from './scenes.ts';
import { accessible, calls, stage } from './stage.ts';

const input = () => page.getByRole('textbox', { name: /^Message to/ });
const log = () => page.getByRole('log');

describe('private conversations', () => {
  it('shows how far each of my messages has come, and why one failed', async () => {
    const core = usualCore();
    const app = await stage(core);
    app.go({ kind: 'buffer', id: bufferId(6) });
    await expect.element(log().getByText('not sent: too long: at most 29,000 bytes', { exact: false })).toBeVisible();
    await expect.element(log().getByText('waiting for a route', { exact: false })).toBeVisible();
    core.emit('receipt', { buffer: bufferId(6), message: messageId(207), receipt: { state: 'delivered', reason: null } });
    await expect.element(log().getByText('waiting for a route', { exact: false })).not.toBeInTheDocument();
    await accessible();
  });

  it('says every state of the shield in words', async () => {
    const core = usualCore();
    const app = await stage(core);
    app.go({ kind: 'buffer', id: bufferId(6) });
    const states = [
      ['connecting', 'connecting'],
      ['confirming', 'confirming…'],
      ['not-verified', 'not verified'],
      ['invite-pinned', 'invite-pinned'],
      ['verified', 'verified'],
      ['changed', 'changed (sending stopped)'],
      ['blocked', 'blocked'],
    ] as const;
    for (const [shield, words] of states) {
      core.emit('contact', contact(1, 'Ines', { shield, buffer: bufferId(6) }));
      await expect.element(page.getByRole('button', { name: `Safety: ${words}`, exact: true })).toBeVisible();
    }
    await accessible();
  });

  it('shows the safety number as digits and as a code behind the shield, and marks it verified', async () => {
    const core = usualCore();
    core.snapshot.contacts = [contact(1, 'Ines', { buffer: bufferId(6) })];
    const app = await stage(core);
    app.go({ kind: 'buffer', id: bufferId(6) });
    await page.getByRole('button', { name: 'Safety: not verified' }).click();
    await expect.element(page.getByText('07919', { exact: false })).toBeVisible();
    expect(page.getByRole('dialog').getByRole('list', { name: 'Twelve groups of five digits' }).element().children.length).toBe(12);
    await expect.element(page.getByRole('img', { name: /as a QR code/ })).toBeVisible();
    await expect.element(page.getByText('have not been audited', { exact: false })).toBeVisible();
    await accessible();
    await page.getByRole('button', { name: 'Done' }).click();
    await expect.element(page.getByRole('button', { name: 'Safety: not verified' })).toHaveFocus();
    await page.getByRole('button', { name: 'Safety: not verified' }).click();
    await page.getByRole('button', { name: 'They are equal: mark as verified' }).click();
    await expect.poll(() => calls(core, 'contact.verify')).toEqual([{ contact: 1, verified: true }]);
    await page.getByRole('button', { name: 'Delete…' }).click();
    await expect.element(page.getByRole('dialog', { name: 'Delete Ines?' })).toBeVisible();
    expect(calls(core, 'contact.remove')).toEqual([]);
    await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click();
    await expect.poll(() => calls(core, 'contact.remove')).toEqual([{ contact: 1, block: false }]);
    await expect.element(input()).toHaveFocus();
  });

  it('shows of a stranger only name, fingerprint and count, until accepted', async () => {
    const core = usualCore();
    core.snapshot.requests = core.snapshot.requests.map((request) => ({ ...request, nickname: 'quiet\u202efox' }));
    core.handlers['contact.accept'] = () => Promise.resolve({ buffer: bufferId(7) });
    await stage(core);
    await page.getByRole('button', { name: 'Requests 1' }).click();
    await expect.element(page.getByRole('heading', { name: 'quietfox m4ze-9rud' })).toBeVisible();
    await expect.element(page.getByText('2 messages', { exact: false })).toBeVisible();
    await accessible();
    await page.getByRole('button', { name: 'Block quietfox' }).click();
    await page.getByRole('button', { name: 'Cancel' }).click();
    expect(calls(core, 'contact.block')).toEqual([]);
    await page.getByRole('button', { name: 'Accept quietfox' }).click();
    await expect.element(page.getByRole('heading', { name: 'Jonas' })).toBeVisible();
    expect(calls(core, 'contact.accept')).toEqual([{ contact: 3 }]);
  });

  it('offers to connect when a route is pasted into the input, and says why it cannot', async () => {
    const core = usualCore();
    const route = 'QUJD'.repeat(250);
    await stage(core);
    const data = new DataTransfer();
    data.setData('text/plain', route);
    input()
      .element()
      .dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
    await page.getByRole('button', { name: 'Connect to this person' }).click();
    await accessible();
    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    await expect.element(page.getByRole('dialog').getByText('This is not a route.', { exact: false })).toBeVisible();
    core.handlers['contact.connect'] = () => Promise.resolve({ contact: contactId(2), buffer: bufferId(7) });
    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    await expect.element(page.getByRole('heading', { name: 'Jonas' })).toBeVisible();
    expect(calls(core, 'contact.connect')).toEqual([
      { text: route, from: 'outside' },
      { text: route, from: 'outside' },
    ]);
    expect(calls(core, 'buffer.input')).toEqual([]);
  });

  it('offers to connect when a sotto: link in a line is pressed', async () => {
    const core = usualCore();
    core.messages.set(bufferId(2), [message(1, 2, 'alda', 'write me: sotto:abcDEF123')]);
    await stage(core);
    await log().getByRole('button', { name: 'sotto:abcDEF123' }).click();
    await expect.element(page.getByRole('dialog').getByRole('textbox')).toHaveValue('sotto:abcDEF123');
    expect(calls(core, 'contact.connect')).toEqual([]);
  });
});

describe('routes and invites', () => {
  it('copies the newest route inside the click', async () => {
    const core = usualCore();
    await stage(core);
    await page.getByRole('button', { name: 'Copy route' }).click();
    await expect.element(page.getByText('Your route is copied.', { exact: false })).toBeVisible();
    expect(calls(core, 'route.get')).toEqual([]);
    await input().click();
    await userEvent.keyboard('{Control>}v{/Control}');
    await expect.element(input()).toHaveValue('own-route-blob');
  });

  it('waits for a route that is still being made, and copies an invite with its end', async () => {
    const core = usualCore();
    core.snapshot.node = { ...core.snapshot.node, routes: [] };
    await stage(core);
    await page.getByRole('button', { name: 'Copy route' }).click();
    await expect.element(page.getByText('Your route is copied.', { exact: false })).toBeVisible();
    await page.getByRole('button', { name: 'Copy invite' }).click();
    await expect.element(page.getByText(/An invite is copied\. It works once, until/)).toBeVisible();
    await input().click();
    await userEvent.keyboard('{Control>}v{/Control}');
    await expect.element(page.getByText('This looks like somebody’s route or invite.', { exact: false })).toBeVisible();
  });

  it('says why there is no route, and shows the text where the clipboard is refused', async () => {
    const core = usualCore();
    core.snapshot.node = { ...core.snapshot.node, phase: 'missing', reason: 'cargo is not installed', routes: [] };
    core.handlers['route.get'] = () =>
      Promise.reject(new ContractError('unavailable', 'veilid-node is not built: cargo is not installed.'));
    const app = await stage(core);
    await page.getByRole('button', { name: 'Copy route' }).click();
    await expect.element(page.getByText('veilid-node is not built: cargo is not installed.', { exact: false })).toBeVisible();
    app.ask({ kind: 'text', title: 'Your route', text: 'own-route-blob', note: 'Give it to a friend.' });
    await expect.element(page.getByRole('dialog', { name: 'Your route' }).getByRole('textbox')).toHaveValue('own-route-blob');
    await accessible();
  });
});
