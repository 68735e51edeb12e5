/** How often somebody may guess at a page. Who has the key file can guess without it: there only Argon2id's cost counts. Pure. */

/** Wrong tries until Sotto has to be started again. */
export const MAX_TRIES = 20;
/** So many are free; each further one waits twice as long as the one before. */
const FREE_TRIES = 2;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;
/** From here on it is said how many are left. */
const SAY_FROM = 10;

export interface Tries {
  readonly failures: number;
  /** Milliseconds since 1970. */
  readonly retryAt: number | null;
}

export const noTries: Tries = { failures: 0, retryAt: null };

export const afterFailure = ({ failures }: Tries, now: number): Tries => {
  const count = failures + 1;
  const wait = count <= FREE_TRIES ? 0 : Math.min(FIRST_WAIT_MS * 2 ** (count - FREE_TRIES - 1), LONGEST_WAIT_MS);
  return { failures: count, retryAt: wait === 0 ? null : now + wait };
};

/** A sentence where no try may be made now; null where one may. */
export const whyNot = ({ failures, retryAt }: Tries, now: number): string | null => {
  if (failures >= MAX_TRIES) return 'There were too many wrong tries. Quit Sotto and start it again.';
  if (retryAt === null || retryAt <= now) return null;
  return `Wait ${Math.ceil((retryAt - now) / 1_000)} seconds, then try again.`;
};

export const triesLeft = ({ failures }: Tries): number | null =>
  failures < MAX_TRIES - SAY_FROM ? null : Math.max(0, MAX_TRIES - failures);
