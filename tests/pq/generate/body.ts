/** A payload's body as JSON and back. */
import type { Body } from '../../../src/pq/types.ts';
import { hex, type Json } from './json.ts';

/** Bytes as hex, all else as it is. */
function plain(value: unknown): Json {
  if (value instanceof Uint8Array) return hex(value);
  if (Array.isArray(value)) return value.map((item: unknown) => plain(item));
  if (value === null || typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string') return value;
  throw new Error('no field of a body');
}

export const bodyJson = (body: Body): Json =>
  Object.fromEntries(Object.entries(body).map(([name, value]: [string, unknown]) => [name, plain(value)]));
