/** Somebody who has stolen the private half of a signed prekey: enough for a hello in the name of anybody, never for a word after it. */
import { randomBytes } from 'node:crypto';
import { decodePrekey, publicPrekey } from '../../src/pq/prekey.ts';
import { dh } from '../../src/pq/primitives.ts';
import { decodeIdentity, decodePublicIdentity, expandIdentity, fingerprint } from '../../src/pq/identity.ts';
import { seal } from '../../src/pq/session.ts';
import type { PrekeySecret, PublicIdentity } from '../../src/pq/types.ts';
import type { LoopbackNetwork } from '../../src/overlay/loopback/network.ts';
import type { Person } from '../support/cores.ts';
import { forgedSession, introductionOf } from '../pq/forgedSession.ts';
import { bytesOf, routeOf } from './pair.ts';
import { withStore } from './stored.ts';

export const random = Object.assign((length: number) => new Uint8Array(randomBytes(length)), { native: true as const });

interface Stolen {
  prekey: PrekeySecret;
  /** Whose it is. */
  to: { public: PublicIdentity; fingerprint: Uint8Array; logHead: Uint8Array };
}

interface Known {
  identity: PublicIdentity;
  logHead: Uint8Array;
}

/** What a look at a stopped person's disk gives away; they have to be started again. */
export const stealPrekey = (person: Person): Promise<Stolen> =>
  withStore(person, async (store) => {
    const [newest] = (await store.listPrekeys()).filter(({ oneTime }) => !oneTime).sort((a, b) => b.notAfter - a.notAfter);
    const seeds = await store.getSecret('identity');
    if (!newest || !seeds) throw new Error(`${person.name} has no prekey`);
    const own = expandIdentity(decodeIdentity(seeds));
    return { prekey: decodePrekey(newest.bytes), to: { public: own.public, fingerprint: own.fingerprint, logHead: new Uint8Array(32) } };
  });

/** Public keys of the only contact of a stopped person. */
export const knownContact = (person: Person): Promise<Known> =>
  withStore(person, async (store) => {
    const [row] = await store.listContacts();
    if (!row?.identity) throw new Error(`${person.name} knows nobody`);
    return { identity: decodePublicIdentity(row.identity), logHead: row.logHead ?? new Uint8Array(32) };
  });

/** A hello with a text, begun at `begun`, in the name of somebody who never said it. */
export function forgedHello(
  { prekey, to }: Stolen,
  { identity, logHead }: Known,
  { begun, addresses = [], words = 'it is me' }: { begun: number; addresses?: Uint8Array[]; words?: string },
): Uint8Array {
  const session = forgedSession({
    random,
    to,
    prekey: publicPrekey(prekey),
    fingerprint: fingerprint(identity),
    proof: dh(prekey.x, identity.x),
    introduction: introductionOf(identity, { nickname: 'forged', addresses, recordKey: null }, logHead, begun),
    begun,
  });
  const body = { kind: 'text' as const, text: words, action: false };
  return seal(session, { payload: { mid: random(16), body }, random, now: Date.now() }).packet;
}

/** Resolves to the reply, to null where the packet met silence. */
export async function sendTo(net: LoopbackNetwork, person: Person, bytes: Uint8Array): Promise<Uint8Array | null> {
  const to = bytesOf(await routeOf(person));
  try {
    return await net.deliver({ to, bytes }, new AbortController().signal);
  } catch {
    return null;
  }
}
