/** Records each computation with its inputs and its output, so that a reader can check one after the other. */
import { encodeCbor, type CborValue } from '../../../src/pq/cbor.ts';
import { kemDecapsulateSeed, kemEncapsulate, kemKeys } from '../../../src/pq/kem.ts';
import { label, prefixed, transcript } from '../../../src/pq/labels.ts';
import { pad } from '../../../src/pq/padding.ts';
import { KEY_BYTES, NONCE_BYTES, concat, dh, gcmSeal, hkdf, hmac, sha256, xPublic } from '../../../src/pq/primitives.ts';
import { hex, type Json } from './json.ts';

/** Fields of a length-prefixed list, by name. */
export type Fields = Readonly<Record<string, Uint8Array>>;

export const lp = (fields: Fields): Uint8Array => prefixed(...Object.values(fields));

/** Inputs longer than this that stand elsewhere are given by the place where they do. */
const WRITTEN_OUT = 64;

export interface Steps {
  /** H(label, fields…) */
  hash: (name: string, labelName: string, fields: Fields) => Uint8Array;
  /** HKDF over LP of the fields. */
  hkdfOfFields: (name: string, fields: Fields, salt: Uint8Array, info: Uint8Array, length: number) => Uint8Array;
  hkdf: (name: string, ikm: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number) => Uint8Array;
  /** The first `length` bytes of an HMAC. */
  hmac: (name: string, key: Uint8Array, data: Uint8Array, length?: number) => Uint8Array;
  /** The first `length` bytes of an HMAC over LP of the fields. */
  hmacOfFields: (name: string, key: Uint8Array, fields: Fields, length?: number) => Uint8Array;
  /** LP of the fields; of the output its hash is shown. */
  lp: (name: string, fields: Fields) => Uint8Array;
  pad: (name: string, bytes: Uint8Array, length: number) => Uint8Array;
  /** AES-256-GCM, `keys` is key ‖ nonce. */
  gcm: (name: string, keys: Uint8Array, ad: Uint8Array, plaintext: Uint8Array) => Uint8Array;
  /** The same where the output stands in a packet beside the steps: its hash is shown. */
  gcmInPacket: (name: string, keys: Uint8Array, ad: Uint8Array, plaintext: Uint8Array) => Uint8Array;
  xPublic: (name: string, secret: Uint8Array) => Uint8Array;
  dh: (name: string, secret: Uint8Array, publicKey: Uint8Array) => Uint8Array;
  kemKeys: (name: string, seed: Uint8Array) => Uint8Array;
  encapsulate: (name: string, publicKey: Uint8Array, m: Uint8Array) => { ct: Uint8Array; secret: Uint8Array };
  decapsulate: (name: string, seed: Uint8Array, ct: Uint8Array) => Uint8Array;
  cbor: (name: string, items: CborValue) => Uint8Array;
  /** Bytes one after the other; of the output its hash is shown. */
  concat: (name: string, fields: Fields) => Uint8Array;
  value: (name: string, bytes: Uint8Array) => Uint8Array;
  json: () => Json;
}

/** Where long values stand already: the hex of each, and its place. */
export type Known = Map<string, { list: string; name: string }>;

/** All long values of a file. */
export function knownIn(file: string, json: Json, path = '', known: Known = new Map()): Known {
  if (typeof json === 'string' && json.length > 2 * WRITTEN_OUT && !known.has(json)) known.set(json, { list: file, name: path });
  if (json !== null && typeof json === 'object') {
    for (const [name, value] of Object.entries(json)) knownIn(file, value, path === '' ? name : `${path}.${name}`, known);
  }
  return known;
}

