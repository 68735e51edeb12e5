import { fromBase64, toBase64Url } from '../base64.ts';
import { MAX_PACKET_BYTES, OverlayError } from '../overlay.ts';
import type { Arguments, Connection } from './connection.ts';
import { NodeRefusal } from './errors.ts';
import { isMembers, readAttachment, type Attachment } from './protocol.ts';

/** A blob is 712–1,100 bytes today; others are taken within these bounds. */
export const MIN_BLOB_BYTES = 200;
export const MAX_BLOB_BYTES = 4_096;
/** `VLD0:` and the record's id, then the key that reads its values. A stock server hangs up on a key it cannot parse. */
const RECORD_KEY = /^VLD0:[A-Za-z0-9_-]{43}(:[A-Za-z0-9_-]{43})?$/;
const KEY_PAIR = /^VLD0:[A-Za-z0-9_-]{43}:[A-Za-z0-9_-]{43}$/;
const TYPED_KEY = /^VLD0:[A-Za-z0-9_-]{43}$/;

export interface NewRoute {
  id: string;
  blob: Uint8Array;
}

/** The requests Sotto makes, typed. Each rejects as `Connection.request` does. */
export interface NodeClient {
  attach(signal: AbortSignal): Promise<void>;
  attachment(signal: AbortSignal): Promise<Attachment>;
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
  /** The value as the network has it, or null. */
  getValue(key: string, slot: number, signal: AbortSignal): Promise<Uint8Array | null>;
  /** False when the network held a newer value and ours was not stored: write again. */
  setValue(key: string, slot: number, data: Uint8Array, writer: string, signal: AbortSignal): Promise<boolean>;
  watchRecord(key: string, signal: AbortSignal): Promise<void>;
  cancelWatch(key: string, signal: AbortSignal): Promise<void>;
  /** Sequence numbers by slot: of the local copy, and of the network as a reader would find them. */
  inspect(
    key: string,
    scope: 'Local' | 'UpdateGet',
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
  let context: number | null = null;

  const routing = async (rcOp: string, args: Arguments, signal: AbortSignal): Promise<unknown> => {
    if (context === null) {
      const made = await connection.request('NewRoutingContext', {}, signal);
      if (typeof made !== 'number') throw strange();
      context = made;
    }
    return connection.request('RoutingContext', { ...args, rc_id: context, rc_op: rcOp }, signal);
  };
  const record = async (rcOp: string, key: string, args: Arguments, signal: AbortSignal): Promise<unknown> => {
    checkKey(key);
    return routing(rcOp, { ...args, key }, signal);
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
    async attachment(signal) {
      const state = await connection.request('GetState', {}, signal);
      const attachment = isMembers(state) ? readAttachment(state['attachment']) : null;
      if (attachment === null) throw strange();
      return attachment;
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
    async getValue(key, slot, signal) {
      const value = await record('GetDhtValue', key, { subkey: slot, force_refresh: true }, signal);
      return isMembers(value) ? bytesOf(value['data']) : null;
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
    async inspect(key, scope, signal) {
      const report = await record('InspectDhtRecord', key, { scope }, signal);
      if (!isMembers(report)) throw strange();
      return { local: sequence(report['local_seqs']), network: sequence(report['network_seqs']) };
    },
  };
}
