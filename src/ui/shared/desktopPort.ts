/** The page's end of a MessagePort to the core, where it runs in Sotto's own window. The window's preload script answers the question. */
import * as v from 'valibot';
import { messagePort } from '../../contract/messagePort.ts';
import type { Port } from '../../contract/port.ts';
import { RefusedError } from './refused.ts';

const Answer = v.variant('t', [
  v.object({ t: v.literal('sotto.port') }),
  v.object({ t: v.literal('sotto.lost') }),
  v.object({ t: v.literal('sotto.refused'), sentence: v.pipe(v.string(), v.maxLength(2_000)) }),
]);

/**
 * Every call of the result asks for a connection; while the core is being started the answer waits. Throws `RefusedError` with `stopped` and a
 * sentence where there is no core and none is going to be by itself; the next call is then taken as a person's wish to start it again.
 */
export function desktopPorts(page: Window): (signal: AbortSignal) => Promise<Port> {
  let again = false;
  return (signal) =>
    new Promise((resolve, reject) => {
      const done = new AbortController();
      let given: Port | null = null;
      const hear = (event: MessageEvent): void => {
        const answer = event.source === page && event.origin === page.location.origin ? v.safeParse(Answer, event.data) : null;
        if (!answer?.success) return;
        switch (answer.output.t) {
          case 'sotto.port': {
            const [port] = event.ports;
            if (given !== null || port === undefined) return;
            again = false;
            given = messagePort(port);
            given.onClose(() => {
              done.abort();
            });
            resolve(given);
            return;
          }
          case 'sotto.lost':
            // A MessagePort does not say that its other end is gone.
            given?.close();
            return;
          case 'sotto.refused':
            again = true;
            done.abort();
            reject(new RefusedError('stopped', answer.output.sentence));
        }
      };
      const leave = (): void => {
        if (given !== null) return;
        done.abort();
        reject(new RefusedError('unreachable'));
      };
      page.addEventListener('message', hear, { signal: done.signal });
      signal.addEventListener('abort', leave, { signal: done.signal });
      page.postMessage({ t: 'sotto.connect', again }, page.location.origin);
    });
}
