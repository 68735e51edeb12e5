/**
 * Sessions as `initiate` makes them, by somebody who puts into the hello what it would not: another introduction, another gate, or
 * a proof that was computed with something stolen. The source of all forgers in these tests. What is not changed is right.
 */
import { encodeCbor } from '../../src/pq/cbor.ts';
import { encodeHello, firstKey, gateOf, helloTranscript, sessionKeys, splitPrekeySecret, type Hello } from '../../src/pq/hello.ts';
import { encodePublicIdentity } from '../../src/pq/identity.ts';
import { kemEncapsulate } from '../../src/pq/kem.ts';
import { label } from '../../src/pq/labels.ts';
import { helloIdOfPre } from '../../src/pq/packet.ts';
import { KEY_BYTES, NONCE_BYTES, X_BYTES, dh, gcmSeal, hkdf, xPublic } from '../../src/pq/primitives.ts';
import { writeProfile } from '../../src/pq/profile.ts';
import { NOTHING, prepareRatchet, rootStep, stepTranscript } from '../../src/pq/ratchet.ts';
import type { ExpandedIdentity, Profile, PublicIdentity, RandomSource, RatchetSession, SignedPrekey } from '../../src/pq/types.ts';

/** The plaintext of eid as `initiate` has it. */
export const introductionOf = (identity: PublicIdentity, profile: Profile, logHead: Uint8Array, begun: number): Uint8Array =>
  encodeCbor([encodePublicIdentity(identity), writeProfile(profile), logHead, NOTHING, begun]);

export interface ForgedSession {
  random: RandomSource;
  /** Who is asked, with their prekey. */
  to: Pick<ExpandedIdentity, 'public' | 'fingerprint'> & { logHead: Uint8Array };
  prekey: SignedPrekey;
  /** Who begins, as far as the other side can tell. */
  fingerprint: Uint8Array;
  /** DH(IA.x, P.x): whoever has one of the two private halves can compute it. */
  proof: Uint8Array;
  /** The plaintext of eid. */
  introduction: Uint8Array;
  begun: number;
  /** Changed before the gate is made over them, if it is not given itself. */
  hello?: Partial<Hello>;
  gateKey?: Uint8Array;
  psk?: Uint8Array;
  /** What is taken for the fingerprint of who is asked, in every place it goes into. */
  answerer?: Uint8Array;
}

/** Draws what `initiate` draws, in its order: e, m for the prekey, m for the identity key, x, k. */
export function forgedSession(forgery: ForgedSession): RatchetSession {
  const { random, to, prekey, fingerprint, proof, introduction, begun, hello = {}, psk = NOTHING } = forgery;
  const { gateKey = to.fingerprint, answerer = to.fingerprint } = forgery;
  const ephemeral = random(X_BYTES);
  const toPrekey = kemEncapsulate(prekey.k, random);
  const toIdentity = kemEncapsulate(to.public.k, random);
  const sent = { prekeyId: prekey.id, x: xPublic(ephemeral), ctPrekey: toPrekey.ct, ctIdentity: toIdentity.ct };
  const th0 = helloTranscript(answerer, prekey, sent);
  const split = splitPrekeySecret(toPrekey.secret);
  const dhs = { dhIdentity: dh(ephemeral, to.public.x), dhPrekey: dh(ephemeral, prekey.x) };
  const k1 = firstKey({ ...dhs, hello: split.hello, kemIdentity: toIdentity.secret, psk }, th0);
  const okm = hkdf(k1, NOTHING, label('hello id', th0), KEY_BYTES + NONCE_BYTES);
  const eid = gcmSeal(okm.subarray(0, KEY_BYTES), okm.subarray(KEY_BYTES), th0, introduction);
  const keys = sessionKeys(k1, proof, th0, eid, fingerprint, answerer);
  const changed = { ...sent, eid, ...hello };
  const pre = encodeHello({ ...changed, gate: hello.gate ?? gateOf(gateKey, changed) });
  const own = prepareRatchet(random);
  const th = stepTranscript(prekey.k, toPrekey.ct, own.xPublic, prekey.x, NOTHING);
  const first = rootStep(keys.rootKey, { dh: dh(own.x, prekey.x), kem: split.root, identity: NOTHING }, th);
  return {
    id: keys.id,
    helloId: helloIdOfPre(pre),
    begun,
    initiator: true,
    confirmed: false,
    ownFingerprint: fingerprint,
    peerFingerprint: to.fingerprint,
    peerLogHead: to.logHead,
    rootKey: first.rootKey,
    send: { number: 0, headerKey: keys.headerKeyA, chainKey: first.chainKey, n: 0, previous: 0, ...own, ct: NOTHING, ctIdentity: NOTHING },
    nextSendKey: first.nextHeaderKey,
    receive: null,
    nextReceiveKey: keys.headerKeyB,
    oldChains: [],
    pre,
    unacknowledged: [],
  };
}
