import * as v from 'valibot';
import { serveConnection, type ServerConnection } from '../../../src/contract/rpc/server.ts';
import type { ConnectionId } from '../../../src/contract/table.ts';
import type { Core, CoreOptions } from '../../../src/core/core.ts';
import { handlers } from '../contract/handlers.ts';

const connectionId = v.custom<ConnectionId>((value) => typeof value === 'number');

export interface TinyCore {
  create: (options: CoreOptions) => Core;
  /** What the host did, in order. */
  did: string[];
}

/** A core that knows what a host is for and nothing else: tests of hosts need no store and no network. */
export function tinyCore(start: () => Promise<void> = () => Promise.resolve()): TinyCore {
  const did: string[] = [];
  const create = ({ host }: CoreOptions): Core => {
    const connections = new Set<ServerConnection>();
    let last = 0;
    return {
      start: async () => {
        await start();
        did.push('started');
      },
      attach: (port) => {
        did.push('attached');
        const connection = serveConnection({
          id: v.parse(connectionId, ++last),
          port,
          handlers: handlers({
            'app.newPageToken': async () => ({ token: await host.newPageToken() }),
            'app.quit': () => {
              host.quit();
              return Promise.resolve(null);
            },
            'config.read': () => Promise.resolve({ text: 'x'.repeat(600_000), hash: '' }),
          }),
          onClose: () => connections.delete(connection),
          onInternalError: () => undefined,
        });
        connections.add(connection);
      },
      openLink: (text) => {
        did.push(`link ${text}`);
        return connections.size > 0;
      },
      stop: () => {
        did.push('stopped');
        for (const connection of connections) connection.close();
        return Promise.resolve();
      },
    };
  };
  return { create, did };
}
