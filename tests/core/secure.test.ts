/** `/secure` between whole cores on a loopback overlay, with an IRC server that does what the test wants (design §6.4). */
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { BufferId } from '../../src/contract/ids.ts';
import type { SecureView } from '../../src/contract/views.ts';
import { createLoopbackOverlay } from '../../src/overlay/loopback/loopback.ts';
import type { LoopbackNetwork } from '../../src/overlay/loopback/network.ts';
import { startPerson, until, type Person } from '../support/cores.ts';
import { hostOf, startHostileServer, type HostileServer } from '../support/irc/hostile.ts';
import { network, theirs } from './pair.ts';

const config = (nick: string, port: number): string =>
  `[servers.lab]\nserver = "127.0.0.1"\nport = ${port}\nuse_tls = false\nnickname = "${nick}"\nchannels = ["#room"]\nanti_flood = 100\n[servers.lab.typing]\nshare = true\n`;

async function start(nick: string, irc: HostileServer, net: LoopbackNetwork, directory?: string): Promise<Person> {
  const person = await startPerson({
    name: nick,
    overlay: () => createLoopbackOverlay(net),
    ...(directory === undefined ? { config: config(nick, irc.port) } : { directory }),
  });
  await until(`${nick} is in the channel`, async () =>
    (await person.snapshot()).buffers.find(({ name, joined }) => name === '#room' && joined),
  );
  return person;
}

const server = async (person: Person): Promise<BufferId> => {
  const found = (await person.snapshot()).buffers.find(({ kind }) => kind === 'server');
  if (!found) throw new Error('no server buffer');
  return found.id;
};
const say = async (person: Person, text: string): Promise<BufferId> => {
  const { focus } = await person.client.call('buffer.input', { buffer: await server(person), text });
  if (focus === null) throw new Error('nothing opened');
  return focus;
};
const secureOf = async <K extends SecureView['kind']>(person: Person, kind: K): Promise<Extract<SecureView, { kind: K }> | undefined> =>
  (await person.snapshot()).secure.find((view): view is Extract<SecureView, { kind: K }> => view.kind === kind);
const offerTo = (person: Person): Promise<Extract<SecureView, { kind: 'offered' }>> =>
  until(`${person.name} sees the offer`, () => secureOf(person, 'offered'));
const plainLines = (irc: HostileServer, from: string): string[] =>
  irc.heard.filter((line) => line.from === from && !line.text.startsWith('\u0001SOTTO ')).map(({ text }) => text);
const offers = (irc: HostileServer): string[] => irc.heard.filter(({ text }) => text.startsWith('\u0001SOTTO ')).map(({ text }) => text);

interface Secured {
  irc: HostileServer;
  net: LoopbackNetwork;
  alice: Person;
  bob: Person;
  a: BufferId;
  b: BufferId;
}

/** Alice offers, Bob accepts; both talk in private. */
async function secured(capabilities = ''): Promise<Secured> {
  const [irc, net] = [await startHostileServer(capabilities), network()];
  const [alice, bob] = [await start('alice', irc, net), await start('bob', irc, net)];
  const a = await say(alice, '/query bob');
  await alice.input(a, 'in the open');
  await until('bob has it', async () => (await bob.snapshot()).buffers.find(({ kind }) => kind === 'query'));
  await alice.input(a, '/secure');
  const { buffer } = await offerTo(bob);
  const { buffer: b } = await bob.client.call('secure.answer', { buffer, accept: true });
  await until('alice is bound', () => secureOf(alice, 'bound'));
  for (const person of [alice, bob])
    await until(`${person.name} is certain`, async () => (await person.onlyContact()).shield === 'not-verified');
  return { irc, net, alice, bob, a, b };
}

