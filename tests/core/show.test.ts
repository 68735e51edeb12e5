import { expect, it } from 'vitest';
import * as v from 'valibot';
import { BufferId } from '../../src/contract/ids.ts';
import { connectClient, type AnyEvent } from '../../src/contract/rpc/client.ts';
import { portPair } from '../../src/host/portPair.ts';
import { createLoopbackOverlay } from '../../src/overlay/loopback/loopback.ts';
import { createLoopbackNetwork } from '../../src/overlay/loopback/network.ts';
import { startPerson, until } from '../support/cores.ts';

it('asks the page with the person’s eyes, and no other, to show a buffer; one that is gone is refused', async () => {
  const person = await startPerson({
    name: 'wren',
    config: '[servers.lab]\nnickname = "wren"\nserver = "127.0.0.1"\nport = 9\nuse_tls = false\n',
    overlay: () => createLoopbackOverlay(createLoopbackNetwork({ replyTimeoutMs: 300 })),
  });
  const { id: buffer } = await until('the buffer of the server', async () => (await person.snapshot()).buffers[0]);
  const [near, far] = portPair();
  person.core.attach(far);
  const page = connectClient(near);
  const seen: AnyEvent[] = [];
  page.onEvent((event) => void seen.push(event));
  await page.call('app.focused', { focused: true });

  // The client of the window's main process shows nothing itself.
  await person.client.call('app.show', { buffer });
  await until('the page is told', () =>
    seen.some(({ name, payload }) => name === 'show' && 'buffer' in payload && payload.buffer === buffer),
  );
  expect(person.events.filter(({ name }) => name === 'show')).toEqual([]);
  await expect(person.client.call('app.show', { buffer: v.parse(BufferId, 999_999) })).rejects.toMatchObject({ code: 'notFound' });
});
