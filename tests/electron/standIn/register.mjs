// Loaded first by both processes of the window: `electron` is the stand-in; the core's process has a `parentPort`.
import { registerHooks } from 'node:module';
import { mainChannel } from '../process/ports.ts';

const standIn = new URL('./electron.mjs', import.meta.url).href;
registerHooks({ resolve: (name, context, next) => (name === 'electron' ? { url: standIn, shortCircuit: true } : next(name, context)) });

if (process.argv[1]?.endsWith('/core.js')) {
  const ports = new Map();
  process.parentPort = {
    postMessage: (message) => process.send?.({ message }),
    on: (_name, listener) => {
      process.on('message', ({ message, port, data }) => {
        if (message === undefined) {
          ports.get(port)?.postMessage(data);
          return;
        }
        const given = [];
        if (port !== undefined) {
          const { port1, port2 } = mainChannel();
          ports.set(port, port2);
          port2.on('message', (event) => process.send?.({ port, data: event.data }));
          port2.start();
          given.push(port1);
        }
        listener({ data: message, ports: given });
      });
    },
  };
}
