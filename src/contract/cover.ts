/**
 * What cover traffic is and costs: empty packets of the smallest size, sent at times nobody can foretell, so that whoever
 * watches the line cannot tell when something was written. Shared by the core, which sends, and the page, which says the price.
 */

export type CoverTraffic = 'off' | 'active' | 'always';

/** Mean of the exponentially distributed pauses between two dummies to one contact: a Poisson process. */
export const COVER_MEAN_MS = 30_000;
/** A conversation counts as active for this long after the last thing that was said in it. */
export const COVER_ACTIVE_MS = 10 * 60_000;
/** The smallest packet there is, and its 32-byte answer. What the overlay itself adds is not counted. */
const COVER_PACKET_BYTES = 4_096 + 32;
const HOUR_MS = 3_600_000;

/**
 * Bytes an hour, sent and received, that cover traffic to one contact takes on average while it runs: with `active` while the
 * conversation is active, with `always` as long as both are there. The other side's dummies come on top where it sends any.
 */
export const coverCost = (setting: CoverTraffic): number =>
  setting === 'off' ? 0 : Math.round((HOUR_MS / COVER_MEAN_MS) * COVER_PACKET_BYTES);
