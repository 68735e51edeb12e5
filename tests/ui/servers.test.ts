/** What is offered for a server: channel list, list modes, account, files, networks behind a bouncer. */
import { describe, expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { ContractError } from '../../src/contract/errors.ts';
import type { TransferView } from '../../src/contract/views.ts';
import { allFeatures, buffer, bufferId, libera, modernCore, server, serverName } from './scenes.ts';
import { accessible, calls, noSidewaysScroll, stage } from './stage.ts';

/** By keyboard: the palette's first result for `query`. */
async function palette(query: string): Promise<void> {
  await userEvent.keyboard('{Control>}k{/Control}');
  await page.getByRole('combobox').fill(query);
  await userEvent.keyboard('{Enter}');
}
const dialog = () => page.getByRole('dialog');

describe('the menu of a server', () => {
  it('offers what the server can do, and gives the keyboard back', async () => {
    const core = modernCore();
    await stage(core);
    const more = page.getByRole('button', { name: 'More about Libera' });
    more.element().focus();
    await userEvent.keyboard('{Enter}');
    await expect.element(page.getByRole('menuitem', { name: 'Disconnect' })).toHaveFocus();
    expect(
      page
        .getByRole('menuitem')
        .elements()
        .map((item) => item.textContent),
    ).toEqual(['Disconnect', 'Channel list…', 'Make an account…']);
    await accessible();
    await userEvent.keyboard('{Escape}');
    await expect.element(page.getByRole('menu')).not.toBeInTheDocument();
    await expect.element(more).toHaveFocus();
    await userEvent.keyboard('{Enter}{End}{Enter}');
    await expect.element(page.getByRole('dialog', { name: 'An account on Libera' })).toBeVisible();
    await userEvent.keyboard('{Escape}');
    core.emit('server', server({ state: { phase: 'waiting', text: 'The connection was lost.', retryAt: Date.now() + 60_000 } }));
    await more.click();
    expect(
      page
        .getByRole('menuitem')
        .elements()
        .map((item) => item.textContent),
    ).toEqual(['Disconnect']);
  });

  it('stands above the networks behind a bouncer', async () => {
    const core = modernCore();
    const bouncerNetworks = [
      { id: '1', name: 'OFTC', state: 'connected' },
      { id: '2', name: 'n'.repeat(80), state: 'disconnected' },
    ];
    core.snapshot.servers = [server({ bouncerNetworks }), server({ name: serverName('Libera/OFTC') })];
    core.snapshot.buffers.push(buffer(70, 'Libera/OFTC', { kind: 'server', server: serverName('Libera/OFTC') }));
    await stage(core);
    const list = page.getByRole('list', { name: 'Networks behind Libera' });
    await expect.element(list.getByText('disconnected')).toBeVisible();
    expect(list.getByRole('button').elements()).toHaveLength(1);
    await accessible();
    await list.getByRole('button', { name: 'OFTC' }).click();
    await expect.element(page.getByRole('heading', { name: 'Libera/OFTC', level: 1 })).toBeVisible();
  });
});

describe('the channel list', () => {
  const many = Array.from({ length: 10_000 }, (_, index) => ({
    name: `#c${index}`,
    users: 10_000 - index,
    topic: index === 7_000 ? '\u0002roses\u0002 and \u202eweeds' : '',
  }));

  it('shows ten thousand rows without drawing them all; filter and join by keyboard', async () => {
    const core = modernCore();
    core.handlers['server.channels'] = () => Promise.resolve({ channels: many, total: 23_456 });
    core.handlers['buffer.input'] = () => Promise.resolve({ focus: bufferId(4), copy: null, note: null });
    await stage(core);
    await palette('Channels on Libera');
    await expect.element(dialog().getByText('23,456 channels; the 10,000 largest are here')).toBeVisible();
    expect(page.getByRole('option').elements().length).toBeLessThan(100);
    await accessible();
    await userEvent.keyboard('{ArrowDown}{PageDown}{PageDown}');
    await expect.element(page.getByRole('option', { selected: true })).toHaveAttribute('aria-posinset', '18');
    await userEvent.keyboard('ROSES');
    await expect.element(dialog().getByText('1 of 10,000 channels fit')).toBeVisible();
    await expect.element(page.getByRole('option', { selected: true }).getByText('roses and weeds')).toBeVisible();
    await userEvent.keyboard('{Enter}');
    await expect.poll(() => calls(core, 'buffer.input')).toEqual([{ buffer: 1, text: '/join #c7000', replyTo: null }]);
    await expect.element(page.getByRole('heading', { name: '#sotto' })).toBeVisible();
    await expect.element(dialog()).not.toBeInTheDocument();
  });

  it('goes to a channel that is joined, and says when nothing fits or is there', async () => {
    const core = modernCore();
    core.handlers['server.channels'] = () => Promise.resolve({ channels: [{ name: '#Linux', users: 3, topic: '' }], total: 1 });
    await stage(core);
    await palette('Channels on Libera');
    await userEvent.keyboard('zzz');
    await expect.element(dialog().getByText('No channel fits “zzz”.')).toBeVisible();
    await accessible();
    await userEvent.keyboard('{Enter}{Backspace}{Backspace}{Backspace}');
    await expect.element(page.getByRole('option', { name: '#Linux 3 Go there' })).toBeVisible();
    await userEvent.keyboard('{Enter}');
    await expect.element(page.getByRole('heading', { name: '#linux' })).toBeVisible();
    expect(calls(core, 'buffer.input')).toEqual([]);
    core.handlers['server.channels'] = () => Promise.resolve({ channels: [], total: 0 });
    await palette('Channels on Libera');
    await expect.element(dialog().getByText('The server lists no channels.')).toBeVisible();
  });

  it('says that it is asking, why it failed, and asks again', async () => {
    const core = modernCore();
    const answer = Promise.withResolvers<{ channels: []; total: number }>();
    core.handlers['server.channels'] = () => answer.promise;
    await stage(core, 480, 700);
    await palette('Channels on Libera');
    await expect.element(dialog().getByText('Asking the server…', { exact: false })).toBeVisible();
    await accessible();
    answer.reject(new ContractError('unavailable', 'The server ended the list half way.'));
    await expect.element(page.getByRole('alert').getByText('The server ended the list half way.')).toBeVisible();
    await accessible();
    core.handlers['server.channels'] = () => Promise.resolve({ channels: many.slice(0, 2), total: 2 });
    await page.getByRole('button', { name: 'Ask again' }).click();
    await expect.element(dialog().getByText('2 channels')).toBeVisible();
    noSidewaysScroll();
  });
});

describe('the lists of a channel', () => {
  it('are shown by kind; an operator takes entries out by keyboard', async () => {
    const core = modernCore();
    core.members.set(bufferId(2), [{ nick: 'maren', prefix: '@', away: false, account: null }]);
    let bans = [
      { mask: '*!*@203.0.113.0/24', by: 'sorrel', time: Date.UTC(2026, 9, 2) },
      { mask: `*!*@${'x'.repeat(200)}`, by: null, time: null },
    ];
    core.handlers['buffer.masks'] = ({ mode }) =>
      Promise.resolve({ masks: mode === 'b' ? bans : mode === 'q' ? [{ mask: '$a:loud', by: null, time: null }] : [] });
    core.handlers['buffer.input'] = () => {
      bans = bans.slice(1);
      return Promise.resolve({ focus: null, copy: null, note: null });
    };
    const app = await stage(core, 480, 700);
    await palette('Bans of #gardening');
    await expect.element(dialog().getByText('*!*@203.0.113.0/24')).toBeVisible();
    await expect.element(page.getByRole('tab', { name: 'Bans', exact: true })).toHaveFocus();
    noSidewaysScroll();
    await accessible();
    await page.getByRole('button', { name: 'Remove *!*@203.0.113.0/24' }).click();
    await expect.element(dialog().getByText('*!*@203.0.113.0/24')).not.toBeInTheDocument();
    expect(calls(core, 'buffer.input')).toEqual([{ buffer: 2, text: '/unban *!*@203.0.113.0/24', replyTo: null }]);
    page.getByRole('tab', { name: 'Bans', exact: true }).element().focus();
    await userEvent.keyboard('{ArrowRight}');
    await expect.element(page.getByRole('tab', { name: 'Quiets' })).toHaveFocus();
    await expect.element(dialog().getByText('$a:loud')).toBeVisible();
    await page.getByRole('button', { name: 'Remove $a:loud' }).click();
    await expect.poll(() => calls(core, 'buffer.input').at(-1)).toEqual({ buffer: 2, text: '/mode #gardening -q $a:loud', replyTo: null });
    await page.getByRole('tab', { name: 'Ban exceptions' }).click();
    await expect.element(dialog().getByText('There are no exceptions from bans.')).toBeVisible();
    app.preferences.theme = 'dark';
    await accessible();
    app.preferences.theme = 'system';
  });

  it('can only be read by others, and say why they cannot be read', async () => {
    const core = modernCore();
    core.handlers['buffer.masks'] = ({ mode }) =>
      mode === 'b'
        ? Promise.resolve({ masks: [{ mask: 'a!*@*', by: null, time: null }] })
        : Promise.reject(new ContractError('unavailable', 'You are no operator here.'));
    await stage(core);
    await page.getByRole('button', { name: 'More about #gardening' }).click();
    await accessible();
    await userEvent.keyboard('{Enter}');
    await expect.element(dialog().getByText('Only operators of the channel can change this list.')).toBeVisible();
    await expect.element(page.getByRole('button', { name: /^Remove/ })).not.toBeInTheDocument();
    await page.getByRole('tab', { name: 'Quiets' }).click();
    await expect.element(page.getByRole('alert').getByText('You are no operator here.')).toBeVisible();
    await accessible();
  });
});

describe('an account', () => {
  it('is made and verified by keyboard alone; passwords that differ go nowhere', async () => {
    const core = modernCore();
    core.handlers['server.registerAccount'] = () => Promise.resolve({ state: 'verify', text: 'A code was sent to m@garden.example.' });
    await stage(core);
    await palette('Make an account on Libera');
    await expect.element(page.getByLabelText('Account')).toHaveFocus();
    await expect.element(page.getByLabelText('Account')).toHaveValue('maren');
    await accessible();
    await userEvent.keyboard('{Tab}m@garden.example{Tab}correct horse{Tab}correct house{Enter}');
    await expect.element(dialog().getByText('The two passwords differ.')).toBeVisible();
    await accessible();
    expect(calls(core, 'server.registerAccount')).toEqual([]);
    await page.getByLabelText('The same again').fill('correct horse');
    await userEvent.keyboard('{Enter}');
    await expect.element(dialog().getByText('A code was sent to m@garden.example.')).toBeVisible();
    expect(calls(core, 'server.registerAccount')).toEqual([
      { server: libera, account: 'maren', email: 'm@garden.example', password: 'correct horse' },
    ]);
    await expect.element(page.getByLabelText('Code')).toHaveFocus();
    await accessible();
    await userEvent.keyboard('1234{Enter}');
    await expect.element(dialog().getByText('The account is made.', { exact: false })).toBeVisible();
    expect(calls(core, 'server.verifyAccount')).toEqual([{ server: libera, account: 'maren', code: '1234' }]);
    await accessible();
  });

  it('is refused with the words of the server, and is not offered where there is none', async () => {
    const core = modernCore();
    core.handlers['server.registerAccount'] = () => Promise.reject(new ContractError('unavailable', 'This account exists already.'));
    const app = await stage(core);
    await palette('Make an account on Libera');
    await page.getByLabelText('Password', { exact: true }).fill('p');
    await page.getByLabelText('The same again').fill('p');
    await userEvent.keyboard('{Enter}');
    await expect.element(dialog().getByText('This account exists already.')).toBeVisible();
    app.closeDialog();
    core.emit('server', server({ features: { ...allFeatures, accountRegistration: false } }));
    await userEvent.keyboard('{Control>}k{/Control}');
    await page.getByRole('combobox').fill('Make an account');
    await expect.element(page.getByRole('option', { name: /^Make an account/ })).not.toBeInTheDocument();
  });
});

describe('an account before the server lets us in', () => {
  const banned = { phase: 'failed', text: 'The server lets you in only with an account.', retryAt: null } as const;

  it('is made on a connection that waits for it, and one that was cancelled goes on without', async () => {
    const core = modernCore();
    core.snapshot.servers = [server({ state: banned })];
    const prepared = Promise.withResolvers<{ early: boolean }>();
    core.handlers['server.prepareAccount'] = () => prepared.promise;
    await stage(core);
    await palette('Connect to Libera to make an account');
    await expect.element(dialog().getByText('Connecting to Libera…')).toBeVisible();
    await expect.element(page.getByRole('button', { name: 'Make the account' })).toBeDisabled();
    prepared.resolve({ early: true });
    await expect.element(dialog().getByText('You are let in once the account is made', { exact: false })).toBeVisible();
    await expect.element(page.getByRole('button', { name: 'Make the account' })).toBeEnabled();
    await accessible();
    expect(calls(core, 'server.leaveAccount')).toEqual([]);
    await userEvent.keyboard('{Escape}');
    await expect.poll(() => calls(core, 'server.leaveAccount')).toEqual([{ server: libera }]);
  });

  it('says why the server cannot be reached', async () => {
    const core = modernCore();
    core.snapshot.servers = [server({ state: banned })];
    core.handlers['server.prepareAccount'] = () => Promise.reject(new ContractError('unavailable', 'The server has banned you.'));
    await stage(core);
    await palette('Connect to Libera to make an account');
    await expect.element(dialog().getByText('The server has banned you.')).toBeVisible();
    await expect.element(page.getByRole('button', { name: 'Make the account' })).toBeDisabled();
    await accessible();
  });
});

describe('files', () => {
  const transfer = (id: number, more: Partial<TransferView>): TransferView => ({
    id,
    server: libera,
    nick: 'tomasz',
    direction: 'receive',
    name: `file-${id}.txt`,
    size: 1_000_000,
    done: 0,
    state: 'offered',
    text: '',
    canResume: false,
    ...more,
  });

  it('that are offered wait for the user, who is told what it means; what runs can be ended', async () => {
    const core = modernCore();
    core.snapshot.transfers = [
      transfer(1, { state: 'done', done: 1_000_000 }),
      transfer(2, { state: 'active', done: 250_000 }),
      transfer(3, { text: 'Taking it tells tomasz the network address of this computer.' }),
      transfer(4, { canResume: true, name: `${'n'.repeat(300)}\u202etxt.exe` }),
      transfer(5, { state: 'failed', direction: 'send', size: null, done: 10, text: 'The connection was lost.' }),
    ];
    const app = await stage(core, 480, 800);
    app.sidebarOpen = true;
    await page.getByRole('button', { name: 'Files 2 offered' }).click();
    await expect.element(page.getByRole('heading', { name: 'Files' })).toBeVisible();
    await expect.element(page.getByText('Taking it tells tomasz the network address of this computer.')).toBeVisible();
    await expect.element(page.getByRole('progressbar', { name: 'Progress of file-2.txt' })).toHaveAttribute('value', '250000');
    await expect.element(page.getByText('250 kB of 1 MB · on its way', { exact: false })).toBeVisible();
    expect(document.body.textContent).not.toContain('\u202e');
    noSidewaysScroll();
    await accessible();
    await page.getByRole('button', { name: 'Accept file-3.txt' }).click();
    await page.getByRole('button', { name: 'Refuse file-3.txt' }).click();
    await page.getByRole('button', { name: 'Cancel file-2.txt' }).click();
    await expect.poll(() => calls(core, 'transfer.cancel')).toEqual([{ transfer: 2 }]);
    expect(calls(core, 'transfer.accept')).toEqual([{ transfer: 3 }]);
    expect(calls(core, 'transfer.reject')).toEqual([{ transfer: 3 }]);
    app.preferences.theme = 'dark';
    await accessible();
    app.preferences.theme = 'system';
    core.emit('transfers', { transfers: [] });
    await expect.element(page.getByText('No file is on its way.')).toBeVisible();
    await accessible();
  });

  it('are sent from a conversation with a nick, in parts, after the sentence about the address', async () => {
    const core = modernCore();
    const app = await stage(core);
    app.go({ kind: 'buffer', id: bufferId(5) });
    await page.getByRole('button', { name: 'Send a file to tomasz' }).click();
    await expect.element(dialog().getByText('tomasz learns this computer’s network address.', { exact: false })).toBeVisible();
    await accessible();
    await page.getByRole('button', { name: 'Offer it' }).click();
    await expect.element(dialog().getByText('Choose the file first.')).toBeVisible();
    await page.getByLabelText('File', { exact: true }).upload(new File([new Uint8Array(300_000)], 'seeds.bin'));
    await page.getByRole('button', { name: 'Offer it' }).click();
    await expect.poll(() => calls(core, 'transfer.send')).toEqual([{ buffer: 5, name: 'seeds.bin' }]);
    expect(calls(core, 'transfer.part')).toMatchObject([{ at: 0 }, { at: 196_608 }]);
    await expect.element(page.getByRole('heading', { name: 'Files' })).toBeVisible();
  });

  it('are refused with the reason of the core', async () => {
    const core = modernCore();
    core.handlers['transfer.part'] = () => Promise.reject(new ContractError('unavailable', 'No files are sent while a proxy is set.'));
    const app = await stage(core);
    app.go({ kind: 'buffer', id: bufferId(5) });
    await palette('Send a file to tomasz');
    await page.getByLabelText('File', { exact: true }).upload(new File(['x'], 'x.txt'));
    await page.getByRole('button', { name: 'Offer it' }).click();
    await expect.element(dialog().getByText('No files are sent while a proxy is set.')).toBeVisible();
    await accessible();
  });
});
