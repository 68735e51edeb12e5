import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { StoreError } from '../../src/store/store.ts';
import { createTrouble } from '../../src/store/trouble.ts';
import { mountSmallDisk } from '../support/smallDisk.ts';
import { bytes, channel, line, open } from './support.ts';

afterEach(() => {
  vi.useRealTimers();
});

const full = (): StoreError => new StoreError('diskFull', 'full');

test('a failure is told once the files were seen to take nothing, again when they do, and in between never', async () => {
  vi.useFakeTimers();
  let isFull = true;
  const told: (string | null)[] = [];
  const probe = vi.fn(() => (isFull ? Promise.reject(full()) : Promise.resolve()));
  const trouble = createTrouble(probe, (error) => told.push(error?.code ?? null));
  for (let times = 0; times < 5; times += 1) trouble.seen(full());
  await vi.advanceTimersByTimeAsync(10_000);
  expect(told).toEqual(['diskFull']);
  expect(probe.mock.calls.length).toBeGreaterThan(2);
  isFull = false;
  await vi.advanceTimersByTimeAsync(10_000);
  expect(told).toEqual(['diskFull', null]);
  const looked = probe.mock.calls.length;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(probe).toHaveBeenCalledTimes(looked);
  trouble.seen(full());
  await vi.advanceTimersByTimeAsync(0);
  expect(told).toEqual(['diskFull', null, null]);
});

test('what is no trouble of the disk is not looked into, and nothing is told after the end', async () => {
  vi.useFakeTimers();
  const told: unknown[] = [];
  const probe = vi.fn(() => Promise.reject(full()));
  const trouble = createTrouble(probe, (error) => told.push(error));
  trouble.seen(new StoreError('conflict', 'changed'));
  trouble.seen(new Error('other'));
  expect(probe).not.toHaveBeenCalled();
  trouble.seen(full());
  trouble.stop();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(told).toEqual([]);
  expect(probe).toHaveBeenCalledTimes(1);
});

/** A file system of its own for a profile, where one can be made. */
const folder = mkdtempSync(join(tmpdir(), 'sotto-trouble-'));
const disk = mountSmallDisk(join(folder, 'disk'));
afterAll(() => {
  disk?.unmount();
  rmSync(folder, { recursive: true });
});

if (disk) {
  test('a disk that is full, or read-only, is told while a real file is on it, and told to be over', async () => {
    const folders = { dataDirectory: join(folder, 'disk', 'data'), stateDirectory: join(folder, 'disk', 'state') };
    const told: (string | null)[] = [];
    const { store } = await open({ ...folders, onTrouble: (error) => told.push(error?.code ?? null) });
    const buffer = await channel(store);
    disk.fill();
    const refused = async (work: () => Promise<void>): Promise<unknown> => {
      for (let tries = 0; tries < 200; tries += 1) {
        try {
          await work();
        } catch (error) {
          return error;
        }
      }
      return null;
    };
    const write = (): Promise<void> => store.putSecret('big', new Uint8Array(60_000));
    expect(await refused(write)).toMatchObject({ code: 'diskFull' });
    await vi.waitFor(() => {
      expect(told).toEqual(['diskFull']);
    });
    // What is there can be read meanwhile.
    expect(await store.listBuffers()).toHaveLength(1);
    disk.makeRoom();
    await vi.waitFor(
      () => {
        expect(told).toEqual(['diskFull', null]);
      },
      { timeout: 10_000 },
    );
    await store.appendIrc([{ message: line(buffer.id, 'room again'), msgid: null }]);
    await store.putSecret('small', bytes(1));
    expect(await store.getSecret('small')).toEqual(bytes(1));
    await store.close();

    const expectRefused = async (code: string): Promise<void> => {
      const opening = open(folders);
      await expect(opening).rejects.toMatchObject({ code });
      await expect(opening).rejects.toThrow(folders.dataDirectory);
    };
    disk.fill();
    await expectRefused('diskFull');
    disk.makeRoom();
    disk.setReadOnly(true);
    await expectRefused('readOnly');
    disk.setReadOnly(false);
    const again = await open(folders);
    expect(again.rolledBack).toBe(false);
    expect(await again.store.getSecret('small')).toEqual(bytes(1));
    expect((await again.store.page({ buffer: buffer.id, before: null, limit: 10 })).messages.map(({ text }) => text)).toEqual([
      'room again',
    ]);
  });
}
