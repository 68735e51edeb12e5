/** Handing raw keys to node:crypto, which takes them inside DER (RFC 5958, RFC 5280). */
import { createPrivateKey, createPublicKey, randomBytes, type KeyObject } from 'node:crypto';

/** DER bytes of the class node's key import is typed for, which randomBytes allocates; the random content is overwritten. */
function der(prefix: Uint8Array, key: Uint8Array) {
  const bytes = randomBytes(prefix.length + key.length);
  bytes.set(prefix);
  bytes.set(key, prefix.length);
  return bytes;
}

/**
 * Node finds out that the bytes are none of its key objects by provoking exceptions, whose stack traces take longer than the
 * import itself. Nobody reads them.
 */
function withoutTraces<T>(task: () => T): T {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return task();
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/** `prefix`: PKCS#8 up to the key. Lengths must have been checked: OpenSSL overlooks bytes after the end. Throws what OpenSSL throws. */
export function importPrivate(prefix: Uint8Array, secret: Uint8Array): KeyObject {
  const key = der(prefix, secret);
  try {
    return withoutTraces(() => createPrivateKey({ key, format: 'der', type: 'pkcs8' }));
  } finally {
    key.fill(0);
  }
}

/** `prefix`: SubjectPublicKeyInfo up to the key. */
export function importPublic(prefix: Uint8Array, publicKey: Uint8Array): KeyObject {
  const key = der(prefix, publicKey);
  return withoutTraces(() => createPublicKey({ key, format: 'der', type: 'spki' }));
}
