/** What somebody without keys can put on the network. Nothing of it may open, and nothing may change. */
import { initiate, seal } from '../../../src/pq/session.ts';
import { packetKind, encodePacket, parsePacket } from '../../../src/pq/packet.ts';
import { PqError } from '../../../src/pq/errors.ts';
import { flip, logHeadOf, mallory, text } from '../people.ts';
import { other, type Name } from './cast.ts';
import { digest } from './disk.ts';
import { take } from './policy.ts';
import type { Flight, World } from './world.ts';

export const HOSTILE = [
  'gets a packet with a flipped bit',
  'gets rubbish',
  'gets a spliced packet',
  'gets an old packet again',
  'gets its own packet',
  'gets a packet of a stranger',
  'gets a cut packet',
] as const;
export type Hostile = (typeof HOSTILE)[number];

const BUCKETS = [4_096, 8_192, 16_384, 32_768];

/** Half the time one that has not arrived yet, since only that can open; else any. */
function genuine(world: World, to: Name, pick: number): Flight | undefined {
  const toThem = world.history.filter(({ from }) => from !== to);
  const fresh = toThem.filter(({ packet }) => !world.hasOpened(to, packet));
  const chosen = pick % 2 === 0 && fresh.length > 0 ? fresh : toThem;
  return chosen[(pick >> 1) % chosen.length];
}

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, index) => byte === b[index]);

function rubbish(world: World, pick: number): Uint8Array {
  const bytes = world.random(BUCKETS[pick % BUCKETS.length] ?? 0);
  if (pick % 2 === 0) return bytes;
  // Shaped like a packet, down to the fields.
  bytes.set([0x87, 1, 0x50]);
  bytes.set([0x50], 19);
  bytes.set([pick % 4 === 1 ? 0x40 : 0x59], 36);
  return bytes;
}

const FIELDS = ['salt', 'hint', 'pre', 'hdr', 'body', 'mac'] as const;

function splice(a: Uint8Array, b: Uint8Array, pick: number): Uint8Array {
  const [one, two] = [parsePacket(a), parsePacket(b)];
  // Every choice of fields but none and all.
  const mask = 1 + (pick % (2 ** FIELDS.length - 2));
  const field = (name: (typeof FIELDS)[number], index: number): Uint8Array => ((mask >> index) & 1 ? two[name] : one[name]);
  const [salt, hint, pre, hdr, body, mac] = FIELDS.map(field);
  const none = new Uint8Array(0);
  return encodePacket({ salt: salt ?? none, hint: hint ?? none, pre: pre ?? none, hdr: hdr ?? none, body: body ?? none, mac: mac ?? none });
}

function ofStranger(world: World, to: Name): Uint8Array | null {
  const { identity, prekey, head } = world.published(to);
  if (!world.disks[to].peer) return null;
  try {
    const session = initiate({
      identity: mallory,
      peer: identity,
      prekey,
      invite: null,
      profile: { nickname: `${world.now}`, addresses: [], recordKey: null },
      logHead: logHeadOf(mallory),
      peerLogHead: head,
      begun: world.now,
      replaces: world.disks[to].sessions.values().next().value?.state.id ?? null,
      random: world.random,
      now: world.now,
    });
    return seal(session, { payload: { mid: world.random(16), body: text('it is me') }, random: world.random, now: world.now }).packet;
  } catch (error) {
    if (error instanceof PqError) return null;
    throw error;
  }
}

function forge(world: World, what: Hostile, to: Name, pick: number): Uint8Array | null {
  const packet = genuine(world, to, pick)?.packet;
  switch (what) {
    case 'gets rubbish':
      return rubbish(world, pick);
    case 'gets a packet of a stranger':
      return ofStranger(world, to);
    case 'gets its own packet':
      return genuine(world, other(to), pick)?.packet ?? null;
    case 'gets an old packet again':
      return packet && world.hasOpened(to, packet) ? packet : null;
    case 'gets a packet with a flipped bit': {
      if (!packet) return null;
      // The outer fields are a small part of a packet, and the most interesting: its first bytes, and the MAC at its end.
      const at = [(pick * 7) % 60, packet.length - 1 - ((pick * 7) % 60), (pick * 7_919) % packet.length][pick % 3] ?? 0;
      return flip(packet, at, pick % 8);
    }
    case 'gets a cut packet':
      return packet?.slice(0, BUCKETS[pick % 2] ?? 0) ?? null;
    case 'gets a spliced packet': {
      const second = world.history[(pick * 31) % Math.max(1, world.history.length)]?.packet;
      return packet && second && packet !== second ? splice(packet, second, pick) : null;
    }
  }
}

export function attack(world: World, what: Hostile, to: Name, pick: number): void {
  const packet = forge(world, what, to, pick);
  if (!packet) return;
  const isGenuine = world.history.some((flight) => flight.from !== to && sameBytes(flight.packet, packet));
  if (isGenuine && !world.hasOpened(to, world.history.find((flight) => sameBytes(flight.packet, packet))?.packet ?? packet)) return;
  const before = world.disks[to];
  const bytes = digest(before);
  const taken = take(before, packet, world.around(to));
  if (taken.kind === 'opened') throw new Error(`${what}: it opened${taken.admission ? ` and was admitted: ${taken.admission}` : ''}`);
  if (taken.kind === 'rollback') throw new Error(`${what}: it looks like a rollback and would cause a reset`);
  if (taken.kind === 'duplicate' && packetKind(packet) === null) throw new Error(`${what}: an answer to something malformed`);
  if (digest(before) !== bytes || world.disks[to] !== before) throw new Error(`${what}: the state has changed`);
  world.count.forged += 1;
}
