/** What a whole core makes of lists, renamed channels, watched nicks and bouncers, against a scripted server. */
import { expect, it } from 'vitest';
import * as v from 'valibot';
import { ServerName } from '../../src/contract/ids.ts';
import { createLoopbackOverlay } from '../../src/overlay/loopback/loopback.ts';
import { startPerson, until, type Person } from '../support/cores.ts';
import { startScripted, type Scripted } from '../support/irc/scripted.ts';
import { network } from './pair.ts';

const lab = v.parse(ServerName, 'lab');

async function start(irc: Scripted, greeting: { caps?: string; isupport?: string }, more = ''): Promise<Person> {
  const person = await startPerson({
    name: 'me',
    overlay: () => createLoopbackOverlay(network()),
    config: `[servers.lab]\nserver = "127.0.0.1"\nport = ${irc.port}\nuse_tls = false\nnickname = "me"\nanti_flood = 100\nwho_poll_enabled = false\n${more}`,
  });
  await irc.greet(greeting);
  await until('it is online', async () => (await person.snapshot()).servers.find(({ state }) => state.phase === 'online'));
  return person;
}
const join = async (person: Person, irc: Scripted, channel: string): Promise<void> => {
  irc.say(`:me!u@h JOIN ${channel}`, `:irc.test 353 me = ${channel} :me ann`, `:irc.test 366 me ${channel} :End`);
  await until(`${channel} is joined`, async () => (await person.snapshot()).buffers.find(({ name, joined }) => name === channel && joined));
};

it('a renamed channel stays the same buffer with its lines', async () => {
  const irc = await startScripted();
  const person = await start(irc, { caps: 'draft/channel-rename' });
  await join(person, irc, '#coding');
  const before = await person.buffer('#coding');
  irc.say(':ann!u@h PRIVMSG #coding :before', ':ann!u@h RENAME #coding #Programming :broader', ':ann!u@h PRIVMSG #programming :after');
  await until('it has both lines', async () => (await person.said(before.id)).length === 2);
  const after = await person.buffer('#Programming');
  expect(after).toMatchObject({ id: before.id, joined: true });
  expect(await person.said(after.id)).toEqual(['they: before', 'they: after']);
  expect((await person.lines(after.id)).map(({ text }) => text)).toContain('ann renamed #coding to #Programming: broader');
  expect((await person.client.call('buffer.members', { buffer: after.id })).members.map(({ nick }) => nick)).toEqual(['me', 'ann']);
});

it('a channel that is renamed to one with lines of its own goes on there', async () => {
  const irc = await startScripted();
  const person = await start(irc, { caps: 'draft/channel-rename' });
  await join(person, irc, '#old');
  irc.say(':me!u@h PART #old');
  await join(person, irc, '#new');
  irc.say(':ann!u@h RENAME #new #old :', ':ann!u@h PRIVMSG #old :here now');
  const old = await until('#old goes on', async () =>
    (await person.snapshot()).buffers.find(({ name, joined }) => name === '#old' && joined),
  );
  await until('the text is there', async () => (await person.said(old.id)).includes('they: here now'));
  expect(await person.buffer('#new')).toMatchObject({ joined: false });
});

it('a page gets the channels of a server and the bans of a channel', async () => {
  const irc = await startScripted();
  const person = await start(irc, { isupport: 'ELIST=MU SAFELIST' });
  await join(person, irc, '#room');
  const channels = person.client.call('server.channels', { server: lab, pattern: 'linux' });
  await irc.play(
    'C: LIST *linux*\nS: :irc.test 322 me #linux 5 :Tux\nS: :irc.test 322 me #linux-de 9 :Auf Deutsch\nS: :irc.test 323 me :End',
  );
  expect(await channels).toEqual({
    channels: [
      { name: '#linux-de', users: 9, topic: 'Auf Deutsch' },
      { name: '#linux', users: 5, topic: 'Tux' },
    ],
    total: 2,
  });
  const { id } = await person.buffer('#room');
  const bans = person.client.call('buffer.masks', { buffer: id, mode: 'b' });
  await irc.play('C: MODE #room +b\nS: :irc.test 367 me #room *!*@spam ann 1700000000\nS: :irc.test 368 me #room :End');
  expect(await bans).toEqual({ masks: [{ mask: '*!*@spam', by: 'ann', time: 1_700_000_000_000 }] });
  const refused = person.client.call('buffer.masks', { buffer: id, mode: 'b' });
  const outcome = expect(refused).rejects.toMatchObject({ code: 'unavailable', message: 'Only operators of #room may do that.' });
  await irc.play("C: MODE #room +b\nS: :irc.test 482 me #room :You're not a channel operator");
  await outcome;
  await expect(person.client.call('buffer.masks', { buffer: id, mode: '+' })).rejects.toMatchObject({ code: 'badInput' });
});

