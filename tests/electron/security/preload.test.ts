import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { expect, it } from 'vitest';
import { CONNECT, CONNECTED, LOST } from '../../../src/host/electron/ipc.ts';
import { root } from '../sources.ts';

const code = stripTypeScriptTypes(readFileSync(join(root, 'src/host/electron/preload.cts'), 'utf8'));

/** Runs the script in a world that has what a sandboxed preload has, and nothing else. */
const runPreload = () => {
  const sent: unknown[][] = [];
  const posted: unknown[][] = [];
  const fromPage: ((event: unknown) => void)[] = [];
  const fromMain = new Map<string, (event: unknown, value: unknown) => void>();
  const window = {
    addEventListener: (_type: string, listener: (event: unknown) => void) => fromPage.push(listener),
    postMessage: (...values: unknown[]) => posted.push(values),
  };
  const ipcRenderer = {
    send: (...values: unknown[]) => sent.push(values),
    on: (channel: string, listener: (event: unknown, value: unknown) => void) => fromMain.set(channel, listener),
  };
  const world = createContext({
    require: (name: string) => (name === 'electron' ? { ipcRenderer } : {}),
    window,
    location: { origin: 'app://sotto' },
  });
  runInContext(`(() => {${code}})()`, world);
  const say = (data: unknown, source: unknown = window, origin = 'app://sotto'): void => {
    for (const listener of fromPage) listener({ source, origin, data });
  };
  return { sent, posted, fromMain, say, names: Object.keys(world) };
};

it('E10: a page’s question for a connection goes on, with one yes or no and nothing else of the page', () => {
  const { sent, say } = runPreload();
  say({ t: 'sotto.connect', again: false });
  say({ t: 'sotto.connect', again: 'x'.repeat(100) });
  say({ t: 'sotto.connect', again: true, more: () => undefined });
  expect(sent).toEqual([
    [CONNECT, false],
    [CONNECT, false],
    [CONNECT, true],
  ]);
});

it('E10: anything else a page or a frame inside of it says stays there', () => {
  const { sent, say } = runPreload();
  for (const data of [null, 'sotto.connect', { t: 'sotto.port' }, { t: ['sotto.connect'] }, 7]) say(data);
  say({ t: 'sotto.connect', again: true }, {});
  say({ t: 'sotto.connect', again: true }, undefined, 'https://sotto');
  expect(sent.filter(([, again]) => again === true)).toEqual([]);
  expect(sent).toEqual([]);
});

it('E10: the answer is the port alone, for the page’s own origin; the event of Electron does not pass', () => {
  const { posted, fromMain, names } = runPreload();
  const port = { port: true };
  expect([...fromMain.keys()]).toEqual([CONNECTED, LOST]);
  fromMain.get(CONNECTED)?.({ ports: [port], sender: 'secret' }, null);
  fromMain.get(CONNECTED)?.({ ports: [], sender: 'secret' }, 'The core has stopped.');
  fromMain.get(LOST)?.({ ports: [port], sender: 'secret' }, 'secret');
  expect(posted).toEqual([
    [{ t: 'sotto.port' }, 'app://sotto', [port]],
    [{ t: 'sotto.refused', sentence: 'The core has stopped.' }, 'app://sotto'],
    [{ t: 'sotto.lost' }, 'app://sotto'],
  ]);
  expect(names.sort()).toEqual(['location', 'require', 'window']);
});
