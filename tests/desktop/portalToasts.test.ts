// needs: xvfb dbus python-dbus
/** Notifications of the flatpak on a real session bus, with a portal that stands in for the desktop's. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished, vi } from 'vitest';
import { connectBus } from '../../src/core/key/dbus/bus.ts';
import { createPortalToasts } from '../../src/host/electron/desktop/portalToasts.ts';
import type { ToastHandlers } from '../../src/host/electron/desktop/toast.ts';
import { startDesktop } from '../support/desktop/session.ts';

const LIMIT_MS = 30_000;

async function withPortal(desktopHas: 'reply' | 'nothing') {
  const desktop = await startDesktop();
  const script = fileURLToPath(new URL('../support/desktop/notificationPortal.py', import.meta.url));
  const portal = spawn('/usr/bin/python3', [script, desktopHas], { env: desktop.env, stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(async () => {
    portal.kill();
    if (portal.exitCode === null && portal.signalCode === null) await once(portal, 'exit');
  });
  const lines: unknown[] = [];
  createInterface({ input: portal.stdout }).on('line', (line) => void lines.push(JSON.parse(line)));
  await vi.waitFor(
    () => {
      expect(lines).toEqual([{ t: 'ready' }]);
    },
    { timeout: LIMIT_MS },
  );
  const { signal } = new AbortController();
  const bus = await connectBus(desktop.env, signal);
  onTestFinished(() => {
    bus.close();
  });
  return {
    lines,
    signal,
    bus,
    desktop,
    act: (what: object) => void portal.stdin.write(`${JSON.stringify(what)}\n`),
  };
}

it('a flatpak’s notification takes an answer through the portal, hears a press, and is taken back', async () => {
  const { lines, signal, bus, act, desktop } = await withPortal('reply');
  const toast = await createPortalToasts({ bus, run: 'run', signal });
  const told: string[] = [];
  const handlers = (name: string): ToastHandlers => ({
    pressed: () => void told.push(`${name} pressed`),
    replied: (text) => void told.push(`${name} replied ${text}`),
    closed: () => void told.push(`${name} closed`),
    failed: (why) => void told.push(`${name} failed ${why}`),
  });
  toast?.({ title: 'alice', body: '<b>lunch?</b>', quiet: false, sound: null, reply: true }, handlers('one'));
  const second = toast?.({ title: 'Connected', body: '', quiet: true, sound: 'bell', reply: false }, handlers('two'));
  await vi.waitFor(() => {
    expect(lines.slice(1)).toEqual([
      {
        t: 'add',
        id: 'run-1',
        notification: {
          title: 'alice',
          body: '<b>lunch?</b>',
          priority: 'normal',
          sound: 'silent',
          'default-action': 'open',
          category: 'im.received',
        },
        buttons: [{ label: 'Reply', action: 'reply', target: 'run-1', purpose: 'im.reply-with-text' }],
      },
      {
        t: 'add',
        id: 'run-2',
        notification: { title: 'Connected', body: '', priority: 'low', sound: 'default', 'default-action': 'open' },
        buttons: [],
      },
    ]);
  });
  // Another program of the session must not be able to put words into the person's mouth.
  const sender = spawn(
    'dbus-send',
    [
      '--session',
      '--type=signal',
      '/org/freedesktop/portal/desktop',
      'org.freedesktop.portal.Notification.ActionInvoked',
      'string:run-1',
      'string:open',
    ],
    { env: desktop.env, stdio: 'ignore' },
  );
  await once(sender, 'exit');
  act({ reply: 'run-1', text: 'on my way' });
  await vi.waitFor(() => {
    expect(told).toEqual(['one replied on my way']);
  });
  act({ press: 'run-2' });
  await vi.waitFor(() => {
    expect(told).toEqual(['one replied on my way', 'two pressed']);
  });
  second?.close();
  await vi.waitFor(() => {
    expect(lines.at(-1)).toEqual({ t: 'remove', id: 'run-2' });
  });
  act({ press: 'run-2' });
  act({ press: 'run-1' });
  await vi.waitFor(() => {
    expect(told.slice(2)).toEqual(['one pressed']);
  });
});

it('where the desktop behind the portal has no answers, or there is no portal, the usual notifications are used', async () => {
  const { bus, signal, lines } = await withPortal('nothing');
  expect(await createPortalToasts({ bus, run: 'run', signal })).toBeNull();
  expect(lines).toHaveLength(1);
  const bare = await startDesktop();
  const other = await connectBus(bare.env, signal);
  onTestFinished(() => {
    other.close();
  });
  expect(await createPortalToasts({ bus: other, run: 'run', signal })).toBeNull();
});
