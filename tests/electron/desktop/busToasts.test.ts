import { describe, expect, test } from 'vitest';
import type { Call, Signal } from '../../../src/core/key/dbus/bus.ts';
import type { Value } from '../../../src/core/key/dbus/value.ts';
import type { SessionBus } from '../../../src/host/electron/desktop/sessionBus.ts';
import { bufferId, fakeCore, notification, testDesktop, until } from './fakes.ts';

const SERVICE = ':1.7';

/** A notification service that takes answers, as KDE Plasma does. */
function plasma() {
  const handlers = new Set<(message: Signal) => void>();
  const shown: { id: number; call: Call }[] = [];
  const closed: Value[] = [];
  const state = { asked: 0, failing: false };
  const bus: SessionBus = {
    call: (call) => {
      switch (call.member) {
        case 'GetCapabilities':
          state.asked += 1;
          return Promise.resolve([['actions', 'body', 'body-markup', 'inline-reply']]);
        case 'NameHasOwner':
          return Promise.resolve([true]);
        case 'GetNameOwner':
          return state.failing ? Promise.reject(new Error('the bus is gone')) : Promise.resolve([SERVICE]);
        case 'Notify':
          shown.push({ id: shown.length + 1, call });
          return Promise.resolve([shown.length]);
        case 'CloseNotification':
          closed.push(...call.body);
          return Promise.resolve([]);
        default:
          return Promise.resolve([]);
      }
    },
    onSignal: (handler) => {
      handlers.add(handler);
      return () => {
        handlers.delete(handler);
      };
    },
  };
  const send = (member: string, body: Value[], sender = SERVICE): void => {
    for (const handler of handlers)
      handler({
        path: '/org/freedesktop/Notifications',
        interface: 'org.freedesktop.Notifications',
        member,
        sender,
        body,
      });
  };
  return { bus, shown, closed, send, state, handlers };
}

async function withPlasma() {
  const service = plasma();
  const started = await testDesktop({ openBus: () => Promise.resolve(service.bus) });
  await until(() => {
    expect(service.handlers.size).toBe(1);
  });
  const core = fakeCore({
    'app.show': () => Promise.resolve(null),
    'buffer.input': () => Promise.resolve({ focus: null, copy: null, note: null }),
  });
  await core.client.ready;
  started.desktop.attach(core.client);
  return { ...started, ...service, core };
}

const show = async (given: Parameters<typeof notification>[0] = {}) => {
  const all = await withPlasma();
  all.core.emit('notification', notification(given));
  await until(() => {
    expect(all.shown).toHaveLength(1);
  });
  return all;
};

