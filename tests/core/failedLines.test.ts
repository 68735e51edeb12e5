import { expect, test } from 'vitest';
import { until } from '../support/cores.ts';
import { connected, delivered, network, start, theirs } from './pair.ts';

test('a private message that failed can be deleted: from every page and from the disk, never one that waits or arrived', async () => {
  const { net, alice, bob, a, b } = await connected(network());
  await bob.client.call('buffers.show', { buffers: [b] });
  await bob.input(b, 'arrived');
  await delivered(bob, b, 1);
  await alice.stop();
  await bob.input(b, 'never mind');
  await bob.input(b, 'still wanted');
  const idOf = async (text: string) => {
    const found = (await bob.lines(b)).find((line) => line.text === text);
    if (!found) throw new Error(`no line ${text}`);
    return found.id;
  };
  const [arrived, mistake] = [await idOf('arrived'), await idOf('never mind')];
  const refused = { code: 'badInput', message: 'Only a message of yours that failed can be deleted.' };
  for (const message of [arrived, mistake])
    await expect(bob.client.call('message.remove', { buffer: b, message })).rejects.toMatchObject(refused);
  await bob.client.call('message.giveUp', { buffer: b, message: mistake });
  await bob.client.call('message.remove', { buffer: b, message: mistake });
  await until('the page is told', () =>
    bob.events.some((event) => event.name === 'messageRemoved' && event.payload.buffer === b && event.payload.message === mistake),
  );
  await expect(bob.client.call('message.retry', { buffer: b, message: mistake })).rejects.toMatchObject({ code: 'notFound' });
  await expect(bob.client.call('message.remove', { buffer: b, message: mistake })).rejects.toMatchObject(refused);
  await bob.stop();

  const [alice2, bob2] = await Promise.all([
    start('alice', net, { directory: alice.directory }),
    start('bob', net, { directory: bob.directory }),
  ]);
  await until('what was wanted arrived', async () => (await theirs(alice2, a)).includes('still wanted'));
  expect((await bob2.said(b)).filter((text) => text.startsWith('me: '))).toEqual(['me: arrived', 'me: still wanted']);
}, 60_000);
