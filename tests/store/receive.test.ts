import { expect, test } from 'vitest';
import {
  KEEP_MS,
  MAX_REQUESTS,
  MAX_REQUEST_TEXTS,
  MAX_SESSIONS_PER_CONTACT,
  MAX_SKIPPED_KEYS,
  REPLAY_WINDOW,
  type InviteRow,
  type PrekeyRow,
  type UnplacedMessage,
} from '../../src/store/store.ts';
import { addContact, bytes, DAY, messageId, openNew, received, session, somebody, T0 } from './support.ts';

let lastId = T0 * 1000;
const text = (body: string): UnplacedMessage => ({
  id: messageId(++lastId),
  time: T0,
  kind: 'privmsg',
  from: 'Alice',
  text: body,
  subject: null,
  self: false,
  highlight: false,
  receipt: null,
});
const prekey: PrekeyRow = { id: '9e', bytes: bytes(4), oneTime: true, notAfter: T0 + DAY, invite: '17' };
const invite: InviteRow = {
  id: '17',
  prekeyId: '9e',
  secret: bytes(5),
  record: { key: 'k', writer: 'w' },
  text: 'sotto:invite',
  expires: T0 + DAY,
  state: 'given',
  channel: 'copy',
  contact: null,
};

test('one packet changes session, keys, contact, prekey, invite, receipts and history in one step', async () => {
  const store = await openNew();
  const { contact, buffer } = await addContact(store);
  await store.putInvite({ invite, prekey });
  await store.queue({ contact, mid: 'own', payload: bytes(1), message: { ...text('mine'), self: true, buffer }, created: T0 });
  await store.setOutbox({ mid: 'own', attempts: 3, nextTry: T0 + DAY });
  const message = text('hello');
  const result = await store.commitReceive(
    received(
      { id: contact, change: { lastSeen: T0, level: 'invite-pinned', addresses: [bytes(1), bytes(2, 3)] } },
      session('5e', null, bytes(8)),
      {
        skippedAdd: [{ chain: 'c', n: 4, bytes: bytes(44) }],
        replayAdd: { chain: 'c', n: 5, hash: bytes(55), tag: bytes(56) },
        usedPrekey: '9e',
        usedInvite: '17',
        mid: 'theirs',
        message,
        buffer,
        acknowledged: ['own'],
      },
    ),
  );
  expect(result).toMatchObject({ contact, buffer, message: { ...message, buffer }, duplicate: false });
  expect(result.receipts).toMatchObject([{ buffer, receipt: { state: 'delivered' } }]);
  expect(await store.listSessions(contact)).toMatchObject([{ id: '5e', bytes: bytes(8), version: 1 }]);
  const place = (n: number, chain = 'c') => store.loadPlace({ session: '5e', chain, n });
  expect(await place(4)).toEqual({ skipped: { chain: 'c', n: 4, bytes: bytes(44) }, replay: null, highest: 5 });
  expect(await place(5)).toEqual({ skipped: null, replay: { chain: 'c', n: 5, hash: bytes(55), tag: bytes(56) }, highest: 5 });
  expect(await place(6)).toEqual({ skipped: null, replay: null, highest: 5 });
  expect(await place(5, 'd')).toEqual({ skipped: null, replay: null, highest: null });
  expect(await store.getPrekey('9e')).toBeNull();
  expect(await store.getInvite('17')).toEqual({ ...invite, state: 'used', contact });
  expect(await store.listContacts()).toMatchObject([{ lastSeen: T0, level: 'invite-pinned', addresses: [bytes(1), bytes(2, 3)] }]);
  expect(await store.outbox(contact)).toEqual([]);
  expect((await store.page({ buffer, before: null, limit: 5 })).messages.map((line) => line.text)).toEqual(['mine', 'hello']);
});

