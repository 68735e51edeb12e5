/** From the socket to the page and back, for what no Debian server speaks: the exchanges of the specifications, in their order of lines. */
import { describe, expect, it } from 'vitest';
import { until } from '../../support/cores.ts';
import { startScripted } from '../../support/irc/scripted.ts';
import { inRoom, members, startSotto } from './sotto.ts';

describe('IRCv3 chathistory, through the whole core', () => {
  it('what was missed comes nested in a labelled answer, is shown with its own time, and changes nobody', async () => {
    const scene = await inRoom({
      caps: 'batch labeled-response message-tags server-time draft/chathistory draft/event-playback multi-prefix',
      isupport: 'CHATHISTORY=50 MSGREFTYPES=timestamp,msgid',
    });
    const { server, me, room } = scene;
    await server.play(`
      C: @label=<targets> CHATHISTORY TARGETS <from> <to> <most>
      S: @label=<targets> :irc.test BATCH +t draft/chathistory-targets
      S: :irc.test BATCH -t
      C: @label=<latest> CHATHISTORY LATEST #room <since> <limit>
      S: @label=<latest> :irc.test BATCH +outer labeled-response
      S: @batch=outer :irc.test BATCH +inner chathistory #room
      S: @batch=inner;time=2026-06-01T10:00:00.000Z;msgid=old1 :ann!a@h PRIVMSG #room :said long ago
      S: @batch=inner;time=2026-06-01T10:01:00.000Z;msgid=old2 :bob!b@h PRIVMSG #room :answered long ago
      S: @batch=inner;time=2026-06-01T10:02:00.000Z;msgid=old3 :ann!a@h PART #room :bye
      S: @batch=inner;time=2026-06-01T10:03:00.000Z;msgid=old4 :me!me@host NICK somebody
      S: :irc.test BATCH -inner
      S: :irc.test BATCH -outer
      S: @time=2026-06-01T11:00:00.000Z;msgid=new1 :ann!a@h PRIVMSG #room :still here
    `);
    await until('the live line', async () => (await me.said(room)).some((line) => line.includes('still here')));
    const said = (await me.lines(room)).filter(({ kind }) => kind === 'privmsg').map(({ text, time }) => [text, time]);
    expect(said).toEqual([
      ['said long ago', Date.UTC(2026, 5, 1, 10)],
      ['answered long ago', Date.UTC(2026, 5, 1, 10, 1)],
      ['still here', Date.UTC(2026, 5, 1, 11)],
    ]);
    expect(await members(scene)).toEqual(['ann', 'bob', 'me']);
    expect((await me.snapshot()).servers.find(({ name }) => name === 'lab')?.nick).toBe('me');
  });

  it('older lines are fetched on request, once, until the server has no more', async () => {
    const { server, me, room } = await inRoom({
      caps: 'batch labeled-response message-tags server-time draft/chathistory',
      isupport: 'CHATHISTORY=50 MSGREFTYPES=timestamp,msgid',
    });
    await server.play(`
      C: @label=<targets> CHATHISTORY TARGETS <from> <to> <most>
      S: @label=<targets> :irc.test BATCH +t draft/chathistory-targets
      S: :irc.test BATCH -t
      C: @label=<latest> CHATHISTORY LATEST #room <since> <limit>
      S: @label=<latest> :irc.test BATCH +a chathistory #room
      S: @batch=a;time=2026-06-01T10:00:00.000Z;msgid=m5 :ann!a@h PRIVMSG #room :five
      S: :irc.test BATCH -a
    `);
    await until('the first line', async () => (await me.said(room)).length === 1);
    const older = me.client.call('buffer.olderFromServer', { buffer: room });
    await server.play(`
      C: @label=<before> CHATHISTORY BEFORE #room timestamp=2026-06-01T10:00:00.000Z <limit>
      S: @label=<before> :irc.test BATCH +b chathistory #room
      S: @batch=b;time=2026-06-01T09:00:00.000Z;msgid=m4 :bob!b@h PRIVMSG #room :four
      S: @batch=b;time=2026-06-01T10:00:00.000Z;msgid=m5 :ann!a@h PRIVMSG #room :five
      S: :irc.test BATCH -b
    `);
    expect((await older).ended).toBe(false);
    await until('the older line', async () => (await me.said(room)).length === 2);
    const last = me.client.call('buffer.olderFromServer', { buffer: room });
    await server.play(`
      C: @label=<end> CHATHISTORY BEFORE #room timestamp=2026-06-01T09:00:00.000Z <limit>
      S: @label=<end> :irc.test BATCH +c chathistory #room
      S: :irc.test BATCH -c
    `);
    expect(await last).toEqual({ lines: 0, ended: true });
    expect(await me.said(room)).toEqual(['they: four', 'they: five']);
  });
});

