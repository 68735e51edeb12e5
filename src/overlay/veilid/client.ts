import { fromBase64, toBase64Url } from '../base64.ts';
import { MAX_PACKET_BYTES, OverlayError } from '../overlay.ts';
import { unlessAborted } from '../wait.ts';
import type { Arguments, Connection } from './connection.ts';
import { NodeRefusal } from './errors.ts';
import { UNKNOWN_HANDLE, isMembers, readAttachment, readTraffic, type Attachment, type Traffic } from './protocol.ts';

/** A blob is 712–1,100 bytes today; others are taken within these bounds. */
export const MIN_BLOB_BYTES = 200;
export const MAX_BLOB_BYTES = 4_096;
/** `VLD0:` and the record's id, then the key that reads its values. A stock server hangs up on a key it cannot parse. */
const RECORD_KEY = /^VLD0:[A-Za-z0-9_-]{43}(:[A-Za-z0-9_-]{43})?$/;
const MAX_VERSION_CHARACTERS = 64;
const KEY_PAIR = /^VLD0:[A-Za-z0-9_-]{43}:[A-Za-z0-9_-]{43}$/;
const TYPED_KEY = /^VLD0:[A-Za-z0-9_-]{43}$/;

export interface NewRoute {
  id: string;
  blob: Uint8Array;
}

/** `seq` rises with each write of a slot. */
export interface RecordValue {
  seq: number;
  bytes: Uint8Array;
}

/** The requests Sotto makes, typed. Each rejects as `Connection.request` does. */
export interface NodeClient {
  attach(signal: AbortSignal): Promise<void>;
  attachment(signal: AbortSignal): Promise<Attachment>;
  /** With what the node sends and receives; null where it does not say. */
  state(signal: AbortSignal): Promise<{ attachment: Attachment; traffic: Traffic | null }>;
  /** The version of the library inside the node, e.g. "0.5.7". */
  libraryVersion(signal: AbortSignal): Promise<string>;
  /** Allocates, tests and marks as published: up to 10 s. */
  newRoute(signal: AbortSignal): Promise<NewRoute>;
  releaseRoute(id: string, signal: AbortSignal): Promise<void>;
  /** Answers the route id. Says nothing about whether somebody listens there. */
  importRoute(blob: Uint8Array, signal: AbortSignal): Promise<string>;
  call(routeId: string, message: Uint8Array, signal: AbortSignal): Promise<Uint8Array>;
  reply(callId: string, message: Uint8Array, signal: AbortSignal): Promise<void>;
  createRecord(slots: number, signal: AbortSignal): Promise<{ key: string; writer: string }>;
  openRecord(key: string, writer: string | null, signal: AbortSignal): Promise<void>;
  closeRecord(key: string, signal: AbortSignal): Promise<void>;
  deleteRecord(key: string, signal: AbortSignal): Promise<void>;
  /** The value as the network has it, or as our own copy has it (the network's where there is no copy); null when it was never written. */
  getValue(key: string, slot: number, from: 'network' | 'copy', signal: AbortSignal): Promise<RecordValue | null>;
  /**
   * False when the network held a newer value and ours was not stored: write again. True does not prove that it was stored:
   * veilid-core 0.5.7 answers the same when too few nodes took it, but keeps a copy only of what was stored.
   */
  setValue(key: string, slot: number, data: Uint8Array, writer: string, signal: AbortSignal): Promise<boolean>;
  watchRecord(key: string, signal: AbortSignal): Promise<void>;
  cancelWatch(key: string, signal: AbortSignal): Promise<void>;
  /**
   * Sequence numbers by slot, counted from the first of `slots` (all, if null): of the local copy, and of the network as a reader
   * would find them. With a slot that was never written the network is asked for 10 s.
   */
  inspect(
    key: string,
    scope: 'Local' | 'UpdateGet',
    slots: [number, number] | null,
    signal: AbortSignal,
  ): Promise<{ local: (number | null)[]; network: (number | null)[] }>;
}

const strange = (): OverlayError => new OverlayError('unreachable', 'The Veilid node gave an answer that Sotto does not understand.');
const bytesOf = (value: unknown): Uint8Array => {
  const bytes = typeof value === 'string' ? fromBase64(value, MAX_PACKET_BYTES) : null;
  if (bytes === null) throw strange();
  return bytes;
};
const checkKey = (key: string): void => {
  if (!RECORD_KEY.test(key)) throw new OverlayError('badAddress', 'This is not the key of a Veilid record.');
};
const sequence = (value: unknown): (number | null)[] =>
  Array.isArray(value) ? value.map((item: unknown) => (typeof item === 'number' ? item : null)) : [];

