/** Sessions begun by somebody who holds a card and puts into the hello what src/pq would not. What is not changed is right. */
import { encodeCbor, type CborValue } from '../../../src/pq/cbor.ts';
import { encodePublicIdentity } from '../../../src/pq/identity.ts';
import { dh } from '../../../src/pq/primitives.ts';
import { writeProfile } from '../../../src/pq/profile.ts';
import { NOTHING } from '../../../src/pq/ratchet.ts';
import type { ExpandedIdentity, RatchetSession } from '../../../src/pq/types.ts';
import { forgedSession } from '../forgedSession.ts';
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
  const right = [encodePublicIdentity(from.public), writeProfile(profiles.alice), aliceHead, NOTHING, NOW];
  return forgedSession({
    random,
    to: { ...bob, logHead: bobHead },
    prekey,
    fingerprint: from.fingerprint,
    proof: dh(from.seeds.x, prekey.x),
    introduction: encodeCbor(fields(right)),
    begun: NOW,
  });
}
