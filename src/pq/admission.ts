/**
 * Which of several sessions of the same two people is used (B.7). Every session carries when its hello was made (`begun`, under the
 * seal of the introduction), so that both sides, once they hold the same sessions, use the same one, in whatever order the hellos
 * came and however late. A hello that is forged with a stolen prekey never becomes confirmed: until then a session takes nothing away.
 */
import type { RatchetSession } from './types.ts';

/** A contact's session is replaced at most this often; a hello that comes earlier is silence, and is repeated by its sender. */
export const REPLACE_INTERVAL_MS = 3_600_000;
/** Sessions that others began in a contact's name and that are not proven; one more takes the place of the oldest. */
export const MAX_WAITING_SESSIONS = 8;
/** Before it is so old a waiting session does not make room: whoever lies again and again cannot push out one that is genuine. */
export const KEEP_WAITING_MS = 24 * 3_600_000;
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

/** What to begin the next session with: after everything that is proven, whatever the clocks say. */
export const beginAfter = (held: readonly Held[], now: number): number =>
  Math.max(now, ...held.filter(isProven).map(({ begun }) => begun + 1));

/** The session to send on, of those that may send: the newest that is proven; where nothing is, the newest. */
export function sendsOn<T extends Held>(held: readonly T[]): T | undefined {
  const ordered = newestFirst(held);
  return ordered.find(isProven) ?? ordered[0];
}

/** The sessions that get nothing but our first answer, which lets them prove themselves: all that we do not send on, newest first. */
export function answersOn<T extends Held>(held: readonly T[]): T[] {
  const sending = sendsOn(held);
  return newestFirst(held).filter((session) => session !== sending && !isProven(session));
}

/**
 * Whether one more hello may wait: of the sessions that may send (`created`: when they came), the one that only receives from then
 * on, or null where none has to. 'full': the hello is refused, and is repeated by its sender.
 */
export function makesRoom<T extends Held & { created: number }>(held: readonly T[], now: number): T | null | 'full' {
  const waiting = held.filter((session) => !isProven(session)).sort((a, b) => a.created - b.created);
  const [oldest] = waiting;
  if (!oldest || waiting.length < MAX_WAITING_SESSIONS) return null;
  return now - oldest.created >= KEEP_WAITING_MS ? oldest : 'full';
}

/**
 * - `first`: nothing was confirmed with them; the new session sends, unless we began one.
 * - `replaces`: there is a confirmed session. The new one gets our first answer, and takes over when it is confirmed.
 * - `older`: a newer proven one is held: the new session only receives.
 * - `refused`: too soon after the last replacement, or begun in the future: silence, nothing changes.
 */
export type Admission = 'first' | 'replaces' | 'older' | 'refused';

/**
 * For a hello that opened; nothing that is held changes by it. `held`: the sessions with its sender that may send. `lastReplaced`:
 * when a session they began last became confirmed in place of a confirmed one, or null.
 */
export function admitHello(
  hello: Order,
  { held, lastReplaced, now }: { held: readonly Held[]; lastReplaced: number | null; now: number },
): Admission {
  if (hello.begun - now > BEGUN_TOLERANCE_MS) return 'refused';
  if (held.some((other) => isProven(other) && isNewer(other, hello))) return 'older';
  if (!held.some(({ confirmed }) => confirmed)) return 'first';
  return lastReplaced !== null && now - lastReplaced < REPLACE_INTERVAL_MS ? 'refused' : 'replaces';
}
