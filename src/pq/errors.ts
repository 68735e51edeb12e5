export type PqErrorCode =
  | 'malformed'
  | 'badSignature'
  | 'expired'
  | 'unknownPrekey'
  | 'gate'
  | 'notForUs'
  | 'identityMismatch'
  | 'limit'
  | 'authentication'
  | 'replay'
  | 'rollback';

const sentences: Record<PqErrorCode, string> = {
  malformed: 'The data is damaged or was not made by Sotto.',
  badSignature: 'The card is not signed by the person it names.',
  expired: 'This is no longer valid. Ask for a new one.',
  unknownPrekey: 'The key this was made for is not known any more.',
  gate: 'This was not made with one of our invites.',
  notForUs: 'The packet does not belong to this conversation.',
  identityMismatch: 'This belongs to another person than expected.',
  limit: 'This is more than one packet can carry.',
  authentication: 'The packet could not be opened.',
  replay: 'The packet was opened before, too long ago to be answered again.',
  rollback: 'The other side seems to have gone back to an older state.',
};

/**
 * The one error of this room. Towards the network every code means silence; only the core sees which it was. The message is
 * written for a person and never holds what was parsed.
 */
export class PqError extends Error {
  readonly code: PqErrorCode;
  constructor(code: PqErrorCode, message: string = sentences[code], options?: ErrorOptions) {
    super(message, options);
    this.name = 'PqError';
    this.code = code;
  }
}
