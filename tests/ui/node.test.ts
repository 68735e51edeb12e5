import { expect, it } from 'vitest';
import { page } from 'vitest/browser';
import type { NodePageView } from '../../src/contract/views.ts';
import type { FakeCore } from './fakeCore.ts';
import { usualCore } from './scenes.ts';
import { accessible, calls, noSidewaysScroll, stage } from './stage.ts';

const MINUTE = 60_000;

const nodePage = (more: Partial<NonNullable<NodePageView['node']>> = {}): NodePageView => ({
  phase: 'ready',
  reason: 'Connected to Veilid.',
  peers: 41,
  routes: [
    { short: 'q7Fz-k2A', created: Date.now() - 3 * 60 * MINUTE },
    { short: 'Vn_3xw0B', created: Date.now() - 20 * MINUTE },
  ],
  proxied: false,
  agreed: false,
  node: {
    own: true,
    version: '0.2.0',
    library: '0.5.7',
    since: Date.now() - 190 * MINUTE,
    traffic: { down: 1_840, up: 950, totalDown: 12_400_000, totalUp: 7_300_000 },
    crashes: { count: 2, last: { time: Date.now() - 200 * MINUTE, reason: 'veilid-node was ended by SIGKILL.' } },
    log: ['WARN node: a route to [key] was dropped', 'ERROR dht: no answer from [address]'],
    ...more,
  },
});

function withNode(view: NodePageView): FakeCore {
  const core = usualCore();
  core.snapshot.node = { ...core.snapshot.node, phase: view.phase, reason: view.reason };
  core.handlers['node.page'] = () => Promise.resolve(view);
  return core;
}

it('opens from the status bar and shows state, traffic, routes, uptime and crashes', async () => {
  await stage(withNode(nodePage()));
  await page.getByRole('button', { name: /^Veilid is ready/ }).click();
  const dialog = page.getByRole('dialog', { name: 'Veilid' });
  await expect.element(dialog.getByText('Sotto’s own veilid-node 0.2.0, Veilid 0.5.7')).toBeVisible();
  await expect.element(dialog.getByText('for 3 hours', { exact: true })).toBeVisible();
  await expect.element(dialog.getByText('1.8 kB in and 950 bytes out a second', { exact: false })).toBeVisible();
  await expect.element(dialog.getByText('about 12.4 MB in and 7.3 MB out since its start', { exact: false })).toBeVisible();
  await expect.element(dialog.getByText('veilid-node was ended by SIGKILL.', { exact: false })).toBeVisible();
  await expect.element(dialog.getByText('…q7Fz-k2A')).toBeVisible();
  await expect.element(dialog.getByText('Veilid does not run through Tor or a proxy.', { exact: false })).toBeVisible();
  await accessible();
});

it('shows the log on demand, and fits a narrow window', async () => {
  await stage(withNode(nodePage()), 380, 700);
  await page.getByRole('button', { name: /^Veilid is ready/ }).click();
  await page.getByText('Last lines of the node’s log (2)').click();
  await expect
    .element(page.getByLabelText('Log of the node'))
    .toHaveTextContent('WARN node: a route to [key] was dropped ERROR dht: no answer from [address]');
  noSidewaysScroll();
  await accessible();
});

it('restarts the node from the palette’s page, and looks again', async () => {
  const core = withNode(nodePage());
  const app = await stage(core);
  app.ask({ kind: 'palette', query: 'veilid' });
  await page.getByRole('option', { name: /^Veilid\b/ }).click();
  await page.getByRole('button', { name: 'Restart' }).click();
  await expect.poll(() => calls(core, 'node.restart')).toEqual([{}]);
  await expect.poll(() => calls(core, 'node.page').length).toBeGreaterThan(1);
});

it('says what is agreed to before Veilid goes around a proxy, and asks for it with one button', async () => {
  const core = withNode({
    ...nodePage(),
    phase: 'confirm',
    reason: 'A proxy or Tor is configured.',
    node: null,
    routes: [],
    proxied: true,
  });
  await stage(core);
  await page.getByRole('button', { name: 'Veilid waits for your consent' }).click();
  await expect.element(page.getByText('its packets leave this computer directly', { exact: false })).toBeVisible();
  expect(page.getByRole('button', { name: 'Restart' }).elements()).toEqual([]);
  await accessible();
  await page.getByRole('button', { name: 'Start Veilid without the proxy' }).click();
  await expect.poll(() => calls(core, 'node.confirm')).toEqual([{}]);
});

it('calls a veilid-server what it is: it is reconnected to, never restarted', async () => {
  const view = nodePage({ own: false, version: null, traffic: { down: 10, up: 20, totalDown: null, totalUp: null }, log: [] });
  await stage(withNode(view));
  await page.getByRole('button', { name: /^Veilid is ready/ }).click();
  await expect.element(page.getByText('a running veilid-server, Veilid 0.5.7; Sotto never stops it')).toBeVisible();
  await expect.element(page.getByRole('button', { name: 'Reconnect' })).toBeVisible();
  expect(page.getByText('since its start', { exact: false }).elements()).toEqual([]);
});
