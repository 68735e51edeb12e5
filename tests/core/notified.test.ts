/** Notifications of whole cores: what is told, and when it is taken back. */
import { expect, it, onTestFinished } from 'vitest';
import type { NotificationView } from '../../src/contract/desktop.ts';
import { connectClient } from '../../src/contract/rpc/client.ts';
import { startIrcServer } from '../../src/host/demo/ircServer.ts';
import { portPair } from '../../src/host/portPair.ts';
import { createLoopbackOverlay } from '../../src/overlay/loopback/loopback.ts';
import { createLoopbackNetwork } from '../../src/overlay/loopback/network.ts';
import { startPerson, until, type Person } from '../support/cores.ts';

const told = ({ events }: Person): NotificationView[] => events.flatMap((event) => (event.name === 'notification' ? [event.payload] : []));
const closed = ({ events }: Person): number[] => events.flatMap((event) => (event.name === 'notificationsClosed' ? event.payload.ids : []));

it('a request is told without its text; a message until it is read somewhere, and not at all where it is looked at', async () => {
  const network = createLoopbackNetwork();
  const start = (name: string): Promise<Person> =>
    startPerson({
      name,
      config: `[notifications.direct_message]\ndelay = 0\n[servers.lab]\nnickname = "${name}"\nserver = "127.0.0.1"\nport = 1\nautoconnect = false\n`,
      overlay: () => createLoopbackOverlay(network),
    });
  const [alice, bob] = await Promise.all([start('alice'), start('bob')]);
  const { text } = await alice.client.call('route.get', {});
  const { buffer: outgoing } = await bob.client.call('contact.connect', { text });
  await bob.input(outgoing, 'a secret for alice');
  const request = await until('the request is told', () => told(alice)[0]);
  expect(request).toMatchObject({ kind: 'request', title: 'Contact request', buffer: null, canReply: false });
  expect(request.body).toMatch(/^bob \(.+\) wants to talk with you\.$/);
  await until('the text is here', async () => (await alice.snapshot()).requests[0]?.texts === 1);
  await until('the sum', async () => (await alice.snapshot()).attention.unread > 0);
  expect(told(alice)).toHaveLength(1);

  const { buffer } = await alice.client.call('contact.accept', { contact: request.contact ?? (await alice.onlyContact()).id });
  await until('the request is taken back', () => closed(alice).includes(request.id));
  await bob.input(outgoing, 'another secret');
  const message = await until('the message is told', () => told(alice)[1]);
  expect(message).toMatchObject({ kind: 'directMessage', title: 'bob', body: 'New private message', buffer, canReply: true });
  expect(JSON.stringify(told(alice))).not.toContain('secret');

  // A second page of alice reads it.
  const [near, far] = portPair();
  alice.core.attach(far);
  const page = connectClient(near);
  await page.ready;
  const last = (await alice.lines(buffer)).at(-1);
  if (!last) throw new Error('no line');
  await page.call('buffer.read', { buffer, upTo: last.id });
  await until('it is taken back', () => closed(alice).includes(message.id));
  await until('nothing is unread', async () => (await alice.snapshot()).attention.unread === 0);
  expect(alice.events.findLast(({ name }) => name === 'attention')?.payload).toEqual({ unread: 0, highlights: 0 });

  await page.call('buffers.show', { buffers: [buffer] });
  await page.call('app.focused', { focused: true });
  await bob.input(outgoing, 'looked at');
  await until('it is here', async () => (await alice.said(buffer)).some((line) => line.includes('looked at')));
  await page.call('app.focused', { focused: false });
  await bob.input(outgoing, 'not looked at');
  await until('the next is told', () => told(alice).length === 3);
});

it('nothing is told of ignored people, of what is old, or of own lines', async () => {
  const irc = await startIrcServer();
  onTestFinished(() => irc.stop());
  const network = createLoopbackNetwork();
  const wren = await startPerson({
    name: 'wren',
    config: `[notifications.direct_message]\nshow_content = true\ndelay = 0\n[notifications.connected]\nshow_toast = true\n[servers.lab]\nnickname = "wren"\nserver = "127.0.0.1"\nport = ${irc.port}\nuse_tls = false\n[servers.lab.filters]\nignore = ["troll"]\n`,
    overlay: () => createLoopbackOverlay(network),
  });
  await until('connected', () => told(wren).some(({ kind }) => kind === 'connected'));
  const visitor = irc.client('wren');
  const say = (line: string): void => visitor?.sendRaw(line);
  say(':troll!t@h PRIVMSG wren :pay attention to me');
  say('@time=2020-01-01T00:00:00.000Z :ann!u@h PRIVMSG wren :long ago');
  say(':wren!u@h PRIVMSG ann :my own, from elsewhere');
  say(':serv!u@h NOTICE wren :welcome back');
  say(':ann!u@h PRIVMSG wren :now');
  await until('told', () => told(wren).some(({ body }) => body === 'now'));
  expect(told(wren).map(({ kind, body }) => `${kind} ${body}`)).toEqual(['connected ', 'directMessage now']);
});
