import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { claimInstance, type Claim, type InstanceAnswer } from '../../../src/host/instance.ts';
import { temporaryDirectory } from './directory.ts';

const page = (url: string): InstanceAnswer => ({ t: 'page', url, file: '/file' });
const claim = async (socket: string, url: string): Promise<Claim> => {
  const claimed = await claimInstance(socket, () => Promise.resolve(page(url)));
  if (claimed.kind === 'first') onTestFinished(claimed.release);
  return claimed;
};

describe('one instance a profile', () => {
  it('gives a second start what the first one answers', async () => {
    const socket = join(await temporaryDirectory(), 'socket');
    expect((await claim(socket, 'first')).kind).toBe('first');
    expect((await stat(socket)).mode & 0o777).toBe(0o600);
    expect(await claim(socket, 'second')).toEqual({ kind: 'second', answer: page('first') });
  });

  it('can be claimed again once it was released', async () => {
    const socket = join(await temporaryDirectory(), 'socket');
    const first = await claim(socket, 'first');
    if (first.kind === 'first') await first.release();
    expect((await claim(socket, 'second')).kind).toBe('first');
  });

  it('takes the place of an instance that was killed', async () => {
    const socket = join(await temporaryDirectory(), 'socket');
    const script = `require('node:net').createServer().listen(${JSON.stringify(socket)}, () => console.log('up'))`;
    const killed = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(killed.stdout, 'data');
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    expect((await stat(socket)).isSocket()).toBe(true);
    expect((await claim(socket, 'new')).kind).toBe('first');
  });

  it('has one winner among many starts at once, and all others get its answer', async () => {
    const socket = join(await temporaryDirectory(), 'socket');
    const claims = await Promise.all(Array.from({ length: 8 }, (_, index) => claim(socket, `${index}`)));
    const winner = claims.findIndex((claimed) => claimed.kind === 'first');
    const others = claims.filter((claimed) => claimed.kind === 'second');
    expect(others).toHaveLength(7);
    for (const other of others) expect(other).toEqual({ kind: 'second', answer: page(`${winner}`) });
  });

  it('waits for a first start that is not ready yet', async () => {
    const socket = join(await temporaryDirectory(), 'socket');
    const ready = Promise.withResolvers<InstanceAnswer>();
    const asked = Promise.withResolvers<undefined>();
    const first = await claimInstance(socket, () => {
      asked.resolve(undefined);
      return ready.promise;
    });
    if (first.kind === 'first') onTestFinished(first.release);
    const second = claim(socket, 'second');
    await asked.promise;
    ready.resolve(page('late'));
    expect(await second).toEqual({ kind: 'second', answer: page('late') });
  });

  it('hands over the link that a second start was given, whole or not at all', async () => {
    const socket = join(await temporaryDirectory(), 'socket');
    const links: (string | null)[] = [];
    const first = await claimInstance(socket, (link) => {
      links.push(link);
      return Promise.resolve({ t: 'shown' });
    });
    if (first.kind === 'first') onTestFinished(first.release);
    const long = `irc://irc.example/${'é'.repeat(8_000)}`;
    for (const link of [null, 'sotto:abc', long])
      expect(await claimInstance(socket, () => Promise.resolve(page('no')), link)).toEqual({ kind: 'second', answer: { t: 'shown' } });
    expect(links).toEqual([null, 'sotto:abc', long]);
  });

  it.each([
    '{"t":"open","link":"http://a"}\n',
    '{"t":"open","link":"irc:a\\nb"}\n',
    '{"t":"open","link":["irc:a"]}\n',
    `{"t":"open","link":"irc:${'a'.repeat(9_000)}"}\n`,
    `{"t":"open","link":"irc:${'a'.repeat(99_000)}`,
    '{"t":"open","more":1}\n',
    '{"t":"other"}\n',
    'nonsense\n',
    'x'.repeat(70_000),
  ])('answers nothing else', async (line) => {
    const socket = join(await temporaryDirectory(), 'socket');
    await claim(socket, 'first');
    const client = createConnection(socket);
    let answer = '';
    client.on('data', (chunk) => (answer += String(chunk)));
    client.on('error', () => undefined);
    client.write(line);
    await once(client, 'close');
    expect(answer).toBe('');
  });
});
