import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_LINK_TEXT } from '../../../src/contract/desktop.ts';
import { ContractError } from '../../../src/contract/errors.ts';
import { readStart } from '../../../src/host/electron/desktop/startArguments.ts';
import { fakeCore, testDesktop, until } from './fakes.ts';

describe('a command line', () => {
  test.each([
    [['sotto', 'irc://irc.libera.chat/#sotto'], 'irc://irc.libera.chat/#sotto'],
    [['sotto', '--ozone-platform=x11', 'IRCS://example.org'], 'IRCS://example.org'],
    [['sotto', '--profile', '/home/wren/p', 'sotto:VLD0-abc', 'irc://second'], 'sotto:VLD0-abc'],
    [['sotto'], null],
    [['sotto', 'https://example.org'], null],
    [['sotto', 'file:///etc/passwd', 'javascript:alert(1)', 'app://sotto/', '/etc/passwd'], null],
    [['irc://as-the-program/'], null],
    [['sotto', 'irc:'], null],
    [['sotto', ' irc://x'], null],
    [['sotto', 'xirc://x'], null],
    [['sotto', `irc://${'x'.repeat(MAX_LINK_TEXT)}`], null],
    [['sotto', ...Array.from({ length: 500 }, () => '-x'), 'irc://late'], null],
  ])('%j holds the link %j', (argv, link) => {
    expect(readStart(argv).link).toBe(link);
  });

  test('tells nothing but one link of bounded length and whether it is a start in the background', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.string(),
            fc.string().map((text) => `sotto:${text}`),
          ),
          { maxLength: 100 },
        ),
        (argv) => {
          const { link, background } = readStart(argv);
          expect(background).toBe(argv.slice(1, 65).includes('--background'));
          if (link !== null) {
            expect(argv).toContain(link);
            expect(link).toMatch(/^(irc|ircs|sotto):/i);
            expect(link.length).toBeLessThanOrEqual(MAX_LINK_TEXT);
          }
        },
      ),
    );
  });
});

const opening = () => fakeCore({ 'app.openLink': () => Promise.resolve({ pages: 0 }) });

describe('a link', () => {
  test('of a cold start waits for the core, and is handed to it once', async () => {
    const { desktop } = await testDesktop({ argv: ['sotto', 'irc://example.org/#a'] });
    const core = opening();
    desktop.attach(core.client);
    await until(
      () => {
        expect(core.calls).toEqual([['app.openLink', { text: 'irc://example.org/#a' }]]);
      },
      { timeout: 10_000 },
    );
    const next = opening();
    desktop.attach(next.client);
    desktop.openLink('irc://later');
    await until(() => {
      expect(next.calls).toEqual([['app.openLink', { text: 'irc://later' }]]);
    });
    expect(core.calls).toHaveLength(1);
  });

  test('of a second start goes the same way, and the window comes to the front', async () => {
    const { desktop, electron, window } = await testDesktop();
    const core = opening();
    desktop.attach(core.client);
    window.minimized = true;
    electron.app.emit('second-instance', {}, ['sotto', '--no-sandbox', '--profile=/elsewhere', 'sotto:VLD0-x']);
    await until(() => {
      expect(core.calls).toEqual([['app.openLink', { text: 'sotto:VLD0-x' }]]);
    });
    expect(window).toMatchObject({ minimized: false, visible: true, focused: true });
  });

  test('is all that is taken from a second start', async () => {
    const { desktop, electron, window } = await testDesktop();
    const core = opening();
    desktop.attach(core.client);
    window.visible = false;
    electron.app.emit('second-instance', {}, ['sotto', '--quit', '--remote-debugging-port=1', '/etc/passwd', 'https://example.org']);
    expect(window.visible).toBe(true);
    electron.app.emit('second-instance', {}, ['sotto', 'irc://a']);
    await until(() => {
      expect(core.calls).toEqual([['app.openLink', { text: 'irc://a' }]]);
    });
    expect(electron.app.exits).toEqual([]);
  });

  test('that the core does not understand is the page’s to tell: it is not tried again', async () => {
    const { desktop, electron, logs } = await testDesktop();
    const core = fakeCore({ 'app.openLink': () => Promise.reject(new ContractError('badInput', 'This link cannot be opened.')) });
    desktop.attach(core.client);
    desktop.openLink('irc:///');
    await until(() => {
      expect(logs).toEqual(['a link was not opened: the core does not understand it']);
    });
    expect(core.calls).toHaveLength(1);
    expect(electron.bodies()).toEqual([]);
  });

  test('waits while the profile is locked', async () => {
    const { desktop, electron } = await testDesktop();
    let locked = true;
    const core = fakeCore({
      'app.openLink': () => (locked ? Promise.reject(new ContractError('unavailable', 'Sotto is locked.')) : Promise.resolve({ pages: 1 })),
    });
    desktop.attach(core.client);
    desktop.openLink('irc://example.org');
    await until(() => {
      expect(core.calls).toHaveLength(1);
    });
    locked = false;
    await until(
      () => {
        expect(core.calls).toHaveLength(2);
      },
      { timeout: 10_000 },
    );
    expect(electron.bodies()).toEqual([]);
  });

  test('gives way to a later one', async () => {
    const { desktop } = await testDesktop();
    desktop.openLink('irc://first');
    desktop.openLink('irc://second');
    const core = opening();
    desktop.attach(core.client);
    await until(
      () => {
        expect(core.calls).toEqual([['app.openLink', { text: 'irc://second' }]]);
      },
      { timeout: 10_000 },
    );
  });
});

test('a second start at login does not bring the window to the front', async () => {
  const { electron, window } = await testDesktop();
  window.visible = false;
  electron.app.emit('second-instance', {}, ['sotto', '--background']);
  expect(window.visible).toBe(false);
});
