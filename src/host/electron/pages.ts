/** Hands connections to the core to pages that ask for one. */
import * as v from 'valibot';
import { CONNECT, CONNECTED, listenToPages, LOST, type IpcMain } from './ipc.ts';
import type { Supervisor } from './supervisor.ts';

/** What is used of Electron's WebContents. */
export interface PageContents<P> {
  readonly id: number;
  isDestroyed(): boolean;
  postMessage(channel: string, message: unknown, transfer?: P[]): void;
}

/** A person asks for the core to be started again where it has been given up; a page by itself does not. */
const Question = v.strictTuple([v.boolean()]);

export interface Pages {
  /** The core is gone: tells those that had a connection to it. */
  lost(): void;
}

/** Answers questions of pages for a connection; each page has one question under way and one connection at most. */
export function connectPages<P extends { close(): void }>(
  ipc: IpcMain<PageContents<P>>,
  supervisor: Pick<Supervisor<P>, 'state' | 'start' | 'connect'>,
  log: (line: string) => void,
): Pages {
  const connected = new Set<PageContents<P>>();
  const asking = new WeakSet<PageContents<P>>();
  const answer = async (page: PageContents<P>, again: boolean): Promise<void> => {
    if (asking.has(page)) return;
    asking.add(page);
    try {
      if (again && supervisor.state.kind === 'stopped') supervisor.start();
      const port = await supervisor.connect(page.id);
      if (page.isDestroyed()) {
        port.close();
        return;
      }
      page.postMessage(CONNECTED, null, [port]);
      connected.add(page);
    } catch (error) {
      if (!page.isDestroyed()) page.postMessage(CONNECTED, error instanceof Error ? error.message : 'Sotto’s core does not run.');
    } finally {
      asking.delete(page);
    }
  };
  listenToPages(
    ipc,
    CONNECT,
    Question,
    (page, [again]) => {
      void answer(page, again);
    },
    log,
  );
  return {
    lost: () => {
      for (const page of connected) if (!page.isDestroyed()) page.postMessage(LOST, null);
      connected.clear();
    },
  };
}
