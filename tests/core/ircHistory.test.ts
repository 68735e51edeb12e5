/** Histories, reactions, answers, redaction, read markers: whole cores with their real store, and a server that plays its part. */
import { expect, test } from 'vitest';
import { until } from '../support/cores.ts';
import { startScripted } from '../support/irc/scripted.ts';
import {
  answer,
  begin,
  CAPS,
  ISUPPORT,
  lineOf,
  noTargets,
  PERSON,
  room,
  said,
  shows,
  START,
  texts,
  time,
  unread,
  welcome,
} from './histories.ts';

test('what was missed is fetched after a reconnect, shown once and in order, and is unread', async () => {
  const irc = await startScripted();
  const person = await begin(irc);
  await welcome(irc);
  await noTargets(irc);
  expect(await answer(irc, /CHATHISTORY LATEST/, '#room', [said(1, 'one'), said(2, 'two')])).toBe('CHATHISTORY LATEST #room * 50');
  const buffer = await room(person);
  await person.client.call('buffers.show', { buffers: [buffer] });
  await shows(person, buffer, ['one', 'two']);
  // What was said before we ever were there is no news.
  expect(await unread(person, buffer)).toBe(0);
  irc.say(said(190, 'three'), said(191, 'four', null));
  await shows(person, buffer, ['one', 'two', 'three', 'four']);
  expect(await unread(person, buffer)).toBe(2);
  const last = await lineOf(person, buffer, 'four');
  await person.client.call('buffer.read', { buffer, upTo: last.id });

  person.events.length = 0;
  irc.cut();
  await welcome(irc);
  await noTargets(irc);
  const from = new Date(START + 191 * 60_000 - 5_000).toISOString();
  // The server repeats what is here: by its id, and, without one, by time, sender and text. One line was taken back meanwhile.
  const missed = [
    said(190, 'three'),
    said(191, 'four', null),
    said(192, 'five'),
    said(193, 'six', null),
    `@time=${time(194)} :${PERSON} REDACT #room m190 :wrong`,
  ];
  const request = await answer(irc, /CHATHISTORY LATEST/, '#room', missed);
  expect(request).toBe(`CHATHISTORY LATEST #room timestamp=${from} 50`);
  await shows(person, buffer, ['one', 'two', '', 'four', 'five', 'six']);
  expect(await unread(person, buffer)).toBe(2);
  const shown = person.events.flatMap((event) => (event.name === 'messages' ? event.payload.messages.map(({ text }) => text) : []));
  expect(shown.filter((text) => ['three', 'four', 'five', 'six'].includes(text))).toEqual(['five', 'six']);
});

test('missed private conversations are found, and what another client has read is read', async () => {
  const irc = await startScripted();
  const person = await begin(irc);
  await irc.greet({ caps: CAPS, isupport: ISUPPORT });
  const targets = await irc.hear(/CHATHISTORY TARGETS/);
  const label = /label=([^; ]+)/.exec(targets)?.[1] ?? '';
  irc.say(
    `@label=${label} :irc.test BATCH +t draft/chathistory-targets`,
    `@batch=t :irc.test CHATHISTORY TARGETS dora ${time(9)}`,
    ':irc.test BATCH -t',
  );
  const lines = [8, 9].map((minute) => said(minute, `private ${minute}`, `p${minute}`, 'me').replace(PERSON, 'dora!d@h.test'));
  await answer(irc, /CHATHISTORY LATEST dora/, 'dora', lines);
  const { id } = await until('the query', async () => (await person.snapshot()).buffers.find(({ name }) => name === 'dora'));
  await shows(person, id, ['private 8', 'private 9']);
  expect(await unread(person, id)).toBe(2);
  irc.say(`:irc.test MARKREAD dora timestamp=${time(8)}`);
  await until('one unread line', async () => (await unread(person, id)) === 1);
  // It only rises.
  irc.say(`:irc.test MARKREAD dora timestamp=${time(1)}`, `:irc.test MARKREAD dora timestamp=${time(9)}`);
  await until('no unread line', async () => (await unread(person, id)) === 0);
});

test('reading tells other clients the time of the last text, never of a line of Sotto or of a join', async () => {
  const irc = await startScripted();
  const person = await begin(irc, { keys: 'automated_chathistory = false' });
  await welcome(irc);
  const buffer = await room(person);
  irc.say(said(190, 'three'), `@time=${time(191)} :zoe!z@h JOIN #room`);
  await until('the join', async () => (await person.lines(buffer)).some(({ kind, from }) => kind === 'join' && from === 'zoe'));
  const last = (await person.lines(buffer)).findLast(({ from }) => from === 'zoe');
  if (!last) throw new Error('no join');
  await person.client.call('buffer.read', { buffer, upTo: last.id });
  expect(await irc.hear(/^MARKREAD/)).toBe(`MARKREAD #room timestamp=${time(190)}`);
  expect(irc.heard.filter((line) => line.includes('CHATHISTORY'))).toEqual([]);
});

