import { beforeEach, describe, expect, it } from 'vitest';
import { page } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';
import type { NotificationView } from '../../src/contract/desktop.ts';
import { createApp, type App } from '../../src/ui/shared/app.svelte.ts';
import type { NotificationApi } from '../../src/ui/shared/webNotifications.svelte.ts';
import Page from '../../src/ui/views/Page.svelte';
import type { FakeCore } from './fakeCore.ts';
import { bufferId, usualCore } from './scenes.ts';
import { accessible, calls, memoryStorage, noSidewaysScroll } from './stage.ts';

interface Shown {
  title: string;
  options: NotificationOptions | undefined;
  closed: boolean;
  onclick: ((event: Event) => unknown) | null;
  close(): void;
}
let shown: Shown[] = [];
let asked = 0;

/** Stands in for the browser's: a test browser shows nobody anything. */
function fakeApi(permission: NotificationPermission, answer: NotificationPermission = 'granted'): NotificationApi {
  class Fake {
    static permission = permission;
    static requestPermission = (): Promise<NotificationPermission> => {
      asked += 1;
      Fake.permission = answer;
      return Promise.resolve(answer);
    };
    title: string;
    options: NotificationOptions | undefined;
    closed = false;
    onclick: ((event: Event) => unknown) | null = null;
    onclose: ((event: Event) => unknown) | null = null;
    constructor(title: string, options?: NotificationOptions) {
      this.title = title;
      this.options = options;
      shown.push(this);
    }
    close(): void {
      this.closed = true;
      this.onclose?.(new Event('close'));
    }
  }
  return Fake;
}
const view = (more: Partial<NotificationView> = {}): NotificationView => ({
  id: 7,
  kind: 'directMessage',
  toast: true,
  title: 'tomasz',
  body: 'New message',
  buffer: bufferId(5),
  contact: null,
  canReply: true,
  requestAttention: false,
  sound: null,
  ...more,
});
async function start(core: FakeCore, notification: NotificationApi | null, local = memoryStorage(), width = 1280): Promise<App> {
  await page.viewport(width, 700);
  document.body.classList.add('stage');
  const app = createApp({ open: core.open, local, session: memoryStorage(), notification });
  await render(Page, { props: { app } });
  await expect.poll(() => app.connection.state.phase).toBe('online');
  await expect.poll(() => app.world.loaded).toBe(true);
  return app;
}
const offer = () => page.getByRole('region', { name: 'Notifications' });

beforeEach(() => {
  shown = [];
  asked = 0;
});

describe('notifications of the browser', () => {
  it('are offered when there is one to show, asked for by a press, and not again after a no', async () => {
    const core = usualCore();
    const local = memoryStorage();
    const app = await start(core, fakeApi('default'), local);
    await expect.element(offer()).not.toBeInTheDocument();
    core.emit('notification', view({ toast: false }));
    core.emit('notification', view());
    await expect.element(offer()).toBeVisible();
    await accessible();
    expect(asked).toBe(0);
    expect(shown).toEqual([]);
    await offer().getByRole('button', { name: 'No, thank you' }).click();
    await expect.element(offer()).not.toBeInTheDocument();
    core.emit('notification', view());
    await expect.poll(() => app.notifications?.isOffered).toBe(false);
    expect(asked).toBe(0);
  });

  it('open what they are about, and go when it was read', async () => {
    const core = usualCore();
    const app = await start(core, fakeApi('granted'));
    core.emit('notification', view());
    core.emit('notification', view({ id: 8, kind: 'request', buffer: null }));
    core.emit('notification', view({ id: 9, kind: 'fileTransferRequest', buffer: null }));
    await expect.poll(() => shown.length).toBe(3);
    expect(shown[0]).toMatchObject({ title: 'tomasz', options: { body: 'New message', tag: 'sotto-7', silent: true } });
    shown[0]?.onclick?.(new Event('click'));
    expect(app.view).toEqual({ kind: 'buffer', id: 5 });
    shown[1]?.onclick?.(new Event('click'));
    expect(app.view).toEqual({ kind: 'requests' });
    core.emit('notificationsClosed', { ids: [9, 1_000] });
    await expect.poll(() => shown.map(({ closed }) => closed)).toEqual([true, true, true]);
  });

  it('are not shown or offered by a page whose program tells the desktop itself', async () => {
    const core = usualCore();
    const app = await start(core, null);
    core.emit('notification', view());
    core.emit('attention', { unread: 1, highlights: 1 });
    await expect.poll(() => app.notifications).toBeNull();
    await expect.element(offer()).not.toBeInTheDocument();
  });

  it('the offer fits a narrow page in dark, and the palette has it as well', async () => {
    const core = usualCore();
    const app = await start(core, fakeApi('default', 'denied'), memoryStorage(), 400);
    app.preferences.theme = 'dark';
    core.emit('notification', view());
    await expect.element(offer()).toBeVisible();
    await accessible();
    noSidewaysScroll();
    app.ask({ kind: 'palette', query: '' });
    await page.getByRole('combobox').fill('Allow notifications');
    await page.getByRole('option', { name: /Allow notifications/ }).click();
    await expect.poll(() => asked).toBe(1);
    await expect.element(offer()).not.toBeInTheDocument();
  });
});

it('the core is told whether the page is looked at', async () => {
  const core = usualCore();
  await start(core, null);
  await expect.poll(() => calls(core, 'app.focused').length).toBeGreaterThan(0);
  const before = calls(core, 'app.focused').at(-1);
  const hasFocus = document.hasFocus.bind(document);
  const now = !hasFocus();
  document.hasFocus = () => now;
  window.dispatchEvent(new Event(now ? 'focus' : 'blur'));
  await expect.poll(() => calls(core, 'app.focused').at(-1)).not.toEqual(before);
  document.hasFocus = hasFocus;
});
