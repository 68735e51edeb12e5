import { equalBytes } from '../base64.ts';
import { MAX_PACKET_BYTES, OverlayError, RECORD_SLOTS, type OverlayRecords } from '../overlay.ts';
import { delay, unlessAborted } from '../wait.ts';
import type { NodeClient } from './client.ts';
import { NodeRefusal } from './errors.ts';
import { createSeen } from './seen.ts';
import { createWatches } from './watches.ts';

/**
 * A write that met a newer value, or too few nodes, was not stored and is repeated after these pauses; one repetition at once was
 * enough wherever a newer value was met. Whoever asked for the write tries again later.
 */
const WRITE_AGAIN_MS = [0, 200, 600, 1_200];
/** Records that stay open; the longest unused one that nobody watches is closed. */
const MAX_OPEN = 256;

const isSlot = (slot: number): boolean => Number.isInteger(slot) && slot >= 0 && slot < RECORD_SLOTS;

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
    for (let writes = 0; ; writes += 1) {
      const isTaken = await client.setValue(key, slot, bytes, writer, signal);
      const copy = isTaken ? await client.getValue(key, slot, 'copy', signal) : null;
      if (copy !== null && equalBytes(copy.bytes, bytes)) return;
      const pause = WRITE_AGAIN_MS[writes];
      if (pause === undefined) throw new OverlayError('tryAgain', 'The network has not stored the record.');
      await delay(pause, signal);
    }
  };
  const seen = createSeen();
  const newer = async (client: NodeClient, key: string, signal: AbortSignal): Promise<Map<number, number>> => {
    try {
      await opened(key, null, signal);
      return await seen.newer(key, client, signal);
    } catch (error) {
      if (error instanceof NodeRefusal && error.kind === 'KeyNotFound') return new Map();
      throw error;
    }
  };
  const watches = createWatches({
    open: (key, signal) => opened(key, null, signal),
    newer,
    used: (key, slot) => {
      seen.used(key, slot);
    },
    log,
  });

  return {
    async create(signal) {
      const { client, signal: both } = using(signal);
      const record = await client.createRecord(RECORD_SLOTS, both);
      open.set(record.key, { writer: record.writer, done: Promise.resolve() });
      return record;
    },
    async publish({ key, writer }, slot, bytes, signal) {
      if (bytes.length > MAX_PACKET_BYTES || !isSlot(slot)) {
        throw new OverlayError('tooLarge', 'This does not fit into a record.');
      }
      const { client, signal: both } = using(signal);
      await opened(key, writer, both);
      await write(client, key, writer, slot, bytes, both);
    },
    async resolve(key, slot, signal) {
      const { client, signal: both } = using(signal);
      if (!isSlot(slot)) return null;
      try {
        await opened(key, null, both);
        const value = await client.getValue(key, slot, 'network', both);
        if (value === null) return null;
        seen.resolved(key, slot, value.seq);
        return value.bytes.length === 0 ? null : value.bytes;
      } catch (error) {
        if (error instanceof NodeRefusal && error.kind === 'KeyNotFound') return null;
        throw error;
      }
    },
    async news(key, signal) {
      const { client, signal: both } = using(signal);
      return [...(await newer(client, key, both)).keys()];
    },
    async watch(key, onChange, signal) {
      const { client, signal: connection } = need();
      await watches.add(key, onChange, signal, client, connection);
    },
    async end({ key, writer }, signal) {
      const { client, signal: both } = using(signal);
      await opened(key, writer, both);
      let used = (await client.inspect(key, 'Local', null, both)).local;
      // a node that lost its directory asks the network what it wrote, which takes 10 s
      if (used.every((sequence) => sequence === null)) used = (await client.inspect(key, 'UpdateGet', null, both)).network;
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
