/** Where lines are missing: the mark in the conversation, having it filled, and what that does to the lines around it. */
import { describe, expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { ContractError } from '../../src/contract/errors.ts';
import type { GapView, Message } from '../../src/contract/message.ts';
import type { FakeCore } from './fakeCore.ts';
import { bufferId, message, messageId, modernCore, start } from './scenes.ts';
import { accessible, calls, noSidewaysScroll, stage } from './stage.ts';

const room = bufferId(2);
const MINUTE = 60_000;
const log = () => page.getByRole('log');
const fetchButton = () => log().getByRole('button', { name: 'Fetch them' });
const shown = (text: string) => expect.element(log().getByText(text, { exact: true })).toBeVisible();
const between = (first: number, last: number): Message[] =>
  Array.from({ length: last - first + 1 }, (_, index) => message(first + index, 2, 'alda', `line ${first + index}`));
const gap = (before: number, fetched: number | null = null): GapView => ({
  id: 7,
  after: start + 10 * MINUTE,
  before: start + before * MINUTE,
  fetched,
});

/** Lines 1 to 10 and 100 to 104, and nothing in between. */
function torn(): FakeCore {
  const core = modernCore();
  core.messages.set(room, [...between(1, 10), ...between(100, 104)]);
  core.handlers['buffer.gaps'] = ({ buffer }) => Promise.resolve({ gaps: buffer === 2 ? [gap(100)] : [] });
  return core;
}
/** Texts of lines and separators, from above. */
const order = (): string[] =>
  [...document.querySelectorAll('[role="log"] [data-line] .body, [role="log"] .gap .words')].map((element) => element.textContent.trim());

describe('a gap in a conversation', () => {
  it('is a quiet line at its place, and axe finds nothing, light or dark, narrow or enlarged', async () => {
    const app = await stage(torn());
    await expect.element(fetchButton()).toBeVisible();
    const rows = order();
    const at = rows.indexOf('Messages may be missing here.');
    expect(rows.slice(at - 1, at + 2)).toEqual(['line 10', 'Messages may be missing here.', 'line 100']);
    await accessible();
    app.preferences.theme = 'dark';
    await accessible();
    app.preferences.theme = 'system';
    await page.viewport(360, 800);
    noSidewaysScroll();
    await page.viewport(640, 400);
    noSidewaysScroll();
  });

  it('is reached and filled by keyboard, says how far it is, and the keyboard stays among the lines when it is gone', async () => {
    const core = torn();
    const answer = Promise.withResolvers<{ lines: number; isFilled: boolean }>();
    core.handlers['buffer.fillGap'] = () => answer.promise;
    await stage(core);
    await shown('line 104');
    log().element().focus();
    await expect
      .poll(async () => {
        if (document.activeElement?.getAttribute('data-line') === '10') return true;
        await userEvent.keyboard('{ArrowUp}');
        return false;
      })
      .toBe(true);
    await expect
      .poll(async () => {
        if (document.activeElement?.textContent === 'Fetch them') return true;
        await userEvent.keyboard('{Tab}');
        return false;
      })
      .toBe(true);
    await userEvent.keyboard('{Enter}');
    await expect.poll(() => calls(core, 'buffer.fillGap')).toEqual([{ buffer: 2, gap: 7 }]);
    core.emit('gaps', { buffer: room, gaps: [gap(100, 0)] });
    await expect.element(log().getByText('Fetching what was missed…')).toBeVisible();
    core.emit('messages', { buffer: room, messages: between(60, 99) });
    await shown('line 60');
    expect(document.activeElement?.textContent).toBe('Stop');
    core.emit('gaps', { buffer: room, gaps: [gap(60, 1_040)] });
    await expect.element(log().getByText(/1,040\s+so far\./)).toBeVisible();
    expect(document.activeElement?.textContent).toBe('Stop');
    await accessible();
    // What came stands below the mark, which stays where it was.
    const rows = order();
    const at = rows.findIndex((row) => row.startsWith('Fetching what was missed'));
    expect(rows.slice(at - 1, at + 2)).toEqual(['line 10', rows[at], 'line 60']);
    core.emit('messages', { buffer: room, messages: between(11, 59) });
    core.emit('gaps', { buffer: room, gaps: [] });
    answer.resolve({ lines: 89, isFilled: true });
    await shown('line 11');
    await expect.element(fetchButton()).not.toBeInTheDocument();
    await expect.poll(() => document.activeElement?.getAttribute('role')).toBe('log');
  });

  it('can be stopped while it is filled, and says why it could not be', async () => {
    const core = torn();
    let stopped = false;
    core.handlers['buffer.fillGap'] = (_params, signal) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          stopped = true;
          resolve({ lines: 4, isFilled: false });
        });
      });
    await stage(core);
    await fetchButton().click();
    core.emit('gaps', { buffer: room, gaps: [gap(96, 4)] });
    await log().getByRole('button', { name: 'Stop' }).click();
    await expect.poll(() => stopped).toBe(true);
    core.emit('gaps', { buffer: room, gaps: [gap(96)] });
    core.handlers['buffer.fillGap'] = () => Promise.reject(new ContractError('unavailable', 'The server did not answer this.'));
    await fetchButton().click();
    await expect.element(page.getByText('The server did not answer this.')).toBeVisible();
    await expect.element(fetchButton()).toBeVisible();
  });

  it('offers nothing to press where the server cannot be asked', async () => {
    const core = torn();
    core.snapshot.servers = core.snapshot.servers.map((server) => ({ ...server, features: { ...server.features, history: false } }));
    await stage(core);
    await shown('Messages may be missing here.');
    await expect.element(fetchButton()).not.toBeInTheDocument();
  });

  it('is not taken for the start: older lines are read above it, and it is not drawn where its place is not loaded', async () => {
    const core = torn();
    core.messages.set(room, [...between(1, 10), ...between(100, 230)]);
    await stage(core);
    await shown('line 230');
    // Its place is not among the newest hundred lines.
    expect(order()).not.toContain('Messages may be missing here.');
    const older = log().getByText('line 131', { exact: true });
    await expect
      .poll(
        () => {
          log().element().scrollTop = 0;
          return document.querySelector('.gap') !== null;
        },
        { timeout: 10_000 },
      )
      .toBe(true);
    await expect.element(older).not.toBeInTheDocument();
    await expect
      .poll(
        () => {
          log().element().scrollTop = 0;
          return order()[0];
        },
        { timeout: 10_000 },
      )
      .toBe('line 1');
    await expect.element(page.getByRole('button', { name: 'Older lines from the server' })).toBeInTheDocument();
  });

  it('leaves no hole of its own where more comes than the page holds', async () => {
    const core = torn();
    core.messages.set(room, [...between(1, 10), ...between(2_500, 2_520)]);
    core.handlers['buffer.gaps'] = () => Promise.resolve({ gaps: [gap(2_500, 0)] });
    const app = await stage(core, 1280, 500);
    await shown('line 2520');
    await expect
      .poll(() => {
        log().element().scrollTop = 0;
        return app.atEnd;
      })
      .toBe(false);
    for (let first = 2_400; first >= 100; first -= 100) core.emit('messages', { buffer: room, messages: between(first, first + 99) });
    await expect.poll(() => app.lines.messages.some(({ id }) => Number(id) === 100)).toBe(true);
    const ids = app.lines.messages.map(({ id }) => Number(id));
    expect(ids.slice(0, 11)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 100]);
    expect(ids.slice(11)).toEqual(Array.from({ length: ids.length - 11 }, (_, index) => 101 + index));
    expect(app.lines.detached).toBe(true);
    // What is said now belongs to the end that is not here.
    core.emit('messages', { buffer: room, messages: between(2_521, 2_521) });
    core.emit('messages', { buffer: room, messages: between(99, 99) });
    await expect.poll(() => app.lines.messages.some(({ id }) => Number(id) === 99)).toBe(true);
    expect(app.lines.messages.some(({ id }) => Number(id) === 2_521)).toBe(false);
  });

  it('does not draw the mark of new messages above lines that were read', async () => {
    const core = torn();
    const late = between(60, 99).map((line) => ({ ...line, id: messageId(Number(line.id) + 1_000) }));
    core.snapshot.buffers = core.snapshot.buffers.map((one) => (one.id === 2 ? { ...one, unread: 3, readUpTo: messageId(107) } : one));
    core.messages.set(room, [...between(1, 10), ...late, ...between(100, 110)]);
    await stage(core);
    await shown('New messages');
    const rows = [...document.querySelectorAll('[role="log"] [data-line] .body, [role="log"] .separator.new')].map((element) =>
      element.textContent.trim(),
    );
    expect(rows[rows.indexOf('New messages') + 1]).toBe('line 108');
  });
});
