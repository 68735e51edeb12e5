import { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { addressesOf, connectFirst, MAX_ADDRESSES } from '../../../src/net/tcp.ts';
import { freePort } from '../../support/irc/lab.ts';
import { listenOn } from '../../support/irc/listeners.ts';

const four = (address: string) => ({ address, family: 4 });
const forever = new AbortController().signal;

describe('a name with several addresses', () => {
  test('a dead first address does not keep the living one waiting', async () => {
    const { port } = await listenOn(null);
    const opened: Socket[] = [];
    const open = (address: string, at: number): Socket => {
      const socket = new Socket();
      opened.push(socket);
      // One that never answers, as behind a firewall that drops.
      return address === '192.0.2.1' ? socket : socket.connect({ host: address, port: at });
    };
    const socket = await connectFirst([four('192.0.2.1'), four('127.0.0.1')], port, forever, open);
    expect(socket.remoteAddress).toBe('127.0.0.1');
    expect(opened[0]?.destroyed).toBe(true);
    socket.destroy();
  });
  test('an address that refuses hands over to the next at once', async () => {
    const { port } = await listenOn(null);
    const socket = await connectFirst([{ address: '::1', family: 6 }, four('127.0.0.2'), four('127.0.0.1')], port, forever);
    expect(socket.remoteAddress).toBe('127.0.0.1');
    socket.destroy();
  });
  test('only one connection stays, however many answer', async () => {
    const listener = await listenOn(null);
    const opened: Socket[] = [];
    const open = (address: string, port: number): Socket => {
      const socket = new Socket().connect({ host: address, port });
      opened.push(socket);
      return socket;
    };
    const socket = await connectFirst([four('127.0.0.1'), four('127.0.0.1'), four('127.0.0.1')], listener.port, forever, open);
    expect(opened.filter(({ destroyed }) => !destroyed)).toEqual([socket]);
    socket.destroy();
  });
  test('where all fail, all are told', async () => {
    const port = await freePort();
    await expect(connectFirst([four('127.0.0.1'), four('127.0.0.1')], port, forever)).rejects.toBeInstanceOf(AggregateError);
    await expect(connectFirst([four('127.0.0.1')], port, forever)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
  test('giving up ends all attempts', async () => {
    const abort = new AbortController();
    const opened: Socket[] = [];
    const open = (): Socket => {
      const socket = new Socket();
      opened.push(socket);
      if (opened.length === 2) abort.abort();
      return socket;
    };
    await expect(connectFirst([four('192.0.2.1'), four('192.0.2.2'), four('192.0.2.3')], 1, abort.signal, open)).rejects.toThrow();
    expect(opened.length).toBeGreaterThanOrEqual(2);
    expect(opened.every(({ destroyed }) => destroyed)).toBe(true);
  });
  test('families take turns, and only some addresses are tried', async () => {
    const many = [...Array.from({ length: 20 }, (_, index) => ({ address: `2001:db8::${index}`, family: 6 })), four('127.0.0.1')];
    const found = await addressesOf({ name: 'x.test', family: 0, onion: false }, () => Promise.resolve(many));
    expect(found).toHaveLength(MAX_ADDRESSES);
    expect(found.slice(0, 3).map(({ family }) => family)).toEqual([6, 4, 6]);
    await expect(addressesOf({ name: 'x.test', family: 0, onion: false }, () => Promise.resolve([]))).rejects.toMatchObject({
      code: 'ENOTFOUND',
    });
  });
});