test('a packet that fails at its last step leaves nothing behind', async () => {
  const store = await openNew();
  const { contact, buffer } = await addContact(store);
  await store.putInvite({ invite: { ...invite, state: 'used' }, prekey });
  await store.queue({ contact, mid: 'own', payload: bytes(1), message: null, created: T0 });
  const packet = received({ id: contact, change: { lastSeen: T0 } }, session('5e', null), {
    skippedAdd: [{ chain: 'c', n: 4, bytes: bytes(1) }],
    usedPrekey: '9e',
    mid: 'theirs',
    message: text('hello'),
    buffer,
    acknowledged: ['own'],
  });
  await expect(store.commitReceive({ ...packet, usedInvite: '17' })).rejects.toMatchObject({ code: 'conflict' });
  await expect(store.commitReceive({ ...packet, session: session('5e', 3) })).rejects.toMatchObject({ code: 'conflict' });
  await expect(store.commitReceive({ ...packet, contact: { add: somebody }, usedInvite: '17' })).rejects.toMatchObject({
    code: 'conflict',
  });
  expect(await store.listSessions(null)).toEqual([]);
  expect(await store.listContacts()).toMatchObject([{ id: contact, lastSeen: null }]);
  expect(await store.getPrekey('9e')).toEqual(prekey);
  expect(await store.outbox(contact)).toHaveLength(1);
  expect((await store.page({ buffer, before: null, limit: 5 })).messages).toEqual([]);
  expect(await store.commitReceive(packet)).toMatchObject({ duplicate: false });
});

test('a one-time prekey opens one hello; a reusable one stays', async () => {
  const store = await openNew();
  await store.putPrekey(prekey);
  await store.putPrekey({ ...prekey, id: '7d', oneTime: false });
  const hello = (id: string, usedPrekey: string) => store.commitReceive(received({ add: somebody }, session(id, null), { usedPrekey }));
  await hello('1', '9e');
  await expect(hello('2', '9e')).rejects.toMatchObject({ code: 'conflict' });
  await hello('3', '7d');
  await hello('4', '7d');
  expect((await store.listPrekeys()).map(({ id }) => id)).toEqual(['7d']);
});

test('a message id that was received before stores no second line, but the new session state', async () => {
  const store = await openNew();
  const { contact, buffer } = await addContact(store);
  const other = await addContact(store);
  const packet = (version: number | null, body: string) =>
    received({ id: contact, change: null }, session('5e', version, bytes(version ?? 0)), { mid: 'm', message: text(body), buffer });
  expect(await store.commitReceive(packet(null, 'first'))).toMatchObject({ duplicate: false, buffer });
  expect(await store.commitReceive(packet(1, 'again'))).toMatchObject({ duplicate: true, buffer: null, message: null });
  expect(await store.listSessions(contact)).toMatchObject([{ version: 2, bytes: bytes(1) }]);
  const theirs = received({ id: other.contact, change: null }, session('5f', null), {
    mid: 'm',
    message: text('other'),
    buffer: other.buffer,
  });
  expect(await store.commitReceive(theirs)).toMatchObject({ duplicate: false });
  const later = { ...packet(2, 'long after'), now: T0 + KEEP_MS + 1 };
  expect(await store.commitReceive(later)).toMatchObject({ duplicate: false });
  expect((await store.page({ buffer, before: null, limit: 5 })).messages.map((line) => line.text)).toEqual(['first', 'long after']);
});

test('a stranger becomes a request with a closed buffer of its own, and is bounded in texts', async () => {
  const store = await openNew();
  const first = await store.commitReceive(
    received({ add: { ...somebody, state: 'request' } }, session('5e', null), { mid: 'm0', message: text('0') }),
  );
  expect(await store.listBuffers()).toMatchObject([
    { id: first.buffer, kind: 'private', contact: first.contact, open: false, name: 'Alice' },
  ]);
  const next = (index: number) =>
    store.commitReceive(
      received({ id: first.contact, change: null }, session('5e', index), { mid: `m${index}`, message: text(`${index}`) }),
    );
  for (let index = 1; index < MAX_REQUEST_TEXTS; index += 1) expect(await next(index)).toMatchObject({ buffer: first.buffer });
  await expect(next(MAX_REQUEST_TEXTS)).rejects.toMatchObject({ code: 'limit' });
  expect(await store.listSessions(first.contact)).toMatchObject([{ version: MAX_REQUEST_TEXTS }]);
  await store.updateContact({ id: first.contact, change: { state: 'active' } });
  expect(await next(MAX_REQUEST_TEXTS)).toMatchObject({ duplicate: false, buffer: first.buffer });
});

