/**
 * Which of several sessions of the same two people is used (B.7). Every session carries when its hello was made (`begun`, under the
 * seal of the introduction), so that both sides, once they hold the same sessions, use the same one, in whatever order the hellos
 * came and however late. A hello that is forged with a stolen prekey never becomes confirmed: until then it takes nothing away.
 */
import type { RatchetSession } from './types.ts';

/** A contact's session is replaced at most this often; a hello that comes earlier is silence, and is repeated by its sender. */
export const REPLACE_INTERVAL_MS = 3_600_000;
/** How far the clock of somebody who says hello may be ahead. */
const BEGUN_TOLERANCE_MS = 24 * 3_600_000;

type Order = Pick<RatchetSession, 'begun' | 'helloId'>;
type Held = Pick<RatchetSession, 'begun' | 'helloId' | 'initiator' | 'confirmed'>;

/** Later begun; of two begun at the same time the one with the smaller hello id, compared as bytes. */
export function isNewer(a: Order, b: Order): boolean {
  if (a.begun !== b.begun) return a.begun > b.begun;
  const at = a.helloId.findIndex((byte, index) => byte !== b.helloId[index]);
  return at >= 0 && (a.helloId[at] ?? 0) < (b.helloId[at] ?? 0);
}

/** Ours, or confirmed: a hello of the other side alone does not prove, against a quantum computer or a stolen prekey, who sent it. */
const isProven = ({ initiator, confirmed }: Held): boolean => initiator || confirmed;

const newestFirst = <T extends Order>(held: readonly T[]): T[] => [...held].sort((a, b) => (isNewer(a, b) ? -1 : 1));

/** What to begin the next session with: after everything that is held, whatever the clocks say. */
export const beginAfter = (held: readonly Order[], now: number): number => Math.max(now, ...held.map(({ begun }) => begun + 1));

/** The session to send on, of those that may send: the newest, where one that is not proven comes after a confirmed one. */
export function sendsOn<T extends Held>(held: readonly T[]): T | undefined {
  const ordered = newestFirst(held);
  return ordered.find((session, index) => isProven(session) || !ordered.slice(index + 1).some(({ confirmed }) => confirmed));
}

/** The session that still waits for our first answer beside the one we send on: the newest, if the other side began it. */
export function answersOn<T extends Held>(held: readonly T[]): T | undefined {
  const [newest] = newestFirst(held);
  return newest && newest !== sendsOn(held) ? newest : undefined;
}

/**
 * - `first`: nothing was confirmed with them; the new session sends, and an older one that we began only receives.
 * - `replaces`: there is a confirmed session. The new one gets our first answer, and takes over when it is confirmed; one that
 *   waited like this before only receives.
 * - `older`: a newer proven one is held: the new session only receives.
 * - `refused`: too soon after the last replacement, or begun in the future: silence, nothing changes.
 */
export type Admission = 'first' | 'replaces' | 'older' | 'refused';

/** For a hello that opened. `held`: the sessions with its sender that may send. `lastReplaced`: of their last replacement, or null. */
export function admitHello(
  hello: Order,
  { held, lastReplaced, now }: { held: readonly Held[]; lastReplaced: number | null; now: number },
): Admission {
  if (hello.begun - now > BEGUN_TOLERANCE_MS) return 'refused';
  if (held.some((other) => isProven(other) && isNewer(other, hello))) return 'older';
  if (!held.some(({ confirmed }) => confirmed)) return 'first';
  return lastReplaced !== null && now - lastReplaced < REPLACE_INTERVAL_MS ? 'refused' : 'replaces';
}
