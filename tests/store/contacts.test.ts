import { expect, test } from 'vitest';
import { MAX_CONTACT_ADDRESSES, type ContactRow } from '../../src/store/store.ts';
import { addContact, bytes, DAY, line, newFolder, open, openNew, received, server, session, somebody, T0 } from './support.ts';

test('a contact comes back with every field, after changes and a restart', async () => {
  const folder = newFolder();
  const { store } = await open(folder);
  const { id } = await store.insertContact(somebody);
  const full: Omit<ContactRow, 'id' | 'created'> = {
    nickname: 'alice',
    petname: 'My Alice',
    identity: bytes(1),
    fingerprint: bytes(2),
    state: 'blocked',
    level: 'verified',
    addresses: [bytes(3), new Uint8Array(4_096).fill(4)],
    theirRecord: 'their record',
    cardSeq: 5,
    ownRecord: { key: 'k', writer: 'w' },
    ownRecordSeq: 6,
    source: 'invite',
    configServer: server,
    pendingAddress: bytes(7),
    pendingInvite: 'sotto:x',
    waiting: true,
    confirmed: true,
    memo: bytes(8),
    lastSeen: T0 + 1,
    logHead: bytes(9),
    logSeq: 10,
    toldSeq: 11,
    splitSeen: true,
    replaced: T0 + 2,
    renewed: T0 + 3,
    replaces: 'ab',
    readReceipts: false,
    presence: true,
    cover: null,
    direct: false,
    directAddress: null,
  };
  expect(await store.updateContact({ id, change: full })).toEqual({ ...full, id, created: T0 });
  const change = { ownRecord: null, waiting: false, addresses: [] };
  await store.updateContact({ id, change });
  await store.close();
  const again = await open(folder);
  expect(await again.store.listContacts()).toEqual([{ ...full, ...change, id, created: T0 }]);
});

test('removing a contact removes its buffer, lines, sessions and outbox, and says how many', async () => {
  const store = await openNew();
  const { contact, buffer } = await addContact(store, { fingerprint: bytes(1, 2, 3) });
  const kept = await addContact(store);
  await store.queue({ contact, mid: 'a', payload: bytes(1), message: line(buffer, 'bye', { self: true }), created: T0 });
  await store.queue({
    contact: kept.contact,
    mid: 'b',
    payload: bytes(1),
    message: line(kept.buffer, 'stay', { self: true }),
    created: T0,
  });
  const packet = received({ id: contact, change: null }, session('5e', null), {
    mid: 'm',
    skippedAdd: [{ chain: 'c', n: 1, bytes: bytes(1) }],
    replayAdd: { chain: 'c', n: 2, hash: bytes(1), tag: null },
  });
  await store.commitReceive(packet);
  expect(await store.removeContact({ id: contact, block: true, now: T0 })).toEqual({ buffers: [buffer], lines: 1, outbox: 1, sessions: 1 });
  expect((await store.listContacts()).map(({ id }) => id)).toEqual([kept.contact]);
  expect((await store.listBuffers()).map(({ id }) => id)).toEqual([kept.buffer]);
  expect((await store.outbox(null)).map(({ mid }) => mid)).toEqual(['b']);
  expect(await store.listSessions(null)).toEqual([]);
  expect(await store.loadPlace({ session: '5e', chain: 'c', n: 1 })).toEqual({ skipped: null, replay: null, highest: null });
  expect(await store.isBlocked(bytes(1, 2, 3))).toBe(true);
  await expect(store.removeContact({ id: contact, block: false, now: T0 })).rejects.toMatchObject({ code: 'conflict' });
  const next = await store.insertContact(somebody);
  expect(next.id).toBeGreaterThan(kept.contact);
});

test('an IRC query that was tied to a removed contact stays', async () => {
  const store = await openNew();
  const { contact } = await addContact(store);
  const query = await store.openBuffer({ kind: 'query', server, contact, key: 'alice', name: 'alice' });
  await store.appendIrc([{ message: line(query.id, 'over IRC'), msgid: null }]);
  await store.removeContact({ id: contact, block: false, now: T0 });
  expect(await store.listBuffers()).toEqual([{ ...query, contact: null }]);
  expect((await store.page({ buffer: query.id, before: null, limit: 5 })).messages).toHaveLength(1);
});

test('blocked fingerprints are remembered and can be forgotten', async () => {
  const store = await openNew();
  expect(await store.isBlocked(bytes(1))).toBe(false);
  await store.blockFingerprint({ fingerprint: bytes(1), now: T0 });
  await store.blockFingerprint({ fingerprint: bytes(1), now: T0 + DAY });
  expect(await store.isBlocked(bytes(1))).toBe(true);
  expect(await store.isBlocked(bytes(2))).toBe(false);
  await store.unblockFingerprint(bytes(1));
  expect(await store.isBlocked(bytes(1))).toBe(false);
});

test('too many addresses, and a change of nobody, are refused', async () => {
  const store = await openNew();
  const { contact } = await addContact(store);
  const addresses = Array.from({ length: MAX_CONTACT_ADDRESSES + 1 }, () => bytes(1));
  await expect(store.updateContact({ id: contact, change: { addresses } })).rejects.toMatchObject({ code: 'limit' });
  await store.removeContact({ id: contact, block: false, now: T0 });
  await expect(store.updateContact({ id: contact, change: { nickname: 'x' } })).rejects.toMatchObject({ code: 'conflict' });
});

test('an invite is changed in part and removed together with its one-time prekey', async () => {
  const store = await openNew();
  const prekey = { id: '9e', bytes: bytes(4), oneTime: true, notAfter: T0 + DAY, invite: '17' };
  const invite = {
    id: '17',
    prekeyId: '9e',
    secret: bytes(5),
    record: null,
    text: '',
    expires: T0 + DAY,
    state: 'spare' as const,
    channel: '',
    contact: null,
  };
  await store.putInvite({ invite, prekey });
  await store.setInvite({ id: '17', state: 'given', text: 'sotto:y', record: { key: 'k', writer: 'w' } });
  expect(await store.listInvites()).toEqual([{ ...invite, state: 'given', text: 'sotto:y', record: { key: 'k', writer: 'w' } }]);
  await expect(store.setInvite({ id: '18', state: 'given' })).rejects.toMatchObject({ code: 'conflict' });
  await store.removeInvite('17');
  expect(await store.listInvites()).toEqual([]);
  expect(await store.listPrekeys()).toEqual([]);
});
