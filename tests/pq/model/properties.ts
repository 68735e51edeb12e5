/** The promises, each with schedules of its own, so that a failure names what broke. */
import fc from 'fast-check';
import { counter } from '../people.ts';
import { createAttacker } from './attacker.ts';
import { other, type Name } from './cast.ts';
import { arrives, everything, steps, take, type Step } from './commands.ts';
import type { Property } from './run.ts';
import { createWorld, meeting, type World } from './world.ts';

const { network, sessions, setbacks, hostile, forgeries } = everything;
const met = meeting();

interface Schedule {
  chance: number;
  met: boolean;
  prepared: boolean;
  wipes: boolean;
  steps: Step[];
}

const schedule = (kinds: Parameters<typeof steps>[0], maxLength: number, wipes: fc.Arbitrary<boolean>): fc.Arbitrary<Schedule> =>
  fc.record({
    chance: fc.nat({ max: 1_000_000 }),
    met: fc.boolean(),
    prepared: fc.boolean(),
    wipes,
    steps: steps(kinds, maxLength),
  });

function play({ met: isMet, steps: taken, ...rest }: Schedule, tally: (counts: Readonly<Record<string, number>>) => void): void {
  const world = createWorld({ ...rest, start: isMet ? met : null });
  for (const [index, step] of taken.entries()) take(world, step, index);
  world.end();
  tally(world.count);
}

const never = fc.constant(false);

export const onTheNetwork: Property<Schedule> = {
  name: 'every packet that arrives opens once, whatever is lost, doubled, reordered or cut short by a crash',
  share: 250,
  schedule: schedule(network, 16, fc.boolean()),
  reaches: ['opened', 'duplicate'],
  holds: play,
};

export const overSessions: Property<Schedule> = {
  name: 'both come together on one session after resets, hellos that cross, new identities and expired prekeys',
  share: 250,
  schedule: schedule([...network, ...sessions, ...sessions], 16, fc.boolean()),
  reaches: ['first', 'replaces', 'older'],
  holds: play,
};

export const afterSetbacks: Property<Schedule> = {
  name: 'both come together again when a disk goes back in time or a backup is restored',
  share: 200,
  schedule: schedule([...network, ...sessions, ...setbacks, ...setbacks], 16, never),
  reaches: ['rollback', 'replaces', 'lost'],
  holds: play,
};

export const underAttack: Property<Schedule> = {
  name: 'nothing that was forged, changed or replayed opens, changes anything or causes a reset',
  share: 150,
  schedule: schedule([...network, ...sessions, ...hostile, ...hostile, ...hostile], 20, fc.boolean()),
  reaches: ['forged', 'duplicate', 'replaces'],
  holds: play,
};

export const underLies: Property<Schedule> = {
  name: 'a hello forged with a stolen prekey is never confirmed, gets no text past a session of our own or a confirmed one, and does not keep the two apart',
  share: 150,
  schedule: schedule([...network, ...sessions, ...forgeries, ...forgeries, ...forgeries], 16, fc.boolean()),
  reaches: ['deceived', 'replaces'],
  holds: play,
};

interface Leak extends Schedule {
  who: Name;
  /** Nothing is under way when it leaks, and nothing happens until the round trip: then the attacker must read both its messages. */
  quiet: boolean;
  between: Step[];
  after: Step[];
}

/** Until both send on one session a round trip may have to be tried again. */
const ROUND_TRIPS = 4;

function roundTrip(world: World, who: Name): boolean {
  const [there, back] = [who, other(who)].map((from) => arrives(world, from, `there and back: ${from}`));
  const isDone = there?.session !== undefined && there.session === back?.session;
  // Answers and acks that prove a session, also those that were lost.
  if (!isDone) for (const name of [who, other(who)]) world.resend(name);
  for (const flight of world.flying.splice(0)) world.deliver(flight);
  return isDone;
}

export const afterALeak: Property<Leak> = {
  name: 'a disk that leaks opens nothing from before; one clean round trip closes what its owner seals, and the next message what is sealed for them',
  share: 100,
  schedule: fc.record({
    chance: fc.nat({ max: 1_000_000 }),
    met: fc.boolean(),
    prepared: fc.boolean(),
    wipes: never,
    steps: steps(network, 8),
    who: fc.constantFrom('a', 'b'),
    quiet: fc.boolean(),
    between: steps(network, 5),
    after: steps(network, 6),
  }),
  reaches: ['past', 'read', 'closed'],
  holds: ({ met: isMet, steps: before, who, quiet, between, after, ...rest }, tally) => {
    const world = createWorld({ ...rest, start: isMet ? met : null });
    const all = (taken: Step[]): void => {
      for (const [index, step] of taken.entries()) take(world, step, index);
    };
    all(before);
    const arrive = (): void => {
      for (const flight of world.flying.splice(0).reverse()) world.deliver(flight);
    };
    if (quiet) arrive();
    const attacker = createAttacker(world.disks[who], who, { ...world.around(who), random: counter('attacker') });
    // Forward secrecy: what was opened or sealed before is gone from the disk.
    const past = world.history.filter(({ from, packet }) => from === who || world.hasOpened(who, packet));
    if (past.some(attacker.reads)) throw new Error('a packet from before the leak opened with what leaked');
    let mark = world.history.length;
    const tell = (): boolean[] => {
      const seen = world.history.slice(mark);
      mark = world.history.length;
      return seen.map(attacker.reads);
    };
    if (!quiet) all(between);
    arrive();
    tell();
    let isDone = false;
    for (let tries = ROUND_TRIPS; tries > 0 && !isDone; tries--) isDone = roundTrip(world, who);
    if (!isDone) throw new Error('no round trip on a clean network');
    const read = tell();
    if (isMet && quiet && read.includes(false)) throw new Error('the attacker of this test is too weak');
    // What the owner seals is closed from here on; what is sealed for the owner, as soon as the first of that has arrived.
    arrives(world, who, 'there again');
    const later = tell();
    all(after);
    arrive();
    later.push(...tell());
    tally({ past: past.length, read: read.filter(Boolean).length, closed: later.length });
    if (later.includes(true)) throw new Error('a packet opened to an attacker after one clean round trip');
  },
};
