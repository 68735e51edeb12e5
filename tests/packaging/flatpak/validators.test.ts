// needs: appstreamcli desktop-file-validate
// The desktop's own checkers, on the files as they are, as they are on the day of a release, and broken.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { fill } from '../../../scripts/metainfo.mjs';
import { app, readTexts } from './package.ts';

const folder = mkdtempSync(join(tmpdir(), 'sotto-validate-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const check = (name: string, text: string, command: string, ...args: string[]): { code: number | null; output: string } => {
  const file = join(folder, name);
  writeFileSync(file, text);
  const { status, stdout, stderr } = spawnSync(command, [...args, file], { encoding: 'utf8' });
  return { code: status, output: `${stdout}${stderr}` };
};
const metainfo = (text: string): { code: number | null; output: string } =>
  check(`${app.id}.metainfo.xml`, text, 'appstreamcli', 'validate', '--no-net', '--no-color', '--pedantic');
const desktop = (text: string): { code: number | null; output: string } => check(`${app.id}.desktop`, text, 'desktop-file-validate');
const texts = readTexts();
const changelog = '# C\n\n## [0.2.0] - 2027-01-01\n\n- Second `thing` <here>.\n\n## [0.1.0] - 2026-12-01\n\nThe first release.\n';

describe('appstreamcli', () => {
  it('takes the metainfo as it is', () => {
    const { code, output } = metainfo(texts.metainfo);
    expect(code, output).toBe(0);
    expect(output).not.toMatch(/^[EW]:/m);
  });

  it('takes it with releases', () => {
    const released = metainfo(fill(texts.metainfo, { changelog, version: '0.2.0', repository: app.repository }));
    expect(released.code, released.output).toBe(0);
    expect(released.output).not.toContain('releases-info-missing');
  });

  it('would notice a broken one', () => {
    expect(metainfo(texts.metainfo.replace('<summary>', '<summry>').replace('</summary>', '</summry>')).code).not.toBe(0);
  });
});

describe('desktop-file-validate', () => {
  it('takes the desktop file', () => {
    expect(desktop(texts.desktop)).toEqual({ code: 0, output: '' });
  });

  it('would notice a broken one', () => {
    expect(desktop(texts.desktop.replace('Actions=background;', 'Actions=other;')).code).not.toBe(0);
  });
});
