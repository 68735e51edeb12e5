/** Lines of today's IRC: answers, reactions, marks, taking back, and the keyboard among them. */
import { describe, expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { ContractError } from '../../src/contract/errors.ts';
import { noFeatures } from '../../src/contract/chat.ts';
import { bufferId, message, messageId, modernCore, usualCore } from './scenes.ts';
import { accessible, calls, noSidewaysScroll, stage } from './stage.ts';

const input = () => page.getByRole('textbox', { name: /^Message to/ });
const log = () => page.getByRole('log');
const line = (id: number): HTMLElement => {
  const found = document.querySelector(`[data-line="${id}"]`);
  if (!(found instanceof HTMLElement)) throw new Error(`no line ${id}`);
  return found;
};
const shown = (text: string) => expect.element(log().getByText(text, { exact: false }).first()).toBeVisible();
/** The keyboard on one line, by the way a person takes. */
async function toLine(id: number): Promise<void> {
  log().element().focus();
  await expect
    .poll(async () => {
      if (document.activeElement === line(id)) return true;
      await userEvent.keyboard('{ArrowUp}');
      return document.activeElement === line(id);
    })
    .toBe(true);
}

describe('what IRCv3 adds to a line', () => {
  it('is shown plainly, and axe finds nothing, light or dark', async () => {
    const app = await stage(modernCore());
    await shown('Last week, under fleece.');
    await expect.element(log().getByRole('button', { name: /^In reply to oleander: Has anybody sown/ })).toBeVisible();
    await expect.element(log().getByRole('button', { name: /^👍, 3: / })).toHaveAttribute('aria-pressed', 'true');
    await expect.element(log().getByRole('button', { name: /^lovely, 1: / })).toHaveAttribute('aria-pressed', 'false');
    for (const mark of ['bot', 'via bridge', 'oper', 'to @ only'])
      await expect.element(log().getByText(mark, { exact: true })).toBeVisible();
    expect(line(6).textContent).toMatch(/taken back by\s+sorrel: wrong channel/);
    expect(line(7).innerText).toContain('beans\n  garlic\n  patience');
    expect(line(8).querySelector('button.quote')).toBeNull();
    await accessible();
    app.preferences.theme = 'dark';
    await accessible();
    app.preferences.theme = 'system';
  });

  it('fits 360 pixels and 200 %, with hostile names, quotes and reactions', async () => {
    const core = modernCore();
    core.messages.get(bufferId(2))?.push(
      message(10, 2, 'x'.repeat(80), 'W'.repeat(200), {
        isReferable: true,
        details: {
          replyTo: { message: messageId(1), from: 'n'.repeat(200), text: `\u202e${'q'.repeat(4_000)}\n\u0003` },
          reactions: Array.from({ length: 60 }, (_, index) => ({ text: `${'r'.repeat(60)}${index}`, nicks: [`n${index}`] })),
          relayedBy: 'v'.repeat(300),
          status: 'S'.repeat(30),
        },
      }),
    );
    await stage(core, 360, 800);
    await shown('WWWW');
    noSidewaysScroll();
    await expect.element(log().getByText('and 40 more')).toBeVisible();
    expect(line(10).textContent).not.toMatch(/\u202e/);
    await accessible();
    await page.viewport(640, 400);
    noSidewaysScroll();
  });

  it('changes in place when the core says so', async () => {
    const core = modernCore();
    await stage(core);
    await shown('The ground here');
    const first = message(1, 2, 'oleander', '', { isReferable: true, details: { redacted: { by: 'oleander', reason: '' } } });
    core.emit('messageChanged', { buffer: bufferId(2), message: first });
    await expect.poll(() => line(1).textContent).toMatch(/taken back by\s+oleander/);
  });
});

describe('the menu of a line', () => {
  it('opens by mouse with what the server can do, and answers', async () => {
    const core = modernCore();
    await stage(core);
    await shown('Frost tonight');
    await log().getByRole('button', { name: 'Actions for the line of almanac' }).click();
    await expect.element(page.getByRole('menuitem', { name: 'Reply' })).toHaveFocus();
    expect(
      page
        .getByRole('menuitem')
        .elements()
        .map((item) => item.textContent.trim()),
    ).toEqual(['ReplyR', 'React…E', 'Copy textC']);
    await accessible();
    await userEvent.keyboard('{Enter}');
    await expect.element(page.getByRole('button', { name: 'Do not reply (Escape)' })).toBeVisible();
    await expect.element(input()).toHaveFocus();
    await accessible();
    await userEvent.keyboard('/whois almanac{Enter}thanks{Enter}');
    await expect
      .poll(() => calls(core, 'buffer.input'))
      .toEqual([
        { buffer: 2, text: '/whois almanac', replyTo: null },
        { buffer: 2, text: 'thanks', replyTo: 3 },
      ]);
    await expect.element(page.getByRole('button', { name: 'Do not reply (Escape)' })).not.toBeInTheDocument();
  });

  it('is reached by keyboard alone: arrows, Enter, one key for each', async () => {
    const core = modernCore();
    await stage(core);
    await shown('An old server');
    await userEvent.keyboard('{F6}');
    await expect.poll(() => document.activeElement?.closest('[data-region]')?.getAttribute('data-region')).not.toBe('input');
    await toLine(3);
    await userEvent.keyboard('r');
    await expect.element(input()).toHaveFocus();
    await expect.element(page.getByRole('button', { name: 'Do not reply (Escape)' })).toBeVisible();
    await userEvent.keyboard('{Escape}');
    await expect.element(page.getByRole('button', { name: 'Do not reply (Escape)' })).not.toBeInTheDocument();
    await expect.element(input()).toHaveFocus();
    await toLine(3);
    await userEvent.keyboard('{Enter}{ArrowDown}');
    await expect.element(page.getByRole('menuitem', { name: 'React…' })).toHaveFocus();
    await userEvent.keyboard('{Escape}');
    await expect.element(page.getByRole('menu')).not.toBeInTheDocument();
    expect(document.activeElement).toBe(line(3));
    await userEvent.keyboard('e');
    await expect.element(page.getByLabelText('Or an emoji or a word of your own')).toHaveFocus();
    await accessible();
    await userEvent.keyboard('  well  done {Enter}');
    await expect.poll(() => calls(core, 'message.react')).toEqual([{ buffer: 2, message: 3, text: 'well done', removed: false }]);
    expect(document.activeElement).toBe(line(3));
    await userEvent.keyboard('{ArrowDown}');
    expect(document.activeElement).toBe(line(4));
    await toLine(9);
    await userEvent.keyboard('{ArrowDown}');
    await expect.element(input()).toHaveFocus();
  });

  it('takes an own line back only after a question, with a reason', async () => {
    const core = modernCore();
    await stage(core);
    await shown('patience');
    await toLine(7);
    await userEvent.keyboard('{Delete}');
    await expect.element(page.getByRole('dialog', { name: 'Take this line back?' })).toBeVisible();
    await accessible();
    await userEvent.keyboard('{Escape}');
    await expect.element(page.getByRole('dialog')).not.toBeInTheDocument();
    expect(calls(core, 'message.redact')).toEqual([]);
    await toLine(7);
    await userEvent.keyboard('{Delete}typo{Enter}');
    await expect.poll(() => calls(core, 'message.redact')).toEqual([{ buffer: 2, message: 7, reason: 'typo' }]);
    await toLine(3);
    await userEvent.keyboard('{Delete}');
    await expect.element(page.getByRole('dialog')).not.toBeInTheDocument();
  });

  it('says why the server refused', async () => {
    const core = modernCore();
    core.handlers['message.react'] = () => Promise.reject(new ContractError('unavailable', 'The server does not know this line any more.'));
    await stage(core);
    await shown('Last week');
    await log()
      .getByRole('button', { name: /^👍, 3: / })
      .click();
    await expect.element(page.getByText('The server does not know this line any more.')).toBeVisible();
    expect(calls(core, 'message.react')).toEqual([{ buffer: 2, message: 2, text: '👍', removed: true }]);
  });

  it('offers only to copy where the server can no more, or the line has no id', async () => {
    const core = modernCore(noFeatures);
    await stage(core);
    await shown('Last week');
    await log().getByRole('button', { name: 'Actions for the line of almanac' }).click();
    expect(page.getByRole('menuitem').elements()).toHaveLength(1);
    await userEvent.keyboard('{Escape}');
    const chip = log().getByRole('button', { name: /^👍, 3: / });
    await expect.element(chip).toBeDisabled();
    const pressed = chip.element();
    if (pressed instanceof HTMLElement) pressed.click();
    expect(calls(core, 'message.react')).toEqual([]);
    // A line that is gone has nothing to copy.
    expect(line(6).querySelector('.menu')).toBeNull();
  });

  it('tries a private line again, or gives it up', async () => {
    const core = usualCore();
    const app = await stage(core);
    app.go({ kind: 'buffer', id: bufferId(6) });
    await shown('And the map');
    await toLine(207);
    await userEvent.keyboard('{Enter}');
    expect(
      page
        .getByRole('menuitem')
        .elements()
        .map((item) => item.textContent.trim()),
    ).toEqual(['Copy textC', 'Retry', 'Give up']);
    await page.getByRole('menuitem', { name: 'Give up' }).click();
    await expect.poll(() => calls(core, 'message.giveUp')).toEqual([{ buffer: 6, message: 207 }]);
    core.emit('receipt', { buffer: bufferId(6), message: messageId(207), receipt: { state: 'failed', reason: 'You gave up' } });
    await expect.element(page.getByText('not sent: You gave up')).toBeVisible();
    await toLine(207);
    await userEvent.keyboard('{Enter}');
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await expect.poll(() => calls(core, 'message.remove')).toEqual([{ buffer: 6, message: 207 }]);
  });
});

describe('an answer', () => {
  it('leads to the line it answers, even far above', async () => {
    const core = modernCore();
    core.messages.set(bufferId(2), [
      ...Array.from({ length: 80 }, (_, index) => message(index + 1, 2, 'alda', `line ${index + 1}`)),
      message(81, 2, 'wren', 'that one', { details: { replyTo: { message: messageId(3), from: 'alda', text: 'line 3' } } }),
    ]);
    await stage(core);
    await shown('that one');
    await log()
      .getByRole('button', { name: /^In reply to alda: line 3/ })
      .click();
    await expect.poll(() => document.activeElement?.getAttribute('data-line')).toBe('3');
    expect(line(3).getBoundingClientRect().top).toBeGreaterThan(0);
    await expect.element(page.getByRole('button', { name: 'Jump to latest' })).toBeVisible();
  });
});

describe('older lines from the server', () => {
  it('are asked for at the top, shown, and said to have ended', async () => {
    const core = modernCore();
    const older = [message(501, 2, 'alda', 'from last year', { time: 1_000 })];
    core.handlers['buffer.olderFromServer'] = () => {
      core.messages.get(bufferId(2))?.unshift(...older.splice(0));
      const lines = calls(core, 'buffer.olderFromServer').length === 1 ? 1 : 0;
      return Promise.resolve({ lines, ended: lines === 0 });
    };
    await stage(core);
    const button = page.getByRole('button', { name: 'Older lines from the server' });
    await expect.element(button).toBeVisible();
    await button.click();
    await shown('from last year');
    await accessible();
    await button.click();
    await expect.element(page.getByText('The server has nothing older.')).toBeVisible();
  });

  it('says why not, and may be asked for again', async () => {
    const core = modernCore();
    core.messages.set(bufferId(2), []);
    core.handlers['buffer.olderFromServer'] = () => Promise.reject(new ContractError('unavailable', 'The server did not answer in time.'));
    await stage(core);
    await page.getByRole('button', { name: 'Older lines from the server' }).click();
    await expect.element(page.getByText('The server did not answer in time.')).toBeVisible();
    await expect.element(page.getByRole('button', { name: 'Ask the server again' })).toBeVisible();
  });

  it('are not offered where the server keeps none', async () => {
    await stage(usualCore());
    await shown('Last week');
    await expect.element(page.getByRole('button', { name: 'Older lines from the server' })).not.toBeInTheDocument();
  });
});
