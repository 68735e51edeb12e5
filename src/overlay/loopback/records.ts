import { randomBytes } from 'node:crypto';
import { equalBytes, toBase64Url } from '../base64.ts';
import { MAX_PACKET_BYTES, OverlayError, RECORD_SLOTS, type OverlayRecords } from '../overlay.ts';
import { delay } from '../wait.ts';
import type { LoopbackNetwork, LoopbackRecord } from './network.ts';

/** Records of one process; a demo and a test need a few. */
const MAX_RECORDS = 10_000;

/** Records that live as long as the network value. `running` rejects work once the overlay has stopped. */
export function createLoopbackRecords(network: LoopbackNetwork, running: () => void): OverlayRecords {
  /** Newest sequence number that was resolved, by slot; at most MAX_RECORDS records. */
  const read = new Map<string, Map<number, number>>();
  const newsOf = (key: string): number[] =>
    [...(network.records.get(key)?.slots ?? [])].flatMap(([slot, { seq }]) => (seq > (read.get(key)?.get(slot) ?? 0) ? [slot] : []));
  const write = (record: LoopbackRecord, slot: number, bytes: Uint8Array): void => {
    const before = record.slots.get(slot);
    if (before !== undefined && equalBytes(before.bytes, bytes)) return;
    record.slots.set(slot, { bytes: bytes.slice(), seq: (before?.seq ?? 0) + 1 });
    for (const watcher of [...record.watchers]) watcher(slot);
  };
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
      if (bytes.length > MAX_PACKET_BYTES || !Number.isInteger(slot) || slot < 0 || slot >= RECORD_SLOTS)
        throw new OverlayError('tooLarge', 'This does not fit into a record.');
      await turn(signal);
      write(own(key, writer), slot, bytes);
    },
    async resolve(key, slot, signal) {
      await turn(signal);
      const value = network.records.get(key)?.slots.get(slot);
      if (value === undefined) return null;
      read.set(key, (read.get(key) ?? new Map<number, number>()).set(slot, value.seq));
      return value.bytes.length === 0 ? null : value.bytes.slice();
    },
    async news(key, signal) {
      await turn(signal);
      return newsOf(key);
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
      for (const slot of newsOf(key)) watcher(slot);
      signal.addEventListener('abort', () => record.watchers.delete(watcher), { once: true });
    },
    async end({ key, writer }, signal) {
      await turn(signal);
      const record = own(key, writer);
      for (const slot of [...record.slots.keys()]) write(record, slot, new Uint8Array());
    },
  };
}
