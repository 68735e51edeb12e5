// Electron as far as the composition of the main process needs it to run on Node: real processes and ports, one page that asks like a
// window's, and everything to look at is swallowed. What it saw is printed as lines of JSON.
import { fork } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { messagePort } from '../../../src/contract/messagePort.ts';
import { connectClient } from '../../../src/contract/rpc/client.ts';
import { asMessagePort } from '../../../src/host/electron/mainPort.ts';
import { mainChannel } from '../process/ports.ts';

const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
/** Answers everything with itself. */
const anything = () =>
  new Proxy(function swallow() {}, {
    get: (_target, name) => (name === 'then' || typeof name === 'symbol' ? undefined : anything()),
    apply: () => undefined,
    construct: () => anything(),
  });
/** `known`, and for the rest what swallows it. */
const thin = (known) => new Proxy(known, { get: (target, name) => (name in target || name === 'then' ? target[name] : anything()) });

const paths = {};
export const app = thin(
  Object.assign(new EventEmitter(), {
    isPackaged: false,
    setPath: (name, value) => (paths[name] = value),
    getPath: (name) => paths[name] ?? '/nonexistent',
    getAppPath: () => '/nonexistent',
    getPreferredSystemLanguages: () => ['en'],
    requestSingleInstanceLock: () => true,
    whenReady: () => new Promise((resolve) => setImmediate(resolve)),
    enableSandbox: () => say('sandbox'),
    exit: (code) => process.exit(code),
    quit: () => app.emit('before-quit', { preventDefault() {} }),
  }),
);
export const protocol = thin({
  registerSchemesAsPrivileged: ([{ scheme }]) => say({ scheme }),
  handle: async (scheme, answer) => {
    say({ handled: scheme });
    const { status } = await answer({ method: 'GET', url: 'app://sotto/' });
    if (status !== 200) say({ status });
  },
});
export const session = {
  defaultSession: thin(Object.assign(new EventEmitter(), { availableSpellCheckerLanguages: [], setProxy: () => Promise.resolve() })),
};
export const dialog = thin({ showErrorBox: (_title, text) => say({ error: text }) });
export const screen = thin({
  getAllDisplays: () => [{ id: 1, workArea: { x: 0, y: 0, width: 1920, height: 1080 } }],
  getPrimaryDisplay: () => ({ id: 1, workArea: { x: 0, y: 0, width: 1920, height: 1080 } }),
});
export const nativeTheme = { shouldUseDarkColors: true };
export const [clipboard, Menu, powerMonitor, safeStorage, shell, Tray] = Array.from({ length: 6 }, anything);
export const Notification = { isSupported: () => false };

export function MessageChannelMain() {
  return mainChannel();
}

export const utilityProcess = {
  fork: (file, args, { env, serviceName }) => {
    say({
      forked: serviceName,
      args: args.filter((argument) => !argument.startsWith('--profile')),
      profile: args.some((argument) => argument.startsWith('--profile=')),
    });
    const execArgv = ['--import', new URL('./register.mjs', import.meta.url).href];
    const child = fork(file, args, { env, execArgv, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    const made = Object.assign(new EventEmitter(), { stdout: child.stdout, stderr: child.stderr, kill: () => child.kill() });
    const ports = [];
    made.postMessage = (message, [port] = []) => {
      if (!child.connected) return;
      if (port === undefined) child.send({ message });
      else {
        const number = ports.push(port) - 1;
        port.on('message', ({ data }) => child.connected && child.send({ port: number, data }));
        port.start();
        child.send({ message, port: number });
      }
    };
    child.on('message', ({ message, port, data }) => {
      if (message === undefined) ports[port]?.postMessage(data);
      else made.emit('message', message);
    });
    child.on('exit', (code) => {
      for (const port of ports) port.close();
      made.emit('exit', code);
    });
    made.pid = child.pid;
    current = made;
    return made;
  },
};
let current = null;

const listeners = new Map();
export const ipcMain = { on: (channel, listener) => listeners.set(channel, listener) };

const contents = thin(
  Object.assign(new EventEmitter(), {
    id: 1,
    isDestroyed: () => false,
    postMessage: (channel, message, [port] = []) => {
      if (channel === 'sotto.port') void usePage(port, message);
      else if (channel === 'sotto.lost') {
        say('lost');
        if (visits === 1) ask();
      }
    },
  }),
);
const ask = () => {
  const senderFrame = { origin: 'app://sotto', url: 'app://sotto/', parent: null };
  listeners.get('sotto.connect')({ sender: contents, senderFrame }, false);
};

let visits = 0;
/** What the page does: looks at its snapshot; the first time the core is killed then, the second time the program is quit from the page. */
async function usePage(port, sentence) {
  if (port === undefined) {
    say({ refused: sentence });
    process.exit(1);
  }
  const client = connectClient(messagePort(asMessagePort(port)));
  await client.ready;
  const { version, firstRun } = await client.call('app.snapshot', {});
  visits += 1;
  say({ page: visits, version, firstRun });
  if (visits === 1) process.kill(current.pid, 'SIGKILL');
  else await client.call('app.quit', {}).catch(() => undefined);
}

export class BrowserWindow extends EventEmitter {
  constructor({ webPreferences: { preload, ...preferences } }) {
    super();
    say({ window: preload.endsWith('/preload.cjs'), sandbox: preferences.sandbox });
    app.emit('web-contents-created', {}, contents);
    this.webContents = contents;
    return new Proxy(this, { get: (target, name) => (name in target || name === 'then' ? target[name] : anything()) });
  }
  isDestroyed() {
    return false;
  }
  getNormalBounds() {
    return { x: 0, y: 0, width: 800, height: 600 };
  }
  async loadURL(address) {
    say({ loaded: address });
    ask();
  }
}
