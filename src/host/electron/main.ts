/**
 * Sotto's window: the composition of the main process. It is the one file that has Electron's objects; the others are handed what they use. What
 * has to happen before Electron is ready stands first and waits for nothing.
 */
import '../nodeVersion.ts';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  app,
  BrowserWindow,
  clipboard,
  dialog,
  ipcMain,
  Menu,
  MessageChannelMain,
  nativeTheme,
  Notification,
  powerMonitor,
  protocol,
  safeStorage,
  screen,
  session,
  shell,
  Tray,
  utilityProcess,
  type MessagePortMain,
} from 'electron';
import * as v from 'valibot';
import { keepLog } from '../../core/keptLog.ts';
import { createProfileDirectories, profilePaths } from '../../core/profile.ts';
import { uiDirectory } from '../program.ts';
import { appPages, appScheme } from './appPages.ts';
import { keepClient } from './coreClient.ts';
import { forkCore } from './coreProcess.ts';
import { startDesktop } from './desktop/desktop.ts';
import type { Desktop } from './desktop/options.ts';
import { answerSeal } from './keyringPort.ts';
import { launchArguments, readLaunch } from './launch.ts';
import { createLinkOpener } from './links.ts';
import { guardContents } from './navigation.ts';
import { cutNetwork, networkSwitches } from './network.ts';
import { connectPages } from './pages.ts';
import { denyPermissions } from './permissions.ts';
import { safeStorageSealing } from './safeStorage.ts';
import { showLog } from './showLog.ts';
import { createSilentCore } from './silentCore.ts';
import { createSupervisor, MAIN } from './supervisor.ts';
import { createWindowFactory } from './windows.ts';

const here = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const kept = keepLog();
const log = (line: string): void => {
  kept.add(line);
  process.stderr.write(`${line}\n`);
};
// A terminal that is closed must not end the window.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

const development = !app.isPackaged;
const manifest = v.parse(v.object({ desktopName: v.string() }), JSON.parse(readFileSync(here('../package.json'), 'utf8')));
const launch = readLaunch(process.argv);
const profile = profilePaths(launch.profile, process.env);
const ownDirectory = join(profile.stateDirectory, 'electron');
mkdirSync(ownDirectory, { recursive: true, mode: 0o700 });

app.setName('Sotto');
app.setDesktopName(manifest.desktopName);
// The lock of the one instance belongs to this folder, so each profile has its own.
app.setPath('userData', ownDirectory);
app.enableSandbox();
protocol.registerSchemesAsPrivileged([appScheme]);
for (const [name, value] of networkSwitches) app.commandLine.appendSwitch(name, value);
if (!app.requestSingleInstanceLock()) app.exit(0);

async function start(): Promise<void> {
  await createProfileDirectories(profile);
  const desktop = Promise.withResolvers<Desktop>();
  const withDesktop = (use: (given: Desktop) => void): void => {
    desktop.promise.then(use, () => undefined);
  };

  protocol.handle('app', await appPages(uiDirectory));
  denyPermissions(session.defaultSession, log);
  await cutNetwork(session.defaultSession, development, log);

  const sealing = safeStorageSealing(safeStorage);
  const supervisor = createSupervisor<MessagePortMain>({
    fork: () =>
      forkCore<MessagePortMain>({
        fork: (file, args, options) => utilityProcess.fork(file, args, options),
        file: here('./core.js'),
        args: launchArguments({ ...launch, fromSource: development }),
        env: process.env,
        onLine: log,
      }),
    makeChannel: () => new MessageChannelMain(),
    onState: (state) => {
      if (state.kind === 'waiting' || state.kind === 'stopped') pages.lost();
      client.onState(state);
    },
    onQuit: () => {
      withDesktop((given) => void given.quit());
    },
    onShow: () => {
      withDesktop((given) => {
        given.show();
      });
    },
    onSeal: (request, answer) => {
      void answerSeal(sealing, request).then(answer);
    },
    onSilent: (seconds) => {
      silent.ask(seconds);
    },
    onSilenceOver: () => {
      silent.over();
    },
    forceKill: (pid) => {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        log('the core that hangs cannot be ended');
      }
    },
    log,
  });
  const silent = createSilentCore({
    show: (options) => dialog.showMessageBox(options),
    onWait: supervisor.wait,
    onRestart: supervisor.restart,
    log,
  });
  powerMonitor.on('resume', supervisor.awake);
  const client = keepClient({
    connect: () => supervisor.connect(MAIN),
    onClient: (given) => {
      withDesktop((there) => {
        there.attach(given);
      });
    },
    onStopped: (sentence) => {
      withDesktop((there) => {
        there.coreStopped(sentence);
      });
    },
    log,
  });

  const links = createLinkOpener({
    openExternal: (address) => shell.openExternal(address),
    confirm: async (host) => {
      const { response } = await dialog.showMessageBox({
        type: 'question',
        message: 'Open this address?',
        detail: `Its name has letters that look like others. It is really: ${host}`,
        buttons: ['Cancel', 'Open'],
        defaultId: 0,
        cancelId: 0,
      });
      return response === 1;
    },
    onOwn: (text) => {
      client.current?.call('app.openLink', { text }).catch(() => {
        log('a link of Sotto’s own was not opened: it is not understood');
      });
    },
    log,
  });
  app.on('web-contents-created', (_event, contents) => {
    guardContents(contents, links, log);
  });
  const pages = connectPages<MessagePortMain>(ipcMain, supervisor, log);
  supervisor.start();

  const icons = development ? here('../../../flatpak/icons') : join(process.resourcesPath, 'icons');
  const createWindow = createWindowFactory({
    make: (options) => new BrowserWindow(options),
    preload: here('./preload.cjs'),
    development,
    icon: join(icons, '256.png'),
    background: () => (nativeTheme.shouldUseDarkColors ? '#1c1e23' : '#fcfbf9'),
    log,
  });
  const started = startDesktop({
    electron: {
      app,
      screen,
      power: powerMonitor,
      menus: Menu,
      clipboard,
      session: session.defaultSession,
      makeTray: (image) => new Tray(image),
      makeNotification: Notification.isSupported() ? (options) => new Notification(options) : null,
    },
    createWindow,
    stateDirectory: profile.stateDirectory,
    iconDirectory: icons,
    dictionaryDirectory: join(ownDirectory, 'Dictionaries'),
    development,
    appId: manifest.desktopName.replace(/\.desktop$/, ''),
    profile: launch.profile,
    command: [process.execPath, ...(development ? [app.getAppPath()] : [])],
    env: process.env,
    argv: process.argv,
    process,
    openLog: () => {
      void showLog({
        directory: profile.stateDirectory,
        text: () => `Sotto ${app.getVersion()}, Electron ${process.versions.electron}, Linux ${process.getSystemVersion()}\n${kept.text()}`,
        open: (path) => shell.openPath(path),
        tell: (sentence) => {
          dialog.showErrorBox('The log of Sotto', sentence);
        },
      });
    },
    stopCore: () => supervisor.stop(),
    restartCore: () => {
      supervisor.start();
    },
    log,
  });
  started.then(desktop.resolve, desktop.reject);
  await started;
}

app
  .whenReady()
  .then(start)
  .catch((error: unknown) => {
    dialog.showErrorBox('Sotto cannot start', error instanceof Error ? error.message : 'Something went wrong inside Sotto.');
    app.exit(1);
  });
