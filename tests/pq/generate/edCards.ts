/** V3, Ed25519: public keys that are not of the prime-order group, alone and in cards whose other half is signed right. */
import { ed25519 } from '@noble/curves/ed25519.js';
import { createHash } from 'node:crypto';
import { encodeCbor } from '../../../src/pq/cbor.ts';
import { encodePublicIdentity } from '../../../src/pq/identity.ts';
import { label, prefixed, uint32, uint64 } from '../../../src/pq/labels.ts';
import { prekeyFields, publicPrekey } from '../../../src/pq/prekey.ts';
import { dualSign } from '../../../src/pq/primitives.ts';
import { NOW, address, bob, bobHead, prekeys } from './cast.ts';
import { drawn } from './draws.ts';
import { hex, type Json } from './json.ts';
import { unhex } from './outcome.ts';
import { concat } from './steps.ts';

const { Point } = ed25519;
const ORDER = Point.Fn.ORDER;
/** A generator of the eight points of small order. */
const TORSION = Point.fromHex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a');

const little = (bytes: Uint8Array): bigint => bytes.reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n) % ORDER;
const bytesOf = (scalar: bigint): Uint8Array => Uint8Array.from({ length: 32 }, (_, index) => Number((scalar >> BigInt(8 * index)) & 255n));

interface BadSigner {
  public: Uint8Array;
  sign: (message: Uint8Array) => Uint8Array;
}

/** Signs with A = aB + T: right for whoever multiplies by the cofactor, wrong for whoever does not. */
function mixedOrder(): BadSigner {
  const a = little(drawn('mixed order', 0, 64));
  const key = Point.BASE.multiply(a).add(TORSION).toBytes();
  const sign = (message: Uint8Array): Uint8Array => {
    for (let attempt = 1; ; attempt++) {
      const r = little(drawn('mixed order', attempt, 64));
      const R = Point.BASE.multiply(r).toBytes();
      const k = little(new Uint8Array(createHash('sha512').update(R).update(key).update(message).digest()));
      // Otherwise k times the point of small order is nothing, and the signature right for everybody.
      if (k % 8n !== 0n) return concat(R, bytesOf((r + k * a) % ORDER));
    }
  };
  return { public: key, sign };
}

/** The neutral element as public key: with S = r, S·B = R + k·A for every message. */
function smallOrder(): BadSigner {
  const r = little(drawn('small order', 0, 64));
  return { public: Point.ZERO.toBytes(), sign: () => concat(Point.BASE.multiply(r).toBytes(), bytesOf(r)) };
}

interface Written {
  ed?: BadSigner;
  addresses?: readonly Uint8Array[];
}

/** A card of Bob as signCard would not make it; the ML-DSA signature is right, the Ed25519 one as good as it can be. */
function cardOf({ ed: bad, addresses = [] }: Written): Uint8Array {
  const pub = publicPrekey(prekeys.bobReusable);
  const identity = encodePublicIdentity({ ...bob.public, ed: bad?.public ?? bob.public.ed });
  const nickname = new TextEncoder().encode('Bob');
  const ofPrekey = prefixed(pub.id, uint64(pub.notBefore), uint64(pub.notAfter), Uint8Array.of(0), pub.x, pub.k);
  const fields = [identity, ofPrekey, nickname, uint32(9), uint64(NOW), bobHead, prefixed(...addresses)];
  const signed = concat(label('card'), prefixed(...fields));
  const right = dualSign(bob.seeds.ed, bob.pqSecret, signed);
  return encodeCbor([1, identity, prekeyFields(pub), nickname, 9, NOW, bobHead, addresses, bad?.sign(signed) ?? right.ed, right.pq]);
}

/** A card of exactly that length, by its two addresses. */
function cardOfLength(length: number): Uint8Array {
  const two = (second: number): Uint8Array => cardOf({ addresses: [address('long card', 4_096), address('long card, second', second)] });
  return two(1_000 + length - two(1_000).length);
}

/** What src/pq has to do with each; `code` null: it is read. */
export const writtenCards = (): { name: string; card: Uint8Array; code: 'badSignature' | 'malformed' | null }[] => [
  { name: 'of 14,700 bytes, the most there are', card: cardOfLength(14_700), code: null },
  { name: 'of 14,701 bytes', card: cardOfLength(14_701), code: 'malformed' },
  { name: 'whose Ed25519 key is of small order', card: cardOf({ ed: smallOrder() }), code: 'badSignature' },
  { name: 'whose Ed25519 key is of mixed order', card: cardOf({ ed: mixedOrder() }), code: 'badSignature' },
];

/** Signatures alone. */
export function edSignatures(): Json {
  const message = new TextEncoder().encode('sotto/dm/1 signed by Bob');
  const { ed } = dualSign(bob.seeds.ed, bob.pqSecret, message);
  const cases: [string, Uint8Array, Uint8Array, Uint8Array, boolean][] = [
    ['of Bob', bob.public.ed, message, ed, true],
    [
      'under a key of mixed order: right only with the cofactor',
      unhex('4db2dcbd9ca6c48e397a063ecd67027b90e8ca1c172f286c4b2a2806af412b17'),
      unhex('736f74746f2f646d2f3120636f666163746f7200'),
      unhex(
        '01882c005c3bd99663f0fa029659d1e16a77e2b0bf85f8b8e69c368c8a31e9b1a809d68ab2814f6ea54313e6785e529179e8deeca4bff58b32b3d5fe3ab5010c',
      ),
      false,
    ],
    [
      'under a key of small order',
      unhex(`01${'00'.repeat(31)}`),
      unhex('616e797468696e67'),
      unhex(
        '01882c005c3bd99663f0fa029659d1e16a77e2b0bf85f8b8e69c368c8a31e9b108bd6546503be4e18280d8f9e6d16cf8bbd64f9ed13ec345c01fe06fe1e27c07',
      ),
      false,
    ],
    [
      'R of mixed order, under a key that is not: right only with the cofactor',
      unhex('88aa55e6afeed8960a3191de78600347db8acd0a3795412f275f049b86260488'),
      unhex('736f74746f2f646d2f312052206f66206d69786564206f72646572'),
      unhex(
        '607055ca3d4aa8af26961afb12b1e60a75fac88f9c260ff25806631dbb269159586dff7a17e5548bcde5fd955a306a30691911d8f2b5d211cbf9f43604284104',
      ),
      false,
    ],
    [
      'under a key of mixed order, where h is a multiple of 8: right with and without the cofactor',
      unhex('ef2a32ce8d9c67056724a53f63c0c182a6e021dc6e708741f63a7d50c730982c'),
      unhex('736f74746f2f646d2f31206d69786564206f726465720e'),
      unhex(
        '3e54c441927f9f0ee5e13e34f0b0404c5043651a8f4b7ef087a1c42262a85d0af2b711f0a5dd259c2771fa41e758d01e39ed207c5c8068fc2f0482f395068600',
      ),
      true,
    ],
    ['under a key of small order, right with and without the cofactor', smallOrder().public, message, smallOrder().sign(message), false],
  ];
  return cases.map(([name, key, signed, signature, valid]): Json => ({
    name,
    public: hex(key),
    message: hex(signed),
    signature: hex(signature),
    valid,
  }));
}
