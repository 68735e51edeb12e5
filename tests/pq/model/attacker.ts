/**
 * Somebody who once copied the whole disk of one side, and sees every packet from then on. Reads what can be read with that: as
 * the owner of the disk, as whoever hears the owner, and with every secret it can guess for a turn it did not make.
 */
import { openHeader } from '../../../src/pq/messageKeys.ts';
import { parsePacket } from '../../../src/pq/packet.ts';
import { kemDecapsulateSeed } from '../../../src/pq/kem.ts';
import { dh } from '../../../src/pq/primitives.ts';
import { NOTHING, decodeHeader, rootStep, stepTranscript, type Header } from '../../../src/pq/ratchet.ts';
import { matchesHint, open } from '../../../src/pq/session.ts';
import { fromTurn } from '../../../src/pq/turn.ts';
import { PqError } from '../../../src/pq/errors.ts';
import type { RatchetSession } from '../../../src/pq/types.ts';
import type { Name } from './cast.ts';
import { reread, type Disk } from './disk.ts';
import { identityOf, take, type Surroundings } from './policy.ts';
import type { Flight } from './world.ts';

/** Disks the attacker goes on with at the same time. */
const MAX_DISKS = 6;
/** Turns of the owner it tries to follow: the newest. */
const MAX_TURNS = 4;

/** A turn the owner of the disk made after the leak, as far as it can be followed: all but what the new chain was made from. */
interface Turn {
  session: RatchetSession;
  rootKey: Uint8Array;
  theirs: Header;
}

function attempt<T>(task: () => T): T | null {
  try {
    return task();
  } catch (error) {
    if (error instanceof PqError) return null;
    throw error;
  }
}

/** The session as the other side has it, as far as the owner's secrets go: it receives what the owner sends. */
const mirror = (state: RatchetSession, chain: Pick<RatchetSession['send'], 'number' | 'headerKey' | 'chainKey' | 'n'>): RatchetSession => ({
  ...state,
  initiator: !state.initiator,
  ownFingerprint: state.peerFingerprint,
  peerFingerprint: state.ownFingerprint,
  receive: { number: chain.number, headerKey: chain.headerKey, chainKey: chain.chainKey, n: chain.n, ack: { base: 0, bitmap: NOTHING } },
  nextReceiveKey: state.nextSendKey,
});

export interface Attacker {
  /** Whether the packet opens. */
  reads: (flight: Flight) => boolean;
}

export function createAttacker(leaked: Disk, owner: Name, around: Surroundings): Attacker {
  // Who reads does not care whether something was read before.
  const unread = (disk: Disk): Disk => ({
    ...disk,
    sessions: new Map([...disk.sessions].map(([id, held]) => [id, { ...held, replay: new Map() }])),
  });
  const disks: Disk[] = [unread(reread(leaked))];
  const turns: Turn[] = [];
  const identity = identityOf(leaked, around.person);

  const followTurn = (disk: Disk, packet: Uint8Array): void => {
    const wire = parsePacket(packet);
    for (const { state } of disk.sessions.values()) {
      const theirs = attempt(() => decodeHeader(openHeader(state.nextReceiveKey, wire)));
      const derived = theirs && attempt(() => fromTurn(state, theirs, identity, null));
      if (!theirs || !derived?.turn) continue;
      turns.push({ session: state, rootKey: derived.turn.rootKey, theirs });
      if (turns.length > MAX_TURNS) turns.shift();
    }
  };
  const toOwner = (packet: Uint8Array): boolean => {
    let isOpen = false;
    for (const disk of disks.slice()) {
      const taken = take(disk, packet, around);
      if (taken.kind !== 'opened') continue;
      isOpen = true;
      followTurn(disk, packet);
      if (disks.length < MAX_DISKS) disks.push(unread(taken.disk));
    }
    return isOpen;
  };

  const opensAs = (session: RatchetSession, packet: Uint8Array): boolean => {
    const input = { identity, packet, skipped: [], replay: [], random: around.random, now: around.now };
    return matchesHint(session, packet) && attempt(() => open(session, input)) !== null;
  };
  const guesses = ({ session, rootKey, theirs }: Turn, packet: Uint8Array): boolean => {
    const header = attempt(() => decodeHeader(openHeader(session.nextSendKey, parsePacket(packet))));
    if (!header) return false;
    const th = stepTranscript(theirs.k, header.ct, header.x, theirs.x, header.ctIdentity);
    const zeros = new Uint8Array(32);
    const shared = [dh(session.send.x, theirs.x), dh(session.send.x, header.x), zeros, NOTHING];
    const secrets = [...(header.ct.length > 0 ? [kemDecapsulateSeed(session.send.k, header.ct)] : []), zeros, NOTHING];
    return shared.some((x) =>
      secrets.some((kem) => {
        const { chainKey } = rootStep(rootKey, { dh: x.slice(), kem: kem.slice(), identity: NOTHING }, th);
        const chain = { number: session.send.number + 1, headerKey: session.nextSendKey, chainKey, n: 0 };
        return opensAs(mirror(session, chain), packet);
      }),
    );
  };
  const fromOwner = (packet: Uint8Array): boolean => {
    const states = disks.flatMap((disk) => [...disk.sessions.values()].map(({ state }) => state));
    return states.some((state) => opensAs(mirror(state, state.send), packet)) || turns.some((turn) => guesses(turn, packet));
  };

  return { reads: ({ from, packet }) => (from === owner ? fromOwner(packet) : toOwner(packet)) };
}
