/** AES-256-GCM, HMAC-SHA-256 and HKDF-SHA-256 against Wycheproof: our doors, which choose by length, then noble and the runtime for all. */
import { createHmac, hkdfSync } from 'node:crypto';
import { gcm } from '@noble/ciphers/aes.js';
import { hkdf as nobleHkdf } from '@noble/hashes/hkdf.js';
import { hmac as nobleHmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes } from '@noble/hashes/utils.js';
import * as v from 'valibot';
import { describe, it } from 'vitest';
import { gcmOpen, gcmSeal, hkdf, hmac } from '../../../src/pq/primitives.ts';
import { hex, outcome, tally, toHex, wycheproof } from './vectors.ts';

type Gcm = typeof gcmSeal;
const gcms: [string, { seal: Gcm; open: Gcm }][] = [
  ['our doors (native)', { seal: gcmSeal, open: gcmOpen }],
  [
    'noble',
    {
      seal: (key, nonce, ad, plaintext) => gcm(key, nonce, ad).encrypt(plaintext),
      open: (key, nonce, ad, sealed) => gcm(key, nonce, ad).decrypt(sealed),
    },
  ],
];

describe.each(gcms)('AES-256-GCM by %s', (name, { seal, open }) => {
  // "invalid": a tag that was changed; opening must refuse, and sealing must not yield it.
  it('agrees with Wycheproof', () => {
    const count = tally(`AES-256-GCM, Wycheproof, ${name}`);
    const sizes = { keySize: v.number(), ivSize: v.number() };
    for (const { group, test } of wycheproof('aes_gcm', sizes, { key: hex, iv: hex, aad: hex, msg: hex, ct: hex, tag: hex })) {
      if (group.keySize !== 256) count.skip(`key of ${group.keySize} bits`);
      else if (group.ivSize !== 96) count.skip('256-bit key, nonce that is not of 96 bits');
      else {
        const sealed = concatBytes(test.ct, test.tag);
        const isValid = test.result === 'valid';
        const both = `${outcome(() => open(test.key, test.iv, test.aad, sealed))} ${toHex(seal(test.key, test.iv, test.aad, test.msg)) === toHex(sealed)}`;
        count.check(test.tcId, both, isValid ? `${toHex(test.msg)} true` : 'refused false', test.comment);
      }
    }
    count.finish(66);
  });
});

const hmacs: [string, typeof hmac][] = [
  ['our door', hmac],
  ['noble', (key, data) => nobleHmac(sha256, key, data)],
  ['native', (key, data) => new Uint8Array(createHmac('sha256', key).update(data).digest())],
];

describe.each(hmacs)('HMAC-SHA-256 by %s', (name, mac) => {
  // Half of the cases have tags cut to 128 bits: ours are always whole, so these are judged by their first half. "invalid": another tag.
  it('agrees with Wycheproof', () => {
    const count = tally(`HMAC-SHA-256, Wycheproof, ${name}`);
    for (const { group, test } of wycheproof('hmac_sha256', { tagSize: v.number() }, { key: hex, msg: hex, tag: v.string() })) {
      const got = toHex(mac(test.key, test.msg).subarray(0, group.tagSize / 8));
      count.check(test.tcId, String(got === test.tag), String(test.result === 'valid'), test.comment);
    }
    count.finish(174);
  });
});

const hkdfs: [string, typeof hkdf][] = [
  ['our door', hkdf],
  ['noble', (ikm, salt, info, length) => nobleHkdf(sha256, ikm, salt, info, length)],
  ['native', (ikm, salt, info, length) => new Uint8Array(hkdfSync('sha256', ikm, salt, info, length))],
];

describe.each(hkdfs)('HKDF-SHA-256 by %s', (name, derive) => {
  // "invalid": more than 255 blocks are asked for; that must be refused.
  it('agrees with Wycheproof', () => {
    const count = tally(`HKDF-SHA-256, Wycheproof, ${name}`);
    for (const { test } of wycheproof('hkdf_sha256', {}, { ikm: hex, salt: hex, info: hex, size: v.number(), okm: v.string() }))
      count.check(
        test.tcId,
        outcome(() => derive(test.ikm, test.salt, test.info, test.size)),
        test.result === 'valid' ? test.okm : 'refused',
        test.comment,
      );
    count.finish(86);
  });
});
