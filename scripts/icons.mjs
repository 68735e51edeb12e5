// Makes the PNG sizes of the icons in flatpak/icons from their SVG, with rsvg-convert: node scripts/icons.mjs
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', 'flatpak');
const { id } = JSON.parse(fs.readFileSync(path.join(folder, 'app.json'), 'utf8'));
const draw = (svg, size, png) =>
  execFileSync('rsvg-convert', [
    '-w',
    String(size),
    '-h',
    String(size),
    path.join(folder, 'icons', svg),
    '-o',
    path.join(folder, 'icons', png),
  ]);

for (const size of [128, 256, 512]) draw(`${id}.svg`, size, `${size}.png`);
for (const state of ['tray', 'tray-unread', 'tray-highlight']) {
  draw(`${state}.svg`, 32, `${state}.png`);
  draw(`${state}.svg`, 64, `${state}@2x.png`);
}
