import { describe, expect, test } from 'vitest';
import { ContractError } from '../../../src/contract/errors.ts';
import { MAX_NOTIFICATIONS, replyText } from '../../../src/host/electron/desktop/notifications.ts';
import { escapeMarkup } from '../../../src/host/electron/desktop/toast.ts';
import {
  bufferId,
  fakeBus,
  fakeCore,
  fakeElectron,
  notification,
  press,
  testDesktop,
  until,
  type FakeCore,
  type FakeElectron,
} from './fakes.ts';

/** Shows these and waits until the last of them is there. */
async function show(core: FakeCore, electron: FakeElectron, ...views: ReturnType<typeof notification>[]) {
  for (const view of views) core.emit('notification', view);
  await until(() => {
    expect(electron.notifications.at(-1)?.options.title).toBe(views.at(-1)?.title);
  });
}

async function attached(given: Parameters<typeof testDesktop>[0] = {}, handlers: Parameters<typeof fakeCore>[0] = {}) {
  const started = await testDesktop(given);
  const core = fakeCore({
    'app.show': () => Promise.resolve(null),
    'buffer.input': () => Promise.resolve({ focus: null, copy: null, note: null }),
    ...handlers,
  });
  await core.client.ready;
  started.desktop.attach(core.client);
  return { ...started, core };
}

describe('notifications', () => {
  test('show who and what, without a sound of the desktop', async () => {
    const { core, electron } = await attached();
    await show(core, electron, notification({ title: 'alice', body: 'lunch?', kind: 'directMessage' }));
    expect(electron.notifications[0]).toMatchObject({
      shown: true,
      options: { title: 'alice', body: 'lunch?', silent: true, urgency: 'normal', actions: [{ type: 'button', text: 'Reply' }] },
    });
  });

  test('of little weight do not call for attention', async () => {
    const { core, electron } = await attached();
    await show(core, electron, notification({ kind: 'monitoredOnline', canReply: false }));
    expect(electron.notifications[0]?.options).toMatchObject({ urgency: 'low' });
    expect(electron.notifications[0]?.options).not.toHaveProperty('actions');
  });

  test('that are only a sound or a call for attention are not shown', async () => {
    const { core, electron, window } = await attached();
    core.emit('notification', notification({ toast: false, requestAttention: true }));
    await until(() => {
      expect(window.flashing).toBe(true);
    });
    expect(electron.notifications).toEqual([]);
    window.focus();
    expect(window.flashing).toBe(false);
  });

  test('call for attention only while the window does not have it', async () => {
    const { core, electron, window } = await attached();
    window.focus();
    await show(core, electron, notification({ requestAttention: true }));
    expect(window.flashing).toBe(false);
  });

  test('open their buffer in the window when they are pressed, and are gone', async () => {
    const { core, electron, window } = await attached();
    window.visible = false;
    await show(core, electron, notification({ buffer: bufferId(12) }));
    electron.notifications[0]?.emit('click', {});
    expect(window).toMatchObject({ visible: true, focused: true });
    await until(() => {
      expect(core.calls).toEqual([['app.show', { buffer: 12 }]]);
    });
    expect(electron.bodies()).toEqual([]);
  });

  test('open only the window where they are about no buffer', async () => {
    const { core, electron, window } = await attached();
    window.visible = false;
    await show(core, electron, notification({ buffer: null, canReply: false }));
    electron.notifications[0]?.emit('click', {});
    expect(window.visible).toBe(true);
    expect(core.calls).toEqual([]);
  });

  test('lead to the buffer by their button where nothing can be written inside', async () => {
    const { core, electron } = await attached();
    await show(core, electron, notification({ buffer: bufferId(3) }));
    electron.notifications[0]?.emit('action', {}, 0);
    await until(() => {
      expect(core.calls).toEqual([['app.show', { buffer: 3 }]]);
    });
  });

  test('go when they were read elsewhere', async () => {
    const { core, electron } = await attached();
    await show(core, electron, notification({ id: 1, title: 'one', body: '1' }), notification({ id: 2, title: 'two', body: '2' }));
    core.emit('notificationsClosed', { ids: [1, 77] });
    await until(() => {
      expect(electron.bodies()).toEqual(['2']);
    });
  });

  test('are bounded: the oldest goes', async () => {
    const { core, electron } = await attached();
    const views = Array.from({ length: MAX_NOTIFICATIONS + 3 }, (_, index) =>
      notification({ id: index, title: `n${index}`, body: String(index) }),
    );
    await show(core, electron, ...views);
    expect(electron.bodies()).toEqual(views.slice(3).map(({ body }) => body));
  });

  test('that the person closed do not count any more', async () => {
    const { core, electron } = await attached();
    await show(core, electron, notification({ id: 1, title: 'one' }));
    electron.notifications[0]?.emit('close', {});
    await show(
      core,
      electron,
      ...Array.from({ length: MAX_NOTIFICATIONS }, (_, index) => notification({ id: 10 + index, title: `n${index}` })),
    );
    expect(electron.notifications.filter(({ closed }) => closed)).toEqual([]);
  });

  test('are not shown while the person does not want to be disturbed', async () => {
    const { core, electron, window } = await attached();
    expect(window.webContents.muted).toBe(false);
    press(electron.tray.menu, 'Do not disturb');
    expect(window.webContents.muted).toBe(true);
    core.attention = { unread: 1, highlights: 1 };
    core.emit('notification', notification({ requestAttention: true }));
    core.emit('attention', core.attention);
    await until(() => {
      expect(electron.app.badge).toBe(1);
    });
    expect(electron.notifications).toEqual([]);
    expect(window.flashing).toBeNull();
  });

  test('of a core that was replaced are not shown', async () => {
    const { desktop, core, electron } = await attached();
    const next = fakeCore();
    await next.client.ready;
    desktop.attach(next.client);
    core.emit('notification', notification({ title: 'old' }));
    await show(next, electron, notification({ title: 'new' }));
    expect(electron.notifications.map(({ options }) => options.title)).toEqual(['new']);
  });

  test('that the desktop cannot show cost a line in the log', async () => {
    const electronFakes = fakeElectron();
    const { core, logs } = await attached({
      electronFakes,
      electron: {
        ...electronFakes,
        makeTray: () => electronFakes.tray,
        makeNotification: () => {
          throw new Error('no service');
        },
      },
    });
    core.emit('notification', notification());
    await until(() => {
      expect(logs).toEqual(['a notification could not be shown: no service']);
    });
  });

  test('all go when Sotto ends', async () => {
    const { desktop, core, electron } = await attached();
    await show(core, electron, notification());
    await desktop.quit();
    expect(electron.bodies()).toEqual([]);
  });
});

