/** The initiator's side of a new session. */
import { PqError } from './errors.ts';
import { CLOCK_TOLERANCE_MS } from './card.ts';
import { encodeHello, firstKey, gateOf, helloTranscript, sealIntroduction, sessionKeys, splitPrekeySecret } from './hello.ts';
import { fingerprint } from './identity.ts';
import { helloIdOfPre } from './packet.ts';
import { kemEncapsulate } from './kem.ts';
import { X_BYTES, dh, equalBytes, wipe, xPublic } from './primitives.ts';
import { NOTHING, prepareRatchet, rootStep, stepTranscript } from './ratchet.ts';
import type {
  ExpandedIdentity,
  Invite,
  Profile,
  PublicIdentity,
  RandomSource,
  RatchetSession,
  RatchetSource,
  SignedPrekey,
} from './types.ts';

export interface Initiation {
  identity: ExpandedIdentity;
  /** Peer and prekey of a card that was read with `readCard`. */
  peer: PublicIdentity;
  prekey: SignedPrekey;
  invite: Invite | null;
  /** For the peer's eyes: it is sealed into the hello. Addresses beyond 3,000 bytes together are left out. */
  profile: Profile;
  /** Head of our own identity log, and of the peer's as its card says (32 each). */
  logHead: Uint8Array;
  peerLogHead: Uint8Array;
  /** The session this one replaces; zeros where its id was lost with the state; null where there was none. */
  replaces: Uint8Array | null;
  /** By `beginAfter`. */
  begun: number;
  random: RandomSource;
  ratchet?: RatchetSource | undefined;
  now: number;
}

function check({ identity, prekey, invite, now }: Initiation, theirs: Uint8Array): void {
  if (equalBytes(theirs, identity.fingerprint)) throw new PqError('identityMismatch', 'This is your own card.');
  if (now > prekey.notAfter || now + CLOCK_TOLERANCE_MS < prekey.notBefore) throw new PqError('expired');
  if (invite === null) {
    if (prekey.oneTime) throw new PqError('unknownPrekey');
    return;
  }
  if (now > invite.notAfter) throw new PqError('expired');
  if (!equalBytes(invite.fingerprint, theirs)) throw new PqError('identityMismatch');
  if (!equalBytes(invite.prekeyId, prekey.id)) throw new PqError('unknownPrekey');
}

/**
 * A session whose packets all carry the hello until the first answer opens. Throws `expired`, `identityMismatch` (another
 * person than the invite says, or oneself), `unknownPrekey` (the card is not the invite's), `malformed` (keys that are none).
 */
export function initiate(initiation: Initiation): RatchetSession {
  const { identity, peer, peerLogHead, prekey, invite, profile, logHead, replaces, begun, random, ratchet } = initiation;
  const theirs = fingerprint(peer);
  check(initiation, theirs);

  const ephemeral = random(X_BYTES);
  const x = xPublic(ephemeral);
  const toPrekey = kemEncapsulate(prekey.k, random);
  const toIdentity = kemEncapsulate(peer.k, random);
  const sent = { prekeyId: prekey.id, x, ctPrekey: toPrekey.ct, ctIdentity: toIdentity.ct };
  const th0 = helloTranscript(theirs, prekey, sent);
  const split = splitPrekeySecret(toPrekey.secret);
  const k1 = firstKey(
    {
      dhIdentity: dh(ephemeral, peer.x),
      dhPrekey: dh(ephemeral, prekey.x),
      hello: split.hello,
      kemIdentity: toIdentity.secret,
      psk: invite?.secret ?? NOTHING,
    },
    th0,
  );
  wipe(ephemeral);
  const eid = sealIntroduction(k1, th0, { identity: identity.public, profile, logHead, replaces, begun });
  const keys = sessionKeys(k1, dh(identity.seeds.x, prekey.x), th0, eid, identity.fingerprint, theirs);
  const hello = { ...sent, eid };
  const pre = encodeHello({ ...hello, gate: gateOf(invite?.secret ?? theirs, hello) });

  const own = (ratchet ?? (() => prepareRatchet(random)))();
  const th = stepTranscript(prekey.k, toPrekey.ct, own.xPublic, prekey.x, NOTHING);
  const first = rootStep(keys.rootKey, { dh: dh(own.x, prekey.x), kem: split.root, identity: NOTHING }, th);
  return {
    id: keys.id,
    helloId: helloIdOfPre(pre),
    begun,
    initiator: true,
    confirmed: false,
    ownFingerprint: identity.fingerprint,
    peerFingerprint: theirs,
    peerLogHead,
    rootKey: first.rootKey,
    send: {
      number: 0,
      headerKey: keys.headerKeyA,
      chainKey: first.chainKey,
      n: 0,
      previous: 0,
      ...own,
      ct: NOTHING,
      ctIdentity: NOTHING,
    },
    nextSendKey: first.nextHeaderKey,
    receive: null,
    nextReceiveKey: keys.headerKeyB,
    oldChains: [],
    pre,
    unacknowledged: [],
  };
}
