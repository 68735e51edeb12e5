import { MAX_PACKET_BYTES, OverlayError, type OverlayRecords } from '../overlay.ts';
import { unlessAborted } from '../wait.ts';
import type { NodeClient } from './client.ts';
import { NodeRefusal } from './errors.ts';
import { createWatches } from './watches.ts';

/** Slots of a record: 16 x 32 KiB, half of what Veilid allows. The number is part of the record's key and cannot grow. */
export const RECORD_SLOTS = 16;
/** A write that met a newer value was not stored and is repeated; one repetition was always enough. */
const MAX_WRITES = 4;
/** Records that stay open; the longest unused one that nobody watches is closed. */
const MAX_OPEN = 256;

export interface NodeRecords extends OverlayRecords {
  /** A new connection: nothing is open there and nothing is watched. */
  connected(client: NodeClient, signal: AbortSignal): void;
  /** Updates came or were lost: `null` means that any record may have changed. */
  changed(key: string | null, slots: [number, number][], count: number): void;
}

/** `need` answers the client of a node that is ready, and the signal of its connection, or throws. */
export function createRecords(need: () => { client: NodeClient; signal: AbortSignal }, log: (line: string) => void): NodeRecords {
  /** Keys in the order of their last use. */
  let open = new Map<string, { writer: string | null; done: Promise<void> }>();

  /** Work on a record belongs to the caller's signal and to the connection: handles die with it. */
  const using = (signal: AbortSignal): { client: NodeClient; signal: AbortSignal } => {
    const node = need();
    signal.throwIfAborted();
    return { client: node.client, signal: AbortSignal.any([signal, node.signal]) };
  };
  const opened = async (key: string, writer: string | null, signal: AbortSignal): Promise<void> => {
    const node = need();
    const table = open;
    const known = table.get(key);
    if (known !== undefined && (writer === null || known.writer === writer)) {
      table.delete(key);
      table.set(key, known);
      return unlessAborted(known.done, signal);
    }
    // opening is shared by everyone who waits for it, so only the connection's end cancels it
    const done = (known?.done ?? Promise.resolve()).catch(() => undefined).then(() => node.client.openRecord(key, writer, node.signal));
    const entry = { writer: writer ?? known?.writer ?? null, done };
    table.delete(key);
    table.set(key, entry);
    done.catch(() => {
      if (table.get(key) === entry) table.delete(key);
    });
    if (table.size > MAX_OPEN) closeOldest(node, table);
    return unlessAborted(done, signal);
  };
  const closeOldest = (node: { client: NodeClient; signal: AbortSignal }, table: typeof open): void => {
    for (const key of table.keys()) {
      if (watches.has(key)) continue;
      table.delete(key);
      // an open record only costs the node a little memory
      node.client.closeRecord(key, node.signal).catch(() => undefined);
      return;
    }
  };
  const write = async (
    client: NodeClient,
    key: string,
    writer: string,
    slot: number,
    bytes: Uint8Array,
    signal: AbortSignal,
  ): Promise<void> => {
    for (let writes = 1; writes <= MAX_WRITES; writes += 1) {
      if (await client.setValue(key, slot, bytes, writer, signal)) return;
    }
    throw new OverlayError('tryAgain', 'The record always has a newer value.');
  };
  const watches = createWatches({ open: (key, signal) => opened(key, null, signal), log });

  return {
    async create(signal) {
      const { client, signal: both } = using(signal);
      const record = await client.createRecord(RECORD_SLOTS, both);
      open.set(record.key, { writer: record.writer, done: Promise.resolve() });
      return record;
    },
    async publish({ key, writer }, slot, bytes, signal) {
      if (bytes.length > MAX_PACKET_BYTES || !Number.isInteger(slot) || slot < 0 || slot >= RECORD_SLOTS) {
        throw new OverlayError('tooLarge', 'This does not fit into a record.');
      }
      const { client, signal: both } = using(signal);
      await opened(key, writer, both);
      await write(client, key, writer, slot, bytes, both);
    },
    async resolve(key, slot, signal) {
      const { client, signal: both } = using(signal);
      try {
        await opened(key, null, both);
        const bytes = await client.getValue(key, slot, both);
        return bytes === null || bytes.length === 0 ? null : bytes;
      } catch (error) {
        if (error instanceof NodeRefusal && error.kind === 'KeyNotFound') return null;
        throw error;
      }
    },
    async watch(key, onChange, signal) {
      const { client, signal: connection } = need();
      await watches.add(key, onChange, signal, client, connection);
    },
    async end({ key, writer }, signal) {
      const { client, signal: both } = using(signal);
      await opened(key, writer, both);
      let used = (await client.inspect(key, 'Local', both)).local;
      // a node that lost its directory asks the network what it wrote, which takes 10 s
      if (used.every((sequence) => sequence === null)) used = (await client.inspect(key, 'UpdateGet', both)).network;
      for (let slot = 0; slot < RECORD_SLOTS; slot += 1) {
        if ((used[slot] ?? null) !== null) await write(client, key, writer, slot, new Uint8Array(), both);
      }
      open.delete(key);
      await client.closeRecord(key, both);
      await client.deleteRecord(key, both);
    },
    connected(client, signal) {
      open = new Map();
      watches.connected(client, signal);
    },
    changed: (key, slots, count) => {
      watches.changed(key, slots, count);
    },
  };
}
