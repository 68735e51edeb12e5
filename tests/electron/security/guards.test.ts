import { EventEmitter } from 'node:events';
import * as v from 'valibot';
import { describe, expect, it, vi } from 'vitest';
import { CONNECT, listenToPages, type IpcMain } from '../../../src/host/electron/ipc.ts';
import { createLinkOpener, GESTURE_MS, linkTarget, MAX_LINK_LENGTH } from '../../../src/host/electron/links.ts';
import { guardContents } from '../../../src/host/electron/navigation.ts';
import { cutNetwork, deadProxy, isReachable, networkSwitches } from '../../../src/host/electron/network.ts';
import { denyPermissions, isPermitted, type PermissionSession } from '../../../src/host/electron/permissions.ts';

const quiet = (): void => undefined;
/** A listener that was written for one kind of event, as an EventEmitter takes it. */
const asListener =
  (listener: (...values: never[]) => void) =>
  (...values: unknown[]): void => {
    Reflect.apply(listener, undefined, values);
  };
const preventable = (url = '') => {
  const event = { url, prevented: false, preventDefault: () => undefined };
  event.preventDefault = () => {
    event.prevented = true;
    return undefined;
  };
  return event;
};

describe('E5: permissions', () => {
  const every = [
    ...[
      'clipboard-read',
      'clipboard-sanitized-write',
      'deprecated-sync-clipboard-read',
      'display-capture',
      'fileSystem',
      'fullscreen',
      'geolocation',
    ],
    ...[
      'hid',
      'idle-detection',
      'keyboardLock',
      'media',
      'mediaKeySystem',
      'midi',
      'midiSysex',
      'notifications',
      'openExternal',
      'pointerLock',
    ],
    ...['sensors', 'serial', 'speaker-selection', 'storage-access', 'usb', 'window-management', 'unknown', 'something new', ''],
  ];

  it('E5: a request and a check are both refused, but for writing to the clipboard', () => {
    const events = new EventEmitter();
    let request: Parameters<PermissionSession['setPermissionRequestHandler']>[0] = quiet;
    let check: Parameters<PermissionSession['setPermissionCheckHandler']>[0] = () => true;
    let device = (): boolean => true;
    const streams: unknown[] = [];
    const pairings: unknown[] = [];
    denyPermissions(
      {
        setPermissionRequestHandler: (handler) => (request = handler),
        setPermissionCheckHandler: (handler) => (check = handler),
        setDevicePermissionHandler: (handler) => (device = handler),
        setDisplayMediaRequestHandler: (handler) => {
          handler({}, (given) => streams.push(given));
        },
        setBluetoothPairingHandler: (handler) => {
          handler({}, (given) => pairings.push(given));
        },
        on: (name: string, listener: (event: { preventDefault(): void }) => void) => events.on(name, listener),
      },
      quiet,
    );
    const granted = every.filter((permission) => {
      const answers: boolean[] = [];
      request(null, permission, (answer) => answers.push(answer), { requestingUrl: 'app://sotto/' });
      expect(answers).toEqual([check(null, permission, 'app://sotto/')]);
      return answers[0];
    });
    expect(granted).toEqual(['clipboard-sanitized-write']);
    expect(check(null, 'clipboard-sanitized-write', 'https://example.org')).toBe(false);
    expect(isPermitted('clipboard-sanitized-write', 'app://sotto')).toBe(true);
    expect(isPermitted('clipboard-sanitized-write', 'app://sotto.evil/')).toBe(false);
    expect([device(), streams, pairings]).toEqual([false, [null], [{ confirmed: false }]]);
    for (const name of ['select-hid-device', 'select-serial-port', 'select-usb-device']) {
      const event = preventable();
      events.emit(name, event);
      expect([name, event.prevented]).toEqual([name, true]);
    }
  });
});

