/** V4: every label, once, with short inputs. The true lengths of the fields are in the documents and in V5. */
import { ackTag } from '../../../src/pq/acknowledgement.ts';
import { hedgedRandom } from '../../../src/pq/hedge.ts';
import { helloIdOfPre } from '../../../src/pq/packet.ts';
import { hintFor, chainStep } from '../../../src/pq/messageKeys.ts';
import { rootStep, stepTranscript } from '../../../src/pq/ratchet.ts';
import { firstKey, gateOf, helloTranscript, sessionKeys, splitPrekeySecret } from '../../../src/pq/hello.ts';
import { uint32 } from '../../../src/pq/labels.ts';
import { sha256, sha512 } from '../../../src/pq/primitives.ts';
import { draws, drawn } from './draws.ts';
import { hex, type Json } from './json.ts';
import { concat, label, lp, same, steps } from './steps.ts';

const input = (name: string, length = 32): Uint8Array => drawn(`input ${name}`, 0, length);
const NONE = new Uint8Array(0);

function hello(trace: ReturnType<typeof steps>): void {
  const secret = input('ss_p');
  const hs = trace.hkdf('split hs', secret, NONE, label('split hs'), 32);
  const rt = trace.hkdf('split rt', secret, NONE, label('split rt'), 32);
  const split = splitPrekeySecret(new Uint8Array(secret));
  same('hs', hs, split.hello);
  same('rt', rt, split.root);

  const prekey = { id: input('prekey id', 8), x: input('prekey x'), k: input('prekey k', 40) };
  const sent = { x: input('e'), ctPrekey: input('ctPrekey', 48), ctIdentity: input('ctIdentity', 48) };
  const fp = input('fp_B');
  const fields = {
    fp_B: fp,
    'P.id': prekey.id,
    'P.x': prekey.x,
    'P.k': prekey.k,
    'e.x': sent.x,
    ctPrekey: sent.ctPrekey,
    ctIdentity: sent.ctIdentity,
  };
  const th0 = trace.hash('th0', 'hello', fields);
  same('th0', th0, helloTranscript(fp, prekey, sent));

  const secrets = { dhIdentity: input('dh IB'), dhPrekey: input('dh P'), hello: hs, kemIdentity: input('ss_i'), psk: input('psk') };
  const named = { 'DH(e,IB)': secrets.dhIdentity, 'DH(e,P)': secrets.dhPrekey, hs, ss_i: secrets.kemIdentity, psk: secrets.psk };
  const k1 = trace.hkdfOfFields('k1', named, th0, label('k1'), 32);
  const bare = trace.hkdfOfFields('k1 without an invite', { ...named, psk: NONE }, th0, label('k1'), 32);
  const copies = () => ({
    ...secrets,
    dhIdentity: input('dh IB'),
    dhPrekey: input('dh P'),
    hello: new Uint8Array(hs),
    kemIdentity: input('ss_i'),
  });
  same('k1', k1, firstKey(copies(), th0));
  same('k1', bare, firstKey({ ...copies(), psk: NONE }, th0));

  trace.hkdf('hello id', k1, NONE, label('hello id', th0), 44);
  const eid = input('eid', 64);
  const th1 = trace.hash('th1', 'eid', { th0, eid });
  const proof = input('dh proof');
  const k2 = trace.hkdf('k2', proof, k1, label('k2', th1), 32);
  const fpA = input('fp_A');
  const okm = trace.hkdf('session', k2, NONE, label('session', th1, fpA, fp), 112);
  const keys = sessionKeys(new Uint8Array(k1), new Uint8Array(proof), th0, eid, fpA, fp);
  same('session', okm, concat(keys.rootKey, keys.headerKeyA, keys.headerKeyB, keys.id));

  const gate = { prekeyId: prekey.id, ...sent, eid };
  const data = lp({ label: label('gate'), id: prekey.id, x: sent.x, ctPrekey: sent.ctPrekey, ctIdentity: sent.ctIdentity, eid });
  same('gate', trace.hmac('gate', secrets.psk, data, 16), gateOf(secrets.psk, gate));
  same('pre', trace.hash('helloId', 'pre', { pre: eid }), helloIdOfPre(eid));
}

