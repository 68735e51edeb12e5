// Electron's fuses: switches inside of its program that say what it will do for whoever starts it. Packages set all nine and check them.
//
//   node scripts/fuses.mjs FILE          sets them in the program FILE, then reads them back
//   node scripts/fuses.mjs --check FILE  only reads them; exit code 1 where one is different
//
// Asar integrity is checked by Electron on macOS and Windows only; on Linux what is installed has to be read-only for the user.
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { FuseState, FuseV1Options, FuseVersion, flipFuses, getCurrentFuseWire } from '@electron/fuses';

/** True is on. WebAssembly’s trap handlers are as Electron ships them. */
export const fuses = {
  RunAsNode: false,
  EnableCookieEncryption: true,
  EnableNodeOptionsEnvironmentVariable: false,
  EnableNodeCliInspectArguments: false,
  EnableEmbeddedAsarIntegrityValidation: true,
  OnlyLoadAppFromAsar: true,
  LoadBrowserProcessSpecificV8Snapshot: false,
  GrantFileProtocolExtraPrivileges: false,
  WasmTrapHandlers: true,
};

/** Sentences about what is different; none when all are as they should be. */
export async function checkFuses(file) {
  const wire = await getCurrentFuseWire(file);
  return Object.entries(fuses)
    .filter(([name, on]) => wire[FuseV1Options[name]] !== (on ? FuseState.ENABLE : FuseState.DISABLE))
    .map(([name, on]) => `${name} should be ${on ? 'on' : 'off'}`);
}

export async function setFuses(file) {
  const wanted = Object.fromEntries(Object.entries(fuses).map(([name, on]) => [FuseV1Options[name], on]));
  await flipFuses(file, { version: FuseVersion.V1, strictlyRequireAllFuses: true, ...wanted });
}

if (process.argv[1] && fs.realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const { values, positionals } = parseArgs({ options: { check: { type: 'boolean' } }, allowPositionals: true });
  const [file] = positionals;
  if (file === undefined) throw new Error('Which file?');
  if (!values.check) await setFuses(file);
  const wrong = await checkFuses(file);
  for (const line of wrong) console.error(line);
  process.exitCode = wrong.length === 0 ? 0 : 1;
}