describe('E6: a window stays on its page', () => {
  const guarded = () => {
    const events = new EventEmitter();
    const opened: [string, boolean][] = [];
    const clock = { now: 0 };
    let open: (details: { url: string }) => unknown = quiet;
    const policy: string[] = [];
    guardContents(
      {
        on: (name: string, listener: (...values: never[]) => void) => events.on(name, asListener(listener)),
        setWindowOpenHandler: (handler) => (open = handler),
        setWebRTCIPHandlingPolicy: (given) => policy.push(given),
      },
      { open: (url, gesture) => opened.push([url, gesture]) },
      quiet,
      () => clock.now,
    );
    return { events, opened, clock, policy, open: (url: string) => open({ url }) };
  };

  it('E6: going elsewhere is prevented in the window and in frames, reloading is not', () => {
    const { events, policy } = guarded();
    for (const name of ['will-navigate', 'will-redirect', 'will-frame-navigate']) {
      for (const url of [
        'https://example.org/',
        'file:///etc/passwd',
        'app://other/',
        'app://sotto/assets/x.js',
        'data:text/html,x',
        'javascript:0',
        '',
      ]) {
        const event = preventable(url);
        events.emit(name, event);
        expect([name, url, event.prevented]).toEqual([name, url, true]);
      }
      const reload = preventable('app://sotto/');
      events.emit(name, reload);
      expect(reload.prevented).toBe(false);
    }
    const webview = preventable();
    events.emit('will-attach-webview', webview);
    expect(webview.prevented).toBe(true);
    expect(policy).toEqual(['disable_non_proxied_udp']);
  });

  it('E6, E7: no window is opened by a page; its address goes to the one function, with whether somebody pressed', () => {
    const { events, opened, clock, open } = guarded();
    expect(open('https://example.org/')).toEqual({ action: 'deny' });
    events.emit('input-event', {}, { type: 'mouseMove' });
    open('https://example.org/moved');
    events.emit('input-event', {}, { type: 'mouseDown' });
    clock.now += GESTURE_MS;
    open('https://example.org/pressed');
    open('https://example.org/second');
    events.emit('input-event', {}, { type: 'keyDown' });
    clock.now += GESTURE_MS + 1;
    open('https://example.org/late');
    expect(opened.map(([url, gesture]) => [url.slice(20), gesture])).toEqual([
      ['', false],
      ['moved', false],
      ['pressed', true],
      ['second', false],
      ['late', false],
    ]);
  });
});

describe('E7: addresses that leave the program', () => {
  it.each([
    ['https://example.org/a b', null],
    ['https://example.org/a%20b', 'https://example.org/a%20b'],
    ['HTTPS://EXAMPLE.org', 'https://example.org/'],
    ['http://example.org:80/', 'http://example.org/'],
    ['mailto:wren@example.org?attach=/etc/passwd', 'mailto:wren@example.org'],
    ['https://user@example.org/', null],
    ['https://user:secret@example.org/', null],
    ['https://example.org\\@evil.example/', null],
    ['https://example.org/\u202etxt.exe', null],
    ['https://exam\u200bple.org/', null],
    ['https://example.org/\n', null],
    [' https://example.org/', null],
    ['file:///etc/passwd', null],
    ['javascript:alert(1)', null],
    ['data:text/html,x', null],
    ['smb://example.org/', null],
    ['vscode://x', null],
    ['app://sotto/', null],
    ['//example.org', null],
    ['', null],
    [`https://example.org/${'a'.repeat(MAX_LINK_LENGTH)}`, null],
    [`https://example.org/${'é'.repeat(MAX_LINK_LENGTH / 2)}`, null],
  ])('E7: %j is opened as %j', (text, address) => {
    const target = linkTarget(text);
    expect(target === null ? null : target.address).toBe(address);
  });

  const opener = () => {
    const opened: string[] = [];
    const own: string[] = [];
    const asked: string[] = [];
    const answer = { yes: false };
    const links = createLinkOpener({
      openExternal: (address) => {
        opened.push(address);
        return Promise.resolve();
      },
      confirm: (host) => {
        asked.push(host);
        return Promise.resolve(answer.yes);
      },
      onOwn: (address) => own.push(address),
      log: quiet,
    });
    return { links, opened, own, asked, answer };
  };

  it('E7: without a press nothing is opened', () => {
    const { links, opened, own } = opener();
    links.open('https://example.org/', false);
    links.open('irc://irc.example.org/harbour', false);
    expect([opened, own]).toEqual([[], []]);
    links.open('https://example.org/', true);
    expect(opened).toEqual(['https://example.org/']);
  });

  it('E7: a name in letters that look like others is shown as it is, and opened only after a yes', async () => {
    const { links, opened, asked, answer } = opener();
    links.open('https://\u0430pple.com/', true);
    await vi.waitFor(() => {
      expect(asked).toEqual(['xn--pple-43d.com']);
    });
    expect(opened).toEqual([]);
    answer.yes = true;
    links.open('https://\u0430pple.com/', true);
    await vi.waitFor(() => {
      expect(opened).toEqual(['https://xn--pple-43d.com/']);
    });
  });

  it('E7, E14: Sotto’s own links stay inside and go to the dialog that only fills in', () => {
    const { links, opened, own } = opener();
    for (const text of ['irc://irc.example.org/harbour', 'ircs://irc.example.org', 'sotto:abc']) links.open(text, true);
    expect(own).toEqual(['irc://irc.example.org/harbour', 'ircs://irc.example.org', 'sotto:abc']);
    expect(opened).toEqual([]);
  });
});

