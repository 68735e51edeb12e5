import { randomBytes } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createSpareRatchet } from '../../src/core/dm/spareRatchet.ts';

test('a ratchet key is made ahead of time, given once, and another one follows', async () => {
  const drawn = { count: 0 };
  const spare = createSpareRatchet((length) => {
    drawn.count += 1;
    return new Uint8Array(randomBytes(length));
  });
  await setImmediate();
  const ahead = drawn.count;
  expect(ahead).toBeGreaterThan(0);
  const first = spare.take();
  expect(drawn.count).toBe(ahead);
  const second = spare.take();
  expect(second.xPublic).not.toEqual(first.xPublic);
  await setImmediate();
  const made = drawn.count;
  const third = spare.take();
  expect(drawn.count).toBe(made);
  expect(new Set([first, second, third].map(({ kPublic }) => kPublic.join())).size).toBe(3);
  spare.stop();
});