test('requests are bounded; contacts gated by an own invite are not', async () => {
  const store = await openNew();
  const hello = (id: number, state: 'request' | 'active') =>
    store.commitReceive(received({ add: { ...somebody, state } }, session(`${id}`, null)));
  await Promise.all(Array.from({ length: MAX_REQUESTS }, (_, index) => hello(index, 'request')));
  await expect(hello(1_000, 'request')).rejects.toMatchObject({ code: 'limit' });
  await hello(1_001, 'active');
  expect(await store.listContacts()).toHaveLength(MAX_REQUESTS + 1);
});

test('the oldest skipped keys go beyond the bound, and a used one is gone', async () => {
  const store = await openNew();
  const { contact } = await addContact(store);
  const add = (version: number | null, from: number, count: number) =>
    store.commitReceive(
      received({ id: contact, change: null }, session('5e', version), {
        skippedAdd: Array.from({ length: count }, (_, index) => ({ chain: 'c', n: from + index, bytes: bytes(1) })),
      }),
    );
  await add(null, 0, 1_024);
  await add(1, 1_024, 1_024);
  const isKept = async (n: number): Promise<boolean> => (await store.loadPlace({ session: '5e', chain: 'c', n })).skipped !== null;
  expect(await isKept(2_048 - MAX_SKIPPED_KEYS - 1)).toBe(false);
  expect(await isKept(2_048 - MAX_SKIPPED_KEYS)).toBe(true);
  expect(await isKept(2_047)).toBe(true);
  await store.commitReceive(
    received({ id: contact, change: null }, session('5e', 2), { skippedDelete: [{ chain: 'c', n: 2_047 }], now: T0 + DAY }),
  );
  expect(await isKept(2_047)).toBe(false);
  expect(await isKept(2_046)).toBe(true);
});

test('the replay check remembers the last numbers of each chain', async () => {
  const store = await openNew();
  const { contact } = await addContact(store);
  const open = (version: number | null, chain: string, n: number) =>
    store.commitReceive(
      received({ id: contact, change: null }, session('5e', version), { replayAdd: { chain, n, hash: bytes(n % 256), tag: null } }),
    );
  await open(null, 'a', 0);
  await open(1, 'b', 0);
  await open(2, 'a', REPLAY_WINDOW - 1);
  const seen = async (chain: string, n: number) => (await store.loadPlace({ session: '5e', chain, n })).replay;
  expect(await seen('a', 0)).not.toBeNull();
  await open(3, 'a', REPLAY_WINDOW);
  expect(await seen('a', 0)).toBeNull();
  expect(await seen('a', REPLAY_WINDOW)).not.toBeNull();
  expect(await seen('b', 0)).toEqual({ chain: 'b', n: 0, hash: bytes(0), tag: null });
  await expect(open(4, 'b', 0)).rejects.toMatchObject({ code: 'conflict' });
});

test('a new session makes others receive-only; too many push out the oldest of these', async () => {
  const store = await openNew();
  const { contact } = await addContact(store);
  for (let index = 0; index <= MAX_SESSIONS_PER_CONTACT; index += 1) {
    const write = { ...session(`s${index}`, null), created: T0 + index, helloId: `h${index}` };
    await store.commitReceive(received({ id: contact, change: null }, write, { retire: [`s${index - 1}`] }));
  }
  const rows = await store.listSessions(contact);
  expect(rows).toHaveLength(MAX_SESSIONS_PER_CONTACT);
  expect(rows[0]).toMatchObject({ id: `s${MAX_SESSIONS_PER_CONTACT}`, helloId: `h${MAX_SESSIONS_PER_CONTACT}`, active: true });
  expect(rows.slice(1).every(({ active }) => !active)).toBe(true);
  expect(rows.at(-1)?.id).toBe('s1');
});

test('an opened packet may let the waiting messages be tried at once', async () => {
  const store = await openNew();
  const { contact } = await addContact(store);
  await store.queue({ contact, mid: 'own', payload: bytes(1), message: null, created: T0 });
  await store.setOutbox({ mid: 'own', attempts: 3, nextTry: T0 + DAY });
  await store.commitReceive(received({ id: contact, change: null }, session('5e', null), { resetBackoff: true }));
  expect(await store.outbox(contact)).toMatchObject([{ attempts: 0, nextTry: 0 }]);
});

