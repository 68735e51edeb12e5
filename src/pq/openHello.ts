/** The answerer's side of a new session: opens the first packet of a hello that is not known yet. */
import { PqError } from './errors.ts';
import { decodeHello, firstKey, gateOf, helloTranscript, openIntroduction, sessionKeys, splitPrekeySecret } from './hello.ts';
import { fingerprint } from './identity.ts';
import { openWire, type OpenedPacket } from './open.ts';
import { helloIdOfPre, parsePacket } from './packet.ts';
import { kemDecapsulateSeed } from './kem.ts';
import { dh, equalBytes, wipe } from './primitives.ts';
import { NOTHING, ratchetOf } from './ratchet.ts';
import type { Bootstrap } from './turn.ts';
import type { ExpandedIdentity, PrekeySecret, Profile, PublicIdentity, RandomSource, RatchetSession, RatchetSource } from './types.ts';

export interface HelloInput {
  identity: ExpandedIdentity;
  packet: Uint8Array;
  /** The private prekey of that id, or null. */
  prekey: (id: Uint8Array) => PrekeySecret | null;
  /** The secret of the open invite the prekey was made for, or null. */
  inviteSecret: (prekeyId: Uint8Array) => Uint8Array | null;
  /** Asked before a hello without an invite costs anything; false drops it (`limit`). */
  allowGateless?: () => boolean;
  random: RandomSource;
  ratchet?: RatchetSource | undefined;
  now: number;
}

export interface OpenedHello extends OpenedPacket {
  peer: PublicIdentity;
  /** What they say about themselves; not sanitised. */
  profile: Profile;
  /** Head of their identity log. */
  logHead: Uint8Array;
  /** The session they begin this one in place of; zeros where its id was lost. For `admitHello`. */
  replaces: Uint8Array | null;
  prekeyId: Uint8Array;
  /** It was made with our invite's secret. */
  gated: boolean;
}

/**
 * Callers first look for a session with `helloIdOf(packet)` and use `open` if there is one; they remember hello ids as long as
 * the prekey lives, which is what stops replays. Throws `malformed`, `unknownPrekey`, `gate`, `limit`, `authentication`,
 * `identityMismatch` (ourselves): all of them are silence.
 */
export function openHello(input: HelloInput): OpenedHello {
  const { identity, random } = input;
  const wire = parsePacket(input.packet);
  const hello = decodeHello(wire.pre);
  const prekey = input.prekey(hello.prekeyId);
  if (!prekey) throw new PqError('unknownPrekey');
  const secret = input.inviteSecret(hello.prekeyId);
  if (prekey.oneTime && !secret) throw new PqError('gate');
  if (!equalBytes(gateOf(secret ?? identity.fingerprint, hello), hello.gate)) throw new PqError('gate');
  if (!secret && input.allowGateless?.() === false) throw new PqError('limit');

  const own = ratchetOf(prekey);
  const th0 = helloTranscript(identity.fingerprint, { id: prekey.id, x: own.xPublic, k: own.kPublic }, hello);
  const split = splitPrekeySecret(kemDecapsulateSeed(prekey.k, hello.ctPrekey, own.kSecret));
  if (own.kSecret) wipe(own.kSecret);
  const k1 = firstKey(
    {
      dhIdentity: dh(identity.seeds.x, hello.x),
      dhPrekey: dh(prekey.x, hello.x),
      hello: split.hello,
      kemIdentity: kemDecapsulateSeed(identity.seeds.k, hello.ctIdentity, identity.kSecret),
      psk: secret ?? NOTHING,
    },
    th0,
  );
  const { identity: peer, profile, logHead, replaces, begun } = openIntroduction(k1, th0, hello.eid);
  const theirs = fingerprint(peer);
  if (equalBytes(theirs, identity.fingerprint)) throw new PqError('identityMismatch');
  const keys = sessionKeys(k1, dh(prekey.x, peer.x), th0, hello.eid, theirs, identity.fingerprint);

  // The prekey is our first ratchet key; its chain never sends.
  const session: RatchetSession = {
    id: keys.id,
    helloId: helloIdOfPre(wire.pre),
    begun,
    initiator: false,
    confirmed: false,
    ownFingerprint: identity.fingerprint,
    peerFingerprint: theirs,
    peerLogHead: logHead,
    rootKey: keys.rootKey,
    send: { number: 0, headerKey: NOTHING, chainKey: NOTHING, n: 0, previous: 0, ...own, kSecret: null, ct: NOTHING, ctIdentity: NOTHING },
    nextSendKey: keys.headerKeyB,
    receive: null,
    nextReceiveKey: keys.headerKeyA,
    oldChains: [],
    pre: NOTHING,
    unacknowledged: [],
  };
  const bootstrap: Bootstrap = { secret: split.root, ct: hello.ctPrekey, peerKey: peer.k };
  const opened = openWire(session, wire, { identity, skipped: [], replay: [], random, ratchet: input.ratchet }, bootstrap);
  if (opened.kind === 'duplicate') throw new PqError('replay');
  return { ...opened, peer, profile, logHead, replaces, prekeyId: hello.prekeyId, gated: secret !== null };
}
