/** ECDSA-NIST256P-CHALLENGE (Atheme): the account name, then the server's 32 bytes signed as they are, in DER. */
import { createPrivateKey } from 'node:crypto';
import { p256 } from '@noble/curves/nist.js';
import { IrcError } from '../../errors.ts';
import { failed, hostile, type Mechanism } from './mechanism.ts';
import { fromBase64, utf8 } from './payload.ts';

const CHALLENGE_BYTES = 32;
const SCALAR_BYTES = 32;
const PARAMETERS = /-----BEGIN EC PARAMETERS-----[^-]*-----END EC PARAMETERS-----/g;

/** The scalar of an unencrypted P-256 private key in PEM: PKCS#8, or SEC 1 with or without its parameters. Throws IrcError `badInput`. */
export function readP256Key(pem: string): Uint8Array {
  let curve: string | undefined;
  let d: string | undefined;
  try {
    const key = createPrivateKey({ key: pem.replace(PARAMETERS, ''), format: 'pem' });
    ({ crv: curve, d } = key.export({ format: 'jwk' }));
  } catch {
    // The cause could quote the key.
    throw new IrcError('badInput', 'This is no private key in PEM that can be read without a pass phrase.');
  }
  const padded = d?.replaceAll('-', '+').replaceAll('_', '/');
  const scalar = padded === undefined ? null : fromBase64(padded.padEnd(Math.ceil(padded.length / 4) * 4, '='));
  if (curve !== 'P-256' || scalar?.length !== SCALAR_BYTES)
    throw new IrcError('badInput', 'This is no key of the curve P-256 (prime256v1).');
  return scalar;
}

export function createEcdsa(account: string, key: string): Mechanism {
  let phase: 'idle' | 'named' | 'signed' = 'idle';
  return {
    name: 'ECDSA-NIST256P-CHALLENGE',
    next: (challenge) => {
      if (phase === 'idle' && challenge.length === 0) {
        phase = 'named';
        return { kind: 'answer', bytes: utf8(account) };
      }
      if (phase !== 'named') return hostile('the server asked something that ECDSA-NIST256P-CHALLENGE does not ask');
      // Anything else could be the hash of a text of the server's choice.
      if (challenge.length !== CHALLENGE_BYTES)
        return hostile(`the server wants something signed that is no challenge of ${CHALLENGE_BYTES} bytes`);
      phase = 'signed';
      try {
        return { kind: 'answer', bytes: p256.sign(challenge, readP256Key(key), { prehash: false, format: 'der' }) };
      } catch (error) {
        return failed(error instanceof IrcError ? error.message : 'the challenge could not be signed');
      }
    },
    complete: () => phase === 'signed',
  };
}
