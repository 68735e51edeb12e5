/** Checks recorded steps as a stranger would: with node:crypto and noble alone, from the files alone. */
import { createCipheriv, createHash, createHmac, createPrivateKey, createPublicKey, diffieHellman, hkdfSync } from 'node:crypto';
import { ml_kem1024 } from '@noble/post-quantum/ml-kem.js';
import { at, bytesAt, hex, listAt, maybe, numberAt, textAt, type Json } from './json.ts';

const utf8 = new TextEncoder();
const join = (parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));
const uint32 = (value: number): Uint8Array => Uint8Array.of(value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);
const lp = (fields: readonly Uint8Array[]): Uint8Array => join(fields.flatMap((field) => [uint32(field.length), field]));
const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash('sha256').update(bytes).digest());
const unhexed = (text: string): Uint8Array => new Uint8Array(Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)));

const PKCS8 = unhexed('302e020100300506032b656e04220420');
const SPKI = unhexed('302a300506032b656e032100');
const toDer = (prefix: Uint8Array, key: Uint8Array) => Buffer.from(join([prefix, key]));
const privateKey = (secret: Uint8Array) => createPrivateKey({ key: toDer(PKCS8, secret), format: 'der', type: 'pkcs8' });
const publicKey = (key: Uint8Array) => createPublicKey({ key: toDer(SPKI, key), format: 'der', type: 'spki' });

function cbor(item: Json, resolve: (value: Json) => Uint8Array): Uint8Array {
  const head = (major: number, value: number): Uint8Array => {
    if (value < 24) return Uint8Array.of((major << 5) | value);
    if (value < 256) return Uint8Array.of((major << 5) | 24, value);
    if (value < 65_536) return Uint8Array.of((major << 5) | 25, value >> 8, value & 255);
    if (value < 2 ** 32) return Uint8Array.of((major << 5) | 26, ...uint32(value));
    return Uint8Array.of((major << 5) | 27, ...uint32(Math.floor(value / 2 ** 32)), ...uint32(value % 2 ** 32));
  };
  if (item === null) return Uint8Array.of(0xf6);
  if (typeof item === 'number') return head(0, item);
  if (Array.isArray(item)) {
    const items: readonly Json[] = item;
    return join([head(4, items.length), ...items.map((inner) => cbor(inner, resolve))]);
  }
  const bytes = resolve(item);
  return join([head(2, bytes.length), bytes]);
}

/** Outputs so far, by "list: step". */
export type Scope = Map<string, Uint8Array>;

/** Checks every step of a list. `outside` finds what stands in another file. Returns how many there were. */
export function checkSteps(steps: Json, title: string, scope: Scope, outside: (place: string) => Uint8Array): number {
  const list = listAt(steps);
  for (const step of list) {
    const name = textAt(step, 'name');
    const expect = (output: Uint8Array): void => {
      scope.set(`${title}: ${name}`, output);
      const given = maybe(step, 'output');
      const short = maybe(step, 'outputSha256');
      if (given !== undefined && given !== hex(output)) throw new Error(`${title}: ${name}: the output is another one`);
      if (short !== undefined && (short !== hex(sha256(output)) || numberAt(step, 'outputLength') !== output.length)) {
        throw new Error(`${title}: ${name}: the hash of the output is another one`);
      }
    };
    const resolve = (value: Json): Uint8Array => {
      if (typeof value === 'string') return unhexed(value);
      const from = textAt(value, 'from');
      return scope.get(`${title}: ${from}`) ?? scope.get(from) ?? outside(from);
    };
    const input = (field: string): Uint8Array => resolve(at(step, field));
    const fields = (field: string): Uint8Array[] => listAt(step, field).map((item) => resolve(at(item, 'bytes')));
    const op = textAt(step, 'op');
    switch (op) {
      case 'value':
        expect(bytesAt(step, 'output'));
        break;
      case 'H':
        expect(sha256(join([utf8.encode(textAt(step, 'label')), lp(fields('fields'))])));
        break;
      case 'HKDF': {
        const ikm = maybe(step, 'ikmFields') === undefined ? input('ikm') : lp(fields('ikmFields'));
        expect(new Uint8Array(hkdfSync('sha256', ikm, input('salt'), input('info'), numberAt(step, 'length'))));
        break;
      }
      case 'HMAC': {
        const data = maybe(step, 'dataFields') === undefined ? input('data') : lp(fields('dataFields'));
        expect(new Uint8Array(createHmac('sha256', input('key')).update(data).digest()).slice(0, numberAt(step, 'length')));
        break;
      }
      case 'LP':
        expect(lp(fields('fields')));
        break;
      case 'concat':
        expect(join(fields('fields')));
        break;
      case 'CBOR':
        expect(cbor(at(step, 'items'), resolve));
        break;
      case 'pad': {
        const bytes = input('bytes');
        expect(join([bytes, Uint8Array.of(0x80), new Uint8Array(numberAt(step, 'length') - bytes.length - 1)]));
        break;
      }
      case 'GCM': {
        const cipher = createCipheriv('aes-256-gcm', input('key'), input('nonce')).setAAD(input('ad'));
        expect(join([cipher.update(input('plaintext')), cipher.final(), cipher.getAuthTag()]));
        break;
      }
      case 'X25519 public':
        expect(
          new Uint8Array(
            createPublicKey(privateKey(input('secret')))
              .export({ format: 'der', type: 'spki' })
              .subarray(SPKI.length),
          ),
        );
        break;
      case 'X25519':
        expect(new Uint8Array(diffieHellman({ privateKey: privateKey(input('secret')), publicKey: publicKey(input('public')) })));
        break;
      case 'ML-KEM-1024 public':
        expect(ml_kem1024.keygen(input('seed')).publicKey);
        break;
      case 'ML-KEM-1024 encapsulate': {
        const { cipherText, sharedSecret } = ml_kem1024.encapsulate(input('public'), input('m'));
        if (hex(cipherText) !== textAt(step, 'ct')) throw new Error(`${title}: ${name}: another ciphertext`);
        scope.set(`${title}: ${name}.ct`, cipherText);
        expect(sharedSecret);
        break;
      }
      case 'ML-KEM-1024 decapsulate':
        expect(ml_kem1024.decapsulate(input('ct'), ml_kem1024.keygen(input('seed')).secretKey));
        break;
      default:
        throw new Error(`no operation ${op}`);
    }
  }
  return list.length;
}