test('older lines come on demand, until there are none, and are not unread', async () => {
  const irc = await startScripted();
  const person = await begin(irc, { keys: 'automated_chathistory = false' });
  await welcome(irc);
  const buffer = await room(person);
  irc.say(said(190, 'now'));
  await shows(person, buffer, ['now']);
  const before = await unread(person, buffer);
  const first = person.client.call('buffer.olderFromServer', { buffer });
  const older = [said(10, 'ten'), said(11, 'eleven'), `@msgid=j;time=${time(12)} :zoe!z@h JOIN #room`];
  expect(await answer(irc, /CHATHISTORY BEFORE/, '#room', older)).toBe(`CHATHISTORY BEFORE #room timestamp=${time(190)} 50`);
  expect(await first).toEqual({ lines: 3, ended: false });
  await shows(person, buffer, ['ten', 'eleven', 'now']);
  expect(await unread(person, buffer)).toBe(before);
  const second = person.client.call('buffer.olderFromServer', { buffer });
  await answer(irc, /CHATHISTORY BEFORE/, '#room', [said(9, 'nine')], ';draft/chathistory-end');
  expect(await second).toEqual({ lines: 1, ended: true });
  // Where the connection ends there is no answer, and no waiting for one.
  const third = person.client.call('buffer.olderFromServer', { buffer });
  await irc.hear(/CHATHISTORY BEFORE/);
  irc.cut();
  expect(await third).toEqual({ lines: 0, ended: false });
});

test('answers show what they answer, reactions gather, and what is taken back is gone from the page and the disk', async () => {
  const irc = await startScripted();
  const person = await begin(irc, { keys: 'automated_chathistory = false' });
  await welcome(irc);
  const buffer = await room(person);
  await person.client.call('buffers.show', { buffers: [buffer] });
  irc.say(
    said(191, 'Hello!', '123'),
    said(192, 'Hello to you!', '456').replace('@', '@+reply=123;'),
    said(193, 'to whom?', '457').replace('@', '@+reply=none;'),
  );
  const hello = await lineOf(person, buffer, 'Hello!');
  expect(hello.isReferable).toBe(true);
  expect((await lineOf(person, buffer, 'Hello to you!')).details).toEqual({ replyTo: { message: hello.id, from: 'ann', text: 'Hello!' } });
  expect((await lineOf(person, buffer, 'to whom?')).details).toEqual({ replyTo: { message: null, from: null, text: '' } });

  irc.say(
    '@+reply=123;+draft/react=👋 :bob!b@h TAGMSG #room',
    '@+reply=123;+draft/react=👋 :cee!c@h TAGMSG #room',
    '@+reply=123;+draft/react=lol :bob!b@h TAGMSG #room',
  );
  irc.say('@+reply=123;+draft/unreact=lol :bob!b@h TAGMSG #room', '@+reply=unknown;+draft/react=x :bob!b@h TAGMSG #room');
  await until('two who wave', async () => (await lineOf(person, buffer, 'Hello!')).details?.reactions?.[0]?.nicks.length === 2);
  expect((await lineOf(person, buffer, 'Hello!')).details?.reactions).toEqual([{ text: '👋', nicks: ['bob', 'cee'] }]);

  await person.client.call('message.react', { buffer, message: hello.id, text: '❤', removed: false });
  expect((await irc.hear(/TAGMSG/)).replace(/;label=\S+/, '')).toBe('@+reply=123;+draft/react=❤ TAGMSG #room');
  await person.client.call('buffer.input', { buffer, text: 'my answer', replyTo: hello.id });
  const sent = await irc.hear(/PRIVMSG/);
  expect(sent).toContain('+reply=123');
  const label = /label=([^; ]+)/.exec(sent)?.[1] ?? '';
  irc.say(`@label=${label};msgid=own;+reply=123 :me!me@host.test PRIVMSG #room :my answer`);
  expect((await lineOf(person, buffer, 'my answer')).details?.replyTo?.message).toBe(hello.id);

  await person.client.call('message.redact', { buffer, message: hello.id, reason: 'mistake' });
  expect((await irc.hear(/REDACT/)).replace(/^@\S+ /, '')).toBe('REDACT #room 123 :mistake');
  irc.say(':ann!a@h REDACT #room 123 :mistake', ':ann!a@h REDACT #other 456 :wrong place');
  await until('it is taken back', () =>
    person.events.some((event) => event.name === 'messageChanged' && event.payload.message.details?.redacted?.by === 'ann'),
  );
  const gone = (await person.lines(buffer)).find(({ id }) => id === hello.id);
  expect(gone).toMatchObject({ text: '', details: { redacted: { by: 'ann', reason: 'mistake' } } });
  expect((await lineOf(person, buffer, 'Hello to you!')).text).toBe('Hello to you!');
  await expect(
    person.client.call('message.react', {
      buffer,
      message: (await person.lines(buffer)).find(({ kind }) => kind === 'join')?.id ?? hello.id,
      text: 'x',
      removed: false,
    }),
  ).rejects.toMatchObject({ code: 'unavailable' });
});