export function createClient(connection: Connection): NodeClient {
  let context: Promise<number> | null = null;
  // shared by everyone who waits for it, so only the connection's end or its time limit cancels it
  const shared = new AbortController().signal;

  const makeContext = (): Promise<number> => {
    const made = connection.request('NewRoutingContext', {}, shared).then((id) => {
      if (typeof id !== 'number') throw strange();
      return id;
    });
    context = made;
    made.catch(() => {
      if (context === made) context = null;
    });
    return made;
  };
  const routing = async (rcOp: string, args: Arguments, signal: AbortSignal): Promise<unknown> => {
    const used = context ?? makeContext();
    const id = await unlessAborted(used, signal);
    try {
      return await connection.request('RoutingContext', { ...args, rc_id: id, rc_op: rcOp }, signal);
    } catch (error) {
      if (!(error instanceof NodeRefusal && error.kind === UNKNOWN_HANDLE)) throw error;
      // the node forgot the handle and did nothing: once more with a new one
      const rcId = await unlessAborted(context === used || context === null ? makeContext() : context, signal);
      return connection.request('RoutingContext', { ...args, rc_id: rcId, rc_op: rcOp }, signal);
    }
  };
  const record = async (rcOp: string, key: string, args: Arguments, signal: AbortSignal): Promise<unknown> => {
    checkKey(key);
    return routing(rcOp, { ...args, key }, signal);
  };

  const state: NodeClient['state'] = async (signal) => {
    const value = await connection.request('GetState', {}, signal);
    const attachment = isMembers(value) ? readAttachment(value['attachment']) : null;
    if (attachment === null || !isMembers(value)) throw strange();
    return { attachment, traffic: readTraffic(value['network']) };
  };

  return {
    async attach(signal) {
      try {
        await connection.request('Attach', {}, signal);
      } catch (error) {
        // a veilid-server is attached already
        if (!(error instanceof NodeRefusal && /already/i.test(error.detail))) throw error;
      }
    },
    state,
    attachment: async (signal) => (await state(signal)).attachment,
    async libraryVersion(signal) {
      const version = await connection.request('VeilidVersionString', {}, signal);
      if (typeof version !== 'string') throw strange();
      return version.slice(0, MAX_VERSION_CHARACTERS);
    },
    async newRoute(signal) {
      const route = await connection.request('NewPrivateRoute', {}, signal);
      if (!isMembers(route) || typeof route['route_id'] !== 'string' || typeof route['blob'] !== 'string') throw strange();
      const blob = fromBase64(route['blob'], MAX_BLOB_BYTES);
      if (blob === null || blob.length < MIN_BLOB_BYTES) throw strange();
      return { id: route['route_id'], blob };
    },
    async releaseRoute(id, signal) {
      await connection.request('ReleasePrivateRoute', { route_id: id }, signal);
    },
    async importRoute(blob, signal) {
      try {
        const id = await connection.request('ImportRemotePrivateRoute', { blob: toBase64Url(blob) }, signal);
        if (typeof id !== 'string') throw strange();
        return id;
      } catch (error) {
        // import is offline: unless the node itself is the trouble, the bytes are
        if (error instanceof NodeRefusal && error.code !== 'tryAgain' && error.code !== 'timeout') {
          throw new OverlayError('badAddress', 'This is not a Veilid address, or it is damaged.', { cause: error });
        }
        throw error;
      }
    },
    async call(routeId, message, signal) {
      return bytesOf(await routing('AppCall', { target: { RouteId: routeId }, message: toBase64Url(message) }, signal));
    },
    async reply(callId, message, signal) {
      await connection.request('AppCallReply', { call_id: callId, message: toBase64Url(message) }, signal);
    },
    async createRecord(slots, signal) {
      const made = await routing('CreateDhtRecord', { kind: 'VLD0', schema: { kind: 'DFLT', o_cnt: slots }, owner: null }, signal);
      if (!isMembers(made)) throw strange();
      const { key, owner, owner_secret: secret } = made;
      if (typeof key !== 'string' || typeof owner !== 'string' || typeof secret !== 'string') throw strange();
      if (!RECORD_KEY.test(key) || !TYPED_KEY.test(owner) || !TYPED_KEY.test(secret)) throw strange();
      return { key, writer: `${owner}:${secret.slice('VLD0:'.length)}` };
    },
    async openRecord(key, writer, signal) {
      if (writer !== null && !KEY_PAIR.test(writer)) throw new OverlayError('badAddress', 'This is not the writer of a Veilid record.');
      await record('OpenDhtRecord', key, { writer }, signal);
    },
    async closeRecord(key, signal) {
      await record('CloseDhtRecord', key, {}, signal);
    },
    async deleteRecord(key, signal) {
      await record('DeleteDhtRecord', key, {}, signal);
    },
    async getValue(key, slot, from, signal) {
      const value = await record('GetDhtValue', key, { subkey: slot, force_refresh: from === 'network' }, signal);
      if (!isMembers(value)) return null;
      return { seq: typeof value['seq'] === 'number' ? value['seq'] : 0, bytes: bytesOf(value['data']) };
    },
    async setValue(key, slot, data, writer, signal) {
      const options = { writer, allow_offline: false };
      return (await record('SetDhtValue', key, { subkey: slot, data: toBase64Url(data), options }, signal)) === null;
    },
    async watchRecord(key, signal) {
      await record('WatchDhtValues', key, {}, signal);
    },
    async cancelWatch(key, signal) {
      await record('CancelDhtWatch', key, {}, signal);
    },
    async inspect(key, scope, slots, signal) {
      const report = await record('InspectDhtRecord', key, slots === null ? { scope } : { scope, subkeys: [slots] }, signal);
      if (!isMembers(report)) throw strange();
      return { local: sequence(report['local_seqs']), network: sequence(report['network_seqs']) };
    },
  };
}
