/** Electron as thin as the desktop part uses it, and a core at the other end of the contract. */
import { EventEmitter } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MenuItemConstructorOptions, NotificationConstructorOptions, Rectangle } from 'electron';
import { onTestFinished, vi } from 'vitest';
import type { NotificationView } from '../../../src/contract/desktop.ts';
import type { BufferId } from '../../../src/contract/ids.ts';
import { connectClient } from '../../../src/contract/rpc/client.ts';
import { serveConnection, type ServerConnection } from '../../../src/contract/rpc/server.ts';
import type { ConnectionId, EventName, Events, Handlers } from '../../../src/contract/table.ts';
import type { BufferView, Snapshot } from '../../../src/contract/views.ts';
import { startDesktop } from '../../../src/host/electron/desktop/desktop.ts';
import type { Desktop, DesktopOptions } from '../../../src/host/electron/desktop/options.ts';
import type { SessionBus } from '../../../src/host/electron/desktop/sessionBus.ts';
import { portPair } from '../../../src/host/portPair.ts';
import { handlers } from '../../unit/contract/handlers.ts';

export const bufferId = (id: number): BufferId => id as BufferId;

export async function scratch(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'sotto-desktop-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

export function fakeContents() {
  const did: string[] = [];
  const note = (what: string) => (): void => void did.push(what);
  return Object.assign(new EventEmitter(), {
    did,
    zoom: 1,
    muted: false,
    setAudioMuted(muted: boolean): void {
      this.muted = muted;
    },
    pressed: [] as { type: string; keyCode?: string; modifiers?: readonly string[] }[],
    cut: note('cut'),
    copy: note('copy'),
    paste: note('paste'),
    undo: note('undo'),
    redo: note('redo'),
    selectAll: note('selectAll'),
    toggleDevTools: note('toggleDevTools'),
    replaceMisspelling(word: string): void {
      did.push(`replace ${word}`);
    },
    setZoomFactor(factor: number): void {
      this.zoom = factor;
    },
    sendInputEvent(event: { type: string; keyCode?: string; modifiers?: readonly string[] }): void {
      this.pressed.push(event);
    },
  });
}

export function fakeWindow(bounds: Rectangle = { x: 0, y: 0, width: 800, height: 600 }) {
  const events = new EventEmitter();
  return Object.assign(events, {
    webContents: fakeContents(),
    bounds,
    visible: true,
    focused: false,
    minimized: false,
    maximized: false,
    fullScreen: false,
    destroyed: false,
    /** What `flashFrame` was told last. */
    flashing: null as boolean | null,
    flashFrame(on: boolean): void {
      this.flashing = on;
    },
    focus(): void {
      this.focused = true;
      events.emit('focus');
    },
    getNormalBounds(): Rectangle {
      return this.bounds;
    },
    hide(): void {
      this.visible = false;
      events.emit('hide');
    },
    show(): void {
      this.visible = true;
      events.emit('show');
    },
    restore(): void {
      this.minimized = false;
    },
    maximize(): void {
      this.maximized = true;
      events.emit('maximize');
    },
    setFullScreen(on: boolean): void {
      this.fullScreen = on;
    },
    isDestroyed(): boolean {
      return this.destroyed;
    },
    isFocused(): boolean {
      return this.focused;
    },
    isFullScreen(): boolean {
      return this.fullScreen;
    },
    isMaximized(): boolean {
      return this.maximized;
    },
    isMinimized(): boolean {
      return this.minimized;
    },
    isVisible(): boolean {
      return this.visible;
    },
    /** As the window manager asks; false: it stays. */
    pressClose(): boolean {
      const event = preventable();
      events.emit('close', event);
      return !event.prevented;
    },
  });
}

export function preventable() {
  return {
    prevented: false,
    preventDefault(): void {
      this.prevented = true;
    },
  };
}

export function fakeNotification(options: NotificationConstructorOptions) {
  const events = new EventEmitter();
  return Object.assign(events, {
    options,
    shown: false,
    closed: false,
    show(): void {
      this.shown = true;
    },
    close(): void {
      this.closed = true;
      events.emit('close');
    },
  });
}

export interface FakeMenu {
  template: MenuItemConstructorOptions[];
  popup: () => void;
}

export function fakeElectron() {
  const app = Object.assign(new EventEmitter(), {
    languages: ['en-US'],
    badge: 0,
    exits: [] as number[],
    getPreferredSystemLanguages(): string[] {
      return this.languages;
    },
    setBadgeCount(count = 0): boolean {
      this.badge = count;
      return true;
    },
    exit(code = 0): void {
      this.exits.push(code);
    },
  });
  const session = {
    availableSpellCheckerLanguages: ['de', 'de-DE', 'en-GB', 'en-US', 'fr'],
    enabled: true,
    languages: ['en-US'],
    words: [] as string[],
    setSpellCheckerLanguages(languages: string[]): void {
      this.languages = languages;
    },
    setSpellCheckerEnabled(on: boolean): void {
      this.enabled = on;
    },
    addWordToSpellCheckerDictionary(word: string): boolean {
      this.words.push(word);
      return true;
    },
  };
  const display = { id: 1, workArea: { x: 0, y: 0, width: 1920, height: 1080 } };
  const fakes = {
    app,
    session,
    power: new EventEmitter(),
    process: Object.assign(new EventEmitter(), { platform: 'linux' }),
    clipboard: {
      text: '',
      writeText(text: string): Promise<void> {
        this.text = text;
        return Promise.resolve();
      },
    },
    screen: { getAllDisplays: () => [display], getPrimaryDisplay: () => display },
    notifications: [] as ReturnType<typeof fakeNotification>[],
    popups: [] as FakeMenu[],
    applicationMenu: null as FakeMenu | null,
    tray: Object.assign(new EventEmitter(), {
      image: '',
      tooltip: '',
      menu: null as FakeMenu | null,
      destroyed: false,
      destroy(): void {
        this.destroyed = true;
      },
      isDestroyed(): boolean {
        return this.destroyed;
      },
      setImage(image: unknown): void {
        this.image = typeof image === 'string' ? image : '';
      },
      setToolTip(text: string): void {
        this.tooltip = text;
      },
      setContextMenu(menu: FakeMenu | null): void {
        this.menu = menu;
      },
    }),
    menus: {
      buildFromTemplate(template: MenuItemConstructorOptions[]): FakeMenu {
        const menu = { template, popup: () => void fakes.popups.push(menu) };
        return menu;
      },
      setApplicationMenu(menu: FakeMenu | null): void {
        fakes.applicationMenu = menu;
      },
    },
    /** The text of what is on the screen now. */
    bodies: (): string[] => fakes.notifications.filter(({ shown, closed }) => shown && !closed).map(({ options }) => options.body ?? ''),
  };
  return fakes;
}
export type FakeElectron = ReturnType<typeof fakeElectron>;

/** A bus on which somebody shows tray icons and the notification service has these capabilities. */
export function fakeBus({
  tray = true,
  capabilities = ['body', 'body-markup'],
}: { tray?: boolean; capabilities?: string[] } = {}): SessionBus {
  return {
    call: ({ member }) => {
      if (member === 'NameHasOwner') return Promise.resolve([tray]);
      if (member === 'GetCapabilities') return Promise.resolve([capabilities]);
      return Promise.reject(new Error(`nobody answers ${member}`));
    },
    onSignal: () => () => undefined,
  };
}

export const snapshot: Snapshot = {
  version: '0.0.0',
  profile: 'test',
  demo: false,
  firstRun: false,
  fingerprint: '',
  servers: [],
  buffers: [],
  contacts: [],
  requests: [],
  secure: [],
  node: { phase: 'off', reason: '', peers: null, progress: null, routes: [], direct: null },
  config: { path: '', hash: '', stale: false, problems: [] },
  commands: [],
  transfers: [],
  attention: { unread: 0, highlights: 0 },
  storage: { problem: null },
};

export function fakeCore(given: Partial<Handlers> = {}) {
  const [ours, theirs] = portPair();
  const core = {
    attention: { unread: 0, highlights: 0 },
    buffers: [] as BufferView[],
    /** Every call but the snapshot, in order. */
    calls: [] as [string, unknown][],
  };
  const noted: Partial<Handlers> = Object.fromEntries(
    Object.entries(given).map(([name, handler]) => [
      name,
      (params: never, signal: AbortSignal, id: ConnectionId) => {
        core.calls.push([name, params]);
        return handler(params, signal, id);
      },
    ]),
  );
  const connection: ServerConnection = serveConnection({
    id: 1 as ConnectionId,
    port: ours,
    handlers: handlers({
      'app.snapshot': () => Promise.resolve({ ...snapshot, attention: core.attention, buffers: core.buffers }),
      ...noted,
    }),
    onClose: () => undefined,
    onInternalError: (method, error) => {
      throw new Error(`${method} failed`, { cause: error });
    },
  });
  const emit = <N extends EventName>(name: N, payload: Events[N]): void => {
    connection.emit(name, payload);
  };
  return Object.assign(core, { client: connectClient(theirs), emit });
}
export type FakeCore = ReturnType<typeof fakeCore>;

export const notification = (given: Partial<NotificationView> = {}): NotificationView => ({
  id: 1,
  kind: 'highlight',
  toast: true,
  title: 'alice in #sotto',
  body: 'hello',
  buffer: bufferId(7),
  contact: null,
  canReply: true,
  requestAttention: false,
  sound: null,
  ...given,
});

interface Given extends Partial<DesktopOptions<FakeMenu>> {
  electronFakes?: FakeElectron;
  window?: ReturnType<typeof fakeWindow>;
}

/** The whole desktop part around fakes, already looked around. */
export async function testDesktop(given: Given = {}) {
  const electron = given.electronFakes ?? fakeElectron();
  const window = given.window ?? fakeWindow();
  const stateDirectory = given.stateDirectory ?? (await scratch());
  const made: { place: unknown; hidden: boolean }[] = [];
  const logs: string[] = [];
  const desktop: Desktop = await startDesktop<FakeMenu>({
    electron: {
      ...electron,
      makeTray: (image) => {
        electron.tray.setImage(image);
        return electron.tray;
      },
      makeNotification: (options) => {
        const shown = fakeNotification(options);
        electron.notifications.push(shown);
        return shown;
      },
      ...given.electron,
    },
    createWindow: (place, hidden) => {
      made.push({ place, hidden });
      if (place.x !== undefined && place.y !== undefined)
        window.bounds = { x: place.x, y: place.y, width: place.width, height: place.height };
      return window;
    },
    stateDirectory,
    iconDirectory: '/icons',
    dictionaryDirectory: join(stateDirectory, 'Dictionaries'),
    development: false,
    appId: 'io.github.example.Sotto',
    profile: null,
    command: ['/opt/sotto/sotto'],
    env: { HOME: stateDirectory },
    argv: ['sotto'],
    process: electron.process,
    openLog: () => undefined,
    stopCore: () => Promise.resolve(),
    restartCore: () => undefined,
    log: (line) => void logs.push(line),
    openBus: () => Promise.resolve(fakeBus()),
    ...given,
  });
  onTestFinished(() => desktop.quit());
  return { desktop, electron, window, stateDirectory, made, logs };
}

/** The entry of a menu by its label, at any depth. */
export function entry(menu: FakeMenu | null | undefined, label: string): MenuItemConstructorOptions | undefined {
  const find = (items: MenuItemConstructorOptions[]): MenuItemConstructorOptions | undefined => {
    for (const item of items) {
      if (item.label === label) return item;
      const inside = Array.isArray(item.submenu) ? find(item.submenu) : undefined;
      if (inside) return inside;
    }
    return undefined;
  };
  return find(menu?.template ?? []);
}

/** Presses an entry as a person would: nothing happens where it is missing or grey. */
export function press(menu: FakeMenu | null | undefined, label: string): void {
  const found = entry(menu, label);
  if (found === undefined || found.enabled === false || found.visible === false) throw new Error(`there is no “${label}” to press`);
  // Electron passes itself; ours look at nothing of it.
  Reflect.apply(found.click ?? (() => undefined), undefined, []);
}

export const until = vi.waitFor;
