// Stands for Electron in the dry run of the flatpak: reads the packed app as Electron would, and runs its browser host on Node.
// Electron opens files inside app.asar; Node does not, so they are laid out in the app's own cache first.
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const resources = path.join(import.meta.dirname, 'resources');
const archive = path.join(resources, 'app.asar');
const file = fs.openSync(archive);
const numbers = new Uint32Array(4);
fs.readSync(file, numbers, 0, 16, 0);
const [, headerSize, , jsonSize] = numbers;
const json = new Uint8Array(jsonSize);
fs.readSync(file, json, 0, jsonSize, 16);
const start = 8 + headerSize;

const folder = path.join(process.env.XDG_CACHE_HOME, 'stand-in');
fs.rmSync(folder, { recursive: true, force: true });
function layOut(entry, relative) {
  const to = path.join(folder, 'app', relative);
  if (entry.files !== undefined) {
    fs.mkdirSync(to, { recursive: true });
    for (const [name, child] of Object.entries(entry.files)) layOut(child, path.join(relative, name));
  } else if (entry.unpacked) {
    fs.symlinkSync(path.join(`${archive}.unpacked`, relative), to);
  } else {
    const bytes = new Uint8Array(entry.size);
    fs.readSync(file, bytes, 0, entry.size, start + Number(entry.offset));
    fs.writeFileSync(to, bytes);
  }
}
layOut(JSON.parse(new TextDecoder().decode(json)), '');
for (const name of ['ui', 'bin']) fs.symlinkSync(path.join(resources, name), path.join(folder, name));

const serve = path.join(folder, 'app', 'serve.js');
process.argv[1] = serve;
await import(pathToFileURL(serve).href);