test('an accepted offer turns the query into the private conversation on both sides, not verified, with its lines kept', async () => {
  const { irc, alice, bob, a, b } = await secured();
  const [ofAlice, ofBob] = [
    (await alice.snapshot()).buffers.find(({ id }) => id === a),
    (await bob.snapshot()).buffers.find(({ id }) => id === b),
  ];
  expect([ofAlice?.kind, ofBob?.kind]).toEqual(['private', 'private']);
  await alice.input(a, 'sealed');
  await until('bob reads it', async () => (await theirs(bob, b)).includes('sealed'));
  await bob.input(b, 'so is this');
  await until('alice reads it', async () => (await theirs(alice, a)).includes('so is this'));
  expect(await bob.said(b)).toEqual(['they: in the open', 'they: sealed', 'me: so is this']);
  expect(plainLines(irc, 'alice')).toEqual(['in the open']);
  expect(plainLines(irc, 'bob')).toEqual([]);
  expect((await secureOf(alice, 'offering')) ?? (await secureOf(bob, 'offered'))).toBeUndefined();
  const [nameOfBob, nameOfAlice] = [(await alice.onlyContact()).fingerprint, (await bob.onlyContact()).fingerprint];
  expect([nameOfAlice, nameOfBob]).toEqual([(await alice.snapshot()).fingerprint, (await bob.snapshot()).fingerprint]);
});

test('from then on nothing said to the nick reaches IRC, in whatever way it is said', async () => {
  const { irc, alice, bob, a, b } = await secured();
  expect(await say(alice, '/msg bob one')).toBe(a);
  expect(await say(alice, '/query BOB two')).toBe(a);
  await alice.input(a, '/me waves');
  await until('bob has three', async () => (await theirs(bob, b)).length >= 4);
  const room = await alice.buffer('#room');
  for (const text of ['/notice bob psst', '/notice bob@lab psst', '/notice bob!x@y psst'])
    await expect(alice.input(room.id, text)).rejects.toMatchObject({ code: 'held' });
  // What he says over IRC has a buffer of its own, in which nothing can be typed before the user has said so twice.
  irc.say('alice', `:${hostOf('bob')} PRIVMSG alice :over IRC`);
  const plain = await until('a marked buffer', async () => (await alice.snapshot()).buffers.find(({ name }) => name === 'bob (IRC)'));
  expect(plain.kind).toBe('query');
  await expect(alice.input(plain.id, 'leak')).rejects.toMatchObject({ code: 'held' });
  await expect(alice.input(a, '/insecure')).rejects.toThrow('/insecure yes');
  expect(plainLines(irc, 'alice')).toEqual(['in the open']);
  const { focus } = await alice.client.call('buffer.input', { buffer: a, text: '/insecure yes' });
  expect(focus).toBe(plain.id);
  await alice.input(plain.id, 'on purpose');
  await until('it is on IRC', () => plainLines(irc, 'alice').includes('on purpose'));
  expect(await say(alice, '/msg bob still private')).toBe(a);
  await until('bob has it', async () => (await theirs(bob, b)).includes('still private'));
  expect(plainLines(irc, 'alice')).toEqual(['in the open', 'on purpose']);
});

test('typing and read markers of a nick that is private never reach IRC, also where its plain buffer is open', async () => {
  const { irc, alice } = await secured('message-tags draft/read-marker');
  const told = (target: string): string[] => [
    ...irc.commands.filter((line) => line.startsWith(`alice MARKREAD ${target} `)),
    ...irc.heard.flatMap(({ from, to, command }) => (from === 'alice' && command === 'TAGMSG' && to === target ? [command] : [])),
  ];
  irc.say('alice', `@time=2026-01-01T10:00:00.000Z :${hostOf('bob')} PRIVMSG alice :over IRC`);
  const plain = await until('a marked buffer', async () => (await alice.snapshot()).buffers.find(({ name }) => name === 'bob (IRC)'));
  const [line] = await until('the line', async () => {
    const lines = await alice.lines(plain.id);
    return lines.length > 0 ? lines : null;
  });
  if (!line) throw new Error('no line');
  await alice.client.call('buffer.typing', { buffer: plain.id, state: 'active' });
  await alice.client.call('buffer.read', { buffer: plain.id, upTo: line.id });
  // Said after it, in the channel, and there it is told.
  const room = await alice.buffer('#room');
  irc.say('alice', `@time=2026-01-01T10:00:01.000Z :${hostOf('bob')} PRIVMSG #room :to all`);
  const common = await until('the common line', async () => (await alice.lines(room.id)).find(({ text }) => text === 'to all'));
  await alice.client.call('buffer.read', { buffer: room.id, upTo: common.id });
  await alice.client.call('buffer.typing', { buffer: room.id, state: 'active' });
  await until('both are told of the channel', () => told('#room').length === 2);
  expect(told('bob')).toEqual([]);
});

