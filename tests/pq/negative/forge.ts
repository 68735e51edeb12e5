/**
 * Packets as a malicious peer makes them: it knows every key of its session, so it can seal any header and any payload. The
 * same for the first packet of somebody who holds a card. Each function takes the honest values and lets some of them be changed.
 */
import { encodeCbor } from '../../../src/pq/cbor.ts';
import { encodeHello, firstKey, gateOf, helloTranscript, sessionKeys, splitPrekeySecret, type Hello } from '../../../src/pq/hello.ts';
import { encodePublicIdentity } from '../../../src/pq/identity.ts';
import { label } from '../../../src/pq/labels.ts';
import { chainStep, hintFor, sealBody, sealHeader } from '../../../src/pq/messageKeys.ts';
import { chooseBucket, encodePacket, helloIdOfPre } from '../../../src/pq/packet.ts';
import { encodePayload } from '../../../src/pq/payload.ts';
import { kemEncapsulate } from '../../../src/pq/kem.ts';
import { KEY_BYTES, NONCE_BYTES, dh, gcmSeal, hkdf, xPublic } from '../../../src/pq/primitives.ts';
import { writeProfile } from '../../../src/pq/profile.ts';
import { encodeHeader, prepareRatchet, rootStep, stepTranscript } from '../../../src/pq/ratchet.ts';
import type { ExpandedIdentity, Payload, RatchetSession, SendChain } from '../../../src/pq/types.ts';
import { NOW, bob, bobsCard, logHeadOf, profile, random, text } from '../people.ts';

const NOTHING = new Uint8Array(0);
/** The chain is not really stepped further than this: what is beyond is refused before its key is asked for. */
const MAX_STEPS = 3_000;

/** The payload an honest sender would put into its next packet. */
export const payloadOf = (session: RatchetSession, words = 'forged'): Payload => ({
  mid: new Uint8Array(16).fill(7),
  ts: NOW,
  fingerprint: session.ownFingerprint,
  ack: { chain: 0, base: 0, bitmap: NOTHING },
  logHead: session.peerLogHead,
  body: text(words),
});

export interface Forgery {
  /** Parts of the header. With another `n` the message key is that of `n`. */
  header?: Partial<SendChain>;
  /** The header's plaintext instead of it. */
  headerBytes?: Uint8Array;
  payload?: Partial<Payload>;
  payloadBytes?: Uint8Array;
}

/** The packet `session` would send next, with what is changed in it. Its MAC is right. */
export function forge(session: RatchetSession, { header = {}, headerBytes, payload = {}, payloadBytes }: Forgery = {}): Uint8Array {
  const { send, pre } = session;
  const salt = random(16);
  const hdr = sealHeader(send.headerKey, { salt, pre }, headerBytes ?? encodeHeader({ ...send, ...header }));
  let { chainKey } = send;
  for (let n = send.n; n < Math.min(header.n ?? 0, MAX_STEPS); n++) chainKey = chainStep(chainKey).next;
  const bytes = payloadBytes ?? encodePayload({ ...payloadOf(session), ...payload });
  const { padded } = chooseBucket(bytes.length, pre.length, hdr.length);
  const outer = { salt, hint: hintFor(send.headerKey, salt), pre, hdr };
  return encodePacket(sealBody(chainStep(chainKey).messageKey, outer, session.id, bytes, padded));
}

/** What an honest initiator puts into eid. */
export const introductionOf = (from: ExpandedIdentity): Uint8Array =>
  encodeCbor([encodePublicIdentity(from.public), writeProfile(profile), logHeadOf(from), NOTHING, NOW]);

export interface FirstForgery {
  from: ExpandedIdentity;
  /** Changed before the gate is made over them, if it is not given itself. */
  hello?: Partial<Hello>;
  /** The plaintext of eid instead of the honest one. */
  introduction?: Uint8Array;
  /** Key of the gate, instead of the answerer's fingerprint. */
  gateKey?: Uint8Array;
  psk?: Uint8Array;
  /** What the initiator takes for the answerer's fingerprint, in every place it goes into. */
  answerer?: Uint8Array;
}

/** A session with Bob over his reusable prekey, begun by somebody who changes what it likes. What is not changed is right. */
export function beginForged({
  from,
  hello = {},
  introduction,
  gateKey,
  psk = NOTHING,
  answerer = bob.fingerprint,
}: FirstForgery): RatchetSession {
  const { prekey } = bobsCard;
  const ephemeral = random(32);
  const toPrekey = kemEncapsulate(prekey.k, random);
  const toIdentity = kemEncapsulate(bob.public.k, random);
  const sent = { prekeyId: prekey.id, x: xPublic(ephemeral), ctPrekey: toPrekey.ct, ctIdentity: toIdentity.ct };
  const th0 = helloTranscript(answerer, prekey, sent);
  const split = splitPrekeySecret(toPrekey.secret);
  const k1 = firstKey(
    { dhIdentity: dh(ephemeral, bob.public.x), dhPrekey: dh(ephemeral, prekey.x), hello: split.hello, kemIdentity: toIdentity.secret, psk },
    th0,
  );
  const okm = hkdf(k1, NOTHING, label('hello id', th0), KEY_BYTES + NONCE_BYTES);
  const eid = gcmSeal(okm.subarray(0, KEY_BYTES), okm.subarray(KEY_BYTES), th0, introduction ?? introductionOf(from));
  const keys = sessionKeys(k1, dh(from.seeds.x, prekey.x), th0, eid, from.fingerprint, answerer);
  const changed = { ...sent, eid, ...hello };
  const pre = encodeHello({ ...changed, gate: hello.gate ?? gateOf(gateKey ?? bob.fingerprint, changed) });
  const own = prepareRatchet(random);
  const th = stepTranscript(prekey.k, toPrekey.ct, own.xPublic, prekey.x, NOTHING);
  const first = rootStep(keys.rootKey, { dh: dh(own.x, prekey.x), kem: split.root, identity: NOTHING }, th);
  return {
    id: keys.id,
    helloId: helloIdOfPre(pre),
    begun: NOW,
    initiator: true,
    confirmed: false,
    ownFingerprint: from.fingerprint,
    peerFingerprint: bob.fingerprint,
    peerLogHead: bobsCard.logHead,
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
