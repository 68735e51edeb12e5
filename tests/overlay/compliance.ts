/** What every overlay must do. Each implementation runs it with two of its overlays, started and ready, that can reach each other. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  OverlayError,
  MAIL_SLOTS,
  MAX_ADDRESSES,
  MAX_PACKET_BYTES,
  RECORD_SLOTS,
  type Address,
  type Overlay,
} from '../../src/overlay/overlay.ts';

export interface Pair {
  a: Overlay;
  b: Overlay;
  stop(): Promise<void>;
}

/** What the sender sees when nobody answers; which of them comes is a matter of moments. */
const NOBODY = ['unreachable', 'timeout'];

const signal = (): AbortSignal => AbortSignal.timeout(120_000);

export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'nothing was rejected';
  } catch (error) {
    return error instanceof OverlayError ? error.code : String(error);
  }
}

/** Resolves once `condition` holds, which is asked again after each `event`. */
export function until(condition: () => boolean, onEvent: (handler: () => void) => () => void): Promise<void> {
  return new Promise((resolve) => {
    const check = (): void => {
      if (!condition()) return;
      off();
      resolve();
    };
    const off = onEvent(check);
    check();
  });
}

/** The newest address once there are two. */
export async function twoAddresses(overlay: Overlay): Promise<Address> {
  await until(
    () => overlay.addresses().length === MAX_ADDRESSES,
    (handler) => overlay.onAddresses(handler),
  );
  const [newest] = overlay.addresses();
  if (newest === undefined) throw new Error('no address');
  return newest;
}

/** Sends again while the way is not there yet, as the core does. */
export async function sendUntilAnswered(from: Overlay, to: Uint8Array, bytes: Uint8Array): Promise<Uint8Array> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await from.send(to, bytes, signal());
    } catch (error) {
      if (tries === 12 || !(error instanceof OverlayError)) throw error;
    }
  }
}

const reversed = (bytes: Uint8Array): Promise<Uint8Array> => Promise.resolve(bytes.toReversed());
const bytesOf = (length: number): Uint8Array => Uint8Array.from({ length }, (_, at) => (at * 7) % 251);

