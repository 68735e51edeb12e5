/**
 * All that a page gets from Electron: the answer to its question for a connection, a MessagePort to the core, and that this core is gone (E10). It exposes no function and no
 * object. The question is `{ t: 'sotto.connect', again: boolean }` by `window.postMessage`, see src/ui/shared/desktopPort.ts.
 */
// eslint-disable-next-line @typescript-eslint/no-require-imports -- a sandboxed preload script is CommonJS
const { ipcRenderer } = require('electron') as typeof import('electron');

const question = (value: unknown): { again: boolean } | null =>
  typeof value === 'object' && value !== null && 't' in value && value.t === 'sotto.connect'
    ? { again: 'again' in value && value.again === true }
    : null;

window.addEventListener('message', (event) => {
  const asked = event.source === window && event.origin === location.origin ? question(event.data) : null;
  if (asked !== null) ipcRenderer.send('sotto.connect', asked.again);
});

ipcRenderer.on('sotto.port', (event, sentence: unknown) => {
  const [port] = event.ports;
  if (port) window.postMessage({ t: 'sotto.port' }, location.origin, [port]);
  else window.postMessage({ t: 'sotto.refused', sentence: String(sentence) }, location.origin);
});
ipcRenderer.on('sotto.lost', () => {
  window.postMessage({ t: 'sotto.lost' }, location.origin);
});
