/** One try to hand a packet over: the first address, and the second as well when the first is slow or fails. */
import { OverlayError, type Overlay, type OverlayErrorCode } from '../../overlay/overlay.ts';
import { SECOND_ROUTE_AFTER_MS } from './pacing.ts';

type Failure = OverlayErrorCode | 'badAnswer';

interface Reaction {
  /** For a person. */
  reason: string;
  /** The other route may do better: it is asked at once. */
  asksOther: boolean;
  /** The addresses may be out of date: their record is read and the packet sent once more, with a fresh import. */
  rereads: boolean;
  /** It counts as sent, and is sent again until it is acknowledged. */
  mayHaveArrived: boolean;
  /** `backOff`: 5 s … 10 min. `soon`: it is our own node, so 1 s … 1 min, and nothing is held against the contact. */
  then: 'backOff' | 'soon' | 'giveUp';
}

/**
 * What each failure is taken to mean (design §7 "sending"). Veilid's words: unreachable is `NoConnection` (the route is not known
 * any more), timeout 5 s without an answer, tryAgain `TryAgain` (our node cannot send yet). A slow first route has the second one
 * asked after 1.2 s, whatever comes of the first.
 *
 * | failure          | other route | read record, send again                | counts as sent | afterwards              |
 * | ---------------- | ----------- | -------------------------------------- | -------------- | ----------------------- |
 * | timeout          | yes         | yes; not to who has yet to accept us   | yes            | back off                |
 * | badAnswer        | yes         | no: somebody is there                  | yes            | back off                |
 * | unreachable      | yes         | yes                                    | no             | back off                |
 * | badAddress       | yes         | yes                                    | no             | back off                |
 * | tryAgain         | no          | no: it is not them                     | no             | soon                    |
 * | stopped, missing | no          | no                                     | no             | soon, or when it is on  |
 * | tooLarge         | no          | no                                     | no             | failed, with the reason |
 *
 * In this order: where two routes failed, the one higher up is what the try came to.
 */
const reactions: Record<Failure, Reaction> = {
  timeout: { reason: 'No answer yet', asksOther: true, rereads: true, mayHaveArrived: true, then: 'backOff' },
  badAnswer: { reason: 'The answer was not theirs', asksOther: true, rereads: false, mayHaveArrived: true, then: 'backOff' },
  unreachable: { reason: 'Their route does not answer any more', asksOther: true, rereads: true, mayHaveArrived: false, then: 'backOff' },
  badAddress: { reason: 'Their route cannot be used', asksOther: true, rereads: true, mayHaveArrived: false, then: 'backOff' },
  tryAgain: { reason: 'Veilid is not ready yet', asksOther: false, rereads: false, mayHaveArrived: false, then: 'soon' },
  stopped: { reason: 'Veilid is not running', asksOther: false, rereads: false, mayHaveArrived: false, then: 'soon' },
  missing: { reason: 'Veilid is not available', asksOther: false, rereads: false, mayHaveArrived: false, then: 'soon' },
  tooLarge: {
    reason: 'The message is too large for the network',
    asksOther: false,
    rereads: false,
    mayHaveArrived: false,
    then: 'giveUp',
  },
};
const isFailure = (name: string): name is Failure => name in reactions;
const order: readonly Failure[] = Object.keys(reactions).filter(isFailure);

export type Attempt =
  /** An answer whose tag is right: the other side has stored the packet. */
  { kind: 'acknowledged' } | ({ kind: 'failed'; code: Failure } & Reaction);

type Failed = Extract<Attempt, { kind: 'failed' }>;

const failed = (code: Failure): Failed => ({ kind: 'failed', code, ...reactions[code] });

/** Two failures as one: what happened to either counts. */
const both = (one: Failed, two: Failed): Failed => {
  const [first] = [one, two].sort((a, b) => order.indexOf(a.code) - order.indexOf(b.code));
  return { ...(first ?? one), rereads: one.rereads || two.rereads, mayHaveArrived: one.mayHaveArrived || two.mayHaveArrived };
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
  if (!first) return { ...failed('unreachable'), reason: 'No route to them is known' };
  const ended = new AbortController();
  const until = AbortSignal.any([signal, ended.signal]);
  let timer: NodeJS.Timeout | undefined;
  let underWay = 0;
  const call = async (address: Uint8Array): Promise<Attempt> => {
    underWay += 1;
    try {
      return isValid(await overlay.send(address, packet, until)) ? { kind: 'acknowledged' } : failed('badAnswer');
    } catch (error) {
      if (!(error instanceof OverlayError)) throw error;
      return failed(error.code);
    } finally {
      underWay -= 1;
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
    if (early !== 'slow' && (early.kind === 'acknowledged' || !early.asksOther)) return early;
    return await firstAcknowledged(firstCall, call(second));
  } finally {
    clearTimeout(timer);
    if (underWay > 0) ended.abort();
  }
}

/** The first acknowledgement; a failure only when both have failed. */
async function firstAcknowledged(one: Promise<Attempt>, two: Promise<Attempt>): Promise<Attempt> {
  const { promise, resolve, reject } = Promise.withResolvers<Attempt>();
  for (const call of [one, two]) {
    call.then((result) => {
      if (result.kind === 'acknowledged') resolve(result);
    }, reject);
  }
  const settle = async (): Promise<void> => {
    const [a, b] = [await one, await two];
    if (a.kind === 'failed' && b.kind === 'failed') resolve(both(a, b));
  };
  settle().catch(reject);
  return promise;
}
