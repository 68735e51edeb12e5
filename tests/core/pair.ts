/** Two people on a loopback network, and what tests wait for. */
import type { BufferId } from '../../src/contract/ids.ts';
import type { CoreOptions } from '../../src/core/core.ts';
import type { Overlay } from '../../src/overlay/overlay.ts';
import { createLoopbackOverlay } from '../../src/overlay/loopback/loopback.ts';
import { createLoopbackNetwork, type LoopbackNetwork } from '../../src/overlay/loopback/network.ts';
import { startPerson, until, type Person } from '../support/cores.ts';

export const nickConfig = (nick: string): string =>
  `[servers.lab]\nserver = "127.0.0.1"\nport = 9\nnickname = "${nick}"\nautoconnect = false\n`;
export const network = (): LoopbackNetwork => createLoopbackNetwork({ replyTimeoutMs: 250 });

interface StartOptions {
  directory?: string;
  config?: string;
  /** Changes what the overlay does. */
  overlay?: (overlay: Overlay) => Overlay;
  /** Changes what the store does. */
  openStore?: NonNullable<CoreOptions['openStore']>;
  /** Shorter times. */
  timings?: NonNullable<CoreOptions['timings']>;
}

export const start = (
  name: string,
  net: LoopbackNetwork,
  { directory, config = '', overlay = (plain) => plain, openStore, timings }: StartOptions = {},
): Promise<Person> =>
  startPerson({
    name,
    overlay: () => overlay(createLoopbackOverlay(net)),
    ...(openStore === undefined ? {} : { openStore }),
    ...(timings === undefined ? {} : { timings }),
    ...(directory === undefined ? { config: `${nickConfig(name)}\n${config}` } : { directory }),
  });

export const routeOf = async (person: Person): Promise<string> => (await person.client.call('route.get', {})).text;
export const bytesOf = (text: string): Uint8Array =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0));

export const privateBuffer = (person: Person): Promise<BufferId> =>
  until(
    `${person.name} has the conversation`,
    async () => (await person.snapshot()).buffers.find((buffer) => buffer.kind === 'private')?.id,
  );

export const acceptRequest = async (person: Person): Promise<BufferId> => {
  const request = await until(`${person.name} sees the request`, async () => (await person.snapshot()).requests[0]);
  return (await person.client.call('contact.accept', { contact: request.contact })).buffer;
};

export interface Pair {
  net: LoopbackNetwork;
  alice: Person;
  bob: Person;
  a: BufferId;
  b: BufferId;
}

/** Bob pastes Alice's route, Alice accepts, both are certain of each other. */
export async function connected(net: LoopbackNetwork, options: { alice?: StartOptions; bob?: StartOptions } = {}): Promise<Pair> {
  const [alice, bob] = [await start('alice', net, options.alice), await start('bob', net, options.bob)];
  const { buffer: b } = await bob.client.call('contact.connect', { text: await routeOf(alice) });
  const a = await acceptRequest(alice);
  await until('bob is certain', async () => (await bob.onlyContact()).shield === 'not-verified');
  await until('alice is certain', async () => (await alice.onlyContact()).shield === 'not-verified');
  return { net, alice, bob, a, b };
}

/** Asks for another try, as a click on the status does. */
export const nudge = async (person: Person): Promise<void> => {
  for (const { id } of (await person.snapshot()).contacts) await person.client.call('contact.retry', { contact: id });
};

/** All own lines are delivered; `nudged` skips the pauses between tries. */
export const delivered = (person: Person, buffer: BufferId, count: number, nudged = false, patience?: number): Promise<true> =>
  until(
    `${count} lines of ${person.name} are delivered`,
    async () => {
      if (nudged) await nudge(person);
      const own = (await person.lines(buffer)).filter((line) => line.self);
      return own.length === count && own.every((line) => line.receipt?.state === 'delivered');
    },
    patience,
  );

export const theirs = async (person: Person, buffer: BufferId): Promise<string[]> =>
  (await person.said(buffer)).filter((line) => line.startsWith('they: ')).map((line) => line.slice(6));
