/**
 * SCRAM-SHA-256 (RFC 5802, 7677) and SCRAM-SHA-512, without channel binding. The password never leaves; the server has to
 * prove that it knows it too, and until it has, nothing it says counts.
 */
import { createHash, createHmac, pbkdf2, timingSafeEqual } from 'node:crypto';
import { failed, hostile, type Mechanism, type MechanismStep } from './mechanism.ts';
import { fromBase64, toBase64, utf8 } from './payload.ts';
import { saslName, saslprep } from './saslprep.ts';

/** RFC 7677 §4 asks servers for at least this many; fewer would let a false server guess the password from our proof. */
export const MIN_ITERATIONS = 4_096;
/** About a second of one thread, beside the core's own; beyond it the server wants our time, not our login. */
export const MAX_ITERATIONS = 1_000_000;
/** Bytes of randomness in our nonce. */
export const NONCE_BYTES = 24;
const MAX_SALT_BYTES = 1_024;
const MAX_MESSAGE_BYTES = 4_096;

export type ScramHash = 'sha256' | 'sha512';
export const scramName = (hash: ScramHash): string => (hash === 'sha256' ? 'SCRAM-SHA-256' : 'SCRAM-SHA-512');
const SIZES: Record<ScramHash, number> = { sha256: 32, sha512: 64 };

const GS2_HEADER = 'n,,';

export interface Scram {
  hash: ScramHash;
  account: string;
  password: string;
  /** Our nonce: printable ASCII without a comma. */
  nonce: string;
}

/** A nonce from random bytes (`NONCE_BYTES` of them). */
export const scramNonce = (random: Uint8Array): string => toBase64(random);

/** `k=value` parts in order; null where one is no such thing. */
function attributes(message: Uint8Array): [string, string][] | null {
  if (message.length > MAX_MESSAGE_BYTES) return null;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(message);
  } catch {
    return null;
  }
  const parts = text.split(',').map((part): [string, string] => [part.slice(0, 2), part.slice(2)]);
  return parts.every(([name]) => /^[A-Za-z]=$/.test(name)) ? parts : null;
}

interface ServerFirst {
  nonce: string;
  salt: Uint8Array;
  iterations: number;
}

/** `r=…,s=…,i=…` and perhaps extensions after them (RFC 5802 §7); a sentence where it is not that. */
function readFirst(message: Uint8Array, ours: string): ServerFirst | string {
  const [r, s, i] = attributes(message) ?? [];
  if (r?.[0] !== 'r=' || s?.[0] !== 's=' || i?.[0] !== 'i=') return 'the server’s answer is not SCRAM';
  if (!r[1].startsWith(ours) || r[1].length === ours.length || !/^[\x21-\x7e]+$/.test(r[1]))
    return 'the server did not extend our nonce, so it could be replaying an old login';
  const salt = fromBase64(s[1]);
  if (salt === null || salt.length === 0 || salt.length > MAX_SALT_BYTES) return 'the server sent no usable salt';
  const iterations = /^[1-9][0-9]{0,15}$/.test(i[1]) ? Number(i[1]) : 0;
  if (iterations < MIN_ITERATIONS) return `the server asks for fewer than ${MIN_ITERATIONS} iterations, which would expose the password`;
  if (iterations > MAX_ITERATIONS) return `the server asks for more than ${MAX_ITERATIONS} iterations, which would only cost time`;
  return { nonce: r[1], salt, iterations };
}

const derive = (hash: ScramHash, password: string, { salt, iterations }: ServerFirst): Promise<Uint8Array> =>
  new Promise((done, fail) => {
    pbkdf2(utf8(password), salt, iterations, SIZES[hash], hash, (error, key) => {
      if (error) fail(error);
      else done(key);
    });
  });

export function createScram({ hash, account, password, nonce }: Scram): Mechanism {
  const name = scramName(hash);
  const hmac = (key: Uint8Array, data: Uint8Array): Uint8Array => createHmac(hash, key).update(data).digest();
  let phase: 'idle' | 'first' | 'deriving' | 'final' | 'verified' | 'over' = 'idle';
  let bare = '';
  let signature = new Uint8Array(0);

  const end = (step: MechanismStep): MechanismStep => {
    phase = 'over';
    return step;
  };

  const begin = (): MechanismStep => {
    const user = saslprep(account);
    if (user === null || saslprep(password) === null)
      return end(failed(`the account name or password holds characters that ${name} cannot carry`));
    bare = `n=${saslName(user)},r=${nonce}`;
    phase = 'first';
    return { kind: 'answer', bytes: utf8(GS2_HEADER + bare) };
  };

  const prove = async (message: Uint8Array): Promise<MechanismStep> => {
    const first = readFirst(message, nonce);
    if (typeof first === 'string') return end(hostile(first));
    phase = 'deriving';
    let salted: Uint8Array;
    try {
      salted = await derive(hash, saslprep(password) ?? '', first);
    } catch {
      return end(failed('the key could not be derived'));
    }
    const clientKey = hmac(salted, utf8('Client Key'));
    const storedKey = createHash(hash).update(clientKey).digest();
    const withoutProof = `c=${toBase64(utf8(GS2_HEADER))},r=${first.nonce}`;
    const said = utf8(`${bare},${new TextDecoder().decode(message)},${withoutProof}`);
    const clientSignature = hmac(storedKey, said);
    const proof = clientKey.map((byte, index) => byte ^ (clientSignature[index] ?? 0));
    signature = Uint8Array.from(hmac(hmac(salted, utf8('Server Key')), said));
    phase = 'final';
    return { kind: 'answer', bytes: utf8(`${withoutProof},p=${toBase64(proof)}`) };
  };

  const verify = (message: Uint8Array): MechanismStep => {
    const [first] = attributes(message) ?? [];
    if (first?.[0] === 'e=')
      return end({ kind: 'refused', reason: `the server refused the login (${first[1].replace(/[^\x20-\x7e]/g, '').slice(0, 64)})` });
    const told = first?.[0] === 'v=' ? fromBase64(first[1]) : null;
    if (told?.length !== signature.length || !timingSafeEqual(told, signature))
      return end(hostile('the server could not prove that it knows the account, so it may be somebody else’s'));
    phase = 'verified';
    return { kind: 'answer', bytes: new Uint8Array(0) };
  };

  return {
    name,
    next: (challenge) => {
      if (phase === 'idle' && challenge.length === 0) return begin();
      if (phase === 'first') return prove(challenge);
      if (phase === 'final') return verify(challenge);
      return end(hostile(`the server asked something that ${name} does not ask`));
    },
    complete: () => phase === 'verified',
  };
}
