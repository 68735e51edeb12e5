import { describe, expect, it } from 'vitest';
import { page } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';
import { TAB_TOKEN_KEY } from '../../src/contract/pageToken.ts';
import { createApp } from '../../src/ui/shared/app.svelte.ts';
import { createConnection } from '../../src/ui/shared/connection.svelte.ts';
import { RefusedError } from '../../src/ui/shared/refused.ts';
import { webSocketPorts, type PagePlace } from '../../src/ui/shared/webSocketPort.ts';
import Page from '../../src/ui/views/Page.svelte';
import { usualCore } from './scenes.ts';
import { accessible, memoryStorage, stage } from './stage.ts';

const single = 'S'.repeat(43);
const stored = 'T'.repeat(43);

/** Port 1 of the loopback address: nobody listens there, and browsers refuse it. */
const place = (hash: string): PagePlace & { cleared: boolean } => {
  const made = {
    host: '127.0.0.1:1',
    hash,
    cleared: false,
    storage: memoryStorage(),
    clearHash: () => {
      made.cleared = true;
    },
  };
  return made;
};

describe('the page’s token', () => {
  it('takes the single-use token out of the address, and drops one copied from an opener', () => {
    const page = place(`#t=${single}`);
    page.storage.setItem(TAB_TOKEN_KEY, stored);
    webSocketPorts(page);
    expect(page.cleared).toBe(true);
    expect(page.storage.getItem(TAB_TOKEN_KEY)).toBeNull();
  });

  it('keeps the stored token where the address has none', () => {
    const page = place('');
    page.storage.setItem(TAB_TOKEN_KEY, stored);
    webSocketPorts(page);
    expect(page.storage.getItem(TAB_TOKEN_KEY)).toBe(stored);
  });

  it('gives up without a valid token', async () => {
    await expect(webSocketPorts(place('#t=short'))(new AbortController().signal)).rejects.toMatchObject({ reason: 'noToken' });
  });

  it('tells the person to start Sotto again', async () => {
    const open = () => Promise.reject(new RefusedError('badToken'));
    const app = createApp({ open, local: memoryStorage(), session: memoryStorage() });
    await render(Page, { props: { app } });
    await expect.element(page.getByText('Start Sotto again', { exact: false })).toBeVisible();
    await accessible();
  });
});

describe('the connection', () => {
  it('opens again after failures and asks for everything shown', async () => {
    const core = usualCore();
    let fresh = 0;
    core.drop();
    const connection = createConnection({ open: core.open, onEvent: () => undefined, onFresh: () => (fresh += 1) });
    connection.start();
    await expect.poll(() => connection.state.phase).toBe('lost');
    core.back();
    connection.retry();
    await expect.poll(() => fresh).toBe(1);
    expect(connection.state.phase).toBe('online');
    connection.stop(false);
  });

  it('waits as long as a busy host asks for', async () => {
    const connection = createConnection({
      open: () => Promise.reject(new RefusedError('busy')),
      onEvent: () => undefined,
      onFresh: () => undefined,
    });
    connection.start();
    await expect.poll(() => connection.state.phase).toBe('lost');
    expect(connection.state).toMatchObject({ busy: true });
    connection.stop(false);
  });

  it('asks for a snapshot when events were lost', async () => {
    const core = usualCore();
    await stage(core);
    const before = core.calls.filter(({ method }) => method === 'app.snapshot').length;
    core.loseEvents();
    await expect.poll(() => core.calls.filter(({ method }) => method === 'app.snapshot').length).toBe(before + 1);
  });
});
