/** A client certificate and its key, from the PEM text of files as openssl and other clients write them. */
import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { NetError } from './errors.ts';

/** A chain and an RSA key of 8,192 bits fit many times. In UTF-16 units. */
export const MAX_CLIENT_PEM = 128 * 1024;
const MAX_CERTIFICATES = 10;

export interface ClientCertificate {
  /** PEM: our certificate, then what signed it, if anything. */
  readonly cert: string;
  /** PEM of PKCS#8, not encrypted. */
  readonly key: string;
}

const bad = (text: string, cause?: unknown): NetError => new NetError('badClientCert', text, { cause });

const blocks = (pem: string, kind: string): string[] =>
  pem.match(new RegExp(`-----BEGIN ${kind}-----[^-]+-----END ${kind}-----`, 'g')) ?? [];

function readKey(pem: string): KeyObject {
  if (pem.includes('-----BEGIN ENCRYPTED PRIVATE KEY-----') || pem.includes('Proc-Type: 4,ENCRYPTED'))
    throw bad(
      'The key of the client certificate is encrypted with a passphrase, which Sotto cannot ask for. Decrypt it: openssl pkey -in KEY -out NEWKEY',
    );
  // An EC PARAMETERS block, which openssl writes in front, is left aside.
  const [block, second] = ['PRIVATE KEY', 'EC PRIVATE KEY', 'RSA PRIVATE KEY'].flatMap((kind) => blocks(pem, kind));
  if (block === undefined) throw bad('There is no private key (PEM) with the client certificate.');
  if (second !== undefined) throw bad('There is more than one private key with the client certificate.');
  try {
    return createPrivateKey(block);
  } catch (cause) {
    throw bad('The private key of the client certificate is damaged, or of a kind Sotto does not know.', cause);
  }
}

/**
 * Takes PEM with the certificate first (its chain may follow) and PEM with the private key: PKCS#8, SEC 1 also behind
 * an EC PARAMETERS block, or PKCS#1; both may be the same text. Throws NetError `badClientCert`.
 */
export function readClientCertificate(certPem: string, keyPem: string): ClientCertificate {
  if (certPem.length > MAX_CLIENT_PEM || keyPem.length > MAX_CLIENT_PEM)
    throw bad('The client certificate is larger than any certificate is.');
  const chain = blocks(certPem, 'CERTIFICATE');
  const [own] = chain;
  if (own === undefined) throw bad('There is no certificate (PEM) in the file of the client certificate.');
  if (chain.length > MAX_CERTIFICATES) throw bad('There are too many certificates in the file of the client certificate.');
  let certificates: X509Certificate[];
  try {
    certificates = chain.map((pem) => new X509Certificate(pem));
  } catch (cause) {
    throw bad('The client certificate is damaged.', cause);
  }
  const key = readKey(keyPem);
  if (certificates[0]?.checkPrivateKey(key) !== true) throw bad('The private key does not belong to the client certificate.');
  const exported = key.export({ type: 'pkcs8', format: 'pem' });
  return { cert: `${chain.join('\n')}\n`, key: typeof exported === 'string' ? exported : exported.toString('utf8') };
}