test('the binding ends when the user quits; what is typed is held until the user says whom it is for', async () => {
  const { irc, alice, bob, a, b } = await secured();
  irc.say('alice', `:${hostOf('bob')} QUIT :gone`);
  const held = await until('it is held', () => secureOf(alice, 'held'));
  expect(held).toMatchObject({ buffer: a, nick: 'bob', reason: 'bob has left IRC.' });
  await expect(alice.input(a, 'for whom?')).rejects.toMatchObject({ code: 'held' });
  await expect(say(alice, '/msg bob for whom?')).rejects.toMatchObject({ code: 'held' });
  const chosen = await alice.client.call('secure.choose', { buffer: a, to: 'private', text: 'for you' });
  expect(chosen.focus).toBe(a);
  await until('bob has it', async () => (await theirs(bob, b)).includes('for you'));
  await alice.input(a, 'and more');
  await until('bob has more', async () => (await theirs(bob, b)).includes('and more'));
  expect(plainLines(irc, 'alice')).toEqual(['in the open']);
});

test('the binding ends when MONITOR says that the nick is offline, without a common channel', async () => {
  const { irc, alice, a } = await secured();
  const asked = (): boolean => irc.commands.some((line) => line === 'alice MONITOR + :bob');
  irc.say('alice', ':hostile 005 alice MONITOR=10 :are supported');
  await until('bob is watched', asked);
  irc.say('alice', ':hostile 730 alice :bob!~bob@bob.host');
  await until('it is read', async () => (await secureOf(alice, 'bound')) !== undefined);
  irc.say('alice', ':hostile 731 alice :bob');
  const held = await until('it is held', () => secureOf(alice, 'held'));
  expect(held).toMatchObject({ buffer: a, nick: 'bob', reason: 'bob has left IRC.' });
  await expect(alice.input(a, 'for whom?')).rejects.toMatchObject({ code: 'held' });
  expect(plainLines(irc, 'alice')).toEqual(['in the open']);
});

test('a third person who takes the nick gets nothing that was meant for the contact, unless the user says so', async () => {
  const { irc, alice, bob, a, b } = await secured();
  irc.say('alice', `:${hostOf('bob')} NICK :robert`);
  irc.say('alice', `:mallory!~m@mallory.host NICK :bob`);
  await until('robert is bound', async () =>
    (await alice.snapshot()).secure.find((view) => view.kind === 'bound' && view.nick === 'robert'),
  );
  await expect(say(alice, '/msg bob secret')).rejects.toMatchObject({ code: 'held' });
  expect(await say(alice, '/msg robert secret')).toBe(a);
  await until('the contact has it', async () => (await theirs(bob, b)).includes('secret'));
  irc.say('alice', `:bob!~m@mallory.host PRIVMSG alice :it is me, bob`);
  const plain = await until('a marked buffer', async () => (await alice.snapshot()).buffers.find(({ name }) => name === 'bob (IRC)'));
  await expect(alice.input(plain.id, 'leak')).rejects.toMatchObject({ code: 'held' });
  expect(plainLines(irc, 'alice')).toEqual(['in the open']);
  const { focus } = await alice.client.call('secure.choose', { buffer: plain.id, to: 'plain', text: 'who are you?' });
  expect(focus).toBe(plain.id);
  await until('it is on IRC', () => plainLines(irc, 'alice').includes('who are you?'));
  expect((await alice.snapshot()).buffers.find(({ id }) => id === plain.id)?.name).toBe('bob');
  // The conversation stays with the contact.
  await alice.input(a, 'you I know');
  await until('the contact has it', async () => (await theirs(bob, b)).includes('you I know'));
  expect(plainLines(irc, 'alice')).toEqual(['in the open', 'who are you?']);
});

test('somebody who speaks under the nick from another host ends the binding', async () => {
  const { irc, alice, a } = await secured();
  irc.say('alice', `:${hostOf('bob')} PRIVMSG #room :still me`);
  irc.say('alice', `:bob!~m@mallory.host PRIVMSG alice :me too`);
  await until('it is held', () => secureOf(alice, 'held'));
  await expect(alice.input(a, 'for whom?')).rejects.toThrow(/Somebody else uses the nick bob now/);
});