/** `title`: names the list for other lists that share `known`. */
export function steps(title = '', known: Known = new Map()): Steps {
  const list: Json[] = [];
  const names = new Set<string>();
  const given = (bytes: Uint8Array): Json => {
    const place = bytes.length > WRITTEN_OUT ? known.get(hex(bytes)) : undefined;
    if (place === undefined) return hex(bytes);
    return { from: place.list === title ? place.name : `${place.list}: ${place.name}` };
  };
  const know = (bytes: Uint8Array, name: string): void => {
    if (!known.has(hex(bytes))) known.set(hex(bytes), { list: title, name });
  };
  const named = (fields: Fields): Json => Object.entries(fields).map(([name, bytes]) => ({ name, bytes: given(bytes) }));
  const item = (value: CborValue): Json => {
    if (value === null || typeof value === 'number') return value;
    return value instanceof Uint8Array ? given(value) : value.map(item);
  };
  /** Writes a step down under a name that is not taken yet. */
  const add = (
    name: string,
    inputs: Readonly<Record<string, Json>>,
    output: Uint8Array,
    shown: Json = { output: hex(output) },
  ): Uint8Array => {
    if (names.has(name)) throw new Error(`two steps ${name}`);
    names.add(name);
    if (shown === null || typeof shown !== 'object' || Array.isArray(shown)) throw new Error('no object');
    list.push({ name, ...inputs, ...Object.fromEntries(Object.entries(shown)) });
    know(output, name);
    return output;
  };
  const summary = (bytes: Uint8Array): Json => ({ outputLength: bytes.length, outputSha256: hex(sha256(bytes)) });
  return {
    hash: (name, labelName, fields) =>
      add(name, { op: 'H', label: `sotto/dm/1 ${labelName}`, fields: named(fields) }, transcript(labelName, ...Object.values(fields))),
    hkdfOfFields: (name, fields, salt, info, length) => {
      const inputs = { op: 'HKDF', ikmFields: named(fields), salt: hex(salt), info: hex(info), length };
      return add(name, inputs, hkdf(lp(fields), salt, info, length));
    },
    hkdf: (name, ikm, salt, info, length) =>
      add(name, { op: 'HKDF', ikm: hex(ikm), salt: hex(salt), info: hex(info), length }, hkdf(ikm, salt, info, length)),
    hmac: (name, key, data, length = KEY_BYTES) =>
      add(name, { op: 'HMAC', key: hex(key), data: given(data), length }, hmac(key, data).slice(0, length)),
    hmacOfFields: (name, key, fields, length = KEY_BYTES) =>
      add(name, { op: 'HMAC', key: hex(key), dataFields: named(fields), length }, hmac(key, lp(fields)).slice(0, length)),
    lp: (name, fields) => add(name, { op: 'LP', fields: named(fields) }, lp(fields), summary(lp(fields))),
    pad: (name, bytes, length) => add(name, { op: 'pad', bytes: given(bytes), length }, pad(bytes, length), {}),
    gcm: (name, keys, ad, plaintext) => {
      const [key, nonce] = [keys.slice(0, KEY_BYTES), keys.slice(KEY_BYTES, KEY_BYTES + NONCE_BYTES)];
      const inputs = { op: 'GCM', key: hex(key), nonce: hex(nonce), ad: given(ad), plaintext: given(plaintext) };
      return add(name, inputs, gcmSeal(key, nonce, ad, plaintext));
    },
    gcmInPacket: (name, keys, ad, plaintext) => {
      const [key, nonce] = [keys.slice(0, KEY_BYTES), keys.slice(KEY_BYTES, KEY_BYTES + NONCE_BYTES)];
      const inputs = { op: 'GCM', key: hex(key), nonce: hex(nonce), ad: given(ad), plaintext: given(plaintext) };
      const output = gcmSeal(key, nonce, ad, plaintext);
      return add(name, inputs, output, summary(output));
    },
    xPublic: (name, secret) => add(name, { op: 'X25519 public', secret: hex(secret) }, xPublic(secret)),
    dh: (name, secret, publicKey) => add(name, { op: 'X25519', secret: hex(secret), public: hex(publicKey) }, dh(secret, publicKey)),
    kemKeys: (name, seed) => add(name, { op: 'ML-KEM-1024 public', seed: hex(seed) }, kemKeys(seed).publicKey),
    encapsulate: (name, publicKey, m) => {
      const { ct, secret } = kemEncapsulate(publicKey, () => new Uint8Array(m));
      add(name, { op: 'ML-KEM-1024 encapsulate', public: given(publicKey), m: hex(m), ct: hex(ct) }, secret);
      know(ct, `${name}.ct`);
      return { ct, secret };
    },
    decapsulate: (name, seed, ct) =>
      add(name, { op: 'ML-KEM-1024 decapsulate', seed: hex(seed), ct: given(ct) }, kemDecapsulateSeed(seed, ct)),
    cbor: (name, items) => add(name, { op: 'CBOR', items: item(items) }, encodeCbor(items)),
    concat: (name, fields) => {
      const joined = concat(...Object.values(fields));
      return add(name, { op: 'concat', fields: named(fields) }, joined, summary(joined));
    },
    value: (name, bytes) => add(name, { op: 'value' }, bytes),
    json: () => list,
  };
}

/** The generator's own computation has to end where src/pq ends. */
export function same(what: string, computed: Uint8Array, given: Uint8Array): void {
  if (hex(computed) !== hex(given)) throw new Error(`${what}: the steps do not lead to what src/pq computes`);
}

export { concat, label };
