import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import * as v from 'valibot';
import { MessageId, ServerName, type BufferId, type ContactId } from '../../src/contract/ids.ts';
import type { Message } from '../../src/contract/message.ts';
import {
  openStore,
  type BufferRow,
  type NewContact,
  type OpenedStore,
  type Receive,
  type SessionWrite,
  type Store,
  type StoreOptions,
} from '../../src/store/store.ts';

export const T0 = 1_700_000_000_000;
export const DAY = 24 * 3_600_000;
export const server = v.parse(ServerName, 'libera');
export const messageId = (id: number) => v.parse(MessageId, id);
export const bytes = (...values: number[]): Uint8Array => new Uint8Array(values);

export interface Folder {
  dataDirectory: string;
  stateDirectory: string;
}

const folders: string[] = [];
const stores: Store[] = [];

export const newFolder = (): Folder => {
  const path = mkdtempSync(join(tmpdir(), 'sotto-store-'));
  folders.push(path);
  return { dataDirectory: join(path, 'data'), stateDirectory: join(path, 'state') };
};
export const open = async (options: StoreOptions): Promise<OpenedStore> => {
  const opened = await openStore(options);
  stores.push(opened.store);
  return opened;
};
export const openNew = async (): Promise<Store> => (await open(newFolder())).store;

afterEach(async () => {
  await Promise.all(stores.splice(0).map((store) => store.close()));
  for (const path of folders.splice(0)) rmSync(path, { recursive: true, force: true });
});

export const channel = (store: Store, name = '#sotto'): Promise<BufferRow> =>
  store.openBuffer({ kind: 'channel', server, contact: null, key: name, name });

let lastId = T0 * 1000;
/** A line with a fresh id. */
export const line = (buffer: BufferId, text: string, patch: Partial<Message> = {}): Message => ({
  id: messageId(++lastId),
  buffer,
  time: T0,
  kind: 'privmsg',
  from: 'alice',
  text,
  subject: null,
  self: false,
  highlight: false,
  receipt: null,
  ...patch,
});

export const somebody: NewContact = { nickname: 'Alice', state: 'active', level: 'not-verified', source: 'route', created: T0 };

export const addContact = async (store: Store, patch: Partial<NewContact> = {}): Promise<{ contact: ContactId; buffer: BufferId }> => {
  const { id } = await store.insertContact({ ...somebody, ...patch });
  const buffer = await store.openBuffer({ kind: 'private', server: null, contact: id, key: `${id}`, name: 'Alice' });
  return { contact: id, buffer: buffer.id };
};

export const session = (id: string, expectedVersion: number | null, state = bytes(1)): SessionWrite => ({
  id,
  expectedVersion,
  helloId: null,
  bytes: state,
  created: T0,
  active: true,
});

/** A packet that changes nothing but its session. */
export const received = (contact: Receive['contact'], write: SessionWrite, patch: Partial<Receive> = {}): Receive => ({
  now: T0,
  contact,
  session: write,
  retire: [],
  skippedAdd: [],
  skippedDelete: [],
  replayAdd: null,
  usedPrekey: null,
  usedInvite: null,
  mid: null,
  message: null,
  buffer: null,
  acknowledged: [],
  read: [],
  resetBackoff: false,
  ...patch,
});
