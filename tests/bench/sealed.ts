/** What a text costs beside the network: its packet's size, sealing, opening, and a durable commit. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createIdentity, expandIdentity } from '../../src/pq/identity.ts';
import { createPrekey, publicPrekey } from '../../src/pq/prekey.ts';
import { initiate, open, openHello, seal } from '../../src/pq/session.ts';
import type { RandomSource, RatchetSession } from '../../src/pq/types.ts';
import { openStore } from '../../src/store/store.ts';
import { quantile, timed } from './figures.ts';

const ROUNDS = 40;
/** About what a sealing writes: a session and its packet. */
const COMMIT_BYTES = 10_000;

export interface Sealed {
  packetBytes: number;
  /** Medians, in milliseconds. */
  seal: number;
  open: number;
  commit: number;
}

export async function costOfText(text: string): Promise<Sealed> {
  const random: RandomSource = Object.assign((length: number) => new Uint8Array(randomBytes(length)), { native: true as const });
  const now = Date.now();
  const [a, b] = [expandIdentity(createIdentity(random)), expandIdentity(createIdentity(random))];
  const prekey = createPrekey(random, { notBefore: 0, notAfter: now + 1e9, oneTime: false });
  const log = random(32);
  const sealing = (from: RatchetSession) =>
    seal(from, { payload: { mid: random(16), body: { kind: 'text', text, action: false } }, random, now });
  const opening = (session: RatchetSession, identity: typeof a, packet: Uint8Array): RatchetSession => {
    const result = open(session, { identity, packet, skipped: [], replay: [], random, now });
    if (result.kind !== 'opened') throw new Error('a packet did not open');
    return result.session;
  };
  const profile = { nickname: 'bench', addresses: [random(800), random(800)], recordKey: null };
  const begun = { invite: null, profile, logHead: log, peerLogHead: log, replaces: null, begun: now, random, now };
  const hello = sealing(initiate({ identity: a, peer: b.public, prekey: publicPrekey(prekey), ...begun }));
  const accepted = openHello({ identity: b, packet: hello.packet, prekey: () => prekey, inviteSecret: () => null, random, now });
  const answer = sealing(accepted.session);
  let alice = opening(hello.session, a, answer.packet);
  let bob = answer.session;
  const times: { seal: number[]; open: number[] } = { seal: [], open: [] };
  let packetBytes = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const begin = performance.now();
    const sealed = sealing(alice);
    const between = performance.now();
    bob = opening(bob, b, sealed.packet);
    times.seal.push(between - begin);
    times.open.push(performance.now() - between);
    alice = sealed.session;
    packetBytes = sealed.packet.length;
  }
  const directory = await mkdtemp(join(tmpdir(), 'sotto-bench-'));
  const { store } = await openStore({ dataDirectory: join(directory, 'data'), stateDirectory: join(directory, 'state') });
  const commits = await timed(ROUNDS, 5, (index) => store.putSecret(`bench${index}`, random(COMMIT_BYTES)));
  await store.close();
  await rm(directory, { recursive: true, force: true });
  return { packetBytes, seal: quantile(times.seal, 0.5), open: quantile(times.open, 0.5), commit: quantile(commits, 0.5) };
}
