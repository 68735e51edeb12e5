/** What the core told: the last snapshot, kept current by events. */
import { SvelteMap } from 'svelte/reactivity';
import type { BufferId, ContactId, ServerName } from '../../contract/ids.ts';
import type { KeyView } from '../../contract/key.ts';
import type { AnyEvent } from '../../contract/rpc/client.ts';
import type {
  BufferView,
  CommandView,
  ConfigView,
  ContactView,
  NodeView,
  RequestView,
  SecureView,
  ServerView,
  Snapshot,
  StorageView,
  TransferView,
} from '../../contract/views.ts';

export interface World {
  readonly loaded: boolean;
  readonly about: Pick<Snapshot, 'version' | 'profile' | 'demo' | 'fingerprint'>;
  readonly servers: ReadonlyMap<ServerName, ServerView>;
  readonly buffers: ReadonlyMap<BufferId, BufferView>;
  readonly contacts: ReadonlyMap<ContactId, ContactView>;
  readonly requests: readonly RequestView[];
  readonly secure: readonly SecureView[];
  readonly node: NodeView;
  readonly config: ConfigView;
  readonly commands: readonly CommandView[];
  readonly transfers: readonly TransferView[];
  readonly storage: StorageView;
  /** Null until the core has told. */
  key: KeyView | null;
  /** The welcome page's turn. */
  firstRun: boolean;
  load(snapshot: Snapshot): void;
  apply(event: AnyEvent): void;
}

const replaceAll = <K, V>(map: Map<K, V>, entries: Iterable<[K, V]>): void => {
  map.clear();
  for (const [key, value] of entries) map.set(key, value);
};

export function createWorld(): World {
  let loaded = $state(false);
  let firstRun = $state(false);
  let about = $state.raw<World['about']>({ version: '', profile: '', demo: false, fingerprint: '' });
  let requests = $state.raw<readonly RequestView[]>([]);
  let secure = $state.raw<readonly SecureView[]>([]);
  let node = $state.raw<NodeView>({ phase: 'off', reason: '', peers: null, progress: null, routes: [], direct: null });
  let config = $state.raw<ConfigView>({ path: '', hash: '', stale: false, problems: [] });
  let commands = $state.raw<readonly CommandView[]>([]);
  let transfers = $state.raw<readonly TransferView[]>([]);
  let key = $state.raw<KeyView | null>(null);
  let storage = $state.raw<StorageView>({ problem: null });
  const servers = new SvelteMap<ServerName, ServerView>();
  const buffers = new SvelteMap<BufferId, BufferView>();
  const contacts = new SvelteMap<ContactId, ContactView>();

  return {
    servers,
    buffers,
    contacts,
    get loaded() {
      return loaded;
    },
    get about() {
      return about;
    },
    get requests() {
      return requests;
    },
    get secure() {
      return secure;
    },
    get node() {
      return node;
    },
    get config() {
      return config;
    },
    get commands() {
      return commands;
    },
    get transfers() {
      return transfers;
    },
    get key() {
      return key;
    },
    set key(value) {
      key = value;
    },
    get storage() {
      return storage;
    },
    get firstRun() {
      return firstRun;
    },
    set firstRun(value) {
      firstRun = value;
    },
    load: (snapshot) => {
      about = snapshot;
      requests = snapshot.requests;
      secure = snapshot.secure;
      node = snapshot.node;
      config = snapshot.config;
      commands = snapshot.commands;
      transfers = snapshot.transfers;
      storage = snapshot.storage;
      firstRun = snapshot.firstRun;
      replaceAll(
        servers,
        snapshot.servers.map((server) => [server.name, server]),
      );
      replaceAll(
        buffers,
        snapshot.buffers.map((buffer) => [buffer.id, buffer]),
      );
      replaceAll(
        contacts,
        snapshot.contacts.map((contact) => [contact.id, contact]),
      );
      loaded = true;
    },
    apply: (event) => {
      switch (event.name) {
        case 'server':
          servers.set(event.payload.name, event.payload);
          firstRun = false;
          return;
        case 'serverRemoved':
          servers.delete(event.payload.name);
          return;
        case 'buffer':
          buffers.set(event.payload.id, event.payload);
          return;
        case 'bufferClosed':
          buffers.delete(event.payload.id);
          return;
        case 'contact':
          contacts.set(event.payload.id, event.payload);
          firstRun = false;
          return;
        case 'contactRemoved':
          contacts.delete(event.payload.id);
          return;
        case 'requests':
          requests = event.payload.requests;
          return;
        case 'secure':
          secure = event.payload.views;
          return;
        case 'node':
          node = event.payload;
          return;
        case 'config':
          config = event.payload;
          return;
        case 'key':
          key = event.payload;
          return;
        case 'transfers':
          transfers = event.payload.transfers;
          return;
        case 'storage':
          storage = event.payload;
          return;
        case 'messages':
        case 'receipt':
        case 'members':
        case 'messageChanged':
        case 'messageRemoved':
        case 'gaps':
        case 'typing':
        case 'notification':
        case 'notificationsClosed':
        case 'attention':
        case 'link':
        case 'show':
        case 'notice':
      }
    },
  };
}
