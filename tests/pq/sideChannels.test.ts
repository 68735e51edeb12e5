import { readFile, readdir } from 'node:fs/promises';
import { expect, it } from 'vitest';

it('has every file of DM/1 in the list of comparisons and branches', async () => {
  const list = await readFile(new URL('../../docs/SIDE-CHANNELS.md', import.meta.url), 'utf8');
  const files = await readdir(new URL('../../src/pq/', import.meta.url));
  expect(files.filter((file) => !list.includes(`\`${file}\``))).toEqual([]);
});

it('compares bytes with nothing but equalBytes', async () => {
  const folder = new URL('../../src/pq/', import.meta.url);
  for (const file of await readdir(folder)) {
    const source = await readFile(new URL(file, folder), 'utf8');
    expect(source, file).not.toMatch(/\.toString\(\) ===|\.join\(\) ===|\.every\(\(byte, index\)/);
  }
});