export function describeOverlay(name: string, makePair: () => Promise<Pair>): void {
  describe(`${name} as an overlay`, () => {
    let pair: Pair;
    let a: Overlay;
    let b: Overlay;
    beforeAll(async () => {
      pair = await makePair();
      ({ a, b } = pair);
      await Promise.all([twoAddresses(a), twoAddresses(b)]);
    });
    afterAll(() => pair.stop());

    test('announces two different addresses, and their text leads back to the bytes in every spelling', () => {
      const [first, second] = a.addresses();
      if (first === undefined || second === undefined) throw new Error('two addresses were expected');
      expect(first.text).not.toBe(second.text);
      expect(a.state().phase).toBe('ready');
      expect(b.parseAddress(first.text)).toEqual(first.bytes);
      const standard = btoa(String.fromCharCode(...first.bytes));
      expect(b.parseAddress(` ${standard.slice(0, 76)}\r\n${standard.slice(76)}\n`)).toEqual(first.bytes);
    });

    test('takes no text for an address that is none', () => {
      for (const text of ['', 'hello', '!'.repeat(1_000), 'A'.repeat(100), 'A'.repeat(100_000)]) expect(b.parseAddress(text)).toBeNull();
    });

    test('carries a packet to its address and the reply back', async () => {
      const to = await twoAddresses(a);
      const seen: { bytes: Uint8Array; at: Uint8Array }[] = [];
      a.onDatagram((bytes, at) => {
        seen.push({ bytes, at });
        return reversed(bytes);
      });
      const reply = await sendUntilAnswered(b, to.bytes, bytesOf(1_000));
      expect(reply).toEqual(bytesOf(1_000).toReversed());
      expect(seen.at(-1)).toEqual({ bytes: bytesOf(1_000), at: to.bytes });
    });

    test('tells which of the addresses a packet came to', async () => {
      const at: string[] = [];
      a.onDatagram((bytes, own) => {
        at.push(a.addresses().find(({ bytes: known }) => known.every((byte, index) => byte === own[index]))?.text ?? 'unknown');
        return reversed(bytes);
      });
      for (const { bytes, text } of a.addresses()) {
        await sendUntilAnswered(b, bytes, bytesOf(3));
        expect(at.at(-1)).toBe(text);
      }
    });

    test('carries both ways at once', async () => {
      a.onDatagram(reversed);
      b.onDatagram(reversed);
      const [toA, toB] = [await twoAddresses(a), await twoAddresses(b)];
      const replies = await Promise.all(
        [1, 2, 3, 4].flatMap((n) => [sendUntilAnswered(b, toA.bytes, bytesOf(n)), sendUntilAnswered(a, toB.bytes, bytesOf(n))]),
      );
      expect(replies).toEqual([1, 2, 3, 4].flatMap((n) => [bytesOf(n).toReversed(), bytesOf(n).toReversed()]));
    });

    test('passes exactly 32,768 bytes and nothing more', async () => {
      a.onDatagram((bytes) => Promise.resolve(bytes));
      const to = await twoAddresses(a);
      expect(await sendUntilAnswered(b, to.bytes, bytesOf(MAX_PACKET_BYTES))).toEqual(bytesOf(MAX_PACKET_BYTES));
      expect(await codeOf(b.send(to.bytes, bytesOf(MAX_PACKET_BYTES + 1), signal()))).toBe('tooLarge');
    });

    test('lets the sender wait in vain when the answer is silence', async () => {
      a.onDatagram(() => Promise.resolve(null));
      expect(NOBODY).toContain(await codeOf(b.send((await twoAddresses(a)).bytes, bytesOf(10), signal())));
    });

    test('a handler that fails is silence, and the next packet is answered', async () => {
      a.onDatagram(() => Promise.reject(new Error('out of order')));
      const to = await twoAddresses(a);
      expect(NOBODY).toContain(await codeOf(b.send(to.bytes, bytesOf(10), signal())));
      a.onDatagram(reversed);
      expect(await sendUntilAnswered(b, to.bytes, bytesOf(4))).toEqual(bytesOf(4).toReversed());
    });

    test('refuses bytes that are no address', async () => {
      expect(await codeOf(b.send(new Uint8Array(8), bytesOf(1), signal()))).toBe('badAddress');
      expect([...NOBODY, 'badAddress']).toContain(await codeOf(b.send(bytesOf(700), bytesOf(1), signal())));
    });

    test('ends a send when its signal aborts', async () => {
      let arrived = (): void => undefined;
      const there = new Promise<void>((resolve) => {
        arrived = resolve;
      });
      a.onDatagram(() => {
        arrived();
        return new Promise(() => undefined);
      });
      const controller = new AbortController();
      const sending = b.send((await twoAddresses(a)).bytes, bytesOf(10), controller.signal);
      sending.catch(() => undefined);
      await Promise.race([there, sending.catch(() => undefined)]);
      controller.abort(new Error('no longer wanted'));
      const again = b.send((await twoAddresses(a)).bytes, bytesOf(10), controller.signal);
      await expect(again).rejects.toThrow('no longer wanted');
      await expect(sending).rejects.toThrow();
      a.onDatagram(reversed);
    });

    test('renewed addresses are new, and the old ones answer until they are released', async () => {
      a.onDatagram(reversed);
      await twoAddresses(a);
      const old = a.addresses();
      const renewed = await a.renew(signal());
      expect(renewed).toHaveLength(MAX_ADDRESSES);
      for (const { text } of renewed) expect(old.map((address) => address.text)).not.toContain(text);
      for (const { bytes } of [...renewed, ...old]) expect(await sendUntilAnswered(b, bytes, bytesOf(5))).toEqual(bytesOf(5).toReversed());
      for (const { bytes } of old) {
        await a.release(bytes);
        expect(NOBODY).toContain(await codeOf(b.send(bytes, bytesOf(5), signal())));
      }
      expect(await sendUntilAnswered(b, (await twoAddresses(a)).bytes, bytesOf(6))).toEqual(bytesOf(6).toReversed());
    });

    test('a released address that was announced is replaced', async () => {
      const released = await twoAddresses(a);
      await a.release(released.bytes);
      await until(
        () => a.addresses().length === MAX_ADDRESSES && a.addresses().every(({ text }) => text !== released.text),
        (handler) => a.onAddresses(handler),
      );
    });

    test('keeps what is published in a record until its end', async () => {
      const [own, other] = [a.records, b.records];
      if (own === null || other === null) return;
      const record = await own.create(signal());
      expect(await own.resolve(record.key, 0, signal())).toBeNull();
      await own.publish(record, 0, bytesOf(2_000), signal());
      await own.publish(record, 1, bytesOf(7), signal());
      expect(await other.resolve(record.key, 0, signal())).toEqual(bytesOf(2_000));
      expect(await other.resolve(record.key, 1, signal())).toEqual(bytesOf(7));
      expect(await other.resolve(record.key, 2, signal())).toBeNull();
      await own.publish(record, 0, bytesOf(11), signal());
      expect(await other.resolve(record.key, 0, signal())).toEqual(bytesOf(11));
      expect(await codeOf(own.publish(record, 0, bytesOf(MAX_PACKET_BYTES + 1), signal()))).toBe('tooLarge');
      await own.end(record, signal());
      expect(await other.resolve(record.key, 0, signal())).toBeNull();
      expect(await other.resolve(record.key, 1, signal())).toBeNull();
    });

    test('a record holds a full packet in each of its slots, and none beside them', async () => {
      const [own, other] = [a.records, b.records];
      if (own === null || other === null) return;
      const record = await own.create(signal());
      const slots = Array.from({ length: MAIL_SLOTS }, (_, at) => at + 1);
      const value = (slot: number): Uint8Array => bytesOf(MAX_PACKET_BYTES).with(0, slot);
      for (const slot of slots) await own.publish(record, slot, value(slot), signal());
      for (const slot of slots) expect(await other.resolve(record.key, slot, signal())).toEqual(value(slot));
      for (const slot of [-1, RECORD_SLOTS, 1.5, Number.NaN]) {
        expect(await codeOf(own.publish(record, slot, bytesOf(1), signal()))).toBe('tooLarge');
        expect(await other.resolve(record.key, slot, signal())).toBeNull();
      }
    });

    test('a cleared slot is empty, may be cleared again, and takes the next value', async () => {
      const [own, other] = [a.records, b.records];
      if (own === null || other === null) return;
      const record = await own.create(signal());
      await own.publish(record, 1, bytesOf(40), signal());
      await own.publish(record, 1, bytesOf(40), signal());
      expect(await other.resolve(record.key, 1, signal())).toEqual(bytesOf(40));
      await own.publish(record, 1, new Uint8Array(), signal());
      await own.publish(record, 1, new Uint8Array(), signal());
      expect(await other.resolve(record.key, 1, signal())).toBeNull();
      expect(await own.resolve(record.key, 1, signal())).toBeNull();
      await own.publish(record, 1, bytesOf(41), signal());
      expect(await other.resolve(record.key, 1, signal())).toEqual(bytesOf(41));
    });

    test('names the slots that were written or cleared since they were resolved', async () => {
      const [own, other] = [a.records, b.records];
      if (own === null || other === null) return;
      const record = await own.create(signal());
      const news = async (): Promise<number[]> => (await other.news(record.key, signal())).toSorted((one, two) => one - two);
      expect(await news()).toEqual([]);
      for (const slot of [0, 1, 2]) await own.publish(record, slot, bytesOf(slot + 5), signal());
      expect(await news()).toEqual([0, 1, 2]);
      expect(await news()).toEqual([0, 1, 2]);
      for (const slot of [0, 2]) await other.resolve(record.key, slot, signal());
      expect(await news()).toEqual([1]);
      await other.resolve(record.key, 1, signal());
      expect(await news()).toEqual([]);
      await own.publish(record, 1, bytesOf(1), signal());
      await own.publish(record, 2, new Uint8Array(), signal());
      await own.publish(record, 3, bytesOf(9), signal());
      expect(await news()).toEqual([1, 2, 3]);
    });

    test('tells a watcher of what was written before and of each change of a mail slot, also that it was cleared', async () => {
      const [own, other] = [a.records, b.records];
      if (own === null || other === null) return;
      const record = await own.create(signal());
      await own.publish(record, 0, bytesOf(1), signal());
      await own.publish(record, 1, bytesOf(2), signal());
      const slots: number[] = [];
      const controller = new AbortController();
      let heard = (): void => undefined;
      const told = (slot: number): Promise<void> =>
        until(
          () => slots.includes(slot),
          (handler) => {
            heard = handler;
            return () => undefined;
          },
        );
      await other.watch(
        record.key,
        (slot) => {
          slots.push(slot);
          heard();
        },
        controller.signal,
      );
      await told(1);
      for (const value of [bytesOf(3), new Uint8Array()]) {
        for (const slot of [0, 1]) await other.resolve(record.key, slot, signal());
        slots.length = 0;
        await own.publish(record, 1, value, signal());
        await told(1);
        expect(await other.resolve(record.key, 1, signal())).toEqual(value.length === 0 ? null : value);
      }
      controller.abort();
    });

    test('tells a watcher which slot of a record changed, until its signal aborts', async () => {
      const [own, other] = [a.records, b.records];
      if (own === null || other === null) return;
      const record = await own.create(signal());
      await own.publish(record, 0, bytesOf(1), signal());
      expect(await other.resolve(record.key, 0, signal())).toEqual(bytesOf(1));
      const slots: number[] = [];
      const controller = new AbortController();
      let heard = (): void => undefined;
      await other.watch(
        record.key,
        (slot) => {
          slots.push(slot);
          heard();
        },
        controller.signal,
      );
      const told = until(
        () => slots.includes(1),
        (handler) => {
          heard = handler;
          return () => undefined;
        },
      );
      await own.publish(record, 1, bytesOf(9), signal());
      await told;
      expect(new Set(slots)).toEqual(new Set([1]));
      controller.abort();
      const count = slots.length;
      await own.publish(record, 2, bytesOf(9), signal());
      expect(await other.resolve(record.key, 2, signal())).toEqual(bytesOf(9));
      expect(slots).toHaveLength(count);
    });

    test('stop rejects what waits, withdraws the addresses, and a new start works', async () => {
      let arrived = (): void => undefined;
      const there = new Promise<void>((resolve) => {
        arrived = resolve;
      });
      a.onDatagram(() => {
        arrived();
        return new Promise(() => undefined);
      });
      const sending = codeOf(b.send((await twoAddresses(a)).bytes, bytesOf(10), signal()));
      await there;
      await b.stop();
      expect(await sending).toBe('stopped');
      expect(b.state().phase).toBe('stopped');
      expect(b.addresses()).toEqual([]);
      expect(await codeOf(b.send((await twoAddresses(a)).bytes, bytesOf(1), signal()))).toBe('stopped');
      await b.start(signal());
      await until(
        () => b.state().phase === 'ready',
        (handler) => b.onState(handler),
      );
      a.onDatagram(reversed);
      expect(await sendUntilAnswered(b, (await twoAddresses(a)).bytes, bytesOf(12))).toEqual(bytesOf(12).toReversed());
    });
  });
}
