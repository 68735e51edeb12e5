import { chmod, mkdir, stat, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createProfileDirectories, profilePaths } from '../../../src/core/profile.ts';
import { temporaryDirectory } from './directory.ts';

describe('the paths of a profile', () => {
  it('follow the XDG variables', () => {
    expect(
      profilePaths(null, { HOME: '/home/a', XDG_CONFIG_HOME: '/c', XDG_DATA_HOME: '/d', XDG_STATE_HOME: '/s', XDG_CACHE_HOME: '/k' }),
    ).toMatchObject({
      name: 'default',
      configFile: '/c/sotto/config.toml',
      dataDirectory: '/d/sotto',
      stateDirectory: '/s/sotto',
      cacheDirectory: '/k/sotto',
    });
  });

  it('have the defaults of the XDG specification, also for variables that are empty or relative', () => {
    expect(profilePaths(null, { HOME: '/home/a', XDG_DATA_HOME: '', XDG_STATE_HOME: 'relative' })).toMatchObject({
      configFile: '/home/a/.config/sotto/config.toml',
      dataDirectory: '/home/a/.local/share/sotto',
      stateDirectory: '/home/a/.local/state/sotto',
      cacheDirectory: '/home/a/.cache/sotto',
    });
  });

  it('are all under the directory of --profile', () => {
    expect(profilePaths('/p/one', {})).toMatchObject({
      name: 'one',
      configFile: '/p/one/config/config.toml',
      dataDirectory: '/p/one/data',
      stateDirectory: '/p/one/state',
      cacheDirectory: '/p/one/cache',
    });
  });

  it('lead to one socket, however the directory is written, and to another for another profile', async () => {
    const directory = await temporaryDirectory();
    const env = { XDG_RUNTIME_DIR: directory };
    await mkdir(join(directory, 'a'));
    await symlink('a', join(directory, 'link'));
    const socket = (path: string): string => profilePaths(path, env).runtimeSocket;
    expect(socket(join(directory, 'a'))).toMatch(new RegExp(`^${directory}/sotto/[0-9a-f]{32}$`));
    expect(socket(join(directory, 'link'))).toBe(socket(join(directory, 'a')));
    expect(socket(`${directory}/a/../a/`)).toBe(socket(join(directory, 'a')));
    expect(socket(join(directory, 'b'))).not.toBe(socket(join(directory, 'a')));
  });

  it('put the socket into the temporary directory where XDG_RUNTIME_DIR is missing or too long for a socket', async () => {
    const long = join(await temporaryDirectory(), 'x'.repeat(100));
    await mkdir(long);
    const path = /\/sotto-\d+\/[0-9a-f]{32}$/;
    expect(profilePaths('/p', {}).runtimeSocket).toMatch(path);
    expect(profilePaths('/p', { XDG_RUNTIME_DIR: '/does/not/exist' }).runtimeSocket).toMatch(path);
    expect(profilePaths('/p', { XDG_RUNTIME_DIR: long }).runtimeSocket).toMatch(path);
  });
});

describe('the directories of a profile', () => {
  it('are made for their owner alone', async () => {
    const directory = await temporaryDirectory();
    const paths = profilePaths(join(directory, 'profile'), { XDG_RUNTIME_DIR: directory });
    await createProfileDirectories(paths);
    for (const made of [
      dirname(paths.configFile),
      paths.dataDirectory,
      paths.stateDirectory,
      paths.cacheDirectory,
      dirname(paths.runtimeSocket),
    ]) {
      expect((await stat(made)).mode & 0o777).toBe(0o700);
    }
  });

  it('are refused when others could open the directory of the socket', async () => {
    const directory = await temporaryDirectory();
    await mkdir(join(directory, 'sotto'));
    await chmod(join(directory, 'sotto'), 0o755);
    const paths = profilePaths(join(directory, 'profile'), { XDG_RUNTIME_DIR: directory });
    await expect(createProfileDirectories(paths)).rejects.toMatchObject({ code: 'notPrivate' });
  });

  it('are refused when the directory of the socket is a link to another place', async () => {
    const directory = await temporaryDirectory();
    await mkdir(join(directory, 'elsewhere'), { mode: 0o700 });
    await symlink('elsewhere', join(directory, 'sotto'));
    const paths = profilePaths(join(directory, 'profile'), { XDG_RUNTIME_DIR: directory });
    await expect(createProfileDirectories(paths)).rejects.toMatchObject({ code: 'notPrivate' });
  });
});
