/** CTCP, files, commands and ignored people in the configuration. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ignoredIn } from '../../../src/config/ignoredIn.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { isReadOnlyKey } from '../../../src/config/readOnlyKeys.ts';

const load = (text: string) => {
  const { config, problems } = loadConfig(text);
  if (!config) throw new Error(problems.map(({ message }) => message).join('; '));
  return config;
};

describe('files', () => {
  it('go to the Downloads directory, passively, and never into the own network', () => {
    expect(load('').fileTransfer).toEqual({
      enabled: true,
      saveDirectory: join(homedir(), 'Downloads'),
      passive: true,
      timeout: 300,
      allowLan: false,
      server: null,
    });
    expect(load('[file_transfer]\nsave_directory = "~/got"\n').fileTransfer.saveDirectory).toBe(join(homedir(), 'got'));
  });
  it('are listened for where all of it is told', () => {
    const server = '[file_transfer.server]\npublic_address = "1.2.3.4"\nbind_address = "0.0.0.0"\nbind_port_first = 5000\n';
    expect(load(`${server}bind_port_last = 5010\n`).fileTransfer.server).toEqual({
      publicAddress: '1.2.3.4',
      bindAddress: '0.0.0.0',
      firstPort: 5_000,
      lastPort: 5_010,
    });
    for (const bad of [server, `${server}bind_port_last = 4000\n`, `${server.replace('1.2.3.4', 'example.org')}bind_port_last = 5010\n`])
      expect(loadConfig(bad).config).toBeNull();
  });
  it('are no business of a page', () => {
    for (const key of ['save_directory', 'allow_lan', 'server.public_address', 'server.bind_port_first'])
      expect(isReadOnlyKey(['file_transfer', ...key.split('.')]), key).toBe(true);
    expect(isReadOnlyKey(['buffer', 'commands', 'aliases', 'x'])).toBe(true);
    expect(isReadOnlyKey(['servers', 'libera', 'filters', 'ignore'])).toBe(false);
  });
});

describe('commands', () => {
  it('have aliases by name in lower case, and default reasons', () => {
    const { commands } = load(
      '[buffer.commands.aliases]\nHug = "/me hugs $1"\n"/w" = "/whois $1"\n[buffer.commands.part]\ndefault_reason = "bye"\n[buffer.commands.sysinfo]\ncpu = false\n',
    );
    expect(commands).toEqual({
      aliases: { hug: '/me hugs $1', w: '/whois $1' },
      quitReason: '',
      partReason: 'bye',
      sysinfo: { cpu: false, memory: true, os: true, uptime: true },
    });
  });
  it.each(['aliases = 5', 'aliases = { x = "no slash" }', 'aliases = { "a b" = "/x" }', 'aliases = { x = 5 }'])('refuse %s', (line) => {
    const [problem] = loadConfig(`[buffer.commands]\n${line}\n`).problems;
    expect(problem).toMatchObject({ severity: 'error', line: 2 });
  });
});

describe('ignored people', () => {
  const text =
    '[servers.a]\nnickname = "n"\nserver = "h"\n[servers.a.filters]\nignore = ["eve", { user = "*!*@bad", channel = "#c" }, { regex = "^m" }]\nregex = ["x"]\n';
  it('are read by server, without regular expressions', () => {
    expect([...load(text).ignored]).toEqual([
      [
        'a',
        [
          { user: 'eve', channel: null },
          { user: '*!*@bad', channel: '#c' },
        ],
      ],
    ]);
    expect(loadConfig(text.replace('"eve"', '5')).config).toBeNull();
  });
  it('come back as they stand in the file, so that writing them loses nothing', () => {
    expect(ignoredIn(text, 'a')).toEqual(['eve', { user: '*!*@bad', channel: '#c' }, { regex: '^m' }]);
    for (const other of ['', 'broken [', '[servers.a]\nfilters = 5', text.replace('.filters', '.other')])
      expect(ignoredIn(other, 'a')).toEqual([]);
  });
});

it('CTCP answers are read', () => {
  expect(load('[ctcp]\nversion = false\nuserinfo = "hi"\n').ctcp).toEqual({
    ping: true,
    source: true,
    time: true,
    version: false,
    userinfo: 'hi',
  });
  expect(loadConfig('[ctcp]\nuserinfo = "a\\nb"\n').config).toBeNull();
});