describe('IRCv3 read-marker, through the whole core', () => {
  it('what another client of ours has read is read here, and what is read here is told', async () => {
    const { server, me, room } = await inRoom({ caps: 'batch message-tags server-time draft/read-marker' });
    const now = Date.now();
    const at = (seconds: number): string => new Date(now + seconds * 1_000).toISOString();
    server.say(
      `@time=${at(-3)};msgid=a :ann!a@h PRIVMSG #room :one`,
      `@time=${at(-2)};msgid=b :ann!a@h PRIVMSG #room :two`,
      `@time=${at(-1)};msgid=c :ann!a@h PRIVMSG #room :three`,
    );
    const unread = async (): Promise<number> => (await me.buffer('#room')).unread;
    await until('three unread lines', async () => (await unread()) === 3);
    server.say(`:irc.test MARKREAD #room timestamp=${at(-2)}`);
    await until('one unread line', async () => (await unread()) === 1);
    const upTo = (await me.lines(room)).find(({ text }) => text === 'three')?.id;
    if (upTo === undefined) throw new Error('no line');
    await me.client.call('buffer.read', { buffer: room, upTo });
    await server.play(`C: MARKREAD #room timestamp=${at(-1)}`);
    // A marker never goes back.
    server.say(`:irc.test MARKREAD #room timestamp=${at(-3)}`, '@msgid=d :ann!a@h PRIVMSG #room :four');
    await until('one new line', async () => (await unread()) === 1);
  });
});

describe('IRCv3 multiline, through the whole core', () => {
  it('a message of three lines arrives as one, and one of ours goes out as one', async () => {
    const { server, me, room } = await inRoom({
      caps: 'batch echo-message labeled-response message-tags server-time draft/multiline=max-bytes=4096,max-lines=10',
    });
    await server.play(`
      S: @msgid=long;time=2026-06-01T10:00:00.000Z :ann!a@h BATCH +m draft/multiline #room
      S: @batch=m :ann!a@h PRIVMSG #room :first
      S: @batch=m :ann!a@h PRIVMSG #room :second and
      S: @batch=m;draft/multiline-concat :ann!a@h PRIVMSG #room : last
      S: :ann!a@h BATCH -m
    `);
    await until('one message', async () => (await me.said(room)).length === 1);
    expect(await me.said(room)).toEqual(['they: first\nsecond and last']);
    const done = me.input(room, 'mine\nin two');
    await server.play(`
      C: @label=<label> BATCH +<id> draft/multiline #room
      C: @batch=<id> PRIVMSG #room mine
      C: @batch=<id> PRIVMSG #room :in two
      C: BATCH -<id>
      S: @label=<label>;msgid=own :me!me@host BATCH +e draft/multiline #room
      S: @batch=e :me!me@host PRIVMSG #room :mine
      S: @batch=e :me!me@host PRIVMSG #room :in two
      S: :me!me@host BATCH -e
    `);
    await done;
    await until('our message', async () => (await me.said(room)).length === 2);
    expect((await me.said(room))[1]).toBe('me: mine\nin two');
  });
});

describe('IRCv3 labeled-response, through the whole core', () => {
  it('what the server refuses is said where it was asked for', async () => {
    const { server, me, room } = await inRoom({ caps: 'batch echo-message labeled-response message-tags' });
    const done = me.input(room, 'not allowed here');
    await server.play(`
      C: @label=<label> PRIVMSG #room :not allowed here
      S: @label=<label> :irc.test 404 me #room :Cannot send to channel
    `);
    await done;
    await until('the refusal', async () =>
      (await me.lines(room)).some(({ kind, text }) => kind !== 'privmsg' && text.includes('Cannot send')),
    );
  });
});

describe('IRCv3 message-redaction, react and reply, through the whole core', () => {
  it('a reaction stands at its line, an answer knows what it answers, and a line is taken back', async () => {
    const { server, me, room } = await inRoom({
      caps: 'batch echo-message labeled-response message-tags server-time draft/message-redaction',
    });
    server.say(
      '@msgid=q1 :ann!a@h PRIVMSG #room :shall we?',
      '@msgid=q2;+draft/reply=q1 :bob!b@h PRIVMSG #room :yes',
      '@+draft/reply=q1;+draft/react=\u{1f44d} :bob!b@h TAGMSG #room',
    );
    const line = async (text: string) => (await me.lines(room)).find((candidate) => candidate.text === text);
    await until('the reaction', async () => (await line('shall we?'))?.details?.reactions?.[0]?.nicks.includes('bob'));
    expect((await line('yes'))?.details?.replyTo).toMatchObject({ from: 'ann', text: 'shall we?' });
    server.say(':ann!a@h REDACT #room q1 :never mind');
    const redacted = await until('it is gone', async () => (await me.lines(room)).find(({ details }) => details?.redacted !== undefined));
    expect(redacted).toMatchObject({ text: '', details: { redacted: { by: 'ann', reason: 'never mind' } } });
    expect(JSON.stringify(await me.lines(room))).not.toContain('shall we?","subject');
  });
});

