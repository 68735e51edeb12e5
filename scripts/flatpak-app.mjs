// Inside the flatpak build: puts the built app beside Electron's binary, and the desktop's files where flatpak looks for them.
//
//   node scripts/flatpak-app.mjs /app     after "vite build", build-app.mjs, and with Electron unpacked in /app/sotto
//
//   sotto/sotto                        Electron, its fuses set
//   sotto/resources/app.asar           dist/app; libraries beside it in app.asar.unpacked
//   sotto/resources/{ui,icons}/        the pages, the tray's pictures
//   share/{applications,metainfo,icons,licenses}/
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createPackageWithOptions } from '@electron/asar';
import { components } from './components.mjs';
import { checkFuses, setFuses } from './fuses.mjs';
import { licensesPage } from './sbom.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const at = (...parts) => path.join(root, ...parts);
const destination = process.argv[2];
if (destination === undefined) throw new Error('usage: node scripts/flatpak-app.mjs DESTINATION');
const { id, command } = JSON.parse(fs.readFileSync(at('flatpak', 'app.json'), 'utf8'));

const to = (...parts) => path.join(destination, ...parts);
function install(from, file, mode = 0o644) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.copyFileSync(from, file);
  fs.chmodSync(file, mode);
}

const program = to(command, command);
fs.renameSync(to(command, 'electron'), program);
fs.rmSync(to(command, 'resources', 'default_app.asar'), { force: true });
fs.rmSync(to(command, 'version'), { force: true });
// zypak stands in for this helper, which flatpak would not let become root; it must be there and executable.
fs.chmodSync(to(command, 'chrome-sandbox'), 0o755);
await setFuses(program);
const wrong = await checkFuses(program);
if (wrong.length > 0) throw new Error(`fuses: ${wrong.join(', ')}`);

await createPackageWithOptions(at('dist', 'app'), to(command, 'resources', 'app.asar'), { unpack: '*.node' });
fs.cpSync(at('dist', 'ui'), to(command, 'resources', 'ui'), { recursive: true });
for (const name of fs.readdirSync(at('flatpak', 'icons')).filter((file) => file.endsWith('.png'))) {
  install(at('flatpak', 'icons', name), to(command, 'resources', 'icons', name));
}

install(at('flatpak', `${command}.sh`), to('bin', command), 0o755);
install(at('flatpak', `${id}.desktop`), to('share', 'applications', `${id}.desktop`));
install(at('flatpak', `${id}.metainfo.xml`), to('share', 'metainfo', `${id}.metainfo.xml`));
const icons = to('share', 'icons', 'hicolor');
install(at('flatpak', 'icons', `${id}.svg`), path.join(icons, 'scalable', 'apps', `${id}.svg`));
install(at('flatpak', 'icons', `${id}-symbolic.svg`), path.join(icons, 'symbolic', 'apps', `${id}-symbolic.svg`));
for (const size of [128, 256, 512]) {
  install(at('flatpak', 'icons', `${size}.png`), path.join(icons, `${size}x${size}`, 'apps', `${id}.png`));
}

const licences = to('share', 'licenses', id);
install(at('LICENSE'), path.join(licences, 'LICENSE'));
const { version } = JSON.parse(fs.readFileSync(at('package.json'), 'utf8'));
const ours = fs.readFileSync(at('LICENSE'), 'utf8');
fs.writeFileSync(path.join(licences, 'licenses.html'), licensesPage({ components: components(), version, ours }));
for (const [name, kept] of [
  ['LICENSE', 'LICENSE.electron'],
  ['LICENSES.chromium.html', 'LICENSES.chromium.html'],
]) {
  install(to(command, name), path.join(licences, kept));
  fs.rmSync(to(command, name));
}