test('what is past its time is pruned, and nothing else', async () => {
  const store = await openNew();
  const { contact } = await addContact(store);
  await store.putInvite({ invite, prekey });
  await store.putInvite({
    invite: { ...invite, id: '18', prekeyId: '9f', record: null },
    prekey: { ...prekey, id: '9f', notAfter: T0 + 90 * DAY },
  });
  await store.commitReceive(
    received({ id: contact, change: null }, session('5e', null), {
      mid: 'm',
      skippedAdd: [{ chain: 'c', n: 1, bytes: bytes(1) }],
      replayAdd: { chain: 'c', n: 2, hash: bytes(1), tag: null },
    }),
  );
  expect(await store.prune(T0 + DAY)).toBe(0);
  expect(await store.prune(T0 + DAY + 1)).toBe(2);
  expect((await store.listInvites()).map(({ id }) => id)).toEqual(['17']);
  expect((await store.listPrekeys()).map(({ id }) => id)).toEqual(['9f']);
  expect(await store.prune(T0 + KEEP_MS + 1)).toBe(3);
  const gone = { skipped: null, replay: null, highest: null };
  expect(await store.loadPlace({ session: '5e', chain: 'c', n: 1 })).toEqual(gone);
  expect(await store.loadPlace({ session: '5e', chain: 'c', n: 2 })).toEqual(gone);
  expect(await store.prune(T0 + DAY + KEEP_MS + 1)).toBe(1);
  expect(await store.listSessions(contact)).toHaveLength(1);
});

test('a hello id is remembered until its prekey is deleted, also after its contact was removed', async () => {
  const store = await openNew();
  const hello = { id: 'aa', until: T0 + DAY };
  await store.putPrekey({ ...prekey, oneTime: false, notAfter: hello.until });
  const first = await store.commitReceive(received({ add: somebody }, session('1', null), { hello }));
  await store.removeContact({ id: first.contact, block: false, now: T0 });
  await expect(store.commitReceive(received({ add: somebody }, session('2', null), { hello }))).rejects.toMatchObject({ code: 'conflict' });
  expect(await store.listContacts()).toEqual([]);
  await store.prune(T0 + DAY);
  expect([await store.isKnownHello('aa'), await store.isKnownHello('bb')]).toEqual([true, false]);
  expect((await store.listPrekeys()).length).toBe(1);
  await store.prune(T0 + DAY + 1);
  expect([await store.isKnownHello('aa'), (await store.listPrekeys()).length]).toEqual([false, 0]);
});

test('a receive-only session that was idle is removed with its rows; one in use or still sending stays', async () => {
  const store = await openNew();
  const { contact } = await addContact(store);
  const commit = (id: string, version: number | null, active: boolean, now: number) =>
    store.commitReceive(
      received(
        { id: contact, change: null },
        { ...session(id, version), active },
        {
          now,
          skippedAdd: [{ chain: 'c', n: version ?? 0, bytes: bytes(1) }],
        },
      ),
    );
  for (const [id, active] of [
    ['idle', false],
    ['used', false],
    ['sending', true],
  ] as const)
    await commit(id, null, active, T0);
  await commit('used', 1, false, T0 + DAY);
  expect(await store.removeIdleSessions(T0 + 1)).toEqual(['idle']);
  expect((await store.listSessions(contact)).map(({ id }) => id).sort()).toEqual(['sending', 'used']);
  expect(await store.loadPlace({ session: 'idle', chain: 'c', n: 0 })).toMatchObject({ skipped: null, highest: null });
});

test('lines of Sotto’s own are stored with the packet they are about', async () => {
  const store = await openNew();
  const { contact, buffer } = await addContact(store);
  const note: UnplacedMessage = { ...text('a new session'), kind: 'info', from: null };
  const result = await store.commitReceive(
    received({ id: contact, change: null }, session('5e', null), { mid: 'm', notes: [note], buffer }),
  );
  expect(result.notes).toMatchObject([{ buffer, text: 'a new session' }]);
  expect((await store.page({ buffer, before: null, limit: 5 })).messages).toMatchObject([{ kind: 'info', text: 'a new session' }]);
});
