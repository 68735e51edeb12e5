/** The one place that listens to pages outside of their MessagePort (E9). A page is assumed hostile: who sends, and what, is checked. */
import * as v from 'valibot';
import { APP_ORIGIN, isPage } from './appPages.ts';

/** A page asks for a connection to the core: no arguments. */
export const CONNECT = 'sotto.connect';
/** The answer: a port comes with it, or it says why there is none. */
export const CONNECTED = 'sotto.port';

/** The core that the page's port led to is gone: ports of pages have no event for it (Chromium 156). */
export const LOST = 'sotto.lost';

/** What is used of Electron's WebFrameMain. */
interface Frame {
  readonly origin: string;
  readonly url: string;
  readonly parent: unknown;
}

/** What is used of Electron's `ipcMain`; nothing else in the program has it. `S` is the contents that sent. */
export interface IpcMain<S> {
  on(channel: string, listener: (event: { readonly sender: S; readonly senderFrame: Frame | null }, ...values: unknown[]) => void): unknown;
}

/** The frame is gone (null), is inside of another one, or holds something that is not Sotto's page. */
const isOurs = (frame: Frame | null): boolean => frame?.parent === null && frame.origin === APP_ORIGIN && isPage(frame.url);

/** Calls `handler` with the arguments that fit `schema`; anything else is dropped with a line in the log. */
export function listenToPages<S, T>(
  ipc: IpcMain<S>,
  channel: string,
  schema: v.GenericSchema<unknown, T>,
  handler: (sender: S, values: T) => void,
  log: (line: string) => void,
): void {
  ipc.on(channel, ({ sender, senderFrame }, ...values) => {
    if (!isOurs(senderFrame)) {
      log(`${channel}: refused, not from the page`);
      return;
    }
    const parsed = v.safeParse(schema, values);
    if (parsed.success) handler(sender, parsed.output);
    else log(`${channel}: refused, bad arguments`);
  });
}
