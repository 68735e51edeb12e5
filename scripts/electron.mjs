// The window of Sotto in Electron, from the source tree. Used by start.mjs and desktop.mjs. Plain JavaScript for Node >= 20, no packages.
import fs from 'node:fs';
import path from 'node:path';
import { bundle, lockedNode, root, run, SetUpError } from './set-up.mjs';

const packageFolder = path.join(root, 'node_modules', 'electron');

/** Electron's program, or null where it has not been fetched. Looks for the file: importing `electron` would fetch it. */
export function electronBinary() {
  const file = path.join(process.env.ELECTRON_OVERRIDE_DIST_PATH ?? path.join(packageFolder, 'dist'), 'electron');
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile() ? file : null;
  } catch {
    return null;
  }
}

/** Why a window cannot be opened here, as a sentence; null where nothing is known against it. */
export function noWindow() {
  if (!process.env.DISPLAY && !process.env.WAYLAND_DISPLAY)
    return 'There is no desktop session here (neither DISPLAY nor WAYLAND_DISPLAY is set).';
  if (process.getuid?.() === 0) return 'Sotto’s window does not run as root: Chromium’s sandbox needs an ordinary user.';
  return null;
}

/** Fetches Electron's program with the installer of its own package, which compares it with the checksum in the package. */
export async function fetchElectron(say) {
  if (electronBinary() !== null) return;
  const { version } = JSON.parse(fs.readFileSync(path.join(packageFolder, 'package.json'), 'utf8'));
  say(`Fetching Electron ${version} from its publisher (about 110 MB, once) ...`);
  const code = await run(lockedNode(), [path.join(packageFolder, 'install.js')]);
  if (code !== 0 || electronBinary() === null) {
    throw new SetUpError(
      'Electron could not be fetched: the network forbids it, or is not there. What the installer said is above. "npm start" opens Sotto in the browser without it.',
    );
  }
}

/** Runs the bundle, which was built, in Electron; answers with the exit code. */
export async function runWindow(args) {
  const binary = electronBinary();
  const env = { ...process.env };
  // With this Electron is a Node without windows.
  delete env.ELECTRON_RUN_AS_NODE;
  return run(binary, [bundle, ...args], { cwd: process.env.INIT_CWD ?? process.cwd(), env });
}
