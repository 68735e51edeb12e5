/** `noToken`, `badToken` and `stopped` are final; the others may be tried again. */
export type RefusedReason = 'noToken' | 'badToken' | 'busy' | 'unreachable' | 'stopped';

/** Why there is no port to the core. */
export class RefusedError extends Error {
  readonly reason: RefusedReason;
  /** For the person, where the host says one. */
  readonly sentence: string;
  constructor(reason: RefusedReason, sentence = '') {
    super(`no connection: ${reason}`);
    this.name = 'RefusedError';
    this.reason = reason;
    this.sentence = sentence;
  }
}
