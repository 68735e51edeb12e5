export type NetErrorCode =
  | 'badAddress'
  | 'nameNotFound'
  | 'refused'
  | 'unreachable'
  | 'timeout'
  | 'certSelfSigned'
  | 'certExpired'
  | 'certWrongName'
  | 'certUntrusted'
  | 'badRootCert'
  | 'tls'
  | 'closed'
  | 'aborted'
  | 'failed';

/** The one error of this room. `message` is a sentence for a person; `cause` stays inside the core. */
export class NetError extends Error {
  readonly code: NetErrorCode;
  constructor(code: NetErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'NetError';
    this.code = code;
  }
}

/** True where the server's certificate was refused: trying again at once is of no use. */
export const isCertificateError = (code: NetErrorCode): boolean => code.startsWith('cert') || code === 'badRootCert';
