/** Writes the published vectors again: `npm run vectors`. The same bytes each time. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileNames, vectorFile } from './all.ts';

const folder = path.join(import.meta.dirname, '..', 'vectors');
mkdirSync(folder, { recursive: true });
let total = 0;
for (const name of fileNames) {
  const text = vectorFile(name);
  writeFileSync(path.join(folder, name), text);
  total += text.length;
  console.log(`${name}  ${Math.ceil(text.length / 1_024)} KiB`);
}
console.log(`${fileNames.length} files, ${Math.ceil(total / 1_024)} KiB`);
