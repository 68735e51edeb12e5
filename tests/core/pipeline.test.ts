/** Steps of a session follow one another without waiting for the disk: where one of them is not written, none after it counts. */
import { expect, test } from 'vitest';
import { openStore, StoreError, type OpenedStore, type Store, type StoreOptions } from '../../src/store/store.ts';
import { connected, delivered, network, theirs } from './pair.ts';

interface Faulty {
  openStore: (options: StoreOptions) => Promise<OpenedStore>;
  /** Of the next calls of that operation, these do not happen (1 is the next one). */
  fail(operation: keyof Store, which: readonly number[]): void;
  failed(): number;
}

/** A store that refuses some writes as a full disk does. */
function faultyStore(): Faulty {
  let plan: { operation: keyof Store; which: ReadonlySet<number>; calls: number } | null = null;
  let failed = 0;
  return {
    openStore: async (options) => {
      const opened = await openStore(options);
      const store: Store = new Proxy(opened.store, {
        get(target, name) {
          const member: unknown = Reflect.get(target, name);
          if (typeof member !== 'function') return member;
          return (...args: unknown[]): unknown => {
            if (plan?.operation === name && plan.which.has((plan.calls += 1))) {
              failed += 1;
              return Promise.reject(new StoreError('diskFull', 'The disk is full.'));
            }
            const result: unknown = Reflect.apply(member, target, args);
            return result;
          };
        },
      });
      return { ...opened, store };
    },
    fail: (operation, which) => {
      plan = { operation, which: new Set(which), calls: 0 };
    },
    failed: () => failed,
  };
}

/** Dummies would bring a session back to what is stored as well. */
const config = '[direct_messages]\ncover_traffic = "off"\nread_receipts = false\n';
const texts = Array.from({ length: 24 }, (_unused, index) => `text ${String(index + 1).padStart(2, '0')}`);

test('texts whose packets were not stored by the receiver are not acknowledged, and come again', async () => {
  const faulty = faultyStore();
  const { alice, bob, a, b } = await connected(network(), { alice: { openStore: faulty.openStore, config }, bob: { config } });
  await bob.input(b, 'before');
  await delivered(bob, b, 1);
  faulty.fail('commitReceive', [2, 9]);
  await Promise.all(texts.map((text) => bob.input(b, text)));
  await delivered(bob, b, 1 + texts.length, true);
  expect(faulty.failed()).toBe(2);
  expect((await theirs(alice, a)).toSorted()).toEqual(['before', ...texts].toSorted());
  await alice.input(a, 'and back');
  await delivered(alice, a, 1, true);
});

test('packets whose sealing was not stored never leave, and what they held is sealed anew', async () => {
  const faulty = faultyStore();
  const { alice, bob, a, b } = await connected(network(), { alice: { config }, bob: { openStore: faulty.openStore, config } });
  await bob.input(b, 'before');
  await delivered(bob, b, 1);
  faulty.fail('commitSeal', [2, 9]);
  await Promise.all(texts.map((text) => bob.input(b, text)));
  await delivered(bob, b, 1 + texts.length, true);
  expect(faulty.failed()).toBe(2);
  expect((await theirs(alice, a)).toSorted()).toEqual(['before', ...texts].toSorted());
  await alice.input(a, 'and back');
  await delivered(alice, a, 1, true);
  expect(await theirs(bob, b)).toEqual(['and back']);
});

test('a burst of texts arrives in order', async () => {
  const { alice, bob, a, b } = await connected(network());
  await Promise.all(texts.map((text) => bob.input(b, text)));
  await delivered(bob, b, texts.length);
  expect(await theirs(alice, a)).toEqual(texts);
});
