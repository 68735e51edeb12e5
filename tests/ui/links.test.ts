import { describe, expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import type { LinkView } from '../../src/contract/desktop.ts';
import { ContractError } from '../../src/contract/errors.ts';
import type { FakeCore } from './fakeCore.ts';
import { bufferId, libera, server, usualCore } from './scenes.ts';
import { accessible, calls, noSidewaysScroll, stage } from './stage.ts';

type IrcLink = Extract<LinkView, { kind: 'irc' }>;
const link = (more: Partial<IrcLink> = {}): IrcLink => ({
  kind: 'irc',
  server: 'irc.example.org',
  unicode: null,
  port: 6667,
  tls: false,
  channels: ['#beans'],
  key: null,
  needsKey: false,
  nick: null,
  known: null,
  insecurePort: true,
  ...more,
});
const opened = async (given: LinkView, core: FakeCore = usualCore(), width = 1280, height = 800) => {
  const app = await stage(core, width, height);
  core.emit('link', { link: given });
  return { app, core, dialog: page.getByRole('dialog') };
};

describe('a link from outside', () => {
  it('to a new server is shown, and only the press writes it, encrypted', async () => {
    const { core, dialog } = await opened(link());
    await expect.element(dialog.getByRole('heading', { name: 'Join #beans?' })).toBeVisible();
    await expect.element(dialog.getByText('irc.example.org', { exact: true })).toBeVisible();
    await expect.element(dialog.getByRole('checkbox', { name: 'Encrypt the connection (TLS)' })).toBeChecked();
    await expect.element(dialog.getByRole('spinbutton', { name: 'Port' })).toHaveValue(6697);
    await expect.element(dialog.getByText(/The link says port 6667/)).toBeVisible();
    await expect.element(dialog.getByRole('textbox', { name: 'Your nick there' })).toHaveValue('maren');
    await accessible();
    expect(calls(core, 'app.welcome')).toEqual([]);
    await dialog.getByRole('button', { name: 'Join' }).click();
    await expect.element(page.getByText(/irc.example.org is in your configuration now/)).toBeVisible();
    expect(calls(core, 'app.welcome')).toEqual([
      { nickname: 'maren', server: 'irc.example.org', port: null, tls: true, channels: ['#beans'], key: null },
    ]);
    expect(calls(core, 'buffer.input')).toEqual([]);
  });

  it('says what it means to go without encryption', async () => {
    const { core, dialog } = await opened(link({ channels: ['#a', '#b'], key: 'pass' }));
    await expect.element(dialog.getByRole('heading', { name: 'Join 2 channels?' })).toBeVisible();
    await dialog.getByRole('checkbox').click();
    await expect.element(dialog.getByRole('spinbutton')).toHaveValue(6667);
    await expect.element(dialog.getByText(/can read along/)).toBeVisible();
    await accessible();
    await userEvent.keyboard('{Tab}');
    await dialog.getByRole('button', { name: 'Join' }).click();
    await expect
      .poll(() => calls(core, 'app.welcome'))
      .toEqual([{ nickname: 'maren', server: 'irc.example.org', port: 6667, tls: false, channels: ['#a', '#b'], key: 'pass' }]);
  });

  it('to a server that is there joins on it', async () => {
    const core = usualCore();
    core.handlers['buffer.input'] = () => Promise.resolve({ focus: bufferId(3), copy: null, note: null });
    const { app, dialog } = await opened(link({ server: 'irc.libera.chat', known: libera, needsKey: true }), core);
    await expect.element(dialog.getByRole('radio', { name: /On Libera/ })).toBeChecked();
    await dialog.getByRole('textbox', { name: 'Key of the channel' }).fill('seeds');
    await accessible();
    await dialog.getByRole('button', { name: 'Join' }).click();
    await expect.poll(() => app.dialog).toBeNull();
    expect(calls(core, 'buffer.input')).toEqual([{ buffer: 1, text: '/join #beans seeds', replyTo: null }]);
    expect(app.view).toEqual({ kind: 'buffer', id: 3 });
  });

  it('waits for a known server that is not connected, and says why it cannot', async () => {
    const core = usualCore();
    core.snapshot.servers = [server({ state: { phase: 'idle', text: 'Not connected', retryAt: null } })];
    const { app, dialog } = await opened(link({ known: libera, nick: 'robin', channels: [] }), core);
    core.handlers['buffer.query'] = () => Promise.resolve({ buffer: bufferId(5) });
    await expect.element(dialog.getByRole('heading', { name: 'Write to robin?' })).toBeVisible();
    await dialog.getByRole('button', { name: 'Open' }).click();
    await expect.poll(() => calls(core, 'server.connect')).toHaveLength(1);
    await expect.element(dialog.getByText('Connecting to Libera…')).toBeVisible();
    core.emit('server', server({ state: { phase: 'failed', text: 'The server refuses everybody.', retryAt: null } }));
    await expect.element(dialog.getByText('The server refuses everybody.')).toBeVisible();
    await dialog.getByRole('button', { name: 'Open' }).click();
    core.emit('server', server());
    await expect.poll(() => app.view).toEqual({ kind: 'buffer', id: 5 });
  });

  it('to a person is put into the form for that, and waits while another dialogue is open', async () => {
    const { app, core, dialog } = await opened({ kind: 'connect', text: 'sotto:abc' });
    await expect.element(dialog.getByRole('textbox')).toHaveValue('sotto:abc');
    core.emit('link', { link: link() });
    await expect.element(page.getByText(/Sotto shows it when this is closed/)).toBeVisible();
    await expect.element(dialog.getByRole('textbox')).toHaveValue('sotto:abc');
    await userEvent.keyboard('{Escape}');
    await expect.element(dialog.getByRole('heading', { name: 'Join #beans?' })).toBeVisible();
    await userEvent.keyboard('{Escape}');
    await expect.poll(() => app.dialog).toBeNull();
    expect(calls(core, 'contact.connect')).toEqual([]);
    expect(calls(core, 'app.welcome')).toEqual([]);
  });

  it.each([600, 400])('fits a page of %i pixels with the longest names, in dark as well', async (width) => {
    const long = link({
      server: `xn--${'b'.repeat(59)}.${'x'.repeat(63)}.${'y'.repeat(63)}.example`,
      unicode: `bücher${'ü'.repeat(40)}.example`,
      channels: Array.from({ length: 10 }, (_, index) => `#${'c'.repeat(62)}${index}`),
    });
    const { app, dialog } = await opened(long, usualCore(), width, 700);
    app.preferences.theme = 'dark';
    await expect.element(dialog.getByRole('heading', { name: 'Join 10 channels?' })).toBeVisible();
    await accessible();
    noSidewaysScroll();
    document.documentElement.style.fontSize = '200%';
    noSidewaysScroll();
    document.documentElement.style.fontSize = '';
  });
});

it('a link of IRC in a conversation or the palette is shown by Sotto itself', async () => {
  const core = usualCore();
  const lines = core.messages.get(bufferId(2)) ?? [];
  const [last] = lines.slice(-1);
  if (last) lines.push({ ...last, id: last.id, text: 'come to irc://irc.example.org/beans' });
  core.handlers['app.link'] = ({ text }) =>
    text.includes('bad')
      ? Promise.reject(new ContractError('badInput', 'This link cannot be opened: its server is not one.'))
      : Promise.resolve(link());
  const app = await stage(core);
  await page.getByRole('button', { name: /^#gardening/ }).click();
  await page.getByRole('link', { name: 'irc://irc.example.org/beans' }).click();
  await expect.element(page.getByRole('heading', { name: 'Join #beans?' })).toBeVisible();
  app.closeDialog();
  app.ask({ kind: 'palette', query: '' });
  await page.getByRole('combobox').fill('irc://bad/');
  await userEvent.keyboard('{Enter}');
  await expect.element(page.getByText(/its server is not one/)).toBeVisible();
});

describe('what is dropped on the page', () => {
  const drop = (target: Element, fill: (data: DataTransfer) => void): DragEvent => {
    const dataTransfer = new DataTransfer();
    fill(dataTransfer);
    const event = new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer });
    target.dispatchEvent(event);
    return event;
  };
  const file = (data: DataTransfer): void => void data.items.add(new File(['<script>1</script>'], 'page.html', { type: 'text/html' }));
  const text = (data: DataTransfer): void => {
    data.setData('text/uri-list', 'http://127.0.0.1:9/');
    data.setData('text/plain', 'http://127.0.0.1:9/');
  };

  it('never takes the place of it, and text goes into fields only', async () => {
    const core = usualCore();
    await stage(core);
    const input = document.querySelector('[data-region] textarea');
    if (input === null) throw new Error('no input');
    expect(drop(document.body, file).defaultPrevented).toBe(true);
    await expect.element(page.getByText(/Nothing was done with the file/)).toBeVisible();
    expect(drop(input, file).defaultPrevented).toBe(true);
    expect(drop(document.body, text).defaultPrevented).toBe(true);
    expect(drop(input, text).defaultPrevented).toBe(false);
    expect(calls(core, 'transfer.part')).toEqual([]);
    expect(calls(core, 'contact.connect')).toEqual([]);
  });
});
