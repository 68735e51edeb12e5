import type { ContactId } from '../contract/ids.ts';
import {
  boundBytes,
  boundName,
  boundText,
  bytes,
  bytesOrNull,
  choice,
  flag,
  flagOrNull,
  packAddresses,
  unpackAddresses,
} from './columns.ts';
import type { Db } from './db.ts';
import { conflict, limit } from './errors.ts';
import { MAX_BLOCKED_FINGERPRINTS, MAX_CONTACTS, MAX_REQUESTS } from './limits.ts';
import type { Operations } from './operations.ts';
import type { ContactChange, ContactRow, NewContact } from './rows.ts';
import { transaction } from './transaction.ts';

interface Row extends Omit<
  ContactRow,
  'id' | 'addresses' | 'ownRecord' | 'waiting' | 'confirmed' | 'splitSeen' | 'readReceipts' | 'presence' | 'cover' | 'direct'
> {
  id: ContactId | null;
  addresses: Uint8Array;
  ownRecordKey: string | null;
  ownRecordWriter: string | null;
  waiting: number;
  confirmed: number;
  splitSeen: number;
  readReceipts: number | null;
  presence: number | null;
  cover: number | null;
  direct: number;
}

const names = [
  'nickname',
  'petname',
  'identity',
  'fingerprint',
  'state',
  'level',
  'addresses',
  'theirRecord',
  'cardSeq',
  'ownRecordKey',
  'ownRecordWriter',
  'ownRecordSeq',
  'source',
  'configServer',
  'pendingAddress',
  'pendingInvite',
  'waiting',
  'confirmed',
  'memo',
  'created',
  'lastSeen',
  'logHead',
  'logSeq',
  'toldSeq',
  'splitSeen',
  'replaced',
  'renewed',
  'replaces',
  'readReceipts',
  'presence',
  'cover',
  'direct',
  'directAddress',
];

const read = ({ ownRecordKey, ownRecordWriter, ...row }: Row & { id: ContactId }): ContactRow => ({
  ...row,
  identity: bytesOrNull(row.identity),
  fingerprint: bytesOrNull(row.fingerprint),
  addresses: unpackAddresses(row.addresses),
  ownRecord: ownRecordKey === null || ownRecordWriter === null ? null : { key: ownRecordKey, writer: ownRecordWriter },
  pendingAddress: bytesOrNull(row.pendingAddress),
  waiting: row.waiting === 1,
  confirmed: row.confirmed === 1,
  memo: bytesOrNull(row.memo),
  logHead: bytesOrNull(row.logHead),
  splitSeen: row.splitSeen === 1,
  readReceipts: choice(row.readReceipts),
  presence: choice(row.presence),
  cover: choice(row.cover),
  direct: row.direct === 1,
  directAddress: bytesOrNull(row.directAddress),
});

const bound = (row: Omit<ContactRow, 'id'>): void => {
  for (const name of [
    row.nickname,
    row.petname,
    row.theirRecord,
    row.ownRecord?.key,
    row.ownRecord?.writer,
    row.source,
    row.configServer,
    row.replaces,
  ]) {
    if (name !== null && name !== undefined) boundName(name);
  }
  for (const value of [row.identity, row.fingerprint, row.pendingAddress, row.memo, row.logHead, row.directAddress])
    if (value) boundBytes(value);
  boundText(row.pendingInvite ?? '');
};

const write = (id: ContactId | null, row: Omit<ContactRow, 'id'>): Row => {
  bound(row);
  const { ownRecord, addresses, waiting, confirmed, splitSeen, ...rest } = row;
  return {
    ...rest,
    id,
    addresses: packAddresses(addresses),
    ownRecordKey: ownRecord?.key ?? null,
    ownRecordWriter: ownRecord?.writer ?? null,
    waiting: flag(waiting),
    confirmed: flag(confirmed),
    splitSeen: flag(splitSeen),
    readReceipts: flagOrNull(rest.readReceipts),
    presence: flagOrNull(rest.presence),
    cover: flagOrNull(rest.cover),
    direct: flag(rest.direct),
  };
};

const blank = {
  petname: null,
  identity: null,
  fingerprint: null,
  addresses: [],
  theirRecord: null,
  cardSeq: 0,
  ownRecord: null,
  ownRecordSeq: 0,
  configServer: null,
  pendingAddress: null,
  pendingInvite: null,
  waiting: false,
  confirmed: false,
  memo: null,
  lastSeen: null,
  logHead: null,
  logSeq: null,
  toldSeq: null,
  splitSeen: false,
  replaced: null,
  renewed: null,
  replaces: null,
  readReceipts: null,
  presence: null,
  cover: null,
  direct: false,
  directAddress: null,
} satisfies Partial<ContactRow>;