function ratchet(trace: ReturnType<typeof steps>): void {
  const [k, ct, sender, receiver, ctIdentity] = [
    input('ek', 40),
    input('ct', 48),
    input('x sender'),
    input('x receiver'),
    input('ct_a', 48),
  ];
  const th = trace.hash('th', 'step', { ek: k, ct, x_sender: sender, x_receiver: receiver, ctIdentity });
  same('th', th, stepTranscript(k, ct, sender, receiver, ctIdentity));
  const without = trace.hash('th without ctIdentity', 'step', { ek: k, ct, x_sender: sender, x_receiver: receiver, ctIdentity: NONE });
  same('th', without, stepTranscript(k, ct, sender, receiver, NONE));
  const root = input('RK');
  const okm = trace.hkdfOfFields('root', { dh: input('dh'), ss: input('ss'), ss_a: input('ss_a') }, root, label('root', th), 96);
  const stepped = rootStep(root, { dh: input('dh'), kem: input('ss'), identity: input('ss_a') }, th);
  same('root', okm, concat(stepped.rootKey, stepped.chainKey, stepped.nextHeaderKey));
  trace.hkdfOfFields('root without ss_a', { dh: input('dh'), ss: input('ss'), ss_a: NONE }, root, label('root', without), 96);

  const chain = input('CK');
  const { messageKey, next } = chainStep(chain);
  same('mk', trace.hmac('mk', chain, Uint8Array.of(1)), messageKey);
  same("CK'", trace.hmac("CK'", chain, Uint8Array.of(2)), next);
  const [header, salt, sid, mid] = [input('HK'), input('salt', 16), input('sid', 16), input('mid', 16)];
  same('hint', trace.hmac('hint', header, label('hint', salt), 16), hintFor(header, salt));
  trace.hkdf('hdr', header, salt, label('hdr'), 44);
  trace.hkdf('msg', messageKey, salt, label('msg', sid), 76);
  const ackKey = trace.hkdf('ack', messageKey, NONE, label('ack'), 32);
  same('tag', trace.hmac('tag', ackKey, mid, 16), ackTag(messageKey, mid));
}

function documents(trace: ReturnType<typeof steps>): void {
  trace.hash('fingerprint', 'id', { ed: input('ed'), pq: input('pq', 40), x: input('x'), k: input('k', 40) });
  trace.hash('log head', 'log', { seq: uint32(0), previous: new Uint8Array(32), identity: input('identity', 40), time: new Uint8Array(8) });
  trace.value('card: signed bytes begin with', label('card'));
  trace.value('log entry: signed bytes begin with', label('log entry'));
  const request = { x: input('request x'), k: input('request k', 40), invite: input('invite id', 8) };
  const gate = trace.hmac('card request', input('psk'), lp({ label: label('card request'), ...request }), 16);
  const th = trace.hash('card answer', 'card answer', {
    x_req: request.x,
    k_req: request.k,
    invite: request.invite,
    gate,
    x: input('answer x'),
    ct: input('answer ct', 48),
  });
  trace.hkdfOfFields('card key', { dh: input('answer dh'), ss: input('answer ss') }, th, label('card key'), 44);
}

function digests(): Json {
  const sn = concat(label('sn'), input('fp low'), input('fp high'));
  const checksum = concat(label('invite checksum'), input('invite body', 40));
  return [
    { name: 'sn', op: 'SHA-512', data: hex(sn), output: hex(sha512(sn)) },
    { name: 'invite checksum', op: 'SHA-256', data: hex(checksum), length: 4, output: hex(sha256(checksum).slice(0, 4)) },
  ];
}

/** Local to one side: other implementations may do it differently. */
function hedge(): Json {
  const trace = steps();
  const seed = input('hedge seed');
  const system = draws('hedge', ['start', 'draw of 16', 'draw of 100']);
  const { random, nextSeed } = hedgedRandom(seed, system.random);
  const [first, second] = [random(16), random(100)];
  const mixed = trace.hmac('mixed', seed, concat(label('rng start'), system.of('start')));
  same('rng seed', trace.hkdf('rng seed', mixed, NONE, label('rng seed'), 32), nextSeed);
  const state = trace.hkdf('rng state', mixed, NONE, label('rng state'), 32);
  const one = trace.hkdf('draw of 16', system.of('draw of 16'), state, label('rng', uint32(16)), 48);
  same('draw of 16', one.slice(0, 16), first);
  const two = trace.hkdf('draw of 100', system.of('draw of 100'), one.slice(16), label('rng', uint32(100)), 132);
  same('draw of 100', two.slice(0, 100), second);
  return { seed: hex(seed), system: system.json(), steps: trace.json(), nextSeed: hex(nextSeed), drawn: [hex(first), hex(second)] };
}

export function v4(): Json {
  const trace = steps();
  hello(trace);
  ratchet(trace);
  documents(trace);
  return {
    about:
      'Every label with input and output. H = SHA-256(label ‖ LP(fields)); HKDF: RFC 5869 with SHA-256, `ikmFields` mean LP of them; HMAC: HMAC-SHA-256, its first `length` bytes. The fields are shorter here than in the protocol.',
    steps: trace.json(),
    digests: digests(),
    hedge: hedge(),
  };
}
