import { NetError, type NetErrorCode } from './errors.ts';

interface Failure {
  code: NetErrorCode;
  /** The sentence, made from "host:port". */
  text: (where: string) => string;
}

const refusal = (why: string) => (where: string) => `${where} showed a certificate that ${why}. Nothing was sent to it.`;

/** Codes of Node's net, dns and tls, and of OpenSSL's verification (X509_V_ERR_*), that say something to a person. */
const failures: Record<string, Failure> = {
  ENOTFOUND: { code: 'nameNotFound', text: (where) => `The name of ${where} was not found. Check the spelling and your network.` },
  EAI_AGAIN: { code: 'nameNotFound', text: (where) => `The name of ${where} could not be looked up. Is the network up?` },
  ECONNREFUSED: { code: 'refused', text: (where) => `${where} refused the connection.` },
  ENETUNREACH: { code: 'unreachable', text: (where) => `There is no way to ${where} from this network.` },
  EHOSTUNREACH: { code: 'unreachable', text: (where) => `There is no way to ${where} from this network.` },
  ETIMEDOUT: { code: 'timeout', text: (where) => `${where} did not answer in time.` },
  ECONNRESET: { code: 'closed', text: (where) => `${where} broke the connection.` },
  EPIPE: { code: 'closed', text: (where) => `${where} broke the connection.` },
  DEPTH_ZERO_SELF_SIGNED_CERT: { code: 'certSelfSigned', text: refusal('it signed itself (self-signed)') },
  SELF_SIGNED_CERT_IN_CHAIN: { code: 'certUntrusted', text: refusal('leads to an authority this system does not trust') },
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: { code: 'certUntrusted', text: refusal('no trusted authority has signed') },
  UNABLE_TO_GET_ISSUER_CERT: { code: 'certUntrusted', text: refusal('no trusted authority has signed') },
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: { code: 'certUntrusted', text: refusal('no trusted authority has signed') },
  CERT_UNTRUSTED: { code: 'certUntrusted', text: refusal('no trusted authority has signed') },
  CERT_SIGNATURE_FAILURE: { code: 'certUntrusted', text: refusal('carries a wrong signature') },
  CERT_REVOKED: { code: 'certUntrusted', text: refusal('was revoked') },
  INVALID_PURPOSE: { code: 'certUntrusted', text: refusal('is not meant for servers') },
  CERT_HAS_EXPIRED: { code: 'certExpired', text: refusal('has expired') },
  CERT_NOT_YET_VALID: { code: 'certExpired', text: refusal('is not valid yet. Is the clock right?') },
  ERR_TLS_CERT_ALTNAME_INVALID: { code: 'certWrongName', text: refusal('was made for another name') },
};

/** The sentence for a refused certificate; `reason` is what Node's `authorizationError` holds. `sha256` is the certificate's fingerprint. */
export function certificateError(reason: unknown, where: string, sha256: string): NetError {
  const code = typeof reason === 'string' ? reason : codeOf(reason);
  const known = failures[code] ?? { code: 'certUntrusted', text: refusal(`was not accepted (${code})`) };
  const hint = `Its SHA-256 fingerprint is ${sha256}: if the operators of the server name the same one, it can be pinned (certificate_fingerprints).`;
  return new NetError(known.code, `${known.text(where)} ${hint}`, { cause: reason });
}

const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : '';

/** Of the errors of several addresses, the first that has a code we know. */
const parts = (error: unknown): unknown[] =>
  error instanceof AggregateError ? [error, ...error.errors.map((part: unknown) => part)] : [error];

/** Turns an error of Node into ours. `where` is "host:port". */
export function toNetError(error: unknown, where: string): NetError {
  if (error instanceof NetError) return error;
  for (const part of parts(error)) {
    const known = failures[codeOf(part)];
    if (known) return new NetError(known.code, known.text(where), { cause: error });
  }
  const code = codeOf(error);
  if (code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_') || code === 'EPROTO')
    return new NetError('tls', `${where} does not speak TLS 1.2 or newer on this port.`, { cause: error });
  return new NetError('failed', `The connection to ${where} failed${code === '' ? '' : ` (${code})`}.`, { cause: error });
}
