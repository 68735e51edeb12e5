import { describe, expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { ContractError } from '../../src/contract/errors.ts';
import { bufferId, message, usualCore } from './scenes.ts';
import { accessible, calls, noSidewaysScroll, stage } from './stage.ts';

const input = () => page.getByRole('textbox', { name: /^Message to/ });
const log = () => page.getByRole('log');

describe('a conversation', () => {
  it('shows servers, channels, people, lines and members, and axe finds nothing', async () => {
    const core = usualCore();
    await stage(core);
    await expect.element(page.getByRole('heading', { name: '#gardening' })).toBeVisible();
    await expect.element(log().getByText('Last week, under fleece.', { exact: false })).toBeVisible();
    await expect.element(log().getByText('New messages', { exact: false })).toBeVisible();
    await expect
      .element(log().getByRole('link', { name: 'https://garden.example/beans/2026' }))
      .toHaveAttribute('rel', 'noopener noreferrer');
    await expect.element(page.getByRole('complementary', { name: 'People' }).getByText('fennel', { exact: false })).toBeVisible();
    await expect.element(page.getByRole('button', { name: '#linux 2 mentions' })).toBeVisible();
    expect(calls(core, 'buffers.show')).toEqual([{ buffers: [2] }]);
    await accessible();
  });

  it('is as readable in the dark', async () => {
    const app = await stage(usualCore());
    app.preferences.theme = 'dark';
    await expect.element(log().getByText('Last week, under fleece.', { exact: false })).toBeVisible();
    await accessible();
    app.preferences.theme = 'light';
    await accessible();
    app.preferences.theme = 'system';
  });

  it('sends with Enter, breaks the line with Shift+Enter and gives sent lines back with the arrow', async () => {
    const core = usualCore();
    await stage(core);
    await input().fill('one');
    await userEvent.keyboard('{Shift>}{Enter}{/Shift}two{Enter}');
    await expect.poll(() => calls(core, 'buffer.input')).toEqual([{ buffer: 2, text: 'one\ntwo', replyTo: null }]);
    await expect.element(input()).toHaveValue('');
    await userEvent.keyboard('unsent');
    await userEvent.keyboard('{ArrowUp}');
    await expect.element(input()).toHaveValue('one\ntwo');
    await userEvent.keyboard('{ArrowDown}');
    await expect.element(input()).toHaveValue('unsent');
  });

  it('keeps the text when sending fails and says why beside it', async () => {
    const core = usualCore();
    core.handlers['buffer.input'] = () => Promise.reject(new ContractError('notConnected', 'You are not connected to Libera.'));
    await stage(core);
    await input().fill('hello');
    await userEvent.keyboard('{Enter}');
    await expect.element(page.getByText('You are not connected to Libera.', { exact: false })).toBeVisible();
    await expect.element(input()).toHaveValue('hello');
    await accessible();
  });

  it('follows what the core answers: a note, another buffer', async () => {
    const core = usualCore();
    core.handlers['buffer.input'] = ({ text }) =>
      Promise.resolve({
        focus: text === '/query tomasz' ? bufferId(5) : null,
        copy: null,
        note: text === '/help' ? 'Commands: /join' : null,
      });
    await stage(core);
    await input().fill('/help');
    await userEvent.keyboard('{Enter}');
    await expect.element(page.getByText('Commands: /join', { exact: false })).toBeVisible();
    await input().fill('/query tomasz');
    await userEvent.keyboard('{Enter}');
    await expect.element(page.getByRole('heading', { name: 'tomasz' })).toBeVisible();
    await expect.element(page.getByText('the server can read this conversation', { exact: false })).toBeVisible();
  });

  it('completes with Tab: who spoke last, then the next, then a command', async () => {
    await stage(usualCore());
    await expect.element(log().getByText('There is a table of depths', { exact: false })).toBeVisible();
    await input().fill('');
    await userEvent.keyboard('s{Tab}');
    await expect.element(input()).toHaveValue('sorrel: ');
    await input().fill('/to');
    await userEvent.keyboard('{Tab}');
    await expect.element(input()).toHaveValue('/topic ');
  });

  it('stores drafts for each buffer and puts them back', async () => {
    const core = usualCore();
    core.snapshot.buffers = core.snapshot.buffers.map((view) => (view.id === bufferId(3) ? { ...view, draft: 'half a thought' } : view));
    const app = await stage(core);
    await input().fill('unfinished');
    app.go({ kind: 'buffer', id: bufferId(3) });
    await expect.element(input()).toHaveValue('half a thought');
    await expect.poll(() => calls(core, 'buffer.draft')).toEqual([{ buffer: 2, text: 'unfinished' }]);
    app.go({ kind: 'buffer', id: bufferId(2) });
    await expect.element(input()).toHaveValue('unfinished');
  });

  it('shows lines as they come and marks them read, but none of another buffer', async () => {
    const core = usualCore();
    await stage(core);
    await expect.element(log().getByText('There is a table of depths', { exact: false })).toBeVisible();
    core.emit('messages', { buffer: bufferId(2), messages: [message(104, 2, 'wren', 'just now')] });
    core.emit('messages', { buffer: bufferId(3), messages: [message(105, 3, 'wren', 'elsewhere')] });
    await expect.element(log().getByText('just now', { exact: false })).toBeVisible();
    expect(log().getByText('elsewhere', { exact: false }).query()).toBeNull();
    await input().click();
    await expect.poll(() => calls(core, 'buffer.read')).toContainEqual({ buffer: 2, upTo: 104 });
  });

  it('condenses comings and goings and opens them on request', async () => {
    await stage(usualCore());
    const group = log().getByRole('button', { name: /joined · .*left/ });
    await group.click();
    await expect.element(log().getByText('Connection reset by peer', { exact: false })).toBeVisible();
  });

  it('reads older lines on scrolling up, keeps its place, and jumps back', async () => {
    const core = usualCore();
    core.messages.set(
      bufferId(2),
      Array.from({ length: 450 }, (_, index) => message(index + 1, 2, 'alda', `line ${index + 1} ${'word '.repeat(index % 40)}`)),
    );
    await stage(core);
    await expect.element(log().getByText('line 450', { exact: false })).toBeVisible();
    const element = log().element();
    await userEvent.wheel(element, { delta: { y: -600 } });
    await expect.element(page.getByRole('button', { name: 'Jump to latest' })).toBeVisible();
    await expect
      .poll(
        async () => {
          await userEvent.wheel(element, { delta: { y: -1500 } });
          return calls(core, 'buffer.page').length;
        },
        { timeout: 10_000 },
      )
      .toBeGreaterThan(2);
    await page.getByRole('button', { name: 'Jump to latest' }).click();
    await expect.element(log().getByText('line 450', { exact: false })).toBeVisible();
    await expect.element(page.getByRole('button', { name: 'Jump to latest' })).not.toBeInTheDocument();
  });

  it('keeps what is read in place while older lines arrive above it', async () => {
    const core = usualCore();
    core.messages.set(
      bufferId(2),
      Array.from({ length: 400 }, (_, index) => message(index + 1, 2, 'alda', `line ${index + 1}`)),
    );
    const release = Promise.withResolvers<undefined>();
    const paged = core.handlers['buffer.page'];
    core.handlers['buffer.page'] = async (params, ...rest) => {
      if (params.before !== null) await release.promise;
      return paged(params, ...rest);
    };
    const app = await stage(core);
    await expect.element(log().getByText('line 400', { exact: false })).toBeVisible();
    const seen = log().getByText('line 320', { exact: true });
    await expect
      .poll(() => {
        log().element().scrollTop = 300;
        return seen.query();
      })
      .not.toBeNull();
    await expect.poll(() => app.lines.loadingOlder).toBe(true);
    const before = seen.element().getBoundingClientRect().top;
    release.resolve(undefined);
    await expect.poll(() => app.lines.messages.length).toBe(200);
    await expect.poll(() => Math.abs(seen.element().getBoundingClientRect().top - before)).toBeLessThan(2);
  });

  it('draws hostile text as text, and quickly enough to go on', async () => {
    const core = usualCore();
    core.messages.set(bufferId(2), [
      message(1, 2, '<b>nick</b>', '<img src=x onerror="document.title=1"><script>document.title=1</script>'),
      message(2, 2, 'ab\u202ecd', 'override \u202e here \u2067 and \u0007'),
      message(3, 2, 'art', Array.from({ length: 10_000 }, (_, index) => `\u0003${index % 99},${(index * 7) % 99}x`).join('')),
      message(4, 2, 'giant', 'W'.repeat(60_000)),
      message(5, 2, 'x'.repeat(256), 'the last line'),
    ]);
    await stage(core);
    await expect.element(log().getByText('the last line', { exact: false })).toBeVisible();
    noSidewaysScroll();
    await expect
      .poll(() => {
        log().element().scrollTop = 0;
        return log().getByText('<img src=x', { exact: false }).query();
      })
      .not.toBeNull();
    expect(document.querySelector('[role="log"] img, [role="log"] script, [role="log"] b')).toBeNull();
    // eslint-disable-next-line no-control-regex -- what must not be there
    expect(log().element().textContent).not.toMatch(/[\u202a-\u202e\u2066-\u2069\u0007]/);
  });

  it('shows ten thousand people without drawing them all, and talks to the one chosen', async () => {
    const core = usualCore();
    core.members.set(
      bufferId(2),
      Array.from({ length: 10_000 }, (_, index) => ({
        nick: `n${String(index).padStart(5, '0')}`,
        prefix: '',
        away: false,
        account: null,
      })),
    );
    core.handlers['buffer.query'] = () => Promise.resolve({ buffer: bufferId(5) });
    await stage(core);
    await expect.element(page.getByRole('button', { name: '10000 people, hide the list' })).toBeVisible();
    expect(document.querySelectorAll('[data-region="people"] button').length).toBeLessThan(200);
    await page.getByRole('button', { name: 'n00003' }).click();
    await expect.element(page.getByRole('heading', { name: 'tomasz' })).toBeVisible();
    expect(calls(core, 'buffer.query')).toEqual([{ server: 'Libera', nick: 'n00003' }]);
  });
});