test('a swapped offer leads to whoever swapped it: both sides say not verified, and the numbers differ', async () => {
  const [irc, net] = [await startHostileServer(), network()];
  const [alice, bob, mallory] = [await start('alice', irc, net), await start('bob', irc, net), await start('mallory', irc, net)];
  // The server takes an offer that Mallory makes, and puts it in the place of Alice's.
  let stolen: string[] = [];
  irc.relay = (line) => {
    if (!line.text.startsWith('\u0001SOTTO ')) return [line];
    if (line.from === 'mallory') {
      stolen = [...stolen, line.text];
      return [];
    }
    const [first, ...rest] = stolen;
    stolen = rest;
    return first === undefined ? [] : [{ ...line, text: first }];
  };
  await mallory.input(await say(mallory, '/query bob'), '/secure');
  await until('the offer is stolen', () => stolen.length > 0);
  const a = await say(alice, '/query bob');
  await alice.input(a, '/secure');
  const offer = await offerTo(bob);
  expect(offer.nick).toBe('alice');
  const { buffer: b } = await bob.client.call('secure.answer', { buffer: offer.buffer, accept: true });
  await until('bob is connected', async () => (await bob.onlyContact()).shield === 'not-verified');
  expect((await bob.onlyContact()).fingerprint).toBe((await mallory.snapshot()).fingerprint);
  expect((await mallory.onlyContact()).shield).not.toBe('invite-pinned');
  const { contacts, secure } = await alice.snapshot();
  expect(contacts).toEqual([]);
  expect(secure.map(({ kind }) => kind)).toEqual(['offering']);
  // Alice still talks over IRC, and is told so.
  expect((await alice.snapshot()).buffers.find(({ id }) => id === a)?.kind).toBe('query');
  expect((await bob.snapshot()).buffers.find(({ id }) => id === b)?.kind).toBe('private');
});

test('a replayed offer is shown once, and an invite that was used lets nobody else in', async () => {
  const [irc, net] = [await startHostileServer(), network()];
  const [alice, bob, carol] = [await start('alice', irc, net), await start('bob', irc, net), await start('carol', irc, net)];
  await alice.input(await say(alice, '/query bob'), '/secure');
  const offer = await offerTo(bob);
  const lines = offers(irc);
  await bob.client.call('secure.answer', { buffer: offer.buffer, accept: false });
  for (const text of lines) irc.say('bob', `:${hostOf('alice')} PRIVMSG bob :${text}`);
  for (const text of lines) irc.say('bob', `:${hostOf('carol')} PRIVMSG bob :${text}`);
  // A line that comes after them is there: they were taken before it.
  irc.say('bob', `:${hostOf('carol')} PRIVMSG bob :after`);
  await until('the line after', async () => (await bob.snapshot()).buffers.find(({ name }) => name === 'carol'));
  expect(await secureOf(bob, 'offered')).toBeUndefined();

  for (const text of lines) irc.say('carol', `:${hostOf('alice')} PRIVMSG carol :${text}`);
  const replayed = await offerTo(carol);
  await carol.client.call('secure.answer', { buffer: replayed.buffer, accept: true });
  await until('carol came in', async () => (await carol.onlyContact()).shield === 'not-verified');
  const dave = await start('dave', irc, net);
  for (const text of lines) irc.say('dave', `:${hostOf('alice')} PRIVMSG dave :${text}`);
  const again = await offerTo(dave);
  await dave.client.call('secure.answer', { buffer: again.buffer, accept: true });
  await until('dave waits', async () => /cannot be read|waiting|Looking|again/.test((await dave.onlyContact()).status));
  expect((await alice.snapshot()).contacts).toHaveLength(1);
  expect((await alice.snapshot()).requests).toEqual([]);
});

