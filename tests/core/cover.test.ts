import { expect, test } from 'vitest';
import type { CoverTraffic } from '../../src/contract/cover.ts';
import { coverOf, createCover, type Cover } from '../../src/core/dm/cover.ts';
import type { ContactRow } from '../../src/store/rows.ts';
import { until } from '../support/cores.ts';
import { contactRow as alice } from './contactRow.ts';
import { connected, delivered, network } from './pair.ts';

interface Stage {
  cover: Cover;
  /** Lets time pass; what is due happens. */
  pass(ms: number): Promise<void>;
  sent: number;
  row: ContactRow;
  setting: CoverTraffic;
  isOnline: boolean;
  isAnswered: boolean;
}

/** Cover traffic to one contact with a mean of 1,000 ms and ten seconds of activity, on a clock that is turned by hand. */
function stage(change: Partial<ContactRow> = {}): Stage {
  let time = 1_000_000;
  let seed = 1;
  let tasks: { at: number; task: () => void }[] = [];
  const self: Stage = {
    cover: createCover({
      contacts: { get: () => self.row, all: () => [self.row] },
      setting: () => self.setting,
      isOnline: () => self.isOnline,
      send: () => {
        self.sent += 1;
        return Promise.resolve(self.isAnswered);
      },
      meanMs: 1_000,
      activeMs: 10_000,
      now: () => time,
      // A full-period generator (Lehmer): the same numbers in every run.
      uniform: () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647,
      schedule: (task, ms) => {
        const entry = { at: time + ms, task };
        tasks.push(entry);
        return () => {
          tasks = tasks.filter((other) => other !== entry);
        };
      },
      log: () => undefined,
    }),
    pass: async (ms) => {
      const end = time + ms;
      for (;;) {
        const [next] = tasks.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
        if (!next) break;
        tasks = tasks.filter((other) => other !== next);
        time = next.at;
        next.task();
        await Promise.resolve();
        await Promise.resolve();
        await Promise.resolve();
      }
      time = end;
    },
    sent: 0,
    row: { ...alice, ...change },
    setting: 'active',
    isOnline: true,
    isAnswered: true,
  };
  return self;
}

test('dummies are sent while a conversation is active, and no longer', async () => {
  const self = stage();
  await self.pass(100_000);
  expect(self.sent).toBe(0);
  self.cover.said(alice.id);
  await self.pass(9_999);
  const active = self.sent;
  expect(active).toBeGreaterThan(2);
  await self.pass(1_000_000);
  expect(self.sent).toBeLessThanOrEqual(active + 1);
});

test('always means also while nothing is said, at the same rate', async () => {
  const self = stage();
  self.setting = 'always';
  self.cover.refresh();
  await self.pass(1_000_000);
  expect(self.sent).toBeGreaterThan(900);
  expect(self.sent).toBeLessThan(1_100);
});

test('off is off, and a change holds at once', async () => {
  const self = stage();
  self.setting = 'off';
  self.cover.said(alice.id);
  await self.pass(5_000);
  expect(self.sent).toBe(0);
  self.setting = 'active';
  self.cover.refresh();
  await self.pass(4_000);
  expect(self.sent).toBeGreaterThan(0);
  const before = self.sent;
  self.setting = 'off';
  self.cover.refresh();
  await self.pass(900);
  expect(self.sent).toBe(before);
});

test.each<[string, Partial<ContactRow>]>([
  ['not proven yet', { confirmed: false }],
  ['asked and silent', { waiting: true }],
  ['asking us', { state: 'request' }],
  ['blocked', { state: 'blocked' }],
  ['somebody else now', { level: 'changed' }],
])('nothing is sent to a contact that is %s', async (_what, change) => {
  const self = stage(change);
  self.setting = 'always';
  self.cover.said(alice.id);
  self.cover.refresh();
  await self.pass(9_000);
  expect(self.sent).toBe(0);
});

test('who does not answer two of them gets no more until they are heard', async () => {
  const self = stage();
  self.setting = 'always';
  self.isAnswered = false;
  self.cover.refresh();
  await self.pass(1_000_000);
  expect(self.sent).toBe(2);
  self.isAnswered = true;
  self.cover.heard(alice.id);
  await self.pass(100_000);
  expect(self.sent).toBeGreaterThan(50);
});

test('the choice for one contact goes before the configuration', () => {
  expect(coverOf({ cover: null }, 'active')).toBe('active');
  expect(coverOf({ cover: false }, 'always')).toBe('off');
  expect(coverOf({ cover: true }, 'off')).toBe('active');
  expect(coverOf({ cover: true }, 'always')).toBe('always');
});

test('dummies cross a real conversation: of the smallest size, acknowledged, never seen, and they end', async () => {
  const timings = { coverMeanMs: 30, coverActiveMs: 1_500 };
  const config = '[direct_messages]\nread_receipts = false\n';
  const net = network();
  const pair = await connected(net, { alice: { timings, config }, bob: { timings, config } });
  const sizes: number[] = [];
  net.faults.drop = ({ bytes }) => {
    sizes.push(bytes.length);
    return false;
  };
  await pair.bob.input(pair.b, 'hello');
  await delivered(pair.bob, pair.b, 1);
  await until('dummies have passed both ways', () => sizes.length > 40);
  expect([...new Set(sizes)]).toEqual([4_096]);
  let before = -1;
  await until('they end', async () => {
    const now = sizes.length;
    await new Promise((done) => setTimeout(done, 500));
    const isOver = before === now && sizes.length === now;
    before = now;
    return isOver;
  });
  expect(await pair.alice.said(pair.a)).toEqual(['they: hello']);
  expect(await pair.bob.said(pair.b)).toEqual(['me: hello']);
  expect((await pair.alice.buffer('bob')).unread).toBe(1);
  expect((await pair.bob.buffer('alice')).unread).toBe(0);
  for (const { client } of [pair.alice, pair.bob]) expect((await client.call('diagnostics.read', {})).dropped).toEqual([]);
  await pair.alice.input(pair.a, 'and the ratchet goes on');
  await delivered(pair.alice, pair.a, 1);
});
