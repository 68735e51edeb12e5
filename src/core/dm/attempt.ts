/** One try to hand a packet over: the first address, and the second as well when the first is slow or fails. */
import { OverlayError, type Overlay } from '../../overlay/overlay.ts';
import { SECOND_ROUTE_AFTER_MS } from './pacing.ts';

export type Attempt =
  /** An answer whose tag is right: the other side has stored the packet. */
  | { kind: 'acknowledged' }
  /** No valid answer. `reason` is for a person; `reread` means the addresses may be out of date. */
  | { kind: 'failed'; code: OverlayError['code'] | 'badAnswer'; reason: string; reread: boolean };

const reasons: Record<OverlayError['code'], string> = {
  unreachable: 'Their route does not answer any more',
  timeout: 'No answer yet',
  tryAgain: 'Veilid is not ready yet',
  tooLarge: 'The message is too large for the network',
  stopped: 'Veilid is not running',
  badAddress: 'Their route cannot be used',
  missing: 'Veilid is not available',
};

/**
 * Sends `packet` to at most two addresses; the first valid answer wins and ends the other call. `isValid` checks the
 * authenticated answer (design §6.5): an answer that is not valid counts as none.
 */
export async function attempt(
  overlay: Pick<Overlay, 'send'>,
  addresses: readonly Uint8Array[],
  packet: Uint8Array,
  isValid: (reply: Uint8Array) => boolean,
  signal: AbortSignal,
): Promise<Attempt> {
  const [first, second] = addresses;
  if (!first) return { kind: 'failed', code: 'unreachable', reason: 'No route to them is known', reread: true };
  const ended = new AbortController();
  const both = AbortSignal.any([signal, ended.signal]);
  let timer: NodeJS.Timeout | undefined;
  const call = async (address: Uint8Array): Promise<Attempt> => {
    try {
      if (isValid(await overlay.send(address, packet, both))) return { kind: 'acknowledged' };
      return { kind: 'failed', code: 'badAnswer', reason: 'The answer was not theirs', reread: false };
    } catch (error) {
      if (!(error instanceof OverlayError)) throw error;
      return {
        kind: 'failed',
        code: error.code,
        reason: reasons[error.code],
        reread: error.code === 'unreachable' || error.code === 'timeout',
      };
    }
  };
  try {
    const firstCall = call(first);
    if (!second) return await firstCall;
    const slow = Promise.withResolvers<'slow'>();
    timer = setTimeout(() => {
      slow.resolve('slow');
    }, SECOND_ROUTE_AFTER_MS);
    const early = await Promise.race([firstCall, slow.promise]);
    if (early !== 'slow' && early.kind === 'acknowledged') return early;
    return await firstAcknowledged([firstCall, call(second)]);
  } finally {
    clearTimeout(timer);
    ended.abort();
  }
}

/** The first acknowledgement; the first failure only when all have failed. */
async function firstAcknowledged(calls: readonly Promise<Attempt>[]): Promise<Attempt> {
  const wins = calls.map(async (call) => {
    const result = await call;
    if (result.kind !== 'acknowledged') throw new NotAcknowledged(result);
    return result;
  });
  try {
    return await Promise.any(wins);
  } catch (error) {
    const failures: unknown[] = error instanceof AggregateError ? error.errors : [];
    for (const failure of failures) {
      if (failure instanceof NotAcknowledged) return failure.result;
    }
    throw error;
  }
}

class NotAcknowledged extends Error {
  readonly result: Attempt;
  constructor(result: Attempt) {
    super('not acknowledged');
    this.result = result;
  }
}