test('an offer that is withheld, withdrawn or lost with the connection changes nothing, and its invite opens nothing', async () => {
  const [irc, net] = [await startHostileServer(), network()];
  const [alice, bob] = [await start('alice', irc, net), await start('bob', irc, net)];
  irc.relay = (line) => (line.text.startsWith('\u0001SOTTO ') ? [] : [line]);
  const a = await say(alice, '/query bob');
  await alice.input(a, '/secure');
  await until('it was sent', () => offers(irc).length > 0);
  await expect(alice.input(a, '/secure')).rejects.toMatchObject({ code: 'limit' });
  await alice.input(a, 'still in the open');
  await until('it went over IRC', () => plainLines(irc, 'alice').includes('still in the open'));
  const lines = offers(irc);
  await alice.client.call('secure.withdraw', { buffer: a });
  expect(await secureOf(alice, 'offering')).toBeUndefined();
  for (const text of lines) irc.say('bob', `:${hostOf('alice')} PRIVMSG bob :${text}`);
  const offer = await offerTo(bob);
  const { buffer: b } = await bob.client.call('secure.answer', { buffer: offer.buffer, accept: true });
  await bob.input(b, 'are you there?');
  await until('bob waits', async () => /cannot be read|again/.test((await bob.onlyContact()).status));
  expect((await alice.snapshot()).contacts).toEqual([]);
  // Bob's way back to plain IRC: the nick is said to be held once the offer is over; here he chooses at once.
  expect(plainLines(irc, 'bob')).toEqual([]);
});

test('offers in history, in echoes, to a channel, from ourselves and from long ago are ignored', async () => {
  const [irc, net] = [await startHostileServer('batch echo-message message-tags server-time'), network()];
  const [alice, bob] = [await start('alice', irc, net), await start('bob', irc, net)];
  irc.relay = () => [];
  await alice.input(await say(alice, '/query bob'), '/secure');
  await until('it was sent', () => offers(irc).length > 0);
  const lines = offers(irc);
  irc.say('bob', ':hostile BATCH +h chathistory alice');
  for (const text of lines) irc.say('bob', `@batch=h :${hostOf('alice')} PRIVMSG bob :${text}`);
  irc.say('bob', ':hostile BATCH -h');
  for (const text of lines) {
    irc.say('bob', `@batch=unknown :${hostOf('alice')} PRIVMSG bob :${text}`);
    irc.say('bob', `@time=2020-01-01T00:00:00.000Z :${hostOf('alice')} PRIVMSG bob :${text}`);
    irc.say('bob', `:${hostOf('bob')} PRIVMSG alice :${text}`);
    irc.say('bob', `:${hostOf('bob')} PRIVMSG bob :${text}`);
    irc.say('bob', `:${hostOf('alice')} PRIVMSG #room :${text}`);
    irc.say('bob', `:${hostOf('alice')} NOTICE bob :${text}`);
    irc.say('bob', `:hostile PRIVMSG bob :${text}`);
  }
  irc.say('bob', `:${hostOf('alice')} PRIVMSG bob :after`);
  await until('the line after', async () => (await bob.snapshot()).buffers.find(({ name }) => name === 'alice'));
  expect(await secureOf(bob, 'offered')).toBeUndefined();
  // The same lines, said now and to him, are an offer.
  for (const text of lines) irc.say('bob', `:${hostOf('alice')} PRIVMSG bob :${text}`);
  await offerTo(bob);
});

test('a flood of offers is bounded, and opens no more conversations than are shown', async () => {
  const [irc, net] = [await startHostileServer(), network()];
  const [alice, bob] = [await start('alice', irc, net), await start('bob', irc, net)];
  const texts: string[] = [];
  for (let index = 0; index < 8; index += 1) {
    irc.relay = () => [];
    await alice.input(await say(alice, `/query n${index}`), '/secure');
  }
  await until('all were sent', () => offers(irc).length >= 8);
  texts.push(...offers(irc));
  await expect(alice.input(await say(alice, '/query n9'), '/secure')).rejects.toMatchObject({ code: 'limit' });
  for (const text of texts) irc.say('bob', `:${hostOf('alice')} PRIVMSG bob :${text}`);
  for (let index = 0; index < 200; index += 1)
    irc.say('bob', `:${hostOf(`x${index}`)} PRIVMSG bob :\u0001SOTTO 1 abcdefgh 1/24 ${'x'.repeat(280)}\u0001`);
  irc.say('bob', `:${hostOf('carol')} PRIVMSG bob :after`);
  await until('the line after', async () => (await bob.snapshot()).buffers.find(({ name }) => name === 'carol'));
  const { secure, buffers } = await bob.snapshot();
  expect(secure.filter(({ kind }) => kind === 'offered')).toHaveLength(1);
  expect(
    buffers
      .filter(({ kind }) => kind === 'query')
      .map(({ name }) => name)
      .sort(),
  ).toEqual(['alice', 'carol']);
});

