/** DM/1 alone, beside its most expensive primitive on this machine. */
import { randomBytes } from 'node:crypto';
import { ml_kem1024 } from '@noble/post-quantum/ml-kem.js';
import { createIdentity, expandIdentity } from '../../src/pq/identity.ts';
import { createPrekey, publicPrekey } from '../../src/pq/prekey.ts';
import { initiate, open, openHello, seal } from '../../src/pq/session.ts';
import type { RandomSource, RatchetSession } from '../../src/pq/types.ts';
import { quantile, round, type Figure } from './figures.ts';

const random: RandomSource = (length) => new Uint8Array(randomBytes(length));
const profile = { nickname: 'bench', addresses: [random(800), random(800)], recordKey: null };
const text = 'x'.repeat(640);
const head = random(32);

export function benchCrypto(): Figure[] {
  const [a, b] = [expandIdentity(createIdentity(random)), expandIdentity(createIdentity(random))];
  const prekey = createPrekey(random, { notBefore: 0, notAfter: Date.now() + 1e9, oneTime: false });
  const times: Record<string, number[]> = {};
  const measure = <T>(name: string, task: () => T): T => {
    const begin = performance.now();
    const result = task();
    (times[name] ??= []).push(performance.now() - begin);
    return result;
  };
  const now = Date.now();
  const payload = () => ({ mid: random(16), body: { kind: 'text' as const, text, action: false } });
  const send = (name: string, from: RatchetSession) => measure(name, () => seal(from, { payload: payload(), random, now }));

  for (let round = 0; round < 60; round += 1) {
    const started = measure('initiate', () =>
      initiate({
        identity: a,
        peer: b.public,
        prekey: publicPrekey(prekey),
        invite: null,
        profile,
        logHead: head,
        peerLogHead: head,
        replaces: null,
        random,
        now,
      }),
    );
    const hello = send('seal hello', started);
    const taken = measure('accept + open hello', () =>
      openHello({ identity: b, packet: hello.packet, prekey: () => prekey, inviteSecret: () => null, random, now }),
    );
    let [alice, bob] = [hello.session, taken.session];
    for (let turn = 0; turn < 3; turn += 1) {
      const answer = send('seal', bob);
      const opened = measure(turn === 0 ? 'open first reply' : 'open with turn', () =>
        open(alice, { identity: a, packet: answer.packet, skipped: [], replay: [], random, now }),
      );
      if (opened.kind !== 'opened') throw new Error('not opened');
      const same = send('seal', answer.session);
      const next = measure('open, same chain', () =>
        open(opened.session, { identity: a, packet: same.packet, skipped: [], replay: [], random, now }),
      );
      if (next.kind !== 'opened') throw new Error('not opened');
      const back = send('seal', next.session);
      const turned = measure('open with turn', () =>
        open(same.session, { identity: b, packet: back.packet, skipped: [], replay: [], random, now }),
      );
      if (turned.kind !== 'opened') throw new Error('not opened');
      [alice, bob] = [back.session, turned.session];
    }
    measure('floor: ML-KEM-1024 keygen', () => ml_kem1024.keygen(random(64)));
  }
  const floor = quantile(times['floor: ML-KEM-1024 keygen'] ?? [], 0.5);
  const aims: Record<string, string> = { 'open with turn': '<= 5', initiate: '<= 3 with seal', 'accept + open hello': '<= 5' };
  return Object.entries(times)
    .filter(([name]) => !name.startsWith('floor'))
    .map(([name, samples]) => ({
      name: `DM/1 ${name}, median`,
      value: round(quantile(samples, 0.5)),
      unit: 'ms',
      ...(aims[name] === undefined ? {} : { aim: aims[name] }),
      beside: `one ML-KEM-1024 key pair ${round(floor)} ms`,
    }));
}