describe('IRCv3 metadata, through the whole core', () => {
  it('subscribes, and a display name of another user is taken without taking their nick', async () => {
    const scene = await inRoom({ caps: 'batch message-tags server-time draft/metadata-2=before-connect,max-subs=10,max-keys=10' });
    const { server, me, room } = scene;
    await until('the subscription', () => server.heard.some((line) => line.startsWith('METADATA * SUB ')));
    server.say(':irc.test METADATA ann display-name * :Bob', ':ann!a@h PRIVMSG #room :who am I?');
    await until('the line', async () => (await me.said(room)).length === 1);
    expect((await me.lines(room)).find(({ text }) => text === 'who am I?')?.from).toBe('ann');
    expect(await members(scene)).toEqual(['ann', 'bob', 'me']);
  });
});

describe('IRCv3 account-registration, through the whole core', () => {
  it('an account is made and verified, and the password is in no line and no event', async () => {
    const { server, me } = await inRoom({ caps: 'batch message-tags draft/account-registration=email-required standard-replies' });
    const lab = (await me.snapshot()).servers.find(({ name }) => name === 'lab');
    if (!lab) throw new Error('no server');
    const asked = me.client.call('server.registerAccount', {
      server: lab.name,
      account: 'me',
      email: 'me@example.org',
      password: 'very-secret',
    });
    await server.play(`
      C: REGISTER me me@example.org very-secret
      S: :irc.test REGISTER VERIFICATION_REQUIRED me :Look at your mail
    `);
    expect(await asked).toEqual({ state: 'verify', text: 'Look at your mail' });
    const verified = me.client.call('server.verifyAccount', { server: lab.name, account: 'me', code: '1234' });
    await server.play(`
      C: VERIFY me 1234
      S: :irc.test VERIFY SUCCESS me :Welcome
    `);
    expect(await verified).toEqual({ text: 'Welcome' });
    expect(JSON.stringify([me.events, me.log, await me.snapshot()])).not.toContain('very-secret');
  });
});

describe('IRCv3 account-registration before the connection is complete, through the whole core', () => {
  it('a server that lets nobody in without an account lets one be made first', async () => {
    const server = await startScripted();
    const me = await startSotto(server.port, 'autoconnect = false');
    const lab = await until('the entry', async () => (await me.snapshot()).servers.find(({ name }) => name === 'lab'));
    const prepared = me.client.call('server.prepareAccount', { server: lab.name });
    await server.play(`
      C: CAP LS 302
      C: NICK me
      S: :irc.test CAP * LS :draft/account-registration=before-connect
      C: CAP REQ draft/account-registration
      S: :irc.test CAP * ACK :draft/account-registration
    `);
    expect(await prepared).toEqual({ early: true });
    expect(server.heard).not.toContain('CAP END');
    const made = me.client.call('server.registerAccount', { server: lab.name, account: null, email: null, password: 'very-secret' });
    await server.play(`
      C: REGISTER * * very-secret
      S: :irc.test REGISTER SUCCESS me :Welcome
      C: CAP END
      S: :irc.test 001 me :Welcome
      S: :irc.test 376 me :End
    `);
    expect(await made).toEqual({ state: 'done', text: 'Welcome' });
    await until('we are in', async () => (await me.snapshot()).servers[0]?.state.phase === 'online');
    expect(JSON.stringify([me.events, me.log, await me.snapshot()])).not.toContain('very-secret');
  });
});

describe('soju bouncer-networks, through the whole core', () => {
  it('the networks behind a bouncer become servers of their own, each bound before it registers', async () => {
    const { server, me } = await inRoom({
      caps: 'batch message-tags server-time soju.im/bouncer-networks soju.im/bouncer-networks-notify',
      before: [':irc.test BOUNCER NETWORK 42 name=Other\\sNet;state=connected;nickname=me'],
    });
    await server.play(`
      C: CAP LS 302
      C: NICK <nick>
      S: :irc.test CAP * LS :batch soju.im/bouncer-networks
      C: CAP REQ :<caps...>
      S: :irc.test CAP * ACK :<caps>
      C: BOUNCER BIND 42
      C: CAP END
    `);
    await until('the network is a server', async () => (await me.snapshot()).servers.length === 2);
  });
});
