/**
 * What arrives. Silence is the answer to everything that does not open (design §7): a failed packet changes nothing. What
 * opens is committed, state and line together, before it is answered.
 */
import type { ContactId } from '../../contract/ids.ts';
import { openCardRequest, sealCardAnswer, verifyCardGate } from '../../pq/cardRequest.ts';
import { PqError } from '../../pq/errors.ts';
import { packetKind } from '../../pq/packet.ts';
import { helloIdOf } from '../../pq/session.ts';
import type { InviteRow } from '../../store/rows.ts';
import { StoreError } from '../../store/store.ts';
import { toHex } from './bytes.ts';
import { droppedBy } from './drops.ts';
import { createGaps } from './gaps.ts';
import { createHello } from './hello.ts';
import { createIncoming, type ReceiveOptions } from './incoming.ts';
import type { Invites } from './invites.ts';
import { createBuckets } from './pacing.ts';

/** Card requests a second and in a burst, for each own route (design §6.3). */
const CARDS_PER_SECOND = 1;
const CARDS_BURST = 4;
/** Hellos without an invite cost some milliseconds each (B.6). */
const HELLOS_PER_SECOND = 1;
const HELLOS_BURST = 16;
/** Session packets whose hint fits nothing, for each own route (design §7). */
const UNMATCHED_PER_SECOND = 20;
/** Own routes that have a budget of their own. */
const MAX_ROUTES = 16;
/** Packets that are being opened or wait for their turn (32 KiB each); one more is dropped, and sent again. */
const MAX_PENDING = 512;

interface Options extends Omit<ReceiveOptions, 'gaps'> {
  invites: Invites;
  addresses: () => Uint8Array[];
  /** Somebody came in with an invite of ours. Called before anything of theirs is shown. */
  invited: (invite: InviteRow, contact: ContactId) => void;
  /** They need our first answer: profile, addresses, pair record. */
  greet: (contact: ContactId) => Promise<void>;
}

export interface Receiver {
  /** The overlay's handler: bytes to answer with, or null for silence. Never rejects. */
  take(packet: Uint8Array, at: Uint8Array): Promise<Uint8Array | null>;
  /** A packet that lay in this contact's mailbox. Only their sessions are asked, and first contact is not made that way. */
  takeMail(contact: ContactId, packet: Uint8Array): Promise<Uint8Array | null>;
  stop(): void;
}

export function createReceiver(options: Options): Receiver {
  const { own, sessions, invites, random, now, log, drop } = options;
  const cards = createBuckets(CARDS_BURST, CARDS_PER_SECOND, MAX_ROUTES);
  const hellos = createBuckets(HELLOS_BURST, HELLOS_PER_SECOND, MAX_ROUTES);
  const unmatched = createBuckets(UNMATCHED_PER_SECOND, UNMATCHED_PER_SECOND, MAX_ROUTES);
  const gaps = createGaps();
  const incoming = createIncoming({ ...options, gaps });
  const hello = createHello({ ...options, gaps });
  let pending = 0;
  let isStopped = false;

  const answerCardRequest = async (packet: Uint8Array, route: string): Promise<Uint8Array | null> => {
    if (!cards(route, now())) return drop('rate');
    const request = openCardRequest(packet);
    if (request.invite === null) return sealCardAnswer(random, request, (await own.card(options.addresses())).bytes);
    // Where the overlay has no records, an invite's card is asked for, with proof that the asker holds the invite.
    const invite = invites.byId(toHex(request.invite.id));
    const prekey = invite ? own.prekey(invite.prekeyId) : null;
    if (!invite || !prekey || !verifyCardGate(request, invite.secret)) return drop('gate');
    return sealCardAnswer(random, request, await own.inviteCard(prekey, options.addresses()));
  };

  /** A hello belongs to the session it began, or begins one. Who somebody is is decided one at a time. */
  const takeHello = async (packet: Uint8Array, at: Uint8Array, route: string): Promise<Uint8Array | null> => {
    const id = toHex(helloIdOf(packet));
    const first = async (mayWait: boolean): Promise<Uint8Array | null | 'early' | { session: string }> => {
      const meanwhile = sessions.byHello(id);
      if (meanwhile) return { session: meanwhile.id };
      const taken = await hello(packet, at, mayWait, () => hellos(route, now()));
      if (taken !== 'early') gaps.moved(id);
      return taken;
    };
    const known = sessions.byHello(id);
    if (known) return incoming(known.id, packet);
    let result = await options.serial('new', () => first(true));
    if (result === 'early') {
      await gaps.wait(id);
      result = await options.serial('new', () => first(false));
    }
    if (result === null || result === 'early' || result instanceof Uint8Array) return result === 'early' ? null : result;
    return incoming(result.session, packet);
  };

  const takeAny = async (packet: Uint8Array, at: Uint8Array): Promise<Uint8Array | null> => {
    const route = toHex(at.subarray(0, 32));
    const kind = packetKind(packet);
    if (kind === null) return drop('shape');
    if (kind === 'cardRequest') return answerCardRequest(packet, route);
    if (kind === 'hello') return takeHello(packet, at, route);
    const loaded = sessions.byHint(packet);
    if (!loaded) return unmatched(route, now()) ? drop('unmatched') : drop('rate');
    return incoming(loaded.id, packet);
  };

  const guarded = async (work: () => Promise<Uint8Array | null>): Promise<Uint8Array | null> => {
    if (isStopped || pending >= MAX_PENDING) return drop('rate');
    pending += 1;
    try {
      return await work();
    } catch (error) {
      if (error instanceof PqError) return drop(droppedBy(error.code));
      // The packet was not stored, so it is not acknowledged: the sender keeps it and comes back.
      if (error instanceof StoreError) return drop('store');
      log(`a packet: ${error instanceof Error ? error.name : 'unknown error'}`);
      return null;
    } finally {
      pending -= 1;
    }
  };

  return {
    take: (packet, at) => guarded(() => takeAny(packet, at)),
    takeMail: (contact, packet) =>
      guarded(async () => {
        const loaded = packetKind(packet) === 'session' ? sessions.byHint(packet) : undefined;
        return loaded?.contact === contact ? incoming(loaded.id, packet) : drop('mailbox');
      }),
    stop: () => {
      isStopped = true;
      gaps.stop();
    },
  };
}