describe('a notification service that takes answers', () => {
  test('gets the text escaped, an action to open, one to answer, and the name of the desktop file', async () => {
    const { shown, electron } = await show({ title: '<alice>', body: '<b>hi</b> & bye' });
    const [app, replaces, icon, title, body, actions, hints] = shown[0]?.call.body ?? [];
    expect([app, replaces, icon, title, body]).toEqual([
      'Sotto',
      0,
      'io.github.example.Sotto',
      '<alice>',
      '&lt;b&gt;hi&lt;/b&gt; &amp; bye',
    ]);
    expect(actions).toEqual(['default', 'Open', 'inline-reply', 'Reply']);
    expect(hints).toContainEqual(['desktop-entry', { signature: 's', value: 'io.github.example.Sotto' }]);
    expect(electron.notifications).toEqual([]);
  });

  test('has no answer to offer where nothing can be said', async () => {
    const { shown } = await show({ canReply: false, kind: 'connected' });
    expect(shown[0]?.call.body[5]).toEqual(['default', 'Open']);
    expect(shown[0]?.call.body[6]).toContainEqual(['urgency', { signature: 'y', value: 0 }]);
  });

  test('sends what was written into the buffer', async () => {
    const { send, core, closed } = await show({ buffer: bufferId(9) });
    send('NotificationReplied', [1, 'soon']);
    await until(() => {
      expect(core.calls).toEqual([['buffer.input', { buffer: 9, text: 'soon', replyTo: null }]]);
    });
    expect(closed).toEqual([1]);
  });

  test('opens the buffer when it is pressed', async () => {
    const { send, core, window } = await show({ buffer: bufferId(9) });
    window.visible = false;
    send('ActionInvoked', [1, 'default']);
    await until(() => {
      expect(core.calls).toEqual([['app.show', { buffer: 9 }]]);
    });
    expect(window.visible).toBe(true);
  });

  test('is the only one that is believed', async () => {
    const { send, core } = await show({ buffer: bufferId(9) });
    send('NotificationReplied', [1, 'said by another program'], ':1.66');
    send('NotificationReplied', [2, 'to nothing']);
    send('NotificationReplied', [1, 7]);
    send('ActionInvoked', [1, 'inline-reply']);
    send('ActionInvoked', [1, 'default']);
    await until(() => {
      expect(core.calls).toEqual([['app.show', { buffer: 9 }]]);
    });
  });

  test('loses what was read elsewhere, also while it is being shown', async () => {
    const { core, shown, closed } = await withPlasma();
    core.emit('notification', notification({ id: 5 }));
    core.emit('notificationsClosed', { ids: [5] });
    await until(() => {
      expect(shown).toHaveLength(1);
      expect(closed).toEqual([1]);
    });
  });

  test('that tells of a closed one gets nothing more about it', async () => {
    const { core, send, shown, closed } = await show({ id: 5 });
    send('NotificationClosed', [1, 2]);
    core.emit('notificationsClosed', { ids: [5] });
    core.emit('notification', notification({ id: 6 }));
    await until(() => {
      expect(shown).toHaveLength(2);
    });
    expect(closed).toEqual([]);
  });

  test('that is gone costs a line in the log', async () => {
    const { core, state, logs } = await withPlasma();
    state.failing = true;
    core.emit('notification', notification());
    await until(() => {
      expect(logs).toContain('a notification could not be shown: the bus is gone');
    });
  });

  test('is not asked inside flatpak, where only the portal may be', async () => {
    const { bus, state } = plasma();
    const { electron, desktop } = await testDesktop({ env: { FLATPAK_ID: 'x' }, openBus: () => Promise.resolve(bus) });
    const core = fakeCore();
    await core.client.ready;
    desktop.attach(core.client);
    core.emit('notification', notification());
    await until(() => {
      expect(electron.notifications).toHaveLength(1);
    });
    expect(state.asked).toBe(0);
  });

  test('plays a sound of the desktop’s theme, and none for a tone that the page plays', async () => {
    const themed = await show({ sound: 'message-new-instant' });
    expect(themed.shown[0]?.call.body[6]).toContainEqual(['sound-name', { signature: 's', value: 'message-new-instant' }]);
    expect(themed.shown[0]?.call.body[6]).not.toContainEqual(['suppress-sound', { signature: 'b', value: true }]);
    for (const sound of ['peck', 'mine.ogg', null]) {
      const quiet = await show({ sound });
      expect(quiet.shown[0]?.call.body[6]).toContainEqual(['suppress-sound', { signature: 'b', value: true }]);
    }
  });
});

test('inside flatpak the portal takes answers where the desktop behind it has them', async () => {
  const handlers = new Set<(message: Signal) => void>();
  const added: Value[][] = [];
  const bus: SessionBus = {
    call: ({ member, destination, body }) => {
      const purposes: Value = [['button-purpose', { signature: 'as', value: ['im.reply-with-text'] }]];
      if (member === 'GetAll') return Promise.resolve([[['SupportedOptions', { signature: 'a{sv}', value: purposes }]]]);
      if (member === 'GetNameOwner') return Promise.resolve([SERVICE]);
      if (member === 'AddNotification') added.push([destination, ...body]);
      return Promise.resolve([]);
    },
    onSignal: (handler) => {
      handlers.add(handler);
      return () => undefined;
    },
  };
  const { desktop, electron } = await testDesktop({ env: { FLATPAK_ID: 'x' }, openBus: () => Promise.resolve(bus) });
  await until(() => {
    expect(handlers.size).toBe(1);
  });
  const core = fakeCore({ 'buffer.input': () => Promise.resolve({ focus: null, copy: null, note: null }) });
  await core.client.ready;
  desktop.attach(core.client);
  core.emit('notification', notification());
  await until(() => {
    expect(added).toHaveLength(1);
  });
  const [destination, id = ''] = added[0] ?? [];
  expect([destination, electron.notifications]).toEqual(['org.freedesktop.portal.Desktop', []]);
  const invoked = (sender: string, text: string): Signal => ({
    path: '/org/freedesktop/portal/desktop',
    interface: 'org.freedesktop.portal.Notification',
    member: 'ActionInvoked',
    sender,
    body: [
      id,
      'reply',
      [
        { signature: 's', value: id },
        { signature: 'a{sv}', value: [] },
        { signature: 's', value: text },
      ],
    ],
  });
  for (const handler of handlers) {
    handler(invoked(':1.99', 'forged'));
    handler(invoked(SERVICE, 'on my way'));
  }
  await until(() => {
    expect(core.calls).toEqual([['buffer.input', { buffer: bufferId(7), text: 'on my way', replyTo: null }]]);
  });
});
