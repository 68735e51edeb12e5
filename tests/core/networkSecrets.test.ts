import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { KeyringError, type KeyringPasswords } from '../../src/core/key/keyring.ts';
import { networkOptions, usesKeyring } from '../../src/core/networkOptions.ts';

const { signal } = new AbortController();
const sts = { get: () => null, set: () => Promise.resolve() };

const configOf = (toml: string) => {
  const config = loadConfig(`[servers.libera]\nnickname = "wren"\nserver = "irc.test"\n${toml}`).config?.servers[0];
  if (config?.protocol !== 'irc') throw new Error('the configuration is wrong');
  return config;
};
/** A keyring that notes whether somebody would have been asked. */
const keyring = (entries: Record<string, string>) => {
  const asked: [string, boolean | undefined][] = [];
  const passwords: KeyringPasswords = {
    get: (entry, _signal, ask) => {
      asked.push([entry, ask]);
      return Promise.resolve(entries[entry] ?? null);
    },
    set: () => Promise.reject(new KeyringError('denied', 'No.')),
    remove: () => Promise.reject(new KeyringError('denied', 'No.')),
  };
  return { asked, entries, passwords };
};

it('channel keys come from the keyring, by the name of Halloy’s entry or another one; one in the file counts first', async () => {
  const config = configOf(
    'channels = ["#a", "#b", "#c", "#d"]\nchannel_keys = { "#c" = "written" }\nchannel_keys_keyring = { "#a" = true, "#b" = "my entry", "#c" = true, "#d" = false }',
  );
  expect(usesKeyring(config)).toBe(true);
  const { passwords, asked } = keyring({ 'servers.libera.channel_keys.#a': 'one', 'my entry': 'two' });
  const { channels, refresh } = await networkOptions(config, '0', sts, passwords, signal);
  expect(channels).toEqual([
    { name: '#a', key: 'one' },
    { name: '#b', key: 'two' },
    { name: '#c', key: 'written' },
    { name: '#d', key: null },
  ]);
  expect(asked.map(([entry]) => entry)).toEqual(['servers.libera.channel_keys.#a', 'my entry']);
  expect(refresh).toBeUndefined();
});

it('a channel key that is not there, or would cut the line, is said with its channel and entry', async () => {
  const config = configOf('channels = ["#a"]\nchannel_keys_keyring = { "#a" = true }');
  const entry = 'servers.libera.channel_keys.#a';
  for (const entries of [{}, { [entry]: 'a b' }, { [entry]: 'a,b' }]) {
    await expect(networkOptions(config, '0', sts, keyring(entries).passwords, signal)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining(entry) as unknown,
    });
  }
});

it('passwords of the keyring are fetched anew without asking anybody; a file or command is not read again', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'sotto-secrets-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const file = join(directory, 'nickserv');
  await writeFile(file, 'from the file\n');
  const config = configOf(
    `password_keyring = true\nnick_password_file = "${file}"\n[servers.libera.sasl.plain]\nusername = "wren"\npassword_keyring = true`,
  );
  const there = keyring({ 'servers.libera.password': 'one', 'servers.libera.sasl.plain.password': 'two' });
  const first = await networkOptions(config, '0', sts, there.passwords, signal);
  expect([first.password, first.nickPassword, first.sasl]).toMatchObject(['one', 'from the file', [{ password: 'two' }]]);
  there.entries['servers.libera.password'] = 'three';
  await rm(file);
  there.asked.length = 0;
  expect(await first.refresh?.(signal)).toMatchObject({ password: 'three', nickPassword: 'from the file', sasl: [{ password: 'two' }] });
  expect(there.asked).toEqual([
    ['servers.libera.password', false],
    ['servers.libera.sasl.plain.password', false],
  ]);
});
