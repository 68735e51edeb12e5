/** `/secure` over a real InspIRCd with services: two whole cores, private messages over the loopback overlay. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BufferId } from '../../src/contract/ids.ts';
import { createLoopbackOverlay } from '../../src/overlay/loopback/loopback.ts';
import { createLoopbackNetwork } from '../../src/overlay/loopback/network.ts';
import { startPerson, until, type Person } from '../support/cores.ts';
import { rawClient, startInspircd, type Lab } from '../support/irc/lab.ts';
import { goSecure } from '../support/secure.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startInspircd({ services: true });
  await lab.register('alice', 'alicepass');
  await lab.register('bob', 'bobpass');
}, 60_000);
afterAll(async () => {
  await lab.stop();
});

const config = (nick: string): string => `[servers.lab]
server = "127.0.0.1"
port = ${lab.port}
use_tls = false
nickname = "${nick}"
nick_password = "${nick}pass"
channels = ["#room"]
anti_flood = 100
`;

const bufferNamed = (person: Person, name: string): Promise<BufferId> =>
  until(`${person.name} has ${name}`, async () => (await person.snapshot()).buffers.find((buffer) => buffer.name === name)?.id);

test('an offer passes a real server, the conversation leaves it, and an account that goes away ends it', async () => {
  const net = createLoopbackNetwork();
  const people = await Promise.all(
    ['alice', 'bob'].map((name) => startPerson({ name, config: config(name), overlay: () => createLoopbackOverlay(net) })),
  );
  const [alice, bob] = people;
  if (!alice || !bob) throw new Error('nobody');
  for (const person of people)
    await until(`${person.name} is in the channel and logged in`, async () => {
      const { buffers } = await person.snapshot();
      const own = buffers.find(({ kind }) => kind === 'server');
      const room = buffers.find(({ name, joined }) => name === '#room' && joined);
      return own && room && (await person.lines(own.id)).some(({ text }) => /You are now (logged in|identified)/i.test(text));
    });
  const witness = await rawClient(lab.port, 'witness');
  witness.send('JOIN #room');
  await witness.until(/ 366 /);

  const { ours: a } = await goSecure(alice, bob, 'bob');
  expect((await alice.onlyContact()).shield).not.toBe('invite-pinned');
  expect((await bob.onlyContact()).shield).not.toBe('invite-pinned');

  // Bob logs out: the account is what the binding is to.
  await bob.input(await bufferNamed(bob, '#room'), '/msg NickServ LOGOUT');
  await bob.input(await bufferNamed(bob, '#room'), 'still here');
  const held = await until('it is held at alice', async () => (await alice.snapshot()).secure.find(({ kind }) => kind === 'held'));
  expect(held).toMatchObject({ buffer: a, nick: 'bob' });
  await expect(alice.input(a, 'for whom?')).rejects.toMatchObject({ code: 'held' });

  // He leaves, and somebody else takes the nick: what they say has a buffer of its own.
  await bob.stop();
  const thief = await rawClient(lab.port, 'bob');
  thief.send('PRIVMSG alice :it is me');
  await bufferNamed(alice, 'bob (IRC)');
  expect((await alice.said(a)).includes('they: it is me')).toBe(false);
  thief.close();
  witness.close();
});