test('writing is told where it was chosen, and shown to pages that show the conversation', async () => {
  const irc = await startScripted();
  const person = await begin(irc, { keys: 'automated_chathistory = false', tables: '[servers.test.typing]\nshare = true\n' });
  await welcome(irc);
  const buffer = await room(person);
  await person.client.call('buffers.show', { buffers: [buffer] });
  await person.client.call('buffer.typing', { buffer, state: 'active' });
  expect(await irc.hear(/TAGMSG/)).toBe('@+typing=active TAGMSG #room');
  irc.say('@+typing=paused :ann!a@h TAGMSG #room');
  await until('ann is writing', () =>
    person.events.some((event) => event.name === 'typing' && event.payload.nick === 'ann' && event.payload.state === 'paused'),
  );
  expect((await person.snapshot()).buffers.map(({ name }) => name).sort()).toEqual(['#room', 'test']);
});

test('nothing of it is sent where nothing was chosen, and a server without any of it is asked for nothing', async () => {
  const irc = await startScripted();
  const person = await begin(irc);
  await welcome(irc, 'message-tags');
  const buffer = await room(person);
  await person.client.call('buffer.typing', { buffer, state: 'active' });
  irc.say(said(191, 'old server'));
  const line = await lineOf(person, buffer, 'old server');
  await person.client.call('buffer.read', { buffer, upTo: line.id });
  await expect(person.client.call('buffer.olderFromServer', { buffer })).rejects.toMatchObject({ code: 'badInput' });
  await person.input(buffer, 'after all that');
  await irc.hear(/PRIVMSG #room :after all that/);
  expect(irc.heard.filter((heard) => /CHATHISTORY|MARKREAD|TAGMSG|ZNC/.test(heard))).toEqual([]);
});

test('a private answer of a bot stands in the channel it is about, where both are, and with the bot otherwise', async () => {
  const irc = await startScripted();
  const person = await begin(irc, { keys: 'automated_chathistory = false' });
  await welcome(irc);
  const buffer = await room(person);
  irc.say(
    '@bot;+channel-context=#room :ann!a@h.test NOTICE me :I am helping.',
    '@+channel-context=#room :eve!e@h.test NOTICE me :so am I.',
  );
  const helping = await lineOf(person, buffer, 'I am helping.');
  expect(helping.details).toEqual({ bot: true });
  await until('eve has a conversation of her own', async () => (await person.snapshot()).buffers.some(({ name }) => name === 'eve'));
  expect(await texts(person, buffer)).toEqual(['I am helping.']);
});

test('several lines go out and come back as one message where the server takes that', async () => {
  const irc = await startScripted();
  const person = await begin(irc, { keys: 'automated_chathistory = false' });
  await welcome(irc, `${CAPS} draft/multiline=max-bytes=4096,max-lines=20`);
  const buffer = await room(person);
  await person.input(buffer, 'one\n\n  two');
  const label = /label=([^; ]+)/.exec(await irc.hear(/BATCH \+/))?.[1] ?? '';
  expect(
    [await irc.hear(/./), await irc.hear(/./), await irc.hear(/./), await irc.hear(/./)].map((line) => line.replace(/^@\S+ /, '')),
  ).toEqual(['PRIVMSG #room :one', 'PRIVMSG #room :', 'PRIVMSG #room :  two', 'BATCH -m1']);
  irc.say(
    `@label=${label};msgid=q :me!me@host.test BATCH +e draft/multiline #room`,
    ...['one', '', '  two'].map((text) => `@batch=e :me!me@host.test PRIVMSG #room :${text}`),
    ':irc.test BATCH -e',
  );
  await shows(person, buffer, ['one\n\n  two']);
});
