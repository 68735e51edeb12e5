/** The main process is a client of the contract like any page: here it gets a new one each time the core has started. */
import { messagePort } from '../../contract/messagePort.ts';
import { connectClient, type Client } from '../../contract/rpc/client.ts';
import { asMessagePort, type MainPort } from './mainPort.ts';
import type { CoreState } from './supervisor.ts';

export interface KeepClientOptions {
  connect: () => Promise<MainPort>;
  /** A core answers at this client. */
  onClient: (client: Client) => void;
  /** It does not, for this reason. */
  onStopped: (sentence: string) => void;
  log: (line: string) => void;
}

export interface KeptClient {
  /** Null while no core answers. */
  readonly current: Client | null;
  onState(state: CoreState): void;
}

export function keepClient({ connect, onClient, onStopped, log }: KeepClientOptions): KeptClient {
  let current: Client | null = null;
  const attach = async (): Promise<void> => {
    const client = connectClient(messagePort(asMessagePort(await connect())));
    await client.ready;
    current = client;
    onClient(client);
  };
  return {
    get current() {
      return current;
    },
    onState: (state) => {
      switch (state.kind) {
        case 'running':
          attach().catch(() => {
            log('the main process has no connection to the core');
          });
          return;
        case 'waiting':
          current = null;
          onStopped('Sotto’s core ended by itself and is started again.');
          return;
        case 'stopped':
          current = null;
          onStopped(state.sentence);
          return;
        case 'starting':
      }
    },
  };
}