it('people of open conversations are watched, and seen to come and go', async () => {
  const irc = await startScripted();
  const person = await start(irc, { isupport: 'MONITOR=100' }, 'monitor = ["boss"]\n');
  await irc.play('C: MONITOR + boss');
  const { buffer } = await person.client.call('buffer.query', { server: lab, nick: 'ann' });
  await irc.play('C: MONITOR + ann\nS: :irc.test 730 me :ann!u@h\nS: :irc.test 731 me :ann,boss\nS: :irc.test 730 me :ann!u@h,boss!u@h');
  await until('both are told', async () => (await person.lines(buffer)).length === 2);
  expect((await person.lines(buffer)).map(({ text }) => text)).toEqual(['ann is offline.', 'ann is online.']);
  const server = await person.buffer('lab');
  expect((await person.lines(server.id)).map(({ text }) => text)).toContain('boss is online.');
  await person.client.call('buffer.close', { buffer });
  await irc.play('C: MONITOR - ann');
});

it('people who leave in thousands cost the pages one line a channel, and no word about private conversations', async () => {
  const irc = await startScripted();
  const person = await start(irc, {});
  const nicks = Array.from({ length: 300 }, (_unused, index) => `n${index}`);
  irc.say(':me!u@h JOIN #big', `:irc.test 353 me = #big :me ${nicks.join(' ')}`, ':irc.test 366 me #big :End');
  await until('all are there', async () => {
    const buffer = (await person.snapshot()).buffers.find(({ name }) => name === '#big');
    return buffer && (await person.client.call('buffer.members', { buffer: buffer.id })).members.length === 301;
  });
  const { id } = await person.buffer('#big');
  await person.client.call('buffers.show', { buffers: [id] });
  person.events.length = 0;
  irc.say(
    ...nicks.map((nick) => `:${nick}!u@h QUIT :a.example.net b.example.net`),
    ':me!u@h PRIVMSG #big :gone',
    ':x!u@h PRIVMSG #big :end',
  );
  await until('it is over', async () => (await person.said(id)).includes('they: end'));
  expect((await person.client.call('buffer.members', { buffer: id })).members.map(({ nick }) => nick)).toEqual(['me']);
  expect((await person.lines(id)).filter(({ text }) => text.startsWith('300 people left in a netsplit'))).toHaveLength(1);
  const removed = person.events.flatMap((event) => (event.name === 'members' ? event.payload.remove : []));
  expect(new Set(removed).size).toBe(300);
  expect(person.events.filter(({ name }) => name === 'secure')).toEqual([]);
});

it('an invitation of somebody else is a line of the channel; one of ours asks for attention', async () => {
  const irc = await startScripted();
  const person = await start(irc, { caps: 'invite-notify' });
  await join(person, irc, '#room');
  const [room, server] = [await person.buffer('#room'), await person.buffer('lab')];
  irc.say(':ann!u@h INVITE bob #room', ':ann!u@h INVITE me #secret');
  const own = await until('ours is told', async () => (await person.lines(server.id)).find(({ text }) => text.includes('#secret')));
  expect([own.text, own.highlight]).toEqual(['ann invites me to #secret. /join #secret accepts.', true]);
  expect((await person.lines(room.id)).find(({ text }) => text === 'ann invited bob.')?.highlight).toBe(false);
});

it('a page sees what a server can do, and nothing of it once the connection is gone', async () => {
  const irc = await startScripted();
  const person = await start(irc, { caps: 'message-tags draft/channel-rename', isupport: 'draft/ICON=https://net.example/i.png' });
  const features = () => person.snapshot().then(({ servers }) => servers[0]?.features);
  await until('it is told', async () => (await features())?.rename);
  expect(await features()).toMatchObject({ typing: true, icon: 'https://net.example/i.png' });
  irc.cut();
  await until('it is gone', async () => (await features())?.rename === false);
});
