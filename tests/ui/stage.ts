/** Puts the whole page on screen against a fake core, and judges it with axe. */
import axe from 'axe-core';
import { expect } from 'vitest';
import { page } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';
import { createApp, type App } from '../../src/ui/shared/app.svelte.ts';
import '../../src/ui/shared/theme.css';
import '../../src/ui/shared/base.css';
import Page from '../../src/ui/views/Page.svelte';
import type { FakeCore } from './fakeCore.ts';

/** Storage of one page; nothing reaches the browser's. */
export function memoryStorage(): Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> {
  const values = new Map<string, string>();
  return {
    getItem: (key) => values.get(key) ?? null,
    setItem: (key, value) => void values.set(key, value),
    removeItem: (key) => void values.delete(key),
  };
}

export async function stage(core: FakeCore, width = 1280, height = 800): Promise<App> {
  await page.viewport(width, height);
  document.body.classList.add('stage');
  const app = createApp({ open: core.open, local: memoryStorage(), session: memoryStorage() });
  await render(Page, { props: { app } });
  await expect.poll(() => app.connection.state.phase).toBe('online');
  return app;
}

/** What axe finds on the page as it stands: nothing. */
export async function accessible(): Promise<void> {
  const { violations } = await axe.run(document.body, { rules: { region: { enabled: false } } });
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`)).toEqual([]);
}

export const calls = (core: FakeCore, method: string): unknown[] =>
  core.calls.filter((call) => call.method === method).map(({ params }) => params);

export const noSidewaysScroll = (): void => {
  expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(document.documentElement.clientWidth);
};
