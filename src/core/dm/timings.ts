/** Times of private messages that a test may shorten. Everything else keeps its named constant beside what it bounds. */
import { COVER_ACTIVE_MS, COVER_MEAN_MS } from '../../contract/cover.ts';

export interface Timings {
  /** Read receipts and acknowledgements of mail leave at random within this time (design §6.5): when they go tells little. */
  answerDelayMs: number;
  /** Mean pause between two dummies to one contact, and how long a conversation counts as active. */
  coverMeanMs: number;
  coverActiveMs: number;
  /** How often mailboxes are looked into where no notice came. */
  mailboxPollMs: number;
  /** How often it is looked whether a message has waited too long. */
  expiryMs: number;
}

export const defaultTimings: Timings = {
  answerDelayMs: 5_000,
  coverMeanMs: COVER_MEAN_MS,
  coverActiveMs: COVER_ACTIVE_MS,
  mailboxPollMs: 600_000,
  expiryMs: 3_600_000,
};
