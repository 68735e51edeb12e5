import { createLoopbackNetwork } from '../../src/overlay/loopback/network.ts';
import { createLoopbackOverlay } from '../../src/overlay/loopback/loopback.ts';
import { describe, expect, test } from 'vitest';
import { codeOf, describeOverlay, until } from './compliance.ts';

const never = new AbortController().signal;

async function pair(replyTimeoutMs: number) {
  const network = createLoopbackNetwork({ replyTimeoutMs });
  const [a, b] = [createLoopbackOverlay(network), createLoopbackOverlay(network)];
  await Promise.all([a.start(never), b.start(never)]);
  const stop = async (): Promise<void> => {
    await Promise.all([a.stop(), b.stop()]);
  };
  const [address] = a.addresses();
  if (address === undefined) throw new Error('no address');
  return { network, a, b, address, stop };
}

describeOverlay('loopback', () => pair(200));

describe('faults of the loopback network', () => {
  test('a dropped packet never arrives and its sender runs into the time-out', async () => {
    const { network, a, b, address } = await pair(20);
    let arrived = 0;
    a.onDatagram((bytes) => {
      arrived += 1;
      return Promise.resolve(bytes);
    });
    network.faults.drop = () => true;
    expect(await codeOf(b.send(address.bytes, new Uint8Array(1), never))).toBe('timeout');
    expect(arrived).toBe(0);
  });

  test('a dropped reply leaves the receiver with the packet and the sender without an answer', async () => {
    const { network, a, b, address } = await pair(20);
    let arrived = 0;
    a.onDatagram((bytes) => {
      arrived += 1;
      return Promise.resolve(bytes);
    });
    network.faults.dropReply = () => true;
    expect(await codeOf(b.send(address.bytes, new Uint8Array(1), never))).toBe('timeout');
    expect(arrived).toBe(1);
  });

  test('a duplicated packet arrives twice and is answered once', async () => {
    const { network, a, b, address } = await pair(2_000);
    let arrived = 0;
    let heard = (): void => undefined;
    a.onDatagram(() => {
      arrived += 1;
      heard();
      return Promise.resolve(Uint8Array.of(arrived));
    });
    network.faults.duplicate = () => true;
    expect(await b.send(address.bytes, new Uint8Array(1), never)).toEqual(Uint8Array.of(1));
    await until(
      () => arrived === 2,
      (handler) => {
        heard = handler;
        return () => undefined;
      },
    );
  });

  test('a killed address is unreachable, and its owner announces another', async () => {
    const { network, a, b, address } = await pair(2_000);
    network.kill(address.bytes);
    expect(await codeOf(b.send(address.bytes, new Uint8Array(1), never))).toBe('unreachable');
    expect(a.addresses()).toHaveLength(2);
    expect(a.addresses().map(({ text }) => text)).not.toContain(address.text);
  });
});
