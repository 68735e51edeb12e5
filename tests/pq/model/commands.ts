/** What can happen to the two, as fast-check makes it up. */
import fc from 'fast-check';
import { text } from '../people.ts';
import { other, type Name } from './cast.ts';
import { DAY } from './policy.ts';
import { HOSTILE, type Hostile, attack } from './hostile.ts';
import { FORGERIES, lie, type Forgery } from './impostor.ts';
import type { Flight, World } from './world.ts';

const NETWORK = [
  'writes',
  'writes',
  'writes at length',
  'is handed a packet',
  'is handed a packet',
  'is handed a packet',
  'is handed a packet and it stays',
  'never gets a packet',
  'crashes before the commit',
  'crashes before the answer',
  'seals and crashes',
  'sends again',
  'talks with the other',
] as const;
const SESSIONS = ['begins anew', 'takes a new identity', 'time passes', 'a long time passes', 'writes from both'] as const;
const SETBACKS = ['is saved', 'is restored', 'goes back', 'goes back unseen'] as const;

export type What = (typeof NETWORK | typeof SESSIONS | typeof SETBACKS | typeof HOSTILE | typeof FORGERIES)[number];
export const everything = { network: NETWORK, sessions: SESSIONS, setbacks: SETBACKS, hostile: HOSTILE, forgeries: FORGERIES };

export interface Step {
  what: What;
  who: Name;
  pick: number;
}

export const steps = (kinds: readonly What[], maxLength: number): fc.Arbitrary<Step[]> =>
  fc.array(fc.record({ what: fc.constantFrom(...kinds), who: fc.constantFrom('a', 'b'), pick: fc.nat({ max: 10_000 }) }), {
    minLength: 4,
    maxLength,
    size: 'max',
  });

/** Lengths that fill each bucket, also beside a hello. */
const LENGTHS = [900, 4_000, 6_500, 12_000, 19_900];
const TIMES = [10 * 60_000, 61 * 60_000, 3 * 3_600_000];
const LONG_TIMES = [DAY, 8 * DAY, 31 * DAY];
const MAX_TURNS = 5;
const pickOf = <T>(list: readonly T[], pick: number): T | undefined => list[pick % list.length];

const isHostile = (what: What): what is Hostile => HOSTILE.some((kind) => kind === what);
const isForgery = (what: What): what is Forgery => FORGERIES.some((kind) => kind === what);

function write(world: World, who: Name, words: string): void {
  world.write(who, text(words));
  world.send(who);
}

/** A message that arrives at once. */
export function arrives(world: World, from: Name, words: string): Flight | null {
  const mid = world.write(from, text(words));
  world.send(from);
  const flight = world.flying.find((flying) => flying.mid === mid);
  if (flight) {
    world.flying.splice(world.flying.indexOf(flight), 1);
    world.deliver(flight);
  }
  return flight ?? null;
}

export function take(world: World, { what, who, pick }: Step, index: number): void {
  if (isHostile(what)) {
    attack(world, what, who, pick);
    return;
  }
  if (isForgery(what)) {
    lie(world, what, who, pick);
    return;
  }
  const { flying } = world;
  const flight = pickOf(flying, pick);
  const remove = (): void => {
    if (flight) flying.splice(flying.indexOf(flight), 1);
  };
  switch (what) {
    case 'writes':
      write(world, who, `message ${index}`);
      return;
    case 'writes at length':
      write(world, who, `message ${index} `.padEnd(pickOf(LENGTHS, pick) ?? 0, 'long '));
      return;
    case 'is handed a packet':
      remove();
      if (flight) world.deliver(flight);
      return;
    case 'is handed a packet and it stays':
      if (flight) world.deliver(flight);
      return;
    case 'never gets a packet':
      remove();
      return;
    case 'crashes before the commit':
      if (flight) world.deliver(flight, 'crash before commit');
      return;
    case 'crashes before the answer':
      remove();
      if (flight) world.deliver(flight, 'crash before answer');
      return;
    case 'seals and crashes':
      world.write(who, text(`message ${index}`));
      world.send(who, false);
      return;
    case 'sends again':
      world.resend(who);
      return;
    case 'talks with the other':
      for (let turn = 0; turn <= pick % MAX_TURNS; turn++) arrives(world, turn % 2 === 0 ? who : other(who), `turn ${index}.${turn}`);
      return;
    case 'begins anew':
      world.reset(who);
      world.resend(who);
      return;
    case 'writes from both':
      write(world, 'a', `message ${index} of a`);
      write(world, 'b', `message ${index} of b`);
      return;
    case 'takes a new identity':
      if (world.rotate(who)) world.send(who);
      return;
    case 'time passes':
      world.pass(pickOf(TIMES, pick) ?? 0);
      return;
    case 'a long time passes':
      world.pass(pickOf(LONG_TIMES, pick) ?? 0);
      return;
    case 'is saved':
      world.save(who);
      return;
    case 'is restored':
      if (world.setBack(who, 'restore', pick)) world.resend(who);
      return;
    case 'goes back':
      if (world.setBack(who, 'seen', pick)) world.resend(who);
      return;
    case 'goes back unseen':
      world.setBack(who, 'unseen', pick);
  }
}
