/** The desktop around the window: tray, notifications, badge, menus, zoom, spelling, start at login, sleep, links, quitting. */
import { randomUUID } from 'node:crypto';
import { ContractError } from '../../../contract/errors.ts';
import type { NotificationView } from '../../../contract/desktop.ts';
import type { BufferId } from '../../../contract/ids.ts';
import { connectBus } from '../../../core/key/dbus/bus.ts';
import type { MenuActions, MenuState } from './actions.ts';
import { applicationMenu } from './applicationMenu.ts';
import { createAutostart, isFlatpak } from './autostart.ts';
import { createBusToasts } from './busToasts.ts';
import { createCoreEvents } from './coreEvents.ts';
import { followContextMenu } from './contextMenu.ts';
import { electronToasts } from './electronToasts.ts';
import { followEnding } from './ending.ts';
import { createPendingLink } from './links.ts';
import { createMainWindow } from './mainWindow.ts';
import { createNotifications } from './notifications.ts';
import { createPortalToasts } from './portalToasts.ts';
import type { BuiltMenu } from './parts.ts';
import type { Desktop, DesktopOptions } from './options.ts';
import { sendReply } from './reply.ts';
import { copyRoute } from './route.ts';
import { hasTrayWatcher, notificationMarkup, type SessionBus } from './sessionBus.ts';
import { openSettings } from './settings.ts';
import { watchSleep } from './sleep.ts';
import { applySpelling, dictionaryFiles, installedLanguages, languagesToCheck } from './spelling.ts';
import { readStart } from './startArguments.ts';
import type { ShowToast } from './toast.ts';
import { createTray } from './tray.ts';
import { followZoom, nextZoom } from './zoom.ts';

