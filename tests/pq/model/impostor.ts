/**
 * Somebody who has the seeds of a prekey of one side, and all public keys, but of nobody the seeds of an identity. Enough for a hello
 * in the other's name (it is not proof against key compromise: PROTOCOL 8), never for a word after that.
 */
import { PqError } from '../../../src/pq/errors.ts';
import { kemDecapsulateSeed } from '../../../src/pq/kem.ts';
import { openHeader } from '../../../src/pq/messageKeys.ts';
import { parsePacket } from '../../../src/pq/packet.ts';
import { dh } from '../../../src/pq/primitives.ts';
import { NOTHING, decodeHeader, prepareRatchet, rootStep, stepTranscript } from '../../../src/pq/ratchet.ts';
import { open, seal } from '../../../src/pq/session.ts';
import { afterTurn } from '../../../src/pq/turn.ts';
import type { Body, RandomSource, RatchetSession } from '../../../src/pq/types.ts';
import { forgedSession, introductionOf } from '../forgedSession.ts';
import { mallory, text } from '../people.ts';
import { at, other, type Name } from './cast.ts';
import { toHex } from './disk.ts';
import { DAY } from './policy.ts';
import type { World } from './world.ts';

export const FORGERIES = [
  'gets a hello in the name of the other',
  'gets more from who lies about its name',
  'gets a guessed turn from who lies about its name',
] as const;
export type Forgery = (typeof FORGERIES)[number];

const PROFILE: Body = { kind: 'profile', nickname: 'it is me', addresses: [], recordKey: null };

/** What `initiate` would make, but the initiator's proof DH(IA.x, P.x) is computed with the prekey's seed. */
function inTheNameOf(world: World, to: Name, begun: number): RatchetSession {
  const [their, named] = [world.published(to), world.published(other(to))];
  const { secret, signed: prekey } = at(world.disks[to].prekeys, 0);
  const profile = { nickname: 'somebody', addresses: [], recordKey: null };
  return forgedSession({
    random: world.random,
    to: { public: their.identity, fingerprint: their.fingerprint, logHead: their.head },
    prekey,
    fingerprint: named.fingerprint,
    proof: dh(secret.x, named.identity.x),
    introduction: introductionOf(named.identity, profile, named.head, begun),
    begun,
  });
}

const says = (world: World, session: RatchetSession, body: Body): { session: RatchetSession; packet: Uint8Array } =>
  seal(session, { payload: { mid: world.random(16), body }, random: world.random, now: world.now });

/** The turn that would prove it is the other, with every secret it can put in the place of the one it lacks. */
function guessedTurns(state: RatchetSession, answer: Uint8Array, random: RandomSource): RatchetSession[] {
  const header = decodeHeader(openHeader(state.nextReceiveKey, parsePacket(answer)));
  const th = stepTranscript(state.send.kPublic, header.ct, header.x, state.send.xPublic, header.ctIdentity);
  return [kemDecapsulateSeed(mallory.seeds.k, header.ctIdentity), new Uint8Array(32), NOTHING].map((identity) => {
    const kem = kemDecapsulateSeed(state.send.k, header.ct);
    const { rootKey, chainKey, nextHeaderKey } = rootStep(
      state.rootKey,
      { dh: dh(state.send.x, header.x), kem, identity: identity.slice() },
      th,
    );
    const receive = { number: 0, headerKey: state.nextReceiveKey, chainKey, n: 0, ack: { base: 0, bitmap: NOTHING } };
    const turn = { rootKey, nextReceiveKey: nextHeaderKey };
    return { ...afterTurn(state, turn, header, null, random, () => prepareRatchet(random)), receive };
  });
}

/** Tells whether it opens as the answer it is waiting for. */
function reads(state: RatchetSession, answer: Uint8Array, world: World): boolean {
  try {
    open(state, { identity: mallory, packet: answer, skipped: [], replay: [], random: world.random, now: world.now });
    return true;
  } catch (error) {
    if (error instanceof PqError) return false;
    throw error;
  }
}

const BEGUN = [0, -60_000, 60_000, DAY - 1, DAY, 2 * DAY];

export function lie(world: World, what: Forgery, to: Name, pick: number): void {
  const earlier = world.forged.filter((forgery) => forgery.to === to);
  const forgery = earlier[pick % Math.max(1, earlier.length)];
  switch (what) {
    case 'gets a hello in the name of the other': {
      if (!world.disks[to].peer) return;
      const made = says(world, inTheNameOf(world, to, world.now + at(BEGUN, pick % BEGUN.length)), PROFILE);
      world.deceive({ to, session: made.session }, made.packet);
      return;
    }
    case 'gets more from who lies about its name': {
      if (!forgery) return;
      const made = says(world, forgery.session, pick % 2 === 0 ? PROFILE : { kind: 'ack' });
      forgery.session = made.session;
      world.deceive(forgery, made.packet);
      return;
    }
    case 'gets a guessed turn from who lies about its name': {
      const answers = world.history.filter(({ session }) => forgery && session === toHex(forgery.session.id));
      const answer = answers[0];
      if (!forgery || !answer) return;
      if (answers.some(({ packet }) => reads(forgery.session, packet, world))) throw new Error('a liar read an answer');
      for (const guess of guessedTurns(forgery.session, answer.packet, world.random)) {
        const isOpen = world.deceive(forgery, says(world, guess, text('believe me')).packet);
        if (isOpen) throw new Error('a guessed turn opened');
      }
    }
  }
}
