import { expect, it } from 'vitest';
import { createLoopbackOverlay } from '../../src/overlay/loopback/loopback.ts';
import { createLoopbackNetwork } from '../../src/overlay/loopback/network.ts';
import { startPerson, until } from '../support/cores.ts';

it('a page reads what the core has reported, and no password in it', async () => {
  const network = createLoopbackNetwork();
  const config =
    '[servers.lab]\nnickname = "wren"\nserver = "127.0.0.1"\nport = 1\npassword = "horse battery"\nnick_password_file = "/nowhere/at/all"\n';
  const { client } = await startPerson({ name: 'wren', config, overlay: () => createLoopbackOverlay(network) });
  await until('a line', async () => (await client.call('app.log', {})).text !== '');
  const { text } = await client.call('app.log', {});
  expect(text).toMatch(/^\d{4}-\d\d-\d\dT\S+Z server lab: .*nick_password/m);
  expect(text).not.toContain('horse');
});
