/** Errors as they cross the contract: a stable code for programs, a sentence for people. The cause stays inside the core. */

export type ErrorCode =
  | 'noMethod'
  | 'badRequest'
  | 'cancelled'
  | 'closed'
  | 'internal'
  | 'notFound'
  | 'notConnected'
  | 'badInput'
  | 'unknownCommand'
  | 'readOnly'
  | 'changedOnDisk'
  | 'badAddress'
  | 'badInvite'
  | 'tooLong'
  | 'limit'
  | 'unavailable'
  | 'blocked'
  | 'identityChanged'
  /** The user has to say first whom this is for: a contact, or whoever has the nick on IRC. */
  | 'held'
  | 'storage';

/** What a handler throws when a person should read the reason. Anything else becomes `internal` without its text. */
export class ContractError extends Error {
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ContractError';
    this.code = code;
  }
}
