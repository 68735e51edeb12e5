/**
 * Every decoder of DM/1 against changed structures. SOTTO_FUZZ_SECONDS is the time for all of them together; SOTTO_FUZZ_SEED gives
 * other inputs. A failure prints what replays it: SOTTO_FUZZ_INPUT (hex), with SOTTO_FUZZ_TARGET for one decoder.
 */
import { describe, expect, it } from 'vitest';
import { check, fuzz, type Target } from './engine.ts';
import { targets } from './targets.ts';

const { SOTTO_FUZZ_SECONDS = '120', SOTTO_FUZZ_SEED = 'sotto', SOTTO_FUZZ_INPUT, SOTTO_FUZZ_TARGET } = process.env;
const seconds = Number(SOTTO_FUZZ_SECONDS);
const chosen = targets.filter(({ name }) => SOTTO_FUZZ_TARGET === undefined || name === SOTTO_FUZZ_TARGET);
const weights = chosen.reduce((sum, { weight = 1 }) => sum + weight, 0);
const share = ({ weight = 1 }: Target): number => (1_000 * seconds * weight) / weights;
/** Beside the time of all of them: set-up, two collections of garbage, and the engine's own stop of what hangs. */
const timeout = 1_000 * seconds + 60_000;

if (SOTTO_FUZZ_INPUT === undefined) {
  describe(`decoders, ${seconds} s, seed ${SOTTO_FUZZ_SEED}`, () => {
    it.each(chosen)('$name takes any input calmly', { timeout, retry: 0 }, async (target) => {
      const { executions, accepted, refused, slow } = await fuzz(target, { seed: SOTTO_FUZZ_SEED, ms: share(target) });
      const codes = Array.from(refused, ([code, count]) => `${code} ${count}`).join(', ');
      console.info(
        `${target.name}: ${executions} executions, ${accepted} accepted, ${codes || 'none refused'}${slow > 0 ? `, ${slow} slow` : ''}`,
      );
      expect(executions).toBeGreaterThan(0);
    });

    it.each(targets)('$name takes the genuine ones', ({ corpus, run }) => {
      for (const bytes of corpus) expect(() => run(bytes)).not.toThrow();
    });
  });
} else {
  describe('one input', () => {
    it.each(chosen)('$name', { retry: 0 }, (target) => {
      console.info(check(target, new Uint8Array(Buffer.from(SOTTO_FUZZ_INPUT, 'hex'))));
    });
  });
}
