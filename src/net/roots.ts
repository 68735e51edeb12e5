import { X509Certificate } from 'node:crypto';
import { getCACertificates } from 'node:tls';
import { NetError } from './errors.ts';

/** Longest PEM text taken from a configuration, in UTF-16 units. */
const MAX_ROOT_PEM = 256 * 1024;

/** Roots to trust: the system's (Node's own where the system has none), and one PEM text of the user's. */
export function trustedRoots(extra: string | null): string[] {
  const system = getCACertificates('system');
  const roots = system.length > 0 ? system : getCACertificates('bundled');
  if (extra === null) return roots;
  try {
    if (extra.length > MAX_ROOT_PEM) throw new Error('too long');
    new X509Certificate(extra);
  } catch (cause) {
    throw new NetError('badRootCert', 'The extra root certificate is not a certificate in PEM form.', { cause });
  }
  return [...roots, extra];
}
