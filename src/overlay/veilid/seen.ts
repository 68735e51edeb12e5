import { RECORD_SLOTS } from '../overlay.ts';
import type { NodeClient } from './client.ts';

/** Records whose sequence numbers are remembered; the longest unused is forgotten, and all of it counts as news again. */
const MAX_RECORDS = 2_048;

/** What has been read of which record in this run of the program, by the sequence numbers that rise with each write of a slot. */
export interface Seen {
  resolved(key: string, slot: number, seq: number): void;
  /** A slot is in use, as a notice of the network says. */
  used(key: string, slot: number): void;
  /** Sequence numbers by slot of what is newer in the network than what was resolved here. The record has to be open. */
  newer(key: string, client: NodeClient, signal: AbortSignal): Promise<Map<number, number>>;
}

interface Entry {
  read: Map<number, number>;
  /** The highest slot that is known to have been written; -1 for none, null before anybody looked. */
  highest: number | null;
}

export function createSeen(): Seen {
  const entries = new Map<string, Entry>();
  const entryOf = (key: string): Entry => {
    const entry = entries.get(key) ?? { read: new Map(), highest: null };
    entries.delete(key);
    entries.set(key, entry);
    const oldest = entries.size > MAX_RECORDS ? entries.keys().next().value : undefined;
    if (oldest !== undefined) entries.delete(oldest);
    return entry;
  };
  const isSlot = (slot: number): boolean => slot >= 0 && slot < RECORD_SLOTS;

  return {
    resolved(key, slot, seq) {
      const entry = entryOf(key);
      entry.read.set(slot, Math.max(seq, entry.read.get(slot) ?? 0));
      entry.highest = Math.max(slot, entry.highest ?? -1);
    },
    used(key, slot) {
      const entry = entryOf(key);
      if (isSlot(slot)) entry.highest = Math.max(slot, entry.highest ?? -1);
    },
    async newer(key, client, signal) {
      const entry = entryOf(key);
      let highest = entry.highest;
      if (highest === null) {
        const { local } = await client.inspect(key, 'Local', null, signal);
        highest = local.findLastIndex((seq, slot) => seq !== null && isSlot(slot));
      }
      const found = highest < 0 ? [] : (await client.inspect(key, 'UpdateGet', [0, highest], signal)).network.slice(0, RECORD_SLOTS);
      // asking for numbers takes 10 s where a slot was never written, asking for its value some milliseconds
      for (let slot = found.length; slot < RECORD_SLOTS; slot += 1) {
        const value = await client.getValue(key, slot, 'network', signal);
        if (value === null) break;
        found.push(value.seq);
      }
      entry.highest = Math.max(found.length - 1, entry.highest ?? -1);
      const news = new Map<number, number>();
      found.forEach((seq, slot) => {
        if (seq !== null && seq > (entry.read.get(slot) ?? -1)) news.set(slot, seq);
      });
      return news;
    },
  };
}
