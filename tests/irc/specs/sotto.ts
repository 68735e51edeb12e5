/** A whole Sotto before a scripted server, in #room with ann and bob. */
import type { BufferId } from '../../../src/contract/ids.ts';
import { createLoopbackOverlay } from '../../../src/overlay/loopback/loopback.ts';
import { createLoopbackNetwork } from '../../../src/overlay/loopback/network.ts';
import { startPerson, until, type Person } from '../../support/cores.ts';
import { startScripted, type Greeting, type Scripted } from '../../support/irc/scripted.ts';

export interface Scene {
  server: Scripted;
  me: Person;
  room: BufferId;
}

export async function startSotto(port: number, more = ''): Promise<Person> {
  const overlay = createLoopbackNetwork({ replyTimeoutMs: 300 });
  return startPerson({
    name: 'me',
    config: `[servers.lab]\nserver = "127.0.0.1"\nport = ${port}\nuse_tls = false\nnickname = "me"\nchannels = ["#room"]\n${more}\n[veilid]\nenabled = false\n`,
    overlay: () => createLoopbackOverlay(overlay),
  });
}

/** The client's JOIN is answered with a nick list. */
export async function letIn(server: Scripted, channel = '#room'): Promise<void> {
  await server.hear(new RegExp(`^(?:@\\S+ )?JOIN :?${channel}$`));
  server.say(
    `:me!me@host JOIN ${channel}`,
    `:irc.test 353 me = ${channel} :me @ann +bob`,
    `:irc.test 366 me ${channel} :End of /NAMES list`,
  );
}

export async function inRoom(greeting: Greeting, more = ''): Promise<Scene> {
  const server = await startScripted();
  const me = await startSotto(server.port, more);
  await server.greet(greeting);
  await letIn(server);
  const room = await until('the channel is there', async () => (await me.snapshot()).buffers.find(({ name }) => name === '#room')?.id);
  await until('its nick list is there', async () => (await me.client.call('buffer.members', { buffer: room })).members.length === 3);
  return { server, me, room };
}

export const members = async ({ me, room }: Scene): Promise<string[]> =>
  (await me.client.call('buffer.members', { buffer: room })).members.map(({ nick }) => nick).sort();