/** Called once the app is ready, by the instance that has the lock. Reads the settings, makes the window and everything around it. Never rejects for what is on the disk. */
export async function startDesktop<M extends BuiltMenu>(options: DesktopOptions<M>): Promise<Desktop> {
  const { electron, env, log } = options;
  const { app, screen, session } = electron;
  const ended = new AbortController();
  const { signal } = ended;
  const start = readStart(options.argv);
  const flatpak = isFlatpak(env);

  let stopped: string | null = null;
  let attention = { unread: 0, highlights: 0 };
  let trayIsShown = false;
  let startsAtLogin = false;
  let installed: readonly string[] = [];
  let markup = !flatpak;
  let toastsOfBus: ShowToast | null = null;

  const bus: Promise<SessionBus | null> = (options.openBus ?? (() => connectBus(env, signal).catch(() => null)))();

  const core = createCoreEvents({
    onNotification: (view) => {
      notify(view);
    },
    onClosed: (ids) => {
      notifications.close(ids);
    },
    onAttention: (now) => {
      setAttention(now);
    },
    signal,
  });
  const { makeNotification } = electron;
  const toastsOfElectron =
    makeNotification && electronToasts(makeNotification, () => ({ markup, reply: options.process.platform !== 'linux' }));
  const notifications = createNotifications({
    showToast: () => toastsOfBus ?? toastsOfElectron,
    open: (buffer) => {
      show();
      if (buffer !== null) showBuffer(buffer);
    },
    reply: (buffer, text, title) => void sendReply(core.client, { buffer, text, title }, notifications.say),
    log,
  });
  const tell = (sentence: string): void => {
    log(sentence);
    notifications.say(sentence);
  };
  // Off until the languages are known: Chromium begins with the one of the system.
  applySpelling(session, []);
  const settings = await openSettings(options.stateDirectory, tell);
  const change = (changes: Parameters<typeof settings.change>[0]): void => {
    settings.change(changes);
    refresh();
  };

  const hidden = start.background && (await bus.then((found) => hasTrayWatcher(found, signal)));
  const main = createMainWindow({
    create: options.createWindow,
    screen,
    hidden,
    places: () => settings.current.places,
    onPlaces: (places) => {
      settings.change({ places });
    },
    closesToTray: () => !ending.begun && settings.current.closeToTray && tray.works && trayIsShown,
    onFocus: () => void lookForTray(),
    onVisible: () => {
      refresh();
    },
  });
  const { window, show } = main;
  const contents = window.webContents;
  // The page plays the sounds of notifications and nothing else.
  contents.setAudioMuted(settings.current.doNotDisturb);

  const links = createPendingLink({ client: () => core.client, log, signal });
  const showBuffer = (buffer: BufferId): void => {
    core.client?.call('app.show', { buffer }, signal).catch((error: unknown) => {
      // It was closed meanwhile: the window is what is left to show.
      if (!(error instanceof ContractError)) log('a buffer could not be shown');
    });
  };
  const openLink = (link: string): void => {
    show();
    links.open(link);
  };

  const autostart = createAutostart({
    appId: options.appId,
    command: options.command,
    profile: options.profile,
    env,
    bus: () => bus,
    signal,
    remembered: () => settings.current.startAtLogin,
  });
  const setStartAtLogin = async (on: boolean): Promise<void> => {
    try {
      startsAtLogin = await autostart.set(on);
      if (startsAtLogin !== on) tell('Nothing has changed: the desktop did not agree that Sotto starts at login.');
      settings.change({ startAtLogin: startsAtLogin });
    } catch (error) {
      tell(error instanceof Error ? error.message : 'Start at login could not be changed.');
    }
    refresh();
  };

  const spelling = (): string[] => languagesToCheck(settings.current.spelling, app.getPreferredSystemLanguages(), installed);
  const zoom = (factor: number): void => {
    settings.change({ zoom: factor });
    contents.setZoomFactor(factor);
  };
  const actions: MenuActions = {
    show,
    hide: main.hide,
    setDoNotDisturb: (doNotDisturb) => {
      change({ doNotDisturb });
      contents.setAudioMuted(doNotDisturb);
    },
    setCloseToTray: (closeToTray) => {
      change({ closeToTray });
      void lookForTray();
    },
    setStartAtLogin: (on) => void setStartAtLogin(on),
    setSpelling: (languages) => {
      change({ spelling: languages });
      applySpelling(session, spelling());
    },
    copyRoute: () => {
      if (core.client !== null) void copyRoute(core.client, electron.clipboard, signal).then(notifications.say);
    },
    press: main.press,
    zoom: (step) => {
      zoom(nextZoom(settings.current.zoom, step));
    },
    toggleFullScreen: main.toggleFullScreen,
    toggleDevTools: () => {
      if (options.development) contents.toggleDevTools();
    },
    openLog: options.openLog,
    restartCore: options.restartCore,
    quit: () => void ending.quit(),
  };

  const state = (): MenuState => ({
    ...attention,
    windowVisible: main.visible,
    doNotDisturb: settings.current.doNotDisturb,
    closeToTray: settings.current.closeToTray,
    startAtLogin: startsAtLogin,
    spelling: spelling(),
    spellingInstalled: installed,
    stopped,
    hasTray: trayIsShown,
    development: options.development,
  });
  const tray = createTray({ make: electron.makeTray, menus: electron.menus, iconDirectory: options.iconDirectory, actions, log }, state());
  let menuShown = '';
  const refresh = (): void => {
    if (ending.begun) return;
    const now = state();
    tray.update(now);
    const template = applicationMenu(now, actions);
    const text = JSON.stringify(template);
    if (text !== menuShown) electron.menus.setApplicationMenu(electron.menus.buildFromTemplate(template));
    menuShown = text;
  };

  const ending = followEnding({
    app,
    power: electron.power,
    process: options.process,
    log,
    end: async () => {
      // First, while the bus still takes it.
      notifications.closeAll();
      ended.abort(new ContractError('closed', 'Sotto ends.'));
      tray.stop();
      app.setBadgeCount(0);
      await Promise.all([settings.flush(), options.stopCore()]);
      (await bus)?.close?.();
    },
  });

  followZoom({ contents, factor: () => settings.current.zoom, zoom: actions.zoom });
  followContextMenu({ contents, electron, say: notifications.say });
  app.on('second-instance', (_event, argv) => {
    const second = readStart(argv);
    if (second.link !== null) openLink(second.link);
    else if (!second.background) show();
  });

  const lookForTray = async (): Promise<void> => {
    trayIsShown = tray.works && (await hasTrayWatcher(await bus, signal));
    refresh();
  };
  const lookAround = async (): Promise<void> => {
    startsAtLogin = await autostart.isOn().catch((error: unknown) => {
      log(error instanceof Error ? error.message : 'It is not known whether Sotto starts at login.');
      return false;
    });
    installed = installedLanguages(await dictionaryFiles(options.dictionaryDirectory), session.availableSpellCheckerLanguages);
    applySpelling(session, spelling());
    const found = await bus;
    if (flatpak) toastsOfBus = found && (await createPortalToasts({ bus: found, run: randomUUID(), signal }));
    else {
      markup = await notificationMarkup(found, signal);
      toastsOfBus = found && (await createBusToasts({ bus: found, appId: options.appId, signal }));
    }
    await lookForTray();
  };
  watchSleep({
    power: electron.power,
    signal,
    onResume: () => {
      core.client?.call('app.resumed', {}, signal).catch(() => {
        log('the core was not told of the resume');
      });
      void lookForTray();
    },
  });

  const setAttention = (now: typeof attention): void => {
    attention = { unread: now.unread, highlights: now.highlights };
    app.setBadgeCount(now.highlights);
    refresh();
  };
  const notify = (view: NotificationView): void => {
    if (settings.current.doNotDisturb) return;
    notifications.show(view);
    if (view.requestAttention) main.callAttention();
  };
  if (start.link !== null) links.open(start.link);
  lookAround().catch(() => {
    log('the desktop could not be looked at');
  });
  refresh();

  return {
    window,
    attach: (attached) => {
      stopped = null;
      core.attach(attached);
      refresh();
    },
    coreStopped: (sentence) => {
      core.detach();
      stopped = sentence;
      notifications.closeAll();
      setAttention({ unread: 0, highlights: 0 });
    },
    show,
    openLink,
    quit: ending.quit,
  };
}
