// Inside the flatpak build: rewrites package.json and package-lock.json so that "npm ci --offline" installs what flatpak-builder fetched, and no more.
// The files are the build's own copies; see buildLock in flatpak-sources.mjs.
import fs from 'node:fs';
import path from 'node:path';
import { NPM_FOLDER, buildLock } from './flatpak-sources.mjs';

const folder = process.argv[2] ?? '.';
const read = (name) => JSON.parse(fs.readFileSync(path.join(folder, name), 'utf8'));
const there = new Set(fs.readdirSync(path.join(folder, NPM_FOLDER)));
const built = buildLock(read('package.json'), read('package-lock.json'), (file) => there.has(file));
fs.writeFileSync(path.join(folder, 'package.json'), `${JSON.stringify(built.manifest, null, 2)}\n`);
fs.writeFileSync(path.join(folder, 'package-lock.json'), `${JSON.stringify(built.lock, null, 2)}\n`);
