/** Files over DCC with real sockets and files. */
import { mkdir, open, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { connectTo } from '../../src/core/transfers/sockets.ts';
import { receiveFile } from '../../src/core/transfers/stream.ts';
import { readDcc } from '../../src/irc/dcc/dcc.ts';
import { handOver, listener, net, origin, transferRig, type TransferRig } from '../support/irc/transfers.ts';
import { until } from '../support/cores.ts';

const matching = (pattern: RegExp): unknown => expect.stringMatching(pattern);

const content = Uint8Array.from({ length: 300_000 }, (_unused, index) => (index * 7 + (index >> 8)) % 256);
const gives = (bytes: Uint8Array) => (socket: Socket) => void socket.end(bytes);
const saved = (rig: TransferRig, name: string): Promise<Uint8Array> =>
  readFile(join(rig.settings.saveDirectory, name)).then((bytes) => new Uint8Array(bytes));
const visible = async (rig: TransferRig): Promise<string[]> =>
  (await readdir(rig.settings.saveDirectory).catch(() => [])).filter((name) => !name.startsWith('.')).sort();
const offerIn = (text: string | undefined) => {
  const read = readDcc(text ?? '');
  if (read?.verb !== 'send') throw new Error(`no offer: ${text ?? 'nothing'}`);
  return read.offer;
};

describe('receiving a file', () => {
  it('waits for the user, then saves it whole and tells how far it is', async () => {
    const rig = await transferRig();
    let connected = 0;
    const port = await listener((socket) => {
      connected += 1;
      gives(content)(socket);
    });
    const { id, state, text } = rig.offer('ann', 'a photo.png', port, content.length);
    expect([state, text]).toEqual(['offered', matching(/they learn your network address/)]);
    expect(rig.told).toEqual([`ann offers the file a photo.png, 300000 bytes. /dcc get ${id} takes it.`]);
    rig.transfers.accept(id);
    const done = await rig.reaches(id, 'done');
    expect(connected).toBe(1);
    expect(done).toMatchObject({ done: content.length, size: content.length, name: 'a photo.png' });
    expect(await saved(rig, 'a photo.png')).toEqual(content);
    expect((await stat(join(rig.settings.saveDirectory, 'a photo.png'))).mode & 0o777).toBe(0o600);
    expect(await readdir(rig.settings.saveDirectory)).toEqual(['a photo.png']);
  });
  it('tells progress at most ten times a second', async () => {
    const rig = await transferRig({ timings: { progress: 100 } });
    const port = await listener((socket) => {
      for (let at = 0; at < content.length; at += 1_000) socket.write(content.subarray(at, at + 1_000));
    });
    const began = Date.now();
    const { id } = rig.offer('ann', 'f', port, content.length);
    rig.transfers.accept(id);
    await rig.reaches(id, 'done');
    expect(rig.count()).toBeLessThanOrEqual(Math.ceil((Date.now() - began) / 100) + 1);
  });
  it('acknowledges what it has, as the sender expects', async () => {
    const rig = await transferRig();
    let last = 0;
    const port = await listener((socket) => {
      socket.on('data', (bytes) => {
        last = bytes.readUInt32BE(bytes.length - 4);
      });
      socket.write(content);
    });
    const { id } = rig.offer('ann', 'f', port, content.length);
    rig.transfers.accept(id);
    await rig.reaches(id, 'done');
    await until('the last acknowledgement', () => last === content.length);
  });
  it('goes on where it broke off, if the other side agrees', async () => {
    const rig = await transferRig();
    const half = content.subarray(0, 150_000);
    const first = await listener(gives(half));
    const { id } = rig.offer('ann', 'big.bin', first, content.length);
    rig.transfers.accept(id);
    expect((await until('it broke off', () => rig.view(id).state === 'failed' && rig.view(id))).text).toMatch(
      /before the file was complete/,
    );
    expect(await visible(rig)).toEqual([]);

    const second = await listener(gives(content.subarray(150_000)));
    const again = rig.offer('ann', 'big.bin', second, content.length);
    await until('it can go on', () => rig.view(again.id).canResume);
    expect(rig.view(again.id).done).toBe(150_000);
    rig.transfers.accept(again.id);
    await until('it asks to go on', () => rig.said.length === 1);
    expect(rig.said[0]).toEqual(['ann', `RESUME big.bin ${second} 150000`]);
    // Somebody else's word does not count.
    rig.irc({ kind: 'dccResume', from: origin('eve'), verb: 'accept', name: 'big.bin', port: second, position: 0, token: null, time: 0 });
    rig.irc({
      kind: 'dccResume',
      from: origin('ann'),
      verb: 'accept',
      name: 'big.bin',
      port: second,
      position: 150_000,
      token: null,
      time: 0,
    });
    await rig.reaches(again.id, 'done');
    expect(await saved(rig, 'big.bin')).toEqual(content);
  });
  it('begins anew where nobody answers', async () => {
    const rig = await transferRig();
    const { id } = rig.offer('ann', 'f', await listener(gives(content.subarray(0, 1_000))), content.length);
    rig.transfers.accept(id);
    await until('it broke off', () => rig.view(id).state === 'failed');
    const again = rig.offer('ann', 'f', await listener(gives(content)), content.length);
    rig.transfers.accept(again.id);
    await rig.reaches(again.id, 'done');
    expect(await saved(rig, 'f')).toEqual(content);
  });
  it('takes the connection on a port of its own where the offer is passive', async () => {
    const rig = await transferRig();
    expect(rig.offer('ann', 'f', 0, 10, { address: null, token: 't1' })).toMatchObject({
      state: 'failed',
      text: matching(/file_transfer.server/),
    });
    rig.settings.server = { publicAddress: '127.0.0.1', bindAddress: '127.0.0.1', firstPort: 41_800, lastPort: 41_900 };
    const { id } = rig.offer('ann', 'f', 0, content.length, { address: null, token: 't2' });
    rig.transfers.accept(id);
    await until('it says where', () => rig.said.length === 1);
    const { port, token, address } = offerIn(rig.said[0]?.[1]);
    expect([token, address]).toEqual(['t2', '127.0.0.1']);
    connect(port, '127.0.0.1').end(content);
    await rig.reaches(id, 'done');
    expect(await saved(rig, 'f')).toEqual(content);
  });
  it('ends when nothing comes any more, and when the user says so', async () => {
    const rig = await transferRig({ timings: { stall: 200 } });
    const silent = await listener((socket) => void socket.write('abc'));
    const { id } = rig.offer('ann', 'f', silent, 100);
    rig.transfers.accept(id);
    expect((await until('it stalls', () => rig.view(id).state === 'failed' && rig.view(id))).text).toMatch(/for too long/);
    const patient = await transferRig();
    const other = patient.offer('ann', 'g', silent, 100);
    patient.transfers.accept(other.id);
    await patient.reaches(other.id, 'active');
    patient.transfers.cancel(other.id);
    expect(patient.view(other.id)).toMatchObject({ state: 'cancelled' });
    patient.transfers.cancel(other.id);
    expect(patient.transfers.views()).toEqual([]);
    expect(await visible(patient)).toEqual([]);
  });
  it('says that the disk cannot take it', async () => {
    const rig = await transferRig();
    const port = await listener(gives(content));
    const huge = rig.offer('ann', 'f', port, Number.MAX_SAFE_INTEGER);
    rig.transfers.accept(huge.id);
    expect((await until('it fails', () => rig.view(huge.id).state === 'failed' && rig.view(huge.id))).text).toMatch(/not enough room/);
    rig.settings.saveDirectory = join(rig.directory, 'a file');
    await writeFile(rig.settings.saveDirectory, 'x');
    const { id } = rig.offer('ann', 'f', port, 5);
    rig.transfers.accept(id);
    expect((await until('it fails', () => rig.view(id).state === 'failed' && rig.view(id))).text).toMatch(/could not be written/);
  });
  it('says that the disk is full when it fills up on the way', async () => {
    const port = await listener(gives(content));
    const socket = await connectTo('127.0.0.1', port, 5_000, new AbortController().signal);
    // Takes nothing: every write fails as on a full disk.
    const file = await open('/dev/full', 'w');
    const receiving = receiveFile({
      socket,
      file,
      position: 0,
      size: content.length,
      stall: 5_000,
      signal: new AbortController().signal,
      onProgress: () => undefined,
    });
    await expect(receiving).rejects.toThrow('The disk is full.');
    expect(socket.destroyed).toBe(true);
    await file.close();
  });
  it('is offered no longer after a while, a refusal or the end of the connection to the server', async () => {
    const rig = await transferRig();
    rig.settings.timeout = 0.05;
    const short = rig.offer('ann', 'f', 5_000, 1);
    rig.settings.timeout = 300;
    const refused = rig.offer('ann', 'g', 5_000, 1);
    const open = rig.offer('ann', 'h', 5_000, 1);
    rig.transfers.reject(refused.id);
    rig.irc({ kind: 'state', state: { phase: 'waiting', text: '', retryAt: null } });
    await until('the time is over', () => rig.view(short.id).state === 'failed');
    expect([rig.view(refused.id).state, rig.view(open.id).state]).toEqual(['cancelled', 'failed']);
    for (const { id } of [short, refused, open])
      expect(() => {
        rig.transfers.accept(id);
      }).toThrow(/over/);
  });
});

describe('sending a file', () => {
  it('lets the other side listen, and connects there', async () => {
    const rig = await transferRig();
    const page = await handOver(rig.transfers, content);
    const id = await rig.transfers.send(page, net, 'ann', '../my file.bin');
    const [nick, text] = rig.said[0] ?? [];
    const offer = offerIn(text);
    expect([nick, offer.name, offer.size, offer.port]).toEqual(['ann', 'my file.bin', content.length, 0]);
    expect(text).toMatch(/ 199 0 /);
    const [staged = ''] = await readdir(join(rig.directory, 'staged'));
    expect((await stat(join(rig.directory, 'staged', staged))).mode & 0o777).toBe(0o600);
    const got: Uint8Array[] = [];
    let total = 0;
    const port = await listener((socket) => {
      socket.on('data', (bytes) => {
        got.push(bytes);
        total += bytes.length;
        const acknowledgement = new Uint8Array(4);
        new DataView(acknowledgement.buffer).setUint32(0, total);
        socket.write(acknowledgement);
      });
    });
    // Not their token, and not their nick.
    rig.offer('eve', 'x', port, 1, { token: offer.token });
    rig.offer('ann', 'x', port, 1, { token: 'other' });
    expect(rig.view(id).state).toBe('waiting');
    rig.irc({ kind: 'dcc', from: origin('Ann'), offer: { ...offer, address: '127.0.0.1', port }, time: 0 });
    await rig.reaches(id, 'done');
    expect(new Uint8Array(await new Blob(got.map((bytes) => new Uint8Array(bytes))).arrayBuffer())).toEqual(content);
    await until('the handed over file is gone', async () => (await readdir(join(rig.directory, 'staged'))).length === 0);
  });
  it('listens itself with passive = false, and goes on where the other side asks', async () => {
    const rig = await transferRig();
    rig.settings.passive = false;
    const page = await handOver(rig.transfers, content);
    await expect(rig.transfers.send(page, net, 'ann', 'f')).rejects.toThrow(/file_transfer.server/);
    rig.settings.server = { publicAddress: '127.0.0.1', bindAddress: '127.0.0.1', firstPort: 41_700, lastPort: 41_799 };
    const id = await rig.transfers.send(page, net, 'ann', 'f');
    await until('it says where', () => rig.said.length === 1);
    const { port } = offerIn(rig.said[0]?.[1]);
    const resume = (position: number): void => {
      rig.irc({ kind: 'dccResume', from: origin('ann'), verb: 'resume', name: 'f', port, position, token: null, time: 0 });
    };
    resume(content.length);
    resume(content.length + 1);
    expect(rig.said).toHaveLength(1);
    resume(299_000);
    expect(rig.said[1]).toEqual(['ann', `ACCEPT f ${port} 299000`]);
    const got: Uint8Array[] = [];
    const socket = connect(port, '127.0.0.1');
    let length = 0;
    socket.on('data', (bytes) => {
      got.push(bytes);
      length += bytes.length;
      if (length === 1_000) socket.end();
    });
    await rig.reaches(id, 'done');
    expect(new Uint8Array(await new Blob(got.map((bytes) => new Uint8Array(bytes))).arrayBuffer())).toEqual(content.subarray(299_000));
  });
  it('fails where they close before they have it all, and where nobody comes', async () => {
    const rig = await transferRig();
    rig.settings.timeout = 0.2;
    const lonely = await rig.transfers.send(await handOver(rig.transfers, content), net, 'ann', 'f');
    expect((await until('nobody came', () => rig.view(lonely).state === 'failed' && rig.view(lonely))).text).toMatch(/in time/);
    rig.settings.timeout = 300;
    const big = new Uint8Array(8_000_000);
    const id = await rig.transfers.send(await handOver(rig.transfers, big), net, 'ann', 'f');
    const port = await listener((socket) => {
      socket.once('data', () => {
        socket.destroy();
      });
    });
    rig.irc({ kind: 'dcc', from: origin('ann'), offer: { ...offerIn(rig.said.at(-1)?.[1]), address: '127.0.0.1', port }, time: 0 });
    await until('it fails', () => rig.view(id).state === 'failed');
    await until('nothing is left', async () => (await readdir(join(rig.directory, 'staged'))).length === 0);
  });
  it('takes parts in order only, of this page only', async () => {
    const rig = await transferRig();
    const page = await handOver(rig.transfers, new Uint8Array(10));
    await expect(rig.transfers.part(page, 11, 'AAAA')).rejects.toThrow(/another order/);
    await expect(rig.transfers.part(page, 10, '!')).rejects.toThrow(/base64/);
    const other = await handOver(rig.transfers, new Uint8Array(3));
    await rig.transfers.send(other, net, 'ann', 'f');
    await expect(rig.transfers.send(other, net, 'ann', 'f')).rejects.toThrow(/no file/);
  });
  it('leaves nothing behind when Sotto ends or was killed', async () => {
    const rig = await transferRig();
    await handOver(rig.transfers, content);
    await rig.transfers.stop();
    expect(await readdir(rig.directory)).not.toContain('staged');
    await mkdir(join(rig.directory, 'staged'));
    await writeFile(join(rig.directory, 'staged', 'left'), 'x');
    await rig.transfers.start();
    expect(await readdir(rig.directory)).not.toContain('staged');
  });
});

describe('the list of transfers', () => {
  it('is bounded, and so are offers that wait', async () => {
    const rig = await transferRig();
    for (let index = 0; index < 200; index += 1)
      rig.irc({
        kind: 'dcc',
        from: origin(`n${index % 8}`),
        offer: { name: 'f', size: 1, address: '127.0.0.1', port: 5_000, token: null },
        time: 0,
      });
    expect(rig.transfers.views()).toHaveLength(20);
    const one = await transferRig();
    for (let index = 0; index < 20; index += 1) one.offer('ann', 'f', 5_000, 1);
    expect(one.transfers.views()).toHaveLength(5);
    one.world.isProxied = true;
    for (let index = 0; index < 200; index += 1) one.offer('bob', 'f', 5_000, 1);
    expect(one.transfers.views().length).toBeLessThanOrEqual(55);
  });
  it('follows a nick', async () => {
    const rig = await transferRig();
    const { id } = rig.offer('ann', 'f', 5_000, 1);
    rig.irc({ kind: 'nick', from: origin('ann'), to: 'anna', channels: [], self: false, time: 0, historic: false });
    expect(rig.view(id).nick).toBe('anna');
  });
});

it('a link in the way is not followed', async () => {
  const rig = await transferRig();
  await mkdir(rig.settings.saveDirectory);
  const outside = join(rig.directory, 'outside');
  await writeFile(outside, 'precious');
  await symlink(outside, join(rig.settings.saveDirectory, 'f'));
  const { id } = rig.offer('ann', 'f', await listener(gives(content)), content.length);
  rig.transfers.accept(id);
  expect((await rig.reaches(id, 'done')).name).toBe('f (1)');
  expect(await readFile(outside, 'utf8')).toBe('precious');
});
