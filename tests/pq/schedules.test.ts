import { expect, it } from 'vitest';
import { arrives } from './model/commands.ts';
import type { Name } from './model/cast.ts';
import { lie } from './model/impostor.ts';
import { sendingOf } from './model/policy.ts';
import { afterALeak, afterSetbacks, onTheNetwork, overSessions, underAttack, underLies } from './model/properties.ts';
import { run, type Property } from './model/run.ts';
import { createWorld, meeting, type Start, type World } from './model/world.ts';
import { text } from './people.ts';

/** Of one property; SOTTO_SCHEDULES=50000 takes hours. */
const TIMEOUT_MS = 6 * 3_600_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

// A schedule that fails once has found something: it is not tried again.
const check = <T>(property: Property<T>): void => {
  it(property.name, { timeout: TIMEOUT_MS, retry: 0 }, () => run(property));
};

check(onTheNetwork);
check(overSessions);
check(afterSetbacks);
check(underAttack);
check(underLies);
check(afterALeak);

// Schedules that broke a rule before it was this one.

const starts: { name: string; start: Start | null }[] = [
  { name: 'strangers', start: null },
  { name: 'who have talked', start: meeting() },
];

function write(world: World, who: Name, ...words: string[]): void {
  for (const line of words) {
    world.write(who, text(line));
    world.send(who);
  }
}

/** Begins anew; what leaves. */
function begin(world: World, who: Name): World['flying'] {
  const before = world.flying.splice(0);
  world.reset(who);
  world.resend(who);
  const made = world.flying.splice(0);
  world.flying.push(...before);
  return made;
}

it.each(starts)('$name come together when a hello is eight days late', ({ start }) => {
  const world = createWorld({ chance: 1, start });
  write(world, 'b', 'one');
  world.pass(8 * DAY);
  write(world, 'a', 'one', 'two', 'three');
  world.end();
});

it.each(starts)('$name come together when both write and one begins anew before the other hears of it', ({ start }) => {
  const world = createWorld({ chance: 2, start });
  write(world, 'a', 'one');
  write(world, 'b', 'one');
  world.pass(61 * 60_000);
  world.flying.push(...begin(world, 'b'));
  write(world, 'a', 'two', 'three', 'four', 'five');
  world.end();
});

it.each([{ later: 0 }, { later: 2 * HOUR }, { later: 8 * DAY }])(
  'a hello that comes $later ms after the session it began was replaced takes nothing back',
  ({ later }) => {
    const world = createWorld({ chance: 3, start: meeting() });
    const heldBack = begin(world, 'a');
    world.pass(61 * 60_000);
    for (const flight of begin(world, 'a')) world.deliver(flight);
    expect(world.settle()).toBe(true);
    const used = sendingOf(world.disks.b);
    expect(heldBack.map(({ session }) => session)).not.toContain(used);
    world.pass(later);
    for (const flight of heldBack) world.deliver(flight);
    expect(sendingOf(world.disks.b)).toBe(used);
    world.end();
  },
);

it('a hello in the name of the other gets an answer it cannot read, and no text', () => {
  const world = createWorld({ chance: 4, start: meeting() });
  const used = sendingOf(world.disks.b);
  lie(world, 'gets a hello in the name of the other', 'b', 0);
  expect(world.forged).toHaveLength(1);
  write(world, 'b', 'for a only');
  expect(world.history.some(({ session }) => session !== used)).toBe(true);
  lie(world, 'gets a guessed turn from who lies about its name', 'b', 0);
  expect(sendingOf(world.disks.b)).toBe(used);
  expect(arrives(world, 'b', 'again for a only')?.session).toBe(used);
  world.end();
});

it('a hello in the name of the other does not take the place of a genuine one that waits', () => {
  const world = createWorld({ chance: 5, start: meeting() });
  for (const flight of begin(world, 'a')) world.deliver(flight);
  world.send('b');
  for (const flight of world.flying.splice(0)) world.deliver(flight);
  world.send('a');
  const proof = world.flying.splice(0);
  world.pass(61 * 60_000);
  lie(world, 'gets a hello in the name of the other', 'b', 0);
  for (const flight of proof) world.deliver(flight);
  write(world, 'b', 'for a only');
  world.end();
});

it.each(starts)('$name: a hello in the name of the other does not take the place of our own', ({ start }) => {
  const world = createWorld({ chance: 6, start });
  write(world, 'a', 'one');
  world.flying.push(...begin(world, 'a'));
  lie(world, 'gets a hello in the name of the other', 'a', 2);
  write(world, 'a', 'for b only');
  world.end();
});

it('a hello in the name of the other that is begun tomorrow does not hide a genuine one', () => {
  const world = createWorld({ chance: 7, start: meeting() });
  lie(world, 'gets a hello in the name of the other', 'b', 4);
  for (const flight of begin(world, 'a')) world.deliver(flight);
  write(world, 'b', 'for a only');
  world.end();
});
