/** Fingerprints of certificates: SHA-256 or SHA-512 over the DER form, in hex. */
import type { X509Certificate } from 'node:crypto';

const bare = (fingerprint: string): string => fingerprint.replaceAll(':', '').toLowerCase();

export const sha256Of = (certificate: X509Certificate): string => bare(certificate.fingerprint256);

/** `pins`: 64 or 128 hex digits each, in lower case and without colons. */
export const matchesPin = (certificate: X509Certificate, pins: readonly string[]): boolean =>
  pins.includes(bare(certificate.fingerprint256)) || pins.includes(bare(certificate.fingerprint512));
