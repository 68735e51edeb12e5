// needs: flatpak flatpak-builder
// The manifest as it is, built offline, installed and run in flatpak's sandbox. What stands in for what: scripts/flatpak-check.mjs.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { LIMIT_MB, checkFlatpak } from '../../../scripts/flatpak-check.mjs';
import { PERMISSIONS } from './manifestRules.ts';
import { app, read } from './package.ts';

/** One build for all of them: a stand-in runtime, npm and cargo offline. `npm run flatpak:check` makes the bundle too. */
const BUILD_TIMEOUT_MS = 900_000;

describe('the flatpak', () => {
  let found: Awaited<ReturnType<typeof checkFlatpak>>;
  beforeAll(async () => {
    found = await checkFlatpak({ bundle: false });
  }, BUILD_TIMEOUT_MS);

  it('may do what the manifest says and nothing else', () => {
    const lines = found.permissions.split('\n');
    const listed = (key: string): string[] =>
      (lines.find((line) => line.startsWith(`${key}=`)) ?? '=')
        .split('=')[1]
        ?.split(';')
        .filter((item) => item !== '')
        .sort() ?? [];
    const wanted = (kind: string): string[] =>
      PERMISSIONS.filter((argument) => argument.startsWith(`--${kind}=`)).map((argument) => argument.slice(kind.length + 3));
    expect(listed('shared')).toEqual(wanted('share').sort());
    // flatpak keeps fallback-x11 as itself and x11.
    expect(listed('sockets').filter((socket) => socket !== 'x11')).toEqual(wanted('socket').sort());
    expect(listed('devices')).toEqual(wanted('device'));
    expect(listed('filesystems')).toEqual([]);
    expect(lines.filter((line) => /=(talk|own)$/.test(line))).toEqual(wanted('talk-name').map((name) => `${name}=talk`));
  });

  it('runs as its own app, with folders of its own', () => {
    expect(found.environmentInside).toContain(`FLATPAK_ID=${app.id}`);
    expect(found.environmentInside).toContain(`XDG_CONFIG_HOME=${join(found.home, '.var', 'app', app.id, 'config')}`);
    expect(existsSync(join(found.home, '.var', 'app', app.id, 'data', 'sotto'))).toBe(true);
    expect(existsSync(join(found.home, '.local'))).toBe(false);
  });

  it('serves its page and answers app.snapshot from inside the sandbox', () => {
    expect(found.page).toContain('<title>Sotto</title>');
    expect(found.snapshot).toMatchObject({ version: expect.stringMatching(/^\d+\.\d+\.\d+$/) as unknown });
  });

  it.each([
    `files/bin/${app.command}`,
    `files/${app.command}/${app.command}`,
    `files/${app.command}/resources/app.asar`,
    `files/${app.command}/resources/app.asar.unpacked/native/sqlite.node`,
    `files/${app.command}/resources/ui/index.html`,
    `files/${app.command}/resources/bin/veilid-node`,
    `files/${app.command}/resources/icons/tray-highlight@2x.png`,
    `files/share/licenses/${app.id}/LICENSE`,
    `files/share/licenses/${app.id}/licenses.html`,
    `files/share/licenses/${app.id}/LICENSES.chromium.html`,
    `export/share/applications/${app.id}.desktop`,
    `export/share/icons/hicolor/scalable/apps/${app.id}.svg`,
    `export/share/icons/hicolor/symbolic/apps/${app.id}-symbolic.svg`,
    `export/share/icons/hicolor/512x512/apps/${app.id}.png`,
  ])('has %s', (name) => {
    expect(found.files.map((file) => file.name)).toContain(name);
  });

  it('brings no build tools, sources or maps along', () => {
    expect(
      found.files.filter(({ name }) => /node_modules|flatpak-npm|flatpak-cargo|\.map$|\.ts$|default_app\.asar|\.svelte$/.test(name)),
    ).toEqual([]);
  });

  it('is small', () => {
    expect(found.ours / 1e6).toBeLessThanOrEqual(LIMIT_MB);
    expect(read('flatpak/README.md')).toContain(`${LIMIT_MB} MB`);
  });
});
