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
  /** The server's certificate is none of those that are pinned. */
  | 'pinMismatch'
  | 'badClientCert'
  /** The server wants TLS 1.2, where our certificate would be seen by whoever answers. */
  | 'clientCertExposed'
  | 'tls'
  /** An onion name without Tor. */
  | 'onionNeedsTor'
  | 'proxyAuth'
  /** The rules of the proxy forbid it. */
  | 'proxyRefused'
  | 'proxyFailed'
  | 'webSocket'
  | 'badUrl'
  /** The address of something fetched lies in this computer or its network. */
  | 'addressRefused'
  /** Under Tor nothing is fetched that nobody asked for. */
  | 'notAsked'
  | 'tooLarge'
  | 'wrongType'
  | 'httpStatus'
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

/** True where trying again at once is of no use: a refused certificate, a log-in that the proxy does not take. */
export const isSlowError = (code: NetErrorCode): boolean => code.startsWith('cert') || code === 'proxyAuth' || code === 'proxyRefused';

const final: ReadonlySet<NetErrorCode> = new Set([
  'pinMismatch',
  'badAddress',
  'badRootCert',
  'badClientCert',
  'clientCertExposed',
  'onionNeedsTor',
]);

/** True where no later attempt can go better: the configuration has to change, or somebody is in the way. */
export const isFinalError = (code: NetErrorCode): boolean => final.has(code);
