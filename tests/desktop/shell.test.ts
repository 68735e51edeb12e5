// needs: xvfb dbus python-dbus
/** What the window's main process asks of a real session bus: notifications with an answer inside, the tray, start at login. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished, vi } from 'vitest';
import { connectBus, type Bus } from '../../src/core/key/dbus/bus.ts';
import { createBusToasts } from '../../src/host/electron/desktop/busToasts.ts';
import { hasTrayWatcher, notificationMarkup, requestAutostart } from '../../src/host/electron/desktop/sessionBus.ts';
import type { ToastHandlers } from '../../src/host/electron/desktop/toast.ts';
import { startDesktop, type DesktopSession } from '../support/desktop/session.ts';

const APP = 'io.github.example.Sotto';

async function connected(): Promise<{ desktop: DesktopSession; bus: Bus; signal: AbortSignal }> {
  const desktop = await startDesktop();
  const { signal } = new AbortController();
  const bus = await connectBus(desktop.env, signal);
  onTestFinished(() => {
    bus.close();
  });
  return { desktop, bus, signal };
}

it('knows what the desktop can do; shows a notification with an answer inside, hears what was written, pressed and closed, and takes one back', async () => {
  const { desktop, bus, signal } = await connected();
  expect(await notificationMarkup(bus, signal)).toBe(true);
  expect(await hasTrayWatcher(bus, signal)).toBe(false);
  const toast = await createBusToasts({ bus, appId: APP, signal });
  const told: string[] = [];
  const handlers = (name: string): ToastHandlers => ({
    pressed: () => void told.push(`${name} pressed`),
    replied: (text) => void told.push(`${name} replied ${text}`),
    closed: () => void told.push(`${name} closed`),
    failed: (why) => void told.push(`${name} failed ${why}`),
  });
  const hostile = '<img src="file:///etc/passwd"> & “ünï” \u{1f600}';
  toast?.({ title: '<b>alice</b>', body: hostile, quiet: false, sound: 'message-new-instant', reply: true }, handlers('one'));
  await vi.waitFor(() => {
    expect(desktop.notified()).toHaveLength(1);
  });
  expect(desktop.notified()[0]).toMatchObject({
    app: 'Sotto',
    summary: '<b>alice</b>',
    body: '&lt;img src="file:///etc/passwd"&gt; &amp; “ünï” \u{1f600}',
    actions: ['default', 'Open', 'inline-reply', 'Reply'],
  });
  expect(desktop.notified()[0]?.hints).toContain('desktop-entry');
  desktop.reply(1, 'on my way');
  await vi.waitFor(() => {
    expect(told).toEqual(['one replied on my way']);
  });

  const second = toast?.({ title: 'bob', body: '', quiet: true, sound: null, reply: false }, handlers('two'));
  await vi.waitFor(() => {
    expect(desktop.notified()).toHaveLength(2);
  });
  desktop.press(2);
  await vi.waitFor(() => {
    expect(told).toContain('two pressed');
  });
  second?.close();
  await vi.waitFor(() => {
    expect(desktop.recorded).toContainEqual({ t: 'close', id: 2 });
  });
});

it.each([
  ['0', 'early', true],
  ['1', 'late', false],
])('asks the Background portal and holds to its answer (code %s, %s)', async (code, when, agreed) => {
  const { desktop, bus, signal } = await connected();
  const script = fileURLToPath(new URL('../support/desktop/portal.py', import.meta.url));
  const portal = spawn('/usr/bin/python3', [script, code, when], { env: desktop.env, stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(async () => {
    portal.kill();
    if (portal.exitCode === null && portal.signalCode === null) await once(portal, 'exit');
  });
  const lines: string[] = [];
  createInterface({ input: portal.stdout }).on('line', (line) => void lines.push(line));
  await vi.waitFor(
    () => {
      expect(lines).toEqual(['{"ready":true}']);
    },
    { timeout: 30_000 },
  );
  expect(await requestAutostart(bus, { on: true, command: ['sotto', '--profile=/a b', '--background'], signal })).toBe(agreed);
  expect(JSON.parse(lines[1] ?? '')).toEqual({ autostart: true, command: ['sotto', '--profile=/a b', '--background'] });
});
