/* eslint-disable no-control-regex -- 01 marks CTCP */
/** Commands, ignoring, CTCP and files through a whole core, the contract, a real socket and a server in the test's hands. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { BufferId } from '../../src/contract/ids.ts';
import { createLoopbackOverlay } from '../../src/overlay/loopback/loopback.ts';
import { startPerson, until, type Person } from '../support/cores.ts';
import { hostOf, startHostileServer, type HostileServer } from '../support/irc/hostile.ts';
import { listener } from '../support/irc/transfers.ts';
import { network } from './pair.ts';

async function start(more = ''): Promise<{ server: HostileServer; me: Person; home: BufferId }> {
  const server = await startHostileServer();
  const me = await startPerson({
    name: 'me',
    overlay: () => createLoopbackOverlay(network()),
    transfers: { allowLoopback: true },
    config: `[servers.net]\nnickname = "me"\nserver = "127.0.0.1"\nport = ${server.port}\nuse_tls = false\nanti_flood = 100\n\n[file_transfer]\nsave_directory = "files"\n${more}`,
  });
  await until('online', async () => (await me.snapshot()).servers.find(({ state }) => state.phase === 'online'));
  return { server, me, home: (await me.buffer('net')).id };
}
const said = async (me: Person, name: string): Promise<string[]> => {
  const buffer = (await me.snapshot()).buffers.find((candidate) => candidate.name === name);
  return buffer ? (await me.lines(buffer.id)).map(({ text }) => text) : [];
};

describe('/ignore', () => {
  it('is written to the configuration, keeps the connection, and its people are neither heard nor answered', async () => {
    const { server, me, home } = await start();
    await me.input(home, '/ignore Eve');
    expect(await readFile(me.paths.configFile, 'utf8')).toMatch(/\[servers\.net\.filters\]\nignore = \["Eve"\]/);
    server.say('me', `:${hostOf('eve')} PRIVMSG me :psst`);
    server.say('me', `:${hostOf('eve')} PRIVMSG me :\u0001VERSION\u0001`);
    server.say('me', `:${hostOf('eve')} PRIVMSG me :\u0001DCC SEND f 16909060 5000 1\u0001`);
    server.say('me', `:${hostOf('bob')} PRIVMSG me :hello`);
    server.say('me', `:${hostOf('bob')} PRIVMSG me :\u0001VERSION\u0001`);
    await until('bob is answered', () => server.heard.length > 0);
    expect(server.heard.map(({ to }) => to)).toEqual(['bob']);
    expect(await said(me, 'bob')).toEqual(['hello']);
    const { buffers, transfers } = await me.snapshot();
    expect(buffers.map(({ name }) => name).sort()).toEqual(['bob', 'net']);
    expect(transfers).toEqual([]);
    expect(server.nicks()).toEqual(['me']);

    await me.input(home, '/unignore eve');
    server.say('me', `:${hostOf('eve')} PRIVMSG me :again`);
    await until('eve is heard', async () => (await said(me, 'eve')).includes('again'));
    expect(await readFile(me.paths.configFile, 'utf8')).not.toContain('Eve');
  });
});

describe('CTCP', () => {
  it('is answered as the configuration says, and answers are shown', async () => {
    const { server, me, home } = await start('\n[ctcp]\nversion = false\nuserinfo = "me myself"\n');
    server.say('me', `:${hostOf('bob')} PRIVMSG me :\u0001VERSION\u0001`);
    server.say('me', `:${hostOf('bob')} PRIVMSG me :\u0001USERINFO\u0001`);
    await until('bob is answered', () => server.heard.length > 0);
    expect(server.heard.map(({ text }) => text)).toEqual(['\u0001USERINFO me myself\u0001']);
    await me.input(home, '/ping bob');
    const { text } = await until('the PING', () => server.heard.at(1));
    server.say('me', `:${hostOf('bob')} NOTICE me :${text}`);
    await until('the time', async () => (await said(me, 'net')).some((line) => /^PING of bob: \d+\.\d\d s$/.test(line)));
  });
});

describe('a file', () => {
  it('is offered, taken by a command and saved beside the configuration', async () => {
    const { server, me, home } = await start();
    const port = await listener((socket) => void socket.end('hello'));
    server.say('me', `:${hostOf('bob')} PRIVMSG me :\u0001DCC SEND hello.txt 2130706433 ${port} 5\u0001`);
    const offer = await until('the offer', async () => (await me.snapshot()).transfers[0]);
    expect(offer).toMatchObject({ server: 'net', nick: 'bob', name: 'hello.txt', size: 5, state: 'offered', direction: 'receive' });
    await me.input(home, `/dcc get ${offer.id}`);
    await until('it is here', async () => (await me.snapshot()).transfers[0]?.state === 'done');
    await until('it was told', () => me.events.some((event) => event.name === 'transfers'));
    expect(await readFile(join(me.paths.configFile, '..', 'files', 'hello.txt'), 'utf8')).toBe('hello');
  });
  it('goes out of a query in parts that the page hands over, and only there', async () => {
    const { server, me, home } = await start();
    await me.client.call('transfer.part', { at: 0, data: btoa('good day') });
    await expect(me.client.call('transfer.send', { buffer: home, name: 'x' })).rejects.toThrow(/one person/);
    const { focus } = await me.client.call('buffer.input', { buffer: home, text: '/query bob' });
    if (focus === null) throw new Error('no query');
    await me.client.call('transfer.send', { buffer: focus, name: 'day.txt' });
    const { text } = await until('the offer', () => server.heard[0]);
    expect(text).toMatch(/^\u0001DCC SEND day\.txt 199 0 8 \d+\u0001$/);
    const got: string[] = [];
    const port = await listener((socket) => {
      socket.on('data', (bytes) => {
        got.push(bytes.toString());
        socket.end();
      });
    });
    server.say(
      'me',
      `:${hostOf('bob')} PRIVMSG me :\u0001DCC SEND day.txt 2130706433 ${port} 8 ${/ (\d+)\u0001/.exec(text)?.[1] ?? ''}\u0001`,
    );
    await until('it is there', async () => (await me.snapshot()).transfers[0]?.state === 'done');
    expect(got).toEqual(['good day']);
  });
});

describe('once connected', () => {
  it('conversations are opened and commands run in order, with a pause where they say so', async () => {
    const server = await startHostileServer();
    const me = await startPerson({
      name: 'me',
      overlay: () => createLoopbackOverlay(network()),
      config: `[servers.net]\nnickname = "me"\nserver = "127.0.0.1"\nport = ${server.port}\nuse_tls = false\nanti_flood = 100\nqueries = ["cee"]\non_connect = ["/nonsense", "/notice bob one", "/delay 0.05", "/notice bob two"]\n`,
    });
    await until('both notices', () => server.heard.length === 2);
    expect(server.heard.map(({ text }) => text)).toEqual(['one', 'two']);
    expect((await me.snapshot()).buffers.map(({ name }) => name)).toContain('cee');
    expect((await said(me, 'net')).some((line) => /^on_connect: There is no command \/nonsense/.test(line))).toBe(true);
  });
});

describe('what is typed', () => {
  it('goes out as one message a line, and aliases and reasons come from the configuration', async () => {
    const { server, me, home } = await start('\n[buffer.commands.aliases]\nhi = "/notice $1 hello from $nick"\n');
    const { commands } = await me.snapshot();
    expect(commands[0]).toMatchObject({ name: 'hi', help: 'Yours: /notice $1 hello from $nick' });
    await me.input(home, '/hi bob');
    expect((await until('the notice', () => server.heard[0])).text).toBe('hello from me');
    const { focus } = await me.client.call('buffer.input', { buffer: home, text: '/query bob' });
    if (focus === null) throw new Error('no query');
    await me.input(focus, 'one\n\n  two');
    await until('both lines', () => server.heard.length === 3);
    expect(server.heard.slice(1).map(({ text }) => text)).toEqual(['one', '  two']);
    await expect(me.input(focus, '/indentify hunter2')).rejects.toThrow(/no command/);
    await expect(me.input(focus, 'msg nickserv identify hunter2')).rejects.toThrow(/services/);
    await me.input(focus, '/raw PRIVMSG bob :as it stands');
    await until('the raw line', () => server.heard.length === 4);
    expect(server.heard.at(-1)).toMatchObject({ to: 'bob', text: 'as it stands' });
  });
});
