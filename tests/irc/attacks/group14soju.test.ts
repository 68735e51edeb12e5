/** A bouncer with several networks, and what a hostile one may try. */
import { createServer, type Socket } from 'node:net';
import * as v from 'valibot';
import { expect, it, onTestFinished } from 'vitest';
import { ServerName } from '../../../src/contract/ids.ts';
import { boundConfig, boundName, networkName } from '../../../src/core/bouncers.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { readAttributes } from '../../../src/irc/session/extensions/bouncer.ts';
import { createLoopbackOverlay } from '../../../src/overlay/loopback/loopback.ts';
import { createLoopbackNetwork } from '../../../src/overlay/loopback/network.ts';
import { startPerson, until, type Person } from '../../support/cores.ts';
import { started } from '../state/start.ts';

const CAPS = 'batch soju.im/bouncer-networks soju.im/bouncer-networks-notify';
const name = (text: string): ServerName => v.parse(ServerName, text);

interface Bouncer {
  port: number;
  /** Connections that were bound, by network id. */
  bound: Map<string, Socket>;
  binds: string[];
  /** Told to the bouncer's own connection. */
  say(line: string): void;
  /** Answers BIND to this network with another one. */
  confuse: string | null;
}

async function startBouncer(networks: readonly string[]): Promise<Bouncer> {
  const sockets = new Set<Socket>();
  let own: Socket | null = null;
  const bouncer: Bouncer = {
    port: 0,
    bound: new Map(),
    binds: [],
    say: (line) => {
      own?.write(`${line}\r\n`);
    },
    confuse: null,
  };
  const server = createServer((socket) => {
    sockets.add(socket);
    let text = '';
    let id: string | null = null;
    const send = (line: string): void => void socket.write(`${line}\r\n`);
    const take = (line: string): void => {
      if (line.startsWith('CAP LS')) send(`CAP * LS :${CAPS}`);
      else if (line.startsWith('CAP REQ')) send(`CAP * ACK ${line.slice('CAP REQ '.length)}`);
      else if (line.startsWith('BOUNCER BIND')) {
        id = line.slice('BOUNCER BIND'.length).trim().replace(/^:/, '');
        bouncer.binds.push(id);
      } else if (line === 'CAP END') {
        if (id === null) own = socket;
        else bouncer.bound.set(id, socket);
        send(':bouncer.test 001 me :Welcome');
        const told = id !== null && id === bouncer.confuse ? '999' : id;
        send(`:bouncer.test 005 me ${told === null ? 'BOUNCER_NETID' : `BOUNCER_NETID=${told}`} CHANTYPES=# :are supported`);
        send(':bouncer.test 422 me :No MOTD');
        if (id === null) for (const network of networks) send(`BOUNCER NETWORK ${network}`);
      }
    };
    socket.on('data', (chunk) => {
      text += chunk.toString();
      const lines = text.split('\r\n');
      text = lines.pop() ?? '';
      lines.forEach(take);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      sockets.delete(socket);
      if (id !== null && bouncer.bound.get(id) === socket) bouncer.bound.delete(id);
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  bouncer.port = address.port;
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return bouncer;
}
const start = (bouncer: Bouncer, more = ''): Promise<Person> =>
  startPerson({
    name: 'me',
    overlay: () => createLoopbackOverlay(createLoopbackNetwork()),
    config: `[servers.soju]\nserver = "127.0.0.1"\nport = ${bouncer.port}\nuse_tls = false\nnickname = "me"\nanti_flood = 100\n${more}`,
  });
const online = async (person: Person): Promise<string[]> =>
  (await person.snapshot()).servers.filter(({ state }) => state.phase === 'online').map((server) => server.name);

it('attack 14: two networks of a bouncer with one id, or one name, never share a connection or a name', async () => {
  const bouncer = await startBouncer([
    '1 name=Libera;state=connected',
    '1 name=OFTC',
    '2 name=Libera',
    '3 name=soju/x',
    '../4 name=Evil',
    '5',
  ]);
  const person = await start(bouncer);
  await until('all are online', async () => (await online(person)).length === 5);
  expect((await online(person)).sort()).toEqual(['soju', 'soju/5', 'soju/Libera', 'soju/Libera (2)', 'soju/soju-x']);
  expect(bouncer.binds.sort()).toEqual(['1', '2', '3', '5']);
  const [own] = (await person.snapshot()).servers.filter((server) => server.name === 'soju');
  expect(own?.features.bouncer).toBe(true);
  expect(own?.bouncerNetworks.map(({ id, name: shown }) => `${id} ${shown}`)).toEqual(['1 OFTC', '2 Libera', '3 soju-x', '5 5']);
});

it('attack 14: the bound network is renamed or deleted: it keeps its buffers, and ends when it is gone', async () => {
  const bouncer = await startBouncer(['1 name=Libera', '2 name=OFTC']);
  const person = await start(bouncer);
  await until('all are online', async () => (await online(person)).length === 3);
  bouncer.bound.get('1')?.write(':me!u@h JOIN #room\r\n');
  await until('a channel', async () => (await person.snapshot()).buffers.find((buffer) => buffer.name === '#room'));
  bouncer.say('BOUNCER NETWORK 1 name=Renamed');
  await until('it is told', async () =>
    (await person.snapshot()).servers.find((server) => server.bouncerNetworks.some((network) => network.name === 'Renamed')),
  );
  expect(await person.buffer('#room')).toMatchObject({ server: 'soju/Libera', joined: true });
  expect(bouncer.binds).toHaveLength(2);
  bouncer.say('BOUNCER NETWORK 1 *');
  await until('it is gone', async () => !(await online(person)).includes('soju/Libera'));
  await until('its connection is closed', () => !bouncer.bound.has('1'));
  expect(await online(person)).toEqual(['soju', 'soju/OFTC']);
  // A network that only says so on another one's connection is no network.
  bouncer.bound.get('2')?.write('BOUNCER NETWORK 2 *\r\nBOUNCER NETWORK 7 name=Fake\r\n:me!u@h JOIN #seen\r\n');
  await until('it was read', async () => (await person.snapshot()).buffers.find((buffer) => buffer.name === '#seen'));
  expect(await online(person)).toEqual(['soju', 'soju/OFTC']);
});

it('a connection that the bouncer binds to another network joins nothing there', async () => {
  const bouncer = await startBouncer(['1 name=Libera']);
  bouncer.confuse = '1';
  const person = await start(bouncer, 'channels = ["#private"]\n');
  const failed = await until('it is given up', async () =>
    (await person.snapshot()).servers.find((server) => server.name === 'soju/Libera' && server.state.phase === 'failed'),
  );
  expect(failed.state.text).toContain('another network');
});

it('attack 14: attributes of a bouncer network with escapes and controls are one line of text', () => {
  expect(readAttributes('name=a\\:\\s\\\\\\r\\nQUIT\\0;state=connected').get('name')).toBe('a; \\QUIT0');
  expect(readAttributes('name=\u202eevil\u0007\u0003' + '04x').get('name')).toBe('evilx');
  expect(networkName('1', { name: '  a/../b  ' })).toBe('a-..-b');
  expect(networkName('1', { name: 'x'.repeat(10_000) }).length).toBe(100);
  expect(boundName(name('soju'), '1', 'A', () => false)).toBe('soju/A');
  expect(boundName(name('soju'), '1', 'A', () => true)).toBeNull();
  const one = started({ caps: CAPS });
  one.feed('BOUNCER NETWORK 1 __proto__=x;constructor=y;name=ok');
  expect(one.all('bouncerNetwork')[0]?.attributes).toEqual({ name: 'ok', constructor: 'y' });
});

it('a network can be switched off, and has its own channels', () => {
  const { config } = loadConfig(
    '[servers.soju]\nserver = "x"\nnickname = "me"\nnick_password = "secret"\nchannels = ["#all"]\n[servers.soju.networks.Libera]\nchannels = ["#sotto"]\n[servers.soju.networks.OFTC]\nenabled = false\n',
  );
  const parent = config?.servers.find((server) => server.name === 'soju');
  if (parent?.protocol !== 'irc') throw new Error('no server');
  expect(boundConfig(parent, name('soju/Libera'), 'LIBERA')?.channels.map((channel) => channel.name)).toEqual(['#sotto']);
  expect(boundConfig(parent, name('soju/Libera'), 'libera')?.nickPassword).toBeNull();
  expect(boundConfig(parent, name('soju/Other'), 'Other')?.channels.map((channel) => channel.name)).toEqual(['#all']);
  expect(boundConfig(parent, name('soju/OFTC'), 'oftc')).toBeNull();
  expect(boundConfig(parent, name('soju/x'), '__proto__')?.channels).toHaveLength(1);
});