describe('the text of a stranger', () => {
  const hostile = '<img src="file:///etc/passwd"><a href="x">&amp; click</a>';

  test('is no markup where the service reads markup', async () => {
    const { core, electron } = await attached();
    await show(core, electron, notification({ body: hostile, title: '<b>eve</b>' }));
    expect(electron.notifications[0]?.options.body).toBe('&lt;img src="file:///etc/passwd"&gt;&lt;a href="x"&gt;&amp;amp; click&lt;/a&gt;');
    expect(electron.notifications[0]?.options.title).toBe('<b>eve</b>');
  });

  test('is shown as it is where the service does not, and inside flatpak, whose portal takes plain text', async () => {
    const plain = await attached({ openBus: () => Promise.resolve(fakeBus({ capabilities: ['body'] })) });
    await until(() => {
      plain.core.emit('notification', notification({ id: 9, body: hostile }));
      expect(plain.electron.notifications.at(-1)?.options.body).toBe(hostile);
    });
    const flatpak = await attached({ env: { FLATPAK_ID: 'io.github.example.Sotto' } });
    await show(flatpak.core, flatpak.electron, notification({ body: hostile }));
    expect(flatpak.electron.notifications[0]?.options.body).toBe(hostile);
  });

  test('is escaped where nobody says what the service does', async () => {
    const { core, electron } = await attached({ openBus: () => Promise.resolve(null) });
    await show(core, electron, notification({ body: '<b>' }));
    expect(electron.notifications[0]?.options.body).toBe('&lt;b&gt;');
  });

  test('keeps no markup whatever it is', () => {
    expect(escapeMarkup('a<b>&c&lt;')).toBe('a&lt;b&gt;&amp;c&amp;lt;');
  });
});

describe('an answer inside a notification', () => {
  const mac = (): FakeElectron => {
    const fakes = fakeElectron();
    fakes.process.platform = 'darwin';
    return fakes;
  };

  test('is asked for where Electron can, and said in the buffer', async () => {
    const { core, electron } = await attached({ electronFakes: mac() });
    await show(core, electron, notification({ buffer: bufferId(4) }));
    expect(electron.notifications[0]?.options).toMatchObject({ hasReply: true });
    electron.notifications[0]?.emit('reply', { reply: ' on my way ' }, '');
    await until(() => {
      expect(core.calls).toEqual([['buffer.input', { buffer: 4, text: 'on my way', replyTo: null }]]);
    });
    expect(electron.bodies()).toEqual([]);
  });

  test('is text, never a command', () => {
    expect(replyText('/quit now')).toBe('//quit now');
    expect(replyText('  /quit')).toBe('//quit');
    expect(replyText('a/b')).toBe('a/b');
  });

  test('that is empty says nothing', async () => {
    const { core, electron } = await attached({ electronFakes: mac() });
    await show(core, electron, notification());
    electron.notifications[0]?.emit('reply', { reply: '  ' }, '');
    electron.notifications[0]?.emit('click', {});
    await until(() => {
      expect(core.calls).toEqual([['app.show', { buffer: 7 }]]);
    });
  });

  test('that cannot be sent is kept in the input, beside what is written there, and told', async () => {
    const { core, electron } = await attached(
      { electronFakes: mac() },
      {
        'buffer.input': () => Promise.reject(new ContractError('held', 'It is not clear who this is.')),
        'buffer.draft': () => Promise.resolve(null),
      },
    );
    core.buffers = [
      {
        id: bufferId(7),
        kind: 'query',
        server: null,
        contact: null,
        name: 'alice',
        topic: '',
        joined: true,
        unread: 0,
        highlights: 0,
        readUpTo: null,
        draft: 'begun',
        muted: false,
      },
    ];
    await show(core, electron, notification({ title: 'alice' }));
    electron.notifications[0]?.emit('reply', { reply: 'yes' }, '');
    await until(() => {
      expect(core.calls.at(-1)).toEqual(['buffer.draft', { buffer: 7, text: 'begun\nyes' }]);
    });
    await until(() => {
      expect(electron.bodies()).toEqual(['Your answer to “alice” was not sent: It is not clear who this is. It waits in the input.']);
    });
  });

  test('without a core is shown again, so that it is not lost', async () => {
    const { desktop, core, electron } = await attached({ electronFakes: mac() });
    await show(core, electron, notification());
    const [shown] = electron.notifications;
    desktop.coreStopped('It ended.');
    shown?.emit('reply', { reply: 'see you' }, '');
    expect(electron.bodies()).toEqual([expect.stringContaining('see you')]);
  });
});
