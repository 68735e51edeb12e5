export type IrcErrorCode = 'notConnected' | 'badInput' | 'tooLong' | 'busy' | 'unsupported';

/** The one error of this room. `message` is a sentence for a person; secrets never stand in it. */
export class IrcError extends Error {
  readonly code: IrcErrorCode;
  constructor(code: IrcErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'IrcError';
    this.code = code;
  }
}
