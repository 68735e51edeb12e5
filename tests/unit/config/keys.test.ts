import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { manual } from '../../../src/config/manual.ts';
import { isReadOnlyKey } from '../../../src/config/readOnlyKeys.ts';

it.each([
  'proxy.socks5.host',
  'servers.a.proxy',
  'servers.a.root_cert_path',
  'servers.a.dangerously_accept_invalid_certs',
  'servers.a.password_command',
  'servers.a.nick_password_file',
  'servers.a.sasl.plain.password_command',
  'servers.a.sasl.external.cert',
  'veilid.server',
  'buffer.commands.exec.enabled',
  'file_transfer.save_directory',
])('closes %s to pages', (path) => {
  expect(isReadOnlyKey(path.split('.'))).toBe(true);
});

it.each(['servers.a.nickname', 'servers.my_file.nickname', 'servers.a', 'veilid.enabled', 'servers.a.sasl.plain.password', 'theme'])(
  'leaves %s open',
  (path) => {
    expect(isReadOnlyKey(path.split('.'))).toBe(false);
  },
);

it('looks into a table that is written whole', () => {
  expect(isReadOnlyKey(['servers', 'a'], { nickname: 'b', sasl: { plain: { password_command: 'x' } } })).toBe(true);
  expect(isReadOnlyKey(['servers', 'a'], { nickname: 'b' })).toBe(false);
});

it('has a manual that is up to date', async () => {
  expect(await readFile('docs/CONFIGURATION.md', 'utf8')).toBe(manual());
});
