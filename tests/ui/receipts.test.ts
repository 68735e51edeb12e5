import { describe, expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { ContractError } from '../../src/contract/errors.ts';
import type { Receipt } from '../../src/contract/message.ts';
import { bufferId, message, messageId, usualCore } from './scenes.ts';
import { accessible, calls, noSidewaysScroll, stage } from './stage.ts';

const log = () => page.getByRole('log');
const waiting = { buffer: 6, message: 207 };

async function conversation(width?: number) {
  const core = usualCore();
  const app = await stage(core, width);
  app.go({ kind: 'buffer', id: bufferId(6) });
  await expect.element(log().getByText('And the map')).toBeVisible();
  const tell = (receipt: Receipt): void => {
    core.emit('receipt', { buffer: bufferId(6), message: messageId(207), receipt });
  };
  return { core, tell };
}

describe('how far a message has come', () => {
  it('is said in words for each of the five states, and axe finds nothing', async () => {
    const { tell } = await conversation();
    const states: [Receipt, string][] = [
      [{ state: 'queued', reason: null }, 'waiting'],
      [{ state: 'queued', reason: 'Their route does not answer any more' }, 'Their route does not answer any more'],
      [{ state: 'sent', reason: null }, 'sent'],
      [{ state: 'delivered', reason: null }, 'delivered'],
      [{ state: 'read', reason: null }, 'read'],
      [{ state: 'failed', reason: 'You gave up' }, 'not sent: You gave up'],
    ];
    for (const [receipt, words] of states) {
      tell(receipt);
      await expect.element(log().getByTitle(words, { exact: true }).last().getByText(words, { exact: true })).toBeInTheDocument();
      await accessible();
    }
  });

  it('offers to try again or to give up while it waits, by keyboard too', async () => {
    const { core, tell } = await conversation();
    tell({ state: 'queued', reason: null });
    const mark = log().getByRole('button', { name: 'waiting' });
    await expect.element(mark).toHaveAttribute('aria-expanded', 'false');
    mark.element().focus();
    await userEvent.keyboard('{Enter}');
    await expect.element(mark).toHaveAttribute('aria-expanded', 'true');
    await accessible();
    await userEvent.keyboard('{Escape}');
    await expect.element(mark).toHaveAttribute('aria-expanded', 'false');
    await userEvent.keyboard('{Enter}{Tab}{Tab}{Enter}');
    await expect.poll(() => calls(core, 'message.giveUp')).toEqual([waiting]);
    tell({ state: 'failed', reason: 'You gave up' });
    await expect.element(log().getByRole('button', { name: 'Give up' })).not.toBeInTheDocument();
    await log().getByRole('button', { name: 'Retry' }).first().click();
    await expect.poll(() => calls(core, 'message.retry')).toEqual([waiting]);
    const retry = log().getByRole('button', { name: 'Retry' }).first().element();
    if (retry instanceof HTMLElement) retry.focus();
    await userEvent.keyboard('{Tab}{Enter}');
    await expect.poll(() => calls(core, 'message.remove')).toEqual([waiting]);
    core.emit('messageRemoved', { buffer: bufferId(6), message: messageId(207) });
    await expect.element(log().getByText('And the map')).not.toBeInTheDocument();
    await accessible();
  });

  it('says why a message could not be sent again', async () => {
    const { core, tell } = await conversation();
    core.handlers['message.retry'] = () => Promise.reject(new ContractError('identityChanged', 'Their identity has changed.'));
    tell({ state: 'queued', reason: 'No answer yet' });
    await log().getByRole('button', { name: 'Retry' }).first().click();
    await expect.element(page.getByText('Their identity has changed.', { exact: false })).toBeVisible();
  });

  it('fits a narrow window', async () => {
    const { core, tell } = await conversation(360);
    core.emit('messages', {
      buffer: bufferId(6),
      messages: [message(209, 6, 'maren', 'y'.repeat(90), { self: true, receipt: { state: 'failed', reason: 'It waited for 14 days' } })],
    });
    tell({ state: 'queued', reason: 'Their route does not answer any more' });
    await expect.element(log().getByText('It waited for 14 days', { exact: false })).toBeVisible();
    noSidewaysScroll();
    await accessible();
  });
});