test('our own reconnect ends what no account proves; an account outlasts it, and a restart', async () => {
  const { irc, net, alice, a } = await secured();
  irc.cut('alice');
  const held = await until('it is held', () => secureOf(alice, 'held'));
  expect(held.reason).toMatch(/not connected/);
  await alice.stop();
  const again = await start('alice', irc, net, alice.directory);
  expect(await secureOf(again, 'held')).toMatchObject({ buffer: a, nick: 'bob' });
  await expect(again.input(a, 'for whom?')).rejects.toMatchObject({ code: 'held' });
  await again.stop();

  const withAccounts = await startHostileServer('account-tag message-tags');
  const tagged = (nick: string, text: string): string => `@account=acc-${nick} :${hostOf(nick)} PRIVMSG alice :${text}`;
  const other = network();
  const [ann, bob] = [await start('alice', withAccounts, other), await start('bob', withAccounts, other)];
  withAccounts.relay = (line) => {
    withAccounts.say(line.to, `@account=acc-${line.from} :${hostOf(line.from)} ${line.command} ${line.to} :${line.text}`);
    return [];
  };
  await bob.input(await say(bob, '/query alice'), '/secure');
  const offer = await offerTo(ann);
  const { buffer } = await ann.client.call('secure.answer', { buffer: offer.buffer, accept: true });
  await until(
    'ann is bound and certain',
    async () => (await secureOf(ann, 'bound')) && (await ann.onlyContact()).shield === 'not-verified',
  );
  await ann.stop();
  const later = await start('alice', withAccounts, other, ann.directory);
  expect(await secureOf(later, 'bound')).toMatchObject({ buffer, nick: 'bob' });
  withAccounts.say('alice', tagged('bob', 'from elsewhere'));
  await until('it came', async () => (await later.snapshot()).buffers.find(({ name }) => name === 'bob (IRC)'));
  expect(await secureOf(later, 'bound')).toBeDefined();
  withAccounts.say('alice', `:${hostOf('bob')} PRIVMSG alice :without the account`);
  await until('it is held', () => secureOf(later, 'held'));
});

test('the invite is in no file, no log and no line, on either side', async () => {
  const { irc, alice, bob, a, b } = await secured();
  await alice.input(a, 'done');
  await until('bob reads it', async () => (await theirs(bob, b)).includes('done'));
  const pieces = offers(irc).map((text) => text.split(' ').at(-1)?.replace('\u0001', '') ?? '');
  expect(pieces.join('').length).toBeGreaterThan(100);
  for (const person of [alice, bob]) {
    const kept = [...person.log, ...person.events.map((event) => JSON.stringify(event)), JSON.stringify(await person.snapshot())];
    for (const buffer of [a, b]) kept.push(JSON.stringify(await person.lines(buffer).catch(() => [])));
    await person.stop();
    for (const name of await readdir(person.directory, { recursive: true }))
      kept.push(await readFile(join(person.directory, name), 'latin1').catch(() => ''));
    for (const piece of pieces) expect(kept.some((text) => text.includes(piece.slice(0, 60)))).toBe(false);
  }
});

test('two who know each other already go on in the conversation they have, and both know which nick that is', async () => {
  const { irc, alice, bob, a, b } = await secured();
  irc.say('alice', `:${hostOf('bob')} QUIT :gone`);
  irc.say('bob', `:${hostOf('alice')} QUIT :gone`);
  await until('held on both sides', async () => (await secureOf(alice, 'held')) && (await secureOf(bob, 'held')));
  irc.say('alice', `:${hostOf('bob')} PRIVMSG alice :back again`);
  const plain = await until('a marked buffer', async () => (await alice.snapshot()).buffers.find(({ name }) => name === 'bob (IRC)'));
  await alice.input(plain.id, '/secure');
  const offer = await offerTo(bob);
  expect(offer.known).toBe('alice');
  const { buffer } = await bob.client.call('secure.answer', { buffer: offer.buffer, accept: true });
  expect(buffer).toBe(b);
  await until('bound on both sides', async () => (await secureOf(alice, 'bound')) && (await secureOf(bob, 'bound')));
  expect(await say(alice, '/msg bob as before')).toBe(a);
  await until('bob has it', async () => (await theirs(bob, b)).includes('as before'));
  expect([(await alice.snapshot()).contacts.length, (await bob.snapshot()).contacts.length]).toEqual([1, 1]);
});

