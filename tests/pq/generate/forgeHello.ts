/** Sessions begun by somebody who holds a card and puts into the hello what src/pq would not. What is not changed is right. */
import { encodeCbor, type CborValue } from '../../../src/pq/cbor.ts';
import { encodeHello, firstKey, gateOf, helloTranscript, sessionKeys, splitPrekeySecret } from '../../../src/pq/hello.ts';
import { encodePublicIdentity } from '../../../src/pq/identity.ts';
import { kemEncapsulate } from '../../../src/pq/kem.ts';
import { label } from '../../../src/pq/labels.ts';
import { helloIdOfPre } from '../../../src/pq/packet.ts';
import { dh, gcmSeal, hkdf, xPublic } from '../../../src/pq/primitives.ts';
import { writeProfile } from '../../../src/pq/profile.ts';
import { NOTHING, prepareRatchet, rootStep, stepTranscript } from '../../../src/pq/ratchet.ts';
import type { ExpandedIdentity, RatchetSession } from '../../../src/pq/types.ts';
import { NOW, alice, aliceHead, bob, bobHead, profiles, read } from './cast.ts';
import { draws } from './draws.ts';

export interface HelloForgery {
  from?: ExpandedIdentity;
  /** Of the introduction. */
  fields?: (right: CborValue[]) => CborValue[];
}

/** Over Bob's reusable prekey; `seed`: the draws of `initiate`. */
export function beginForged(seed: string, { from = alice, fields = (right) => right }: HelloForgery): RatchetSession {
  const { random } = draws(seed, ['e', 'm for the prekey', 'm for the identity key', 'x', 'k']);
  const { prekey } = read.bob;
  const ephemeral = random(32);
  const toPrekey = kemEncapsulate(prekey.k, random);
  const toIdentity = kemEncapsulate(bob.public.k, random);
  const sent = { prekeyId: prekey.id, x: xPublic(ephemeral), ctPrekey: toPrekey.ct, ctIdentity: toIdentity.ct };
  const th0 = helloTranscript(bob.fingerprint, prekey, sent);
  const split = splitPrekeySecret(toPrekey.secret);
  const shared = { dhIdentity: dh(ephemeral, bob.public.x), dhPrekey: dh(ephemeral, prekey.x), hello: split.hello };
  const k1 = firstKey({ ...shared, kemIdentity: toIdentity.secret, psk: NOTHING }, th0);
  const okm = hkdf(k1, NOTHING, label('hello id', th0), 44);
  const right = [encodePublicIdentity(from.public), writeProfile(profiles.alice), aliceHead, NOTHING, NOW];
  const eid = gcmSeal(okm.slice(0, 32), okm.slice(32), th0, encodeCbor(fields(right)));
  const keys = sessionKeys(k1, dh(from.seeds.x, prekey.x), th0, eid, from.fingerprint, bob.fingerprint);
  const pre = encodeHello({ ...sent, eid, gate: gateOf(bob.fingerprint, { ...sent, eid }) });
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
    peerLogHead: bobHead,
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
