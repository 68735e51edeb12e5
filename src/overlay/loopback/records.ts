import { randomBytes } from 'node:crypto';
import { toBase64Url } from '../base64.ts';
import { MAX_PACKET_BYTES, OverlayError, type OverlayRecords } from '../overlay.ts';
import { delay } from '../wait.ts';
import type { LoopbackNetwork, LoopbackRecord } from './network.ts';

/** As in Veilid's records, see `veilid/records.ts`. */
const SLOTS = 16;
/** Records of one process; a demo and a test need a few. */
const MAX_RECORDS = 10_000;

/** Records that live as long as the network value. `running` rejects work once the overlay has stopped. */
export function createLoopbackRecords(network: LoopbackNetwork, running: () => void): OverlayRecords {
  const own = (key: string, writer: string): LoopbackRecord => {
    const record = network.records.get(key);
    if (record?.writer !== writer) throw new OverlayError('unreachable', 'This record is not there or belongs to somebody else.');
    return record;
  };
  const turn = async (signal: AbortSignal): Promise<void> => {
    running();
    await delay(0, signal);
    running();
  };
  return {
    async create(signal) {
      await turn(signal);
      if (network.records.size >= MAX_RECORDS) throw new OverlayError('tryAgain', 'There are too many records.');
      const key = `LOOP:${toBase64Url(randomBytes(32))}`;
      const writer = `LOOP:${toBase64Url(randomBytes(32))}`;
      network.records.set(key, { writer, slots: new Map(), watchers: new Set() });
      return { key, writer };
    },
    async publish({ key, writer }, slot, bytes, signal) {
      if (bytes.length > MAX_PACKET_BYTES || slot < 0 || slot >= SLOTS)
        throw new OverlayError('tooLarge', 'This does not fit into a record.');
      await turn(signal);
      const record = own(key, writer);
      record.slots.set(slot, bytes.slice());
      for (const watcher of [...record.watchers]) watcher(slot);
    },
    async resolve(key, slot, signal) {
      await turn(signal);
      const bytes = network.records.get(key)?.slots.get(slot);
      return bytes === undefined || bytes.length === 0 ? null : bytes.slice();
    },
    async watch(key, onChange, signal) {
      await turn(signal);
      const record = network.records.get(key);
      if (record === undefined) throw new OverlayError('unreachable', 'This record is not there.');
      const watcher = (slot: number): void => {
        setTimeout(() => {
          if (!signal.aborted) onChange(slot);
        }, 0);
      };
      record.watchers.add(watcher);
      signal.addEventListener('abort', () => record.watchers.delete(watcher), { once: true });
    },
    async end({ key, writer }, signal) {
      await turn(signal);
      const record = own(key, writer);
      for (const slot of [...record.slots.keys()]) {
        record.slots.set(slot, new Uint8Array());
        for (const watcher of [...record.watchers]) watcher(slot);
      }
    },
  };
}