export interface Contacts extends Pick<
  Operations,
  'listContacts' | 'insertContact' | 'updateContact' | 'blockFingerprint' | 'unblockFingerprint' | 'isBlocked' | 'listBlocked'
> {
  /** For use inside a transaction. Throws 'conflict' when there is no such contact. */
  require(id: ContactId): ContactRow;
  insert(contact: NewContact): ContactRow;
  update(id: ContactId, change: ContactChange): ContactRow;
  block(fingerprint: Uint8Array, now: number): void;
  /** With sessions, received ids and outbox; buffers must have been untied before. */
  remove(id: ContactId): void;
}

export function createContacts(db: Db): Contacts {
  const get = db.prepare<[number], Row & { id: ContactId }>(`SELECT id, ${names.join(', ')} FROM contacts WHERE id = ?`);
  const list = db.prepare<[], Row & { id: ContactId }>(`SELECT id, ${names.join(', ')} FROM contacts ORDER BY id`);
  const add = db.prepare<[Row], { id: ContactId }>(
    `INSERT INTO contacts (id, ${names.join(', ')}) VALUES (@id, ${names.map((name) => `@${name}`).join(', ')}) RETURNING id`,
  );
  const set = db.prepare<[Row]>(`UPDATE contacts SET ${names.map((name) => `${name} = @${name}`).join(', ')} WHERE id = @id`);
  const count = db.prepare<[], { contacts: number; requests: number }>(
    `SELECT count(*) AS contacts, count(*) FILTER (WHERE state = 'request') AS requests FROM contacts`,
  );
  const remove = db.prepare<[number]>('DELETE FROM contacts WHERE id = ?');
  const addBlocked = db.prepare<[Uint8Array, number]>('INSERT OR REPLACE INTO blocked (fingerprint, time) VALUES (?, ?)');
  const trimBlocked = db.prepare<[number]>(
    'DELETE FROM blocked WHERE fingerprint IN (SELECT fingerprint FROM blocked ORDER BY time DESC, rowid DESC LIMIT -1 OFFSET ?)',
  );
  const removeBlocked = db.prepare<[Uint8Array]>('DELETE FROM blocked WHERE fingerprint = ?');
  const listBlocked = db.prepare<[], { fingerprint: Uint8Array; time: number }>(
    'SELECT fingerprint, time FROM blocked ORDER BY time, rowid',
  );
  const findBlocked = db.prepare<[Uint8Array], { time: number }>('SELECT time FROM blocked WHERE fingerprint = ?');

  const require = (id: ContactId): ContactRow => {
    const row = get.get(id);
    if (!row) throw conflict('This contact does not exist any more.');
    return read(row);
  };
  const insert = (contact: NewContact): ContactRow => {
    const now = count.get() ?? { contacts: 0, requests: 0 };
    if (now.contacts >= MAX_CONTACTS) throw limit('There are too many contacts.');
    if (contact.state === 'request' && now.requests >= MAX_REQUESTS) throw limit('Too many requests are waiting.');
    const row = add.get(write(null, { ...blank, ...contact }));
    if (!row) throw conflict('The contact could not be stored.');
    return require(row.id);
  };
  const update = (id: ContactId, change: ContactChange): ContactRow => {
    set.run(write(id, { ...require(id), ...change }));
    return require(id);
  };
  const block = (fingerprint: Uint8Array, now: number): void => {
    addBlocked.run(boundBytes(fingerprint), now);
    trimBlocked.run(MAX_BLOCKED_FINGERPRINTS);
  };
  return {
    require,
    insert,
    update,
    block,
    remove: (id) => {
      remove.run(id);
    },
    listContacts: () => list.all().map(read),
    insertContact: transaction(db, insert),
    updateContact: transaction(db, ({ id, change }) => update(id, change)),
    blockFingerprint: transaction(db, ({ fingerprint, now }) => {
      block(fingerprint, now);
    }),
    unblockFingerprint: (fingerprint) => {
      removeBlocked.run(fingerprint);
    },
    listBlocked: () => listBlocked.all().map((row) => ({ fingerprint: bytes(row.fingerprint), time: row.time })),
    isBlocked: (fingerprint) => findBlocked.get(fingerprint) !== undefined,
  };
}
