import * as v from 'valibot';
import { calls, eventNames } from '../table.ts';

export const PROTOCOL_VERSION = 1;
/** Requests of one connection that may be in progress. */
export const MAX_IN_FLIGHT = 256;
/** Bytes that may wait for a slow page before its events collapse into a resync. */
export const MAX_WAITING_BYTES = 8 * 1024 * 1024;

/** FNV-1a over all names: a page of another version is told to reload instead of misunderstanding the core. */
export const contractId: string = (() => {
  let hash = 0x811c9dc5;
  for (const character of [...Object.keys(calls).sort(), ...[...eventNames].sort()].join(' ')) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  }
  return hash.toString(16).padStart(8, '0');
})();

const id = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(Number.MAX_SAFE_INTEGER));

export const ClientFrame = v.variant('t', [
  v.strictObject({ t: v.literal('hello'), version: v.number(), contract: v.pipe(v.string(), v.maxLength(64)) }),
  v.strictObject({ t: v.literal('call'), id, method: v.pipe(v.string(), v.maxLength(64)), params: v.unknown() }),
  v.strictObject({ t: v.literal('cancel'), id }),
]);
export type ClientFrame = v.InferOutput<typeof ClientFrame>;

export const ServerFrame = v.variant('t', [
  v.object({ t: v.literal('hello'), version: v.number(), contract: v.string() }),
  v.object({ t: v.literal('result'), id, result: v.unknown() }),
  v.object({ t: v.literal('error'), id, code: v.string(), message: v.string() }),
  v.object({ t: v.literal('event'), seq: v.number(), name: v.string(), payload: v.unknown() }),
  /** Events were left out: take a snapshot. The next event follows `seq`. */
  v.object({ t: v.literal('resync'), seq: v.number() }),
]);
export type ServerFrame = v.InferOutput<typeof ServerFrame>;
