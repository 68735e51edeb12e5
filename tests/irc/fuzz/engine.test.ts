/**
 * The whole engine from bytes to events and back, against a server that says anything. SOTTO_FUZZ_SECONDS is the time, SOTTO_FUZZ_SEED gives
 * other sessions, SOTTO_FUZZ_CASE plays one again: its number is in the message of a failure.
 */
import { setImmediate } from 'node:timers/promises';
import { runInNewContext } from 'node:vm';
import { setFlagsFromString } from 'node:v8';
import { describe, expect, it } from 'vitest';
import { chance } from '../../pq/fuzz/chance.ts';
import { action, line, steps, type Step } from './grammar.ts';
import { play, reduce } from './play.ts';
import { seeds } from './seeds.ts';

const { SOTTO_FUZZ_SECONDS = '120', SOTTO_FUZZ_SEED = 'sotto', SOTTO_FUZZ_CASE } = process.env;
const seconds = Number(SOTTO_FUZZ_SECONDS);
/** What a run may keep. */
const GROWTH_BYTES = 48 * 1_048_576;
const SLICE_MS = 100;

setFlagsFromString('--expose-gc');
const collect: unknown = runInNewContext('gc');
const isCollect = (value: unknown): value is () => void => typeof value === 'function';
const heap = (): number => {
  if (isCollect(collect)) collect();
  return process.memoryUsage().heapUsed;
};

const attempt = (made: readonly Step[], seed: string): unknown => {
  try {
    play(made, seed);
    return null;
  } catch (error) {
    return error;
  }
};

/** Plays one session; a failure is played again (a slow machine is no finding) and told with as few steps as will do. */
function check(made: readonly Step[], seed: string): void {
  if (attempt(made, seed) === null) return;
  const error = attempt(made, seed);
  if (error === null) return;
  const few = reduce(made, seed);
  const again = attempt(few, seed) ?? error;
  const said = again instanceof Error ? (again.stack ?? again.message) : 'not an Error';
  const told = few.map((step) => JSON.stringify(step.kind === 'bytes' ? { ...step, bytes: [...step.bytes] } : step)).join('\n');
  throw new Error(`SOTTO_FUZZ_CASE=${seed}: ${said}\n${told}`);
}

const greeting = (capabilities: string): Step[] =>
  [
    `:irc.test CAP * LS :${capabilities}`,
    `:irc.test CAP * ACK :${capabilities}`,
    'AUTHENTICATE +',
    ':irc.test 900 me me!u@h me :You are now logged in as me',
    ':irc.test 903 me :SASL authentication successful',
    ':irc.test 001 me :Welcome',
    ':irc.test 005 me PREFIX=(ov)@+ CHANTYPES=# CHANMODES=b,k,l,imnpst NETWORK=Net :are supported',
    ':irc.test 376 me :End of MOTD',
    ':me!user@host JOIN #room',
    ':irc.test 353 me = #room :me @ann +bob cee',
    ':irc.test 366 me #room :End',
  ].map((text): Step => ({ kind: 'line', text }));

describe('the IRC engine before a server that says anything', () => {
  it.each(seeds)('holds where $name', ({ name, lines }) => {
    check(
      [
        ...greeting('batch echo-message labeled-response message-tags multi-prefix sasl server-time draft/channel-rename'),
        ...lines.map((text): Step => ({ kind: 'line', text })),
      ],
      name,
    );
  });

  it(
    'neither fails nor leaks nor loses its bearings',
    async () => {
      if (SOTTO_FUZZ_CASE !== undefined) {
        check(steps(chance(SOTTO_FUZZ_CASE)), SOTTO_FUZZ_CASE);
        return;
      }
      const end = Date.now() + seconds * 1_000;
      let number = 0;
      let before = 0;
      while (Date.now() < end || number < 50) {
        const pause = Date.now() + SLICE_MS;
        while (Date.now() < pause) {
          const seed = `${SOTTO_FUZZ_SEED}:${number}`;
          check(steps(chance(seed)), seed);
          number += 1;
          // By now everything is compiled and every cache has its size.
          if (number === 50) before = heap();
        }
        await setImmediate();
      }
      console.log(`${number} sessions in ${seconds} s`);
      expect(heap() - before).toBeLessThan(GROWTH_BYTES);
    },
    seconds * 1_000 + 120_000,
  );

  it('is asked about everything it knows', () => {
    const random = chance('coverage');
    const said = new Set(Array.from({ length: 20_000 }, () => /^(?:@\S+ )?(?::\S* )?(\S+)/.exec(line(random))?.[1]));
    const done = new Set(Array.from({ length: 1_000 }, () => action(random).kind));
    for (const command of ['JOIN', 'BATCH', 'CAP', 'METADATA', 'BOUNCER', '005', '353', '761', '908']) expect(said).toContain(command);
    expect(done.size).toBeGreaterThan(20);
  });
});
