import { describe, expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { ContractError } from '../../src/contract/errors.ts';
import { createFakeCore } from './fakeCore.ts';
import { buffer, bufferId, contactId, emptySnapshot, message, server, usualCore } from './scenes.ts';
import { accessible, calls, noSidewaysScroll, stage } from './stage.ts';

const input = () => page.getByRole('textbox', { name: /^Message to/ });
const log = () => page.getByRole('log');

describe('welcome', () => {
  const firstRun = () => {
    const snapshot = emptySnapshot();
    snapshot.firstRun = true;
    return createFakeCore(snapshot);
  };

  it('joins a network with a nick and an optional channel', async () => {
    const core = firstRun();
    await stage(core);
    await accessible();
    await page.getByLabelText('Your nick').fill('maren');
    await page.getByLabelText(/^Channels/).fill('garden #linux');
    await page.getByRole('button', { name: 'Connect' }).first().click();
    await expect
      .poll(() => calls(core, 'app.welcome'))
      .toEqual([{ nickname: 'maren', server: 'irc.libera.chat', channels: ['#garden', '#linux'], port: null, tls: true, key: null }]);
    core.emit('server', server());
    core.emit('buffer', buffer(1, '#garden'));
    await expect.element(page.getByRole('heading', { name: '#garden' })).toBeVisible();
  });

  it('does not send a nick no server would take', async () => {
    const core = firstRun();
    await stage(core);
    await page.getByLabelText('Your nick').fill('9 lives');
    await page.getByRole('button', { name: 'Connect' }).first().click();
    expect(calls(core, 'app.welcome')).toEqual([]);
  });

  it('says why the core refused, and stays', async () => {
    const core = firstRun();
    core.handlers['app.welcome'] = () =>
      Promise.reject(new ContractError('storage', 'The configuration cannot be written: the disk is full.'));
    await stage(core);
    await page.getByLabelText('Your nick').fill('maren');
    await page.getByRole('button', { name: 'Connect' }).first().click();
    await expect.element(page.getByText('the disk is full', { exact: false })).toBeVisible();
  });
});

describe('states', () => {
  it('tells of a disk that takes nothing, above everything, also to a page that comes later, until it is over', async () => {
    const core = usualCore();
    core.snapshot.storage = { problem: 'The disk is full. What you send is refused and stays in the input.' };
    await stage(core);
    await expect.element(page.getByRole('alert').getByText('The disk is full.', { exact: false })).toBeVisible();
    await accessible();
    noSidewaysScroll();
    core.emit('storage', { problem: null });
    await expect.element(page.getByText('The disk is full.', { exact: false })).not.toBeInTheDocument();
    core.emit('storage', { problem: 'Sotto’s files cannot be written: the disk or the folder is read-only.' });
    await expect.element(page.getByRole('alert').getByText('read-only', { exact: false })).toBeVisible();
  });

  it('shows a broken configuration by line and column, and that the last good one holds', async () => {
    const core = usualCore();
    await stage(core);
    core.emit('config', {
      ...core.snapshot.config,
      stale: true,
      problems: [{ severity: 'error', message: 'unterminated string', line: 7, column: 14 }],
    });
    await expect.element(page.getByText('the last good configuration is in force', { exact: false })).toBeVisible();
    await expect.element(page.getByText('7:14', { exact: false })).toBeVisible();
    await accessible();
    core.emit('config', core.snapshot.config);
    await expect.element(page.getByText('7:14', { exact: false })).not.toBeInTheDocument();
  });

  it('shows the node being built with numbers, then what is missing, in words', async () => {
    const core = usualCore();
    core.snapshot.node = {
      phase: 'building',
      reason: '',
      peers: null,
      progress: { done: 212, total: 487, text: 'veilid-core' },
      routes: [],
      direct: null,
    };
    await stage(core);
    await expect.element(page.getByRole('progressbar', { name: 'Building veilid-node' })).toHaveAttribute('value', '212');
    await expect.element(page.getByText('212 of 487', { exact: false })).toBeVisible();
    await accessible();
    core.emit('node', {
      phase: 'missing',
      reason: 'Install it with: apt-get install rustc-web',
      peers: null,
      progress: null,
      routes: [],
      direct: null,
    });
    await expect.element(page.getByText('apt-get install rustc-web', { exact: false })).toBeVisible();
  });

  it('says what to do when nothing is open, nothing was said, or the history cannot be read', async () => {
    const core = createFakeCore(emptySnapshot());
    const app = await stage(core);
    await expect.element(page.getByRole('heading', { name: 'Nothing is open' })).toBeVisible();
    await accessible();
    core.handlers['buffer.page'] = () => Promise.reject(new ContractError('storage', 'The history cannot be read.'));
    core.emit('buffer', buffer(4, '#empty', { server: null }));
    await expect.element(page.getByRole('alert').getByText('The history cannot be read.', { exact: false })).toBeVisible();
    core.handlers['buffer.page'] = () => Promise.resolve({ messages: [], more: false });
    await page.getByRole('button', { name: 'Try again' }).click();
    await expect.element(page.getByText('Nothing has been said here yet.', { exact: false })).toBeVisible();
    expect(app.buffer?.id).toBe(4);
  });

  it('comes back by itself after the core was away, with what was said meanwhile', async () => {
    const core = usualCore();
    await stage(core);
    await expect.element(log().getByText('There is a table of depths', { exact: false })).toBeVisible();
    core.drop();
    await expect.element(page.getByText('Sotto does not answer; trying again.', { exact: false })).toBeVisible();
    await expect.element(log().getByText('There is a table of depths', { exact: false })).toBeVisible();
    await input().fill('kept');
    await userEvent.keyboard('{Enter}');
    await expect.element(page.getByText('Your text is kept.', { exact: false })).toBeVisible();
    core.messages.get(bufferId(2))?.push(message(110, 2, 'wren', 'while you were away'));
    core.back();
    await expect.element(log().getByText('while you were away', { exact: false })).toBeVisible();
    await expect.element(input()).toHaveValue('kept');
  });

  it('asks before quitting and then says that it has stopped', async () => {
    const core = usualCore();
    await stage(core);
    await userEvent.keyboard('{Control>}k{/Control}');
    await userEvent.keyboard('quit sotto{Enter}');
    await accessible();
    await page.getByRole('button', { name: 'Quit', exact: true }).click();
    await expect.element(page.getByRole('heading', { name: 'Sotto has stopped' })).toBeVisible();
    await accessible();
  });
});

describe('keyboard alone', () => {
  it('switches, joins, connects and runs commands from the palette', async () => {
    const core = usualCore();
    core.handlers['contact.connect'] = () => Promise.resolve({ contact: contactId(2), buffer: bufferId(7) });
    await stage(core);
    await userEvent.keyboard('{Control>}k{/Control}');
    await expect.element(page.getByRole('combobox')).toHaveFocus();
    await accessible();
    await userEvent.keyboard('linux{Enter}');
    await expect.element(page.getByRole('heading', { name: '#linux' })).toBeVisible();
    await expect.element(input()).toHaveFocus();
    await userEvent.keyboard('{Control>}k{/Control}#new{Enter}');
    await expect.poll(() => calls(core, 'buffer.input')).toEqual([{ buffer: 3, text: '/join #new', replyTo: null }]);
    await userEvent.keyboard('{Control>}k{/Control}/whois{Enter}');
    await expect.element(input()).toHaveValue('/whois ');
    await userEvent.keyboard('{Control>}k{/Control}');
    await page.getByRole('combobox').fill('QUJD'.repeat(250));
    await userEvent.keyboard('{Enter}');
    await expect.poll(() => calls(core, 'contact.connect').length).toBe(1);
    await userEvent.keyboard('{Control>}k{/Control}');
    await page.getByRole('combobox').fill(` sotto:card/VLD0:${'k'.repeat(43)}:${'e'.repeat(43)} `);
    await expect.element(page.getByRole('option', { name: /^Connect to this person/ })).toBeVisible();
    await userEvent.keyboard('{Enter}');
    await expect
      .poll(() => calls(core, 'contact.connect').at(-1))
      .toEqual({ text: `sotto:card/VLD0:${'k'.repeat(43)}:${'e'.repeat(43)}`, from: 'outside' });
    await userEvent.keyboard('{Control>}k{/Control}{Escape}');
    await expect.element(page.getByRole('dialog')).not.toBeInTheDocument();
  });

  it('walks through buffers, unread ones and regions, and lists its keys', async () => {
    await stage(usualCore());
    await userEvent.keyboard('{Alt>}{ArrowDown}{/Alt}');
    await expect.element(page.getByRole('heading', { name: '#linux' })).toBeVisible();
    await userEvent.keyboard('{Alt>}a{/Alt}');
    await expect.element(page.getByRole('heading', { name: 'tomasz' })).toBeVisible();
    await userEvent.keyboard('{Alt>}{ArrowUp}{ArrowUp}{ArrowUp}{/Alt}');
    await expect.element(page.getByRole('heading', { name: '#gardening' })).toBeVisible();
    const regions: (string | undefined)[] = [];
    for (let press = 0; press < 4; press += 1) {
      await userEvent.keyboard('{F6}');
      const region = document.activeElement?.closest('[data-region]');
      regions.push(region instanceof HTMLElement ? region.dataset['region'] : undefined);
    }
    expect(new Set(regions)).toEqual(new Set(['sidebar', 'messages', 'people', 'input']));
    await userEvent.keyboard('{Control>}/{/Control}');
    await expect.element(page.getByRole('dialog', { name: 'Keyboard' })).toBeVisible();
    await accessible();
  });
});

describe('small and enlarged pages', () => {
  it('fits at 480 pixels and at 200 % without scrolling sideways, the sidebar within reach', async () => {
    const core = usualCore();
    core.messages.get(bufferId(2))?.push(message(120, 2, 'x'.repeat(120), 'W'.repeat(900)));
    const app = await stage(core, 480, 800);
    noSidewaysScroll();
    await page.getByRole('button', { name: 'Show the sidebar' }).click();
    await expect.element(page.getByRole('button', { name: '#linux 2 mentions' })).toBeVisible();
    noSidewaysScroll();
    await page.getByRole('button', { name: '#linux 2 mentions' }).click();
    await expect.element(page.getByRole('navigation')).not.toBeInTheDocument();
    // 1280 x 800 at 200 %.
    await page.viewport(640, 400);
    app.go({ kind: 'buffer', id: bufferId(2) });
    noSidewaysScroll();
    await expect.element(input()).toBeInViewport();
    app.ask({ kind: 'contact', contact: contactId(1) });
    await expect.element(page.getByRole('button', { name: 'Done' })).toBeInViewport();
    noSidewaysScroll();
    await accessible();
  });
});