test('both offer at the same time, and both accept: there is one conversation, and both can write', async () => {
  const [irc, net] = [await startHostileServer(), network()];
  const [alice, bob] = [await start('alice', irc, net), await start('bob', irc, net)];
  const [ofAlice, ofBob] = [await say(alice, '/query bob'), await say(bob, '/query alice')];
  await Promise.all([alice.input(ofAlice, '/secure'), bob.input(ofBob, '/secure')]);
  const [toAlice, toBob] = await Promise.all([offerTo(alice), offerTo(bob)]);
  const [a, b] = await Promise.all(
    [
      { person: alice, offer: toAlice },
      { person: bob, offer: toBob },
    ].map(async ({ person, offer }) => (await person.client.call('secure.answer', { buffer: offer.buffer, accept: true })).buffer),
  );
  if (a === undefined || b === undefined) throw new Error('no conversation');
  for (const person of [alice, bob]) {
    await until(`${person.name} is bound`, () => secureOf(person, 'bound'));
    await until(`${person.name} is certain`, async () => (await person.onlyContact()).shield === 'not-verified');
  }
  await Promise.all([alice.input(a, 'from alice'), bob.input(b, 'from bob')]);
  await until('bob reads it', async () => (await theirs(bob, b)).includes('from alice'));
  await until('alice reads it', async () => (await theirs(alice, a)).includes('from bob'));
  expect([await theirs(alice, a), await theirs(bob, b)]).toEqual([['from bob'], ['from alice']]);
  expect([...plainLines(irc, 'alice'), ...plainLines(irc, 'bob')]).toEqual([]);
});

test('an offer that the server kept back gives the nick to nobody else, once its owner has answered', async () => {
  const [irc, net] = [await startHostileServer(), network()];
  const [alice, bob, mallory] = [await start('alice', irc, net), await start('bob', irc, net), await start('mallory', irc, net)];
  irc.relay = (line) => (line.from === 'alice' && line.text.startsWith('\u0001SOTTO ') ? [] : [line]);
  await alice.input(await say(alice, '/query bob'), '/secure');
  const kept = await until('the server has the offer', () => (offers(irc).length > 0 ? offers(irc) : null));
  await bob.input(await say(bob, '/query alice'), '/secure');
  const { buffer } = await offerTo(alice);
  const { buffer: a } = await alice.client.call('secure.answer', { buffer, accept: true });
  await until('bob is bound', () => secureOf(bob, 'bound'));
  await until('alice is certain', async () => (await alice.onlyContact()).shield === 'not-verified');
  const { fingerprint: ofBob } = await alice.onlyContact();

  for (const text of kept) irc.say('mallory', `:${hostOf('alice')} PRIVMSG mallory :${text}`);
  const { buffer: query } = await offerTo(mallory);
  await mallory.client.call('secure.answer', { buffer: query, accept: true });
  const contacts = await until('mallory has come in', async () => {
    const all = (await alice.snapshot()).contacts;
    return all.length === 2 ? all : null;
  });
  expect((await secureOf(alice, 'bound'))?.buffer).toBe(a);
  expect(contacts.find((contact) => contact.buffer === a)?.fingerprint).toBe(ofBob);
  expect(await say(alice, '/msg bob for bob alone')).toBe(a);
  await until('bob reads it', async () => (await theirs(bob, await conversation(bob))).includes('for bob alone'));
  expect(await theirs(mallory, query)).toEqual([]);
});

const conversation = async (person: Person): Promise<BufferId> => {
  const found = (await person.snapshot()).buffers.find(({ kind }) => kind === 'private');
  if (!found) throw new Error('no conversation');
  return found.id;
};
