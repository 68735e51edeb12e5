/** The files that name our routes, on a disk that is full or read-only: what was there stays whole, and the next change is written. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test, vi } from 'vitest';
import { createAddressFile } from '../../src/overlay/veilid/address-file.ts';
import { createRoutesFile, type OwnRoute } from '../../src/overlay/veilid/routes-file.ts';
import { mountSmallDisk } from '../support/smallDisk.ts';

const folder = mkdtempSync(join(tmpdir(), 'sotto-routes-disk-'));
const disk = mountSmallDisk(join(folder, 'disk'));
afterAll(() => {
  disk?.unmount();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  disk?.setReadOnly(false);
  disk?.makeRoom();
});

const route = (letter: string): OwnRoute => ({ id: `VLD0:${letter.repeat(43)}`, blob: new Uint8Array(800).fill(letter.charCodeAt(0)) });
const address = (text: string) => ({ text, bytes: new Uint8Array(800) });

if (disk) {
  test('the route file keeps the last route that could be written, says so, and follows the next one', async () => {
    const file = join(folder, 'disk', 'route');
    const log: string[] = [];
    const note = createAddressFile(file, (line) => log.push(line));
    const holds = (text: string): Promise<void> =>
      vi.waitFor(() => {
        expect(readFileSync(file, 'utf8')).toBe(`${text}\n`);
      });
    note([address('first')]);
    await holds('first');
    disk.fill();
    note([address('second')]);
    await vi.waitFor(() => {
      expect(log).toHaveLength(1);
    });
    expect(log[0]).toMatch(/route file could not be written.*ENOSPC/);
    await holds('first');
    disk.makeRoom();
    note([address('third')]);
    await holds('third');
    disk.setReadOnly(true);
    note([address('fourth')]);
    await vi.waitFor(() => {
      expect(log).toHaveLength(2);
    });
    expect(log[1]).toMatch(/EROFS/);
    await holds('third');
    disk.setReadOnly(false);
    note([address('fifth')]);
    await holds('fifth');
  });

  test('the routes of the last run stay as they were written last, and are written again with the next change', async () => {
    const directory = join(folder, 'disk', 'veilid');
    await mkdir(directory);
    const file = createRoutesFile(directory);
    await file.save([route('a')], []);
    disk.fill();
    await expect(file.save([route('b')], [])).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(await file.load()).toEqual({ announced: [route('a')], spare: [] });
    disk.makeRoom();
    disk.setReadOnly(true);
    await expect(file.save([route('b')], [])).rejects.toMatchObject({ code: 'EROFS' });
    expect(await createRoutesFile(directory).load()).toEqual({ announced: [route('a')], spare: [] });
    disk.setReadOnly(false);
    await file.save([route('b')], [route('c')]);
    expect(await createRoutesFile(directory).load()).toEqual({ announced: [route('b')], spare: [route('c')] });
  });
}
