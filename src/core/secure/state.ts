/** What is kept of each IRC server for `/secure`: bindings (stored) and offers (never stored). */
import type { ContactId, ServerName } from '../../contract/ids.ts';
import type { Store } from '../../store/store.ts';
import { disconnected, type Binding, type Bindings } from './binding.ts';
import { noOffers, type Offers } from './offers.ts';
import type { Partials } from './parts.ts';

interface ServerState {
  bindings: Bindings;
  offers: Offers;
  partials: Partials;
  /** Folded nicks to whom plain IRC was confirmed. At most one for each binding. */
  open: ReadonlySet<string>;
}

const empty: ServerState = { bindings: [], offers: noOffers, partials: [], open: new Set() };

interface SecureState {
  load(): Promise<void>;
  of(server: ServerName): ServerState;
  servers(): [ServerName, ServerState][];
  /** Changes what is given; bindings are stored. True when anything is different. */
  set(server: ServerName, change: Partial<ServerState>): boolean;
  /** The bindings of a contact, with their server. */
  ofContact(contact: ContactId): { server: ServerName; binding: Binding }[];
}

export function createSecureState(store: Store, log: (line: string) => void): SecureState {
  const states = new Map<ServerName, ServerState>();
  const of = (server: ServerName): ServerState => states.get(server) ?? empty;

  const save = (server: ServerName, bindings: Bindings): void => {
    const rows = bindings.map(({ seen, ...binding }) => ({ ...binding, account: seen.account ?? null }));
    store.putBindings({ server, bindings: rows }).catch((error: unknown) => {
      log(`secure: bindings could not be stored: ${error instanceof Error ? error.name : 'unknown error'}`);
    });
  };

  return {
    load: async () => {
      for (const { server, account, ...row } of await store.listBindings()) {
        const binding: Binding = { ...row, seen: { account: account ?? undefined, user: null, host: null } };
        states.set(server, { ...of(server), bindings: [...of(server).bindings, binding] });
      }
      for (const [server, state] of states)
        states.set(server, { ...state, bindings: disconnected(state.bindings, 'Sotto was started anew since.') });
    },
    of,
    servers: () => [...states],
    set: (server, change) => {
      const before = of(server);
      const next = { ...before, ...change };
      // Who is no longer bound as before has to be confirmed again.
      const isSame = (key: string): boolean => {
        const [was, is] = [before, next].map(({ bindings }) => bindings.find((binding) => binding.key === key));
        return was !== undefined && is !== undefined && was.state === is.state && was.contact === is.contact;
      };
      if (change.bindings && change.bindings !== before.bindings) {
        next.open = new Set([...next.open].filter(isSame));
        save(server, next.bindings);
      }
      states.set(server, next);
      return next.bindings !== before.bindings || next.offers !== before.offers || next.open !== before.open;
    },
    ofContact: (contact) =>
      [...states].flatMap(([server, { bindings }]) =>
        bindings.filter((binding) => binding.contact === contact).map((binding) => ({ server, binding })),
      ),
  };
}
