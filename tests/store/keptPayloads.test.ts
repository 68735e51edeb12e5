import { expect, test } from 'vitest';
import { MAX_KEPT_PAYLOADS, MAX_PACKET_BYTES, MAX_PAGE_LINES, type KeptPayload, type KeptRow, type Store } from '../../src/store/store.ts';
import type { ContactId } from '../../src/contract/ids.ts';
import { DAY, T0, addContact, bytes, newFolder, open, openNew, received, session } from './support.ts';

const kept = (n: number, patch: Partial<KeptPayload> = {}): KeptPayload => ({
  mid: `m${n}`,
  session: '5e',
  chain: '00000001',
  n,
  kind: 6,
  bytes: bytes(n % 256),
  ...patch,
});
/** One packet, with the payload it leaves behind. */
const receive = (store: Store, contact: ContactId, version: number | null, keep: KeptPayload | null, patch = {}) =>
  store.commitReceive(received({ id: contact, change: null }, session('5e', version), { mid: keep?.mid ?? null, keep, ...patch }));
const all = async (store: Store, contact: ContactId): Promise<KeptRow[]> => {
  const rows: KeptRow[] = [];
  for (;;) {
    const page = await store.keptPayloads({ contact, after: rows.at(-1)?.seq ?? 0 });
    rows.push(...page);
    if (page.length < MAX_PAGE_LINES) return rows;
  }
};

test('a payload is kept with the packet that brought it, and is there after a restart', async () => {
  const folder = newFolder();
  const { store } = await open(folder);
  const { contact } = await addContact(store);
  const other = await addContact(store);
  await receive(store, contact, null, kept(4, { kind: 4_000_000_000, bytes: new Uint8Array(MAX_PACKET_BYTES).fill(7) }), { now: T0 + DAY });
  await receive(store, contact, 1, null);
  await store.close();
  const again = (await open(folder)).store;
  expect(await again.keptPayloads({ contact, after: 0 })).toEqual([
    {
      seq: 1,
      contact,
      mid: 'm4',
      session: '5e',
      sessionCreated: T0,
      chain: '00000001',
      n: 4,
      time: T0 + DAY,
      kind: 4_000_000_000,
      bytes: new Uint8Array(MAX_PACKET_BYTES).fill(7),
    },
  ]);
  expect(await again.keptPayloads({ contact: other.contact, after: 0 })).toEqual([]);
});

test('a packet that fails keeps no payload, and a message that came before keeps no second one', async () => {
  const store = await openNew();
  const { contact } = await addContact(store);
  await receive(store, contact, null, kept(1));
  await expect(receive(store, contact, 7, kept(2))).rejects.toMatchObject({ code: 'conflict' });
  await expect(receive(store, contact, 1, kept(2), { usedPrekey: 'gone' })).rejects.toMatchObject({ code: 'conflict' });
  await expect(receive(store, contact, 1, kept(3, { bytes: new Uint8Array(MAX_PACKET_BYTES + 1) }))).rejects.toMatchObject({
    code: 'limit',
  });
  expect(await receive(store, contact, 1, kept(1, { n: 9 }))).toMatchObject({ duplicate: true });
  expect((await all(store, contact)).map(({ mid, n }) => [mid, n])).toEqual([['m1', 1]]);
});

test("beyond the maximum of a contact its oldest payloads are dropped, and nobody else's", async () => {
  const store = await openNew();
  const { contact } = await addContact(store);
  const other = await addContact(store);
  await store.commitReceive(received({ id: other.contact, change: null }, session('5f', null), { mid: 'x', keep: kept(0, { mid: 'x' }) }));
  const surplus = 3;
  await Promise.all(Array.from({ length: MAX_KEPT_PAYLOADS + surplus }, (_, n) => receive(store, contact, n === 0 ? null : n, kept(n))));
  const rows = await all(store, contact);
  expect(rows).toHaveLength(MAX_KEPT_PAYLOADS);
  expect(rows.map(({ n }) => n)).toEqual(Array.from({ length: MAX_KEPT_PAYLOADS }, (_, index) => surplus + index));
  expect(await all(store, other.contact)).toHaveLength(1);
});

test('kept payloads go with their contact, and stay when their session goes', async () => {
  const store = await openNew();
  const { contact } = await addContact(store);
  await receive(store, contact, null, kept(1));
  await store.removeSession('5e');
  await store.prune(T0 + 365 * DAY);
  expect(await all(store, contact)).toHaveLength(1);
  await store.removeContact({ id: contact, block: false, now: T0 });
  expect(await all(store, contact)).toEqual([]);
});
