import { OverlayError, type OverlayErrorCode } from '../overlay.ts';
import { UNKNOWN_HANDLE, type RemoteError } from './protocol.ts';

/** What the node refused, kept as the cause: its text may name keys and belongs into no log. */
export class NodeRefusal extends OverlayError {
  readonly kind: string;
  readonly detail: string;
  constructor(error: RemoteError) {
    super(codeOf(error), SENTENCES[codeOf(error)]);
    this.kind = error.kind;
    this.detail = error.message;
  }
}

const SENTENCES: Record<OverlayErrorCode, string> = {
  unreachable: 'Nobody can be reached at this address now.',
  timeout: 'No answer came in time.',
  tryAgain: 'The Veilid network is not ready yet.',
  tooLarge: 'The packet is too long for one call.',
  stopped: 'Private messages are switched off.',
  badAddress: 'This is not a Veilid address.',
  missing: 'A program that Veilid needs is missing.',
};

/** The kinds of veilid-core 0.5.7, as they were observed; an unknown one is not worth an immediate retry. */
function codeOf({ kind, message }: RemoteError): OverlayErrorCode {
  switch (kind) {
    case 'Timeout':
      return 'timeout';
    case 'TryAgain':
    case 'NotInitialized':
    case 'Shutdown':
    case 'AlreadyInitialized':
    case UNKNOWN_HANDLE:
      return 'tryAgain';
    case 'Internal':
    case 'InvalidArgument':
      return /too (long|large|big)/i.test(message) ? 'tooLarge' : 'unreachable';
    // NoConnection "could not get remote private route" is how an imported route that is forgotten shows itself
    default:
      return 'unreachable';
  }
}
