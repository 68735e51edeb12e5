/** The server's side of SCRAM (RFC 5802), written apart from ours, for tests. */
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';

export interface ScramServer {
  /** Server-first for a client-first. */
  first(clientFirst: string): string;
  /** Server-final for a client-final; null where the proof is wrong. */
  final(clientFinal: string): string | null;
}

export function scramServer(hash: 'sha256' | 'sha512', password: string, iterations = 4096): ScramServer {
  const salt = new TextEncoder().encode('salty salt');
  const size = hash === 'sha256' ? 32 : 64;
  const hmac = (key: Uint8Array, data: string): Uint8Array => createHmac(hash, key).update(data).digest();
  let bare = '';
  let said = '';
  return {
    first: (clientFirst) => {
      bare = clientFirst.replace(/^n,,/, '');
      const nonce = /r=([^,]*)/.exec(bare)?.[1] ?? '';
      said = `r=${nonce}SERVER,s=${btoa(String.fromCharCode(...salt))},i=${iterations}`;
      return said;
    },
    final: (clientFinal) => {
      const salted = pbkdf2Sync(password, salt, iterations, size, hash);
      const [withoutProof = '', proof = ''] = clientFinal.split(',p=');
      const message = `${bare},${said},${withoutProof}`;
      const clientKey = hmac(salted, 'Client Key');
      const stored = createHash(hash).update(clientKey).digest();
      const signature = hmac(stored, message);
      const expected = btoa(String.fromCharCode(...clientKey.map((byte, index) => byte ^ (signature[index] ?? 0))));
      return proof === expected ? `v=${btoa(String.fromCharCode(...hmac(hmac(salted, 'Server Key'), message)))}` : null;
    },
  };
}