describe('E8: the network', () => {
  it.each([
    ['app://sotto/assets/x.js', 'script', true],
    ['blob:app://sotto/1', 'image', true],
    ['data:image/png;base64,x', 'image', true],
    ['data:text/html,x', 'subFrame', false],
    ['data:text/javascript,x', 'script', false],
    ['https://example.org/', 'mainFrame', false],
    ['http://127.0.0.1:1/', 'xhr', false],
    ['wss://example.org/', 'webSocket', false],
    ['file:///etc/passwd', 'mainFrame', false],
    ['app://other/', 'image', false],
    ['app://sotto.evil/', 'image', false],
    ['blob:https://example.org/1', 'image', false],
    ['chrome://gpu/', 'mainFrame', false],
    ['devtools://devtools/bundled/x.js', 'script', false],
  ])('E8: %s as %s: %s', (url, type, reachable) => {
    expect(isReachable(url, type, false)).toBe(reachable);
  });

  it('E8: requests are cancelled, the proxy is dead, names are not looked up; only what a page made itself is saved', async () => {
    const answers = new Map<string, boolean>();
    const proxies: unknown[] = [];
    let download: (event: { preventDefault(): void }, item: { getURL(): string }) => void = quiet;
    await cutNetwork(
      {
        webRequest: {
          onBeforeRequest: (listener) => {
            for (const url of ['https://example.org/', 'app://sotto/', 'devtools://devtools/x']) {
              listener({ url, resourceType: 'mainFrame' }, ({ cancel }) => answers.set(url, cancel));
            }
          },
        },
        setProxy: (config) => {
          proxies.push(config);
          return Promise.resolve();
        },
        on: (_name, listener) => (download = listener),
      },
      false,
      quiet,
    );
    expect(Object.fromEntries(answers)).toEqual({ 'https://example.org/': true, 'app://sotto/': false, 'devtools://devtools/x': true });
    expect(proxies).toEqual([deadProxy]);
    expect(new Map(networkSwitches).get('host-resolver-rules')).toBe('MAP * ~NOTFOUND');
    const saved = ['blob:app://sotto/1', 'https://example.org/x', 'data:text/plain,x'].filter((url) => {
      const event = preventable();
      download(event, { getURL: () => url });
      return !event.prevented;
    });
    expect(saved).toEqual(['blob:app://sotto/1']);
  });
});

describe('E9: what main hears from pages', () => {
  const page = { origin: 'app://sotto', url: 'app://sotto/', parent: null };
  const heard = (frame: { origin: string; url: string; parent: unknown } | null, ...values: unknown[]): unknown[] => {
    const got: unknown[] = [];
    const ipc: IpcMain<string> = {
      on: (channel, listener) => {
        expect(channel).toBe(CONNECT);
        listener({ sender: 'contents', senderFrame: frame }, ...values);
      },
    };
    listenToPages(ipc, CONNECT, v.strictTuple([v.boolean()]), (sender, [again]) => got.push([sender, again]), quiet);
    return got;
  };

  it('E9: Sotto’s page in the top frame is heard, with arguments that fit', () => {
    expect(heard(page, true)).toEqual([['contents', true]]);
    for (const values of [[], ['true'], [true, true], [{}], [null]]) expect(heard(page, ...values)).toEqual([]);
  });

  it('E9: a frame that is gone, inside of another, or of somebody else is not', () => {
    expect(heard(null, true)).toEqual([]);
    expect(heard({ ...page, parent: page }, true)).toEqual([]);
    expect(heard({ ...page, origin: 'https://example.org' }, true)).toEqual([]);
    expect(heard({ ...page, origin: 'app://sotto.evil' }, true)).toEqual([]);
    expect(heard({ ...page, url: 'about:blank' }, true)).toEqual([]);
  });
});
