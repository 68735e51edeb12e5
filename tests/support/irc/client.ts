/** A network under test, with all its events, and waiting for conditions. */
import type { IrcEvent } from '../../../src/contract/chat.ts';
import { createNetwork, type Network, type NetworkOptions, type Surroundings } from '../../../src/irc/network.ts';

export const baseOptions: NetworkOptions = {
  host: '127.0.0.1',
  port: 0,
  tls: false,
  acceptInvalidCerts: false,
  rootCert: null,
  pins: [],
  clientCert: null,
  proxy: null,
  webSocket: null,
  nick: 'sotto',
  altNicks: [],
  username: 'sotto',
  realname: 'Sotto test',
  password: null,
  nickPassword: null,
  sasl: [],
  allowUnencryptedPasswords: false,
  sts: { get: () => null, set: () => Promise.resolve() },
  doNotRequest: [],
  umodes: null,
  nickIdentifySyntax: null,
  shouldGhost: false,
  ghostSequence: [],
  channels: [],
  onConnect: [],
  reconnectDelaySeconds: 0.05,
  maxAttempts: null,
  pingSeconds: 60,
  pingTimeoutSeconds: 60,
  antiFloodMs: 0,
  version: '9.9',
  ctcp: () => ({ ping: true, source: true, time: true, version: true, userinfo: null }),
  typing: () => ({ share: false, show: true }),
  monitor: [],
  metadata: {},
  whoPoll: { enabled: false, seconds: 2 },
  bouncerNetwork: null,
};

type EventOf<K extends IrcEvent['kind']> = Extract<IrcEvent, { kind: K }>;

export interface TestClient {
  network: Network;
  events: IrcEvent[];
  all<K extends IrcEvent['kind']>(kind: K): EventOf<K>[];
  /** The first event of this kind, past or future, that fits. */
  wait<K extends IrcEvent['kind']>(kind: K, fits?: (event: EventOf<K>) => boolean): Promise<EventOf<K>>;
  waitPhase(phase: EventOf<'state'>['state']['phase']): Promise<EventOf<'state'>>;
  until(check: () => boolean): Promise<void>;
  /** Forgets the events so far. */
  clear(): void;
}

const isKind =
  <K extends IrcEvent['kind']>(kind: K) =>
  (event: IrcEvent): event is EventOf<K> =>
    event.kind === kind;

export function testClient(options: Partial<NetworkOptions>, surroundings?: Surroundings): TestClient {
  const events: IrcEvent[] = [];
  let watchers: (() => void)[] = [];
  const network = createNetwork(
    { ...baseOptions, ...options },
    (event) => {
      events.push(event);
      for (const watcher of [...watchers]) watcher();
    },
    surroundings,
  );
  const until = (check: () => boolean): Promise<void> =>
    new Promise((done, fail) => {
      const stop = (): void => {
        clearTimeout(timer);
        clearInterval(poll);
        watchers = watchers.filter((watcher) => watcher !== look);
      };
      const look = (): void => {
        if (!check()) return;
        stop();
        done();
      };
      const timer = setTimeout(() => {
        stop();
        fail(
          new Error(
            `waited in vain; last events:\n${events
              .slice(-15)
              .map((event) => JSON.stringify(event))
              .join('\n')}`,
          ),
        );
      }, 20_000);
      // Some conditions are not told by an event.
      const poll = setInterval(look, 25);
      watchers.push(look);
      look();
    });
  const client: TestClient = {
    network,
    events,
    all: (kind) => events.filter(isKind(kind)),
    wait: async (kind, fits = () => true) => {
      const found = (): EventOf<typeof kind> | undefined => events.filter(isKind(kind)).find(fits);
      await until(() => found() !== undefined);
      const event = found();
      if (!event) throw new Error('it was there a moment ago');
      return event;
    },
    waitPhase: (phase) => client.wait('state', ({ state }) => state.phase === phase),
    until,
    clear: () => {
      events.length = 0;
    },
  };
  return client;
}
