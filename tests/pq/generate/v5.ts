/** V5: hellos from both sides with everything between, and the card request that comes before one over a bare address. */
import { replyBytes } from '../../../src/pq/acknowledgement.ts';
import { openCardAnswer, openCardRequest, sealCardAnswer, sealCardRequest, verifyCardGate } from '../../../src/pq/cardRequest.ts';
import { encodeCbor } from '../../../src/pq/cbor.ts';
import { decodeHello, encodeHello } from '../../../src/pq/hello.ts';
import { encodePublicIdentity } from '../../../src/pq/identity.ts';
import { parsePacket } from '../../../src/pq/packet.ts';
import { initiate, open, openHello, type OpenedPacket } from '../../../src/pq/session.ts';
import { readProfile, writeProfile } from '../../../src/pq/profile.ts';
import { encodeBody } from '../../../src/pq/payload.ts';
import type { Card, Invite, PrekeySecret, RatchetSession } from '../../../src/pq/types.ts';
import { NOW, alice, aliceHead, bob, bobHead, cards, invite, people, prekeys, profileJson, profiles, read } from './cast.ts';
import { draws, type Draws } from './draws.ts';
import { hex, type Json } from './json.ts';
import { FIRST_TURN_DRAWS, TURN_DRAWS, headerOf, messageSteps, send, text, turnSteps, type Sent } from './message.ts';
import { commit, keptJson, sessionJson, type Kept } from './state.ts';
import { concat, knownIn, label, same, steps, type Known } from './steps.ts';

const NONE = new Uint8Array(0);
const INITIATE_DRAWS = ['e', 'm for the prekey', 'm for the identity key', 'x', 'k'];

const inPeople = (): Known => knownIn('people.json', people());

interface Begun {
  name: string;
  card: Card;
  prekey: PrekeySecret;
  invite: Invite | null;
}

/** A's side: every value up to the first chain. */
function initiateSteps(begun: Begun, session: RatchetSession, taken: Draws, known: Known) {
  const { card, prekey, invite: given } = begun;
  const peer = card.identity;
  const psk = given?.secret ?? NONE;
  const trace = steps('initiate', known);
  const x = trace.xPublic('e.x', taken.of('e'));
  const toPrekey = trace.encapsulate('ss_p', card.prekey.k, taken.of('m for the prekey'));
  const toIdentity = trace.encapsulate('ss_i', peer.k, taken.of('m for the identity key'));
  const hs = trace.hkdf('hs', toPrekey.secret, NONE, label('split hs'), 32);
  const rt = trace.hkdf('rt', toPrekey.secret, NONE, label('split rt'), 32);
  const th0 = trace.hash('th0', 'hello', {
    fp_B: bob.fingerprint,
    'P.id': card.prekey.id,
    'P.x': card.prekey.x,
    'P.k': card.prekey.k,
    'e.x': x,
    ctPrekey: toPrekey.ct,
    ctIdentity: toIdentity.ct,
  });
  const dhs = { 'DH(e,IB)': trace.dh('DH(e,IB)', taken.of('e'), peer.x), 'DH(e,P)': trace.dh('DH(e,P)', taken.of('e'), card.prekey.x) };
  const k1 = trace.hkdfOfFields('k1', { ...dhs, hs, ss_i: toIdentity.secret, psk }, th0, label('k1'), 32);
  const eidKeys = trace.hkdf('eid: key ‖ nonce', k1, NONE, label('hello id', th0), 44);
  const identity = encodePublicIdentity(alice.public);
  const introduction = trace.cbor('introduction', [identity, writeProfile(profiles.alice), aliceHead, NONE, NOW]);
  const eid = trace.gcm('eid', eidKeys, th0, introduction);
  const th1 = trace.hash('th1', 'eid', { th0, eid });
  const k2 = trace.hkdf('k2', trace.dh('DH(IA,P)', alice.seeds.x, card.prekey.x), k1, label('k2', th1), 32);
  const keys = trace.hkdf('RK ‖ HK_A ‖ HK_B ‖ sid', k2, NONE, label('session', th1, alice.fingerprint, bob.fingerprint), 112);
  const sent = { prekeyId: card.prekey.id, x, ctPrekey: toPrekey.ct, ctIdentity: toIdentity.ct, eid };
  const gateFields = { label: label('gate'), prekeyId: sent.prekeyId, 'e.x': x, ctPrekey: sent.ctPrekey, ctIdentity: sent.ctIdentity, eid };
  const gate = trace.hmacOfFields('gate', given?.secret ?? bob.fingerprint, gateFields, 16);
  const pre = trace.value('pre', encodeHello({ ...sent, gate }));
  same('pre', pre, session.pre);
  same('helloId', trace.hash('helloId', 'pre', { pre }), session.helloId);
  same('sid', keys.slice(96), session.id);
  same('HK_A', keys.slice(32, 64), session.send.headerKey);
  same('HK_B', keys.slice(64, 96), session.nextReceiveKey);

  const own = { x: trace.xPublic('first chain: x', taken.of('x')), k: trace.kemKeys('first chain: k', taken.of('k')) };
  same('k', own.k, session.send.kPublic);
  const th = trace.hash('first chain: th', 'step', {
    ek: card.prekey.k,
    ct: toPrekey.ct,
    x_sender: own.x,
    x_receiver: card.prekey.x,
    ctIdentity: NONE,
  });
  const secrets = { dh: trace.dh('first chain: dh', taken.of('x'), card.prekey.x), ss: rt, ss_a: NONE };
  const root = trace.hkdfOfFields("first chain: RK' ‖ CK ‖ NHK", secrets, keys.slice(0, 32), label('root', th), 96);
  same('root', root, concat(session.rootKey, session.send.chainKey, session.nextSendKey));
  return { trace, rt, hs, ssIdentity: toIdentity.secret, dhs, k1, keys, prekey };
}

/** B's side: what it computes from its own secrets; all else is equal to A's. */
function answererSteps(initiator: ReturnType<typeof initiateSteps>, packet: Uint8Array, known: Known) {
  const { prekey, rt, hs, ssIdentity, dhs } = initiator;
  const hello = decodeHello(parsePacket(packet).pre);
  const trace = steps('opening of message 1', known);
  const secret = trace.decapsulate('ss_p', prekey.k, hello.ctPrekey);
  same('hs', trace.hkdf('hs', secret, NONE, label('split hs'), 32), hs);
  same('rt', trace.hkdf('rt', secret, NONE, label('split rt'), 32), rt);
  same('ss_i', trace.decapsulate('ss_i', bob.seeds.k, hello.ctIdentity), ssIdentity);
  same('DH(e,IB)', trace.dh('DH(e,IB)', bob.seeds.x, hello.x), dhs['DH(e,IB)']);
  same('DH(e,P)', trace.dh('DH(e,P)', prekey.x, hello.x), dhs['DH(e,P)']);
  trace.dh('DH(IA,P)', prekey.x, alice.public.x);
  return { trace, ctPrekey: hello.ctPrekey };
}

const sentJson = (from: string, index: number, before: RatchetSession, sent: Sent, known: Known): Readonly<Record<string, Json>> => {
  const trace = steps(`message ${index}`, known);
  messageSteps(trace, before, sent);
  return {
    from,
    mid: hex(sent.mid),
    ts: NOW,
    body: hex(encodeBody(sent.body)),
    draws: sent.draws.json(),
    steps: trace.json(),
    bucket: sent.bucket,
    packet: hex(sent.packet),
    ackTag: hex(sent.ackTag),
  };
};

function replyJson(name: string, opened: OpenedPacket): Json {
  const taken = draws(`reply ${name}`, ['behind the tag']);
  const bytes = replyBytes(opened.ackTag, taken.random);
  return { draws: taken.json(), bytes: hex(bytes) };
}

interface Exchanged {
  json: Json;
  after: { a: Kept; b: Kept };
  sessions: { name: string; state: string; session: RatchetSession }[];
}

function exchange(begun: Begun): Exchanged {
  const { name, card, prekey, invite: given } = begun;
  const begins = draws(`initiate ${name}`, INITIATE_DRAWS);
  const start = initiate({
    identity: alice,
    peer: card.identity,
    prekey: card.prekey,
    invite: given,
    profile: profiles.alice,
    logHead: aliceHead,
    peerLogHead: card.logHead,
    replaces: null,
    begun: NOW,
    random: begins.random,
    now: NOW,
  });
  const known: Known = new Map(inPeople());
  const initiator = initiateSteps(begun, start, begins, known);

  const first = send(start, `${name}: first`, text('Hello Bob'));
  const answers = draws(`open first ${name}`, FIRST_TURN_DRAWS);
  const opened = openHello({
    identity: bob,
    packet: first.packet,
    prekey: () => prekey,
    inviteSecret: () => given?.secret ?? null,
    random: answers.random,
    now: NOW,
  });
  const firstJson = sentJson('alice', 1, start, first, known);
  const answerer = answererSteps(initiator, first.packet, known);
  const firstHeader = headerOf(initiator.keys.slice(32, 64), first.packet);
  // The session as it stands after the keys are agreed and before the packet itself is opened.
  const bootstrap: RatchetSession = {
    ...opened.session,
    rootKey: initiator.keys.slice(0, 32),
    receive: null,
    send: { ...opened.session.send, x: prekey.x, k: prekey.k, xPublic: card.prekey.x, kPublic: card.prekey.k },
  };
  const firstTurn = { rt: initiator.rt, ctPrekey: answerer.ctPrekey, peer: alice.public };
  turnSteps(answerer.trace, bootstrap, opened.session, { header: firstHeader, identity: bob, taken: answers, first: firstTurn });
  const bobAfter = commit({ skipped: [], replay: [] }, opened);

  const second = send(opened.session, `${name}: second`, text('Hello Alice'));
  const turns = draws(`open second ${name}`, TURN_DRAWS);
  const answer = open(first.session, { identity: alice, packet: second.packet, skipped: [], replay: [], random: turns.random, now: NOW });
  if (answer.kind !== 'opened') throw new Error('not opened');
  const secondJson = sentJson('bob', 2, opened.session, second, known);
  const aliceTrace = steps('opening of message 2', known);
  const secondHeader = headerOf(start.nextReceiveKey, second.packet);
  turnSteps(aliceTrace, first.session, answer.session, { header: secondHeader, identity: alice, taken: turns, first: null });
  const aliceAfter = commit({ skipped: [], replay: [] }, answer);

  const third = send(answer.session, `${name}: third`, text('How are you?'));
  const again = draws(`open third ${name}`, TURN_DRAWS);
  const confirmed = open(second.session, {
    identity: bob,
    packet: third.packet,
    skipped: bobAfter.skipped,
    replay: bobAfter.replay,
    random: again.random,
    now: NOW,
  });
  if (confirmed.kind !== 'opened') throw new Error('not opened');
  const thirdJson = sentJson('alice', 3, answer.session, third, known);
  const bobTrace = steps('opening of message 3', known);
  const thirdHeader = headerOf(second.session.nextReceiveKey, third.packet);
  turnSteps(bobTrace, second.session, confirmed.session, { header: thirdHeader, identity: bob, taken: again, first: null });

  // With an invite the rest is the same as without.
  const shown = (messages: readonly Json[]): readonly Json[] => (given ? messages.slice(0, 1) : messages);
  const json = {
    name,
    now: NOW,
    initiator: 'alice',
    answerer: 'bob',
    prekey: prekey.oneTime ? 'bobOneTime' : 'bobReusable',
    invite: given !== null,
    logHead: hex(aliceHead),
    peerLogHead: hex(bobHead),
    replaces: null,
    begun: start.begun,
    profile: profileJson(profiles.alice),
    initiate: { draws: begins.json(), steps: initiator.trace.json(), session: sessionJson(start) },
    messages: shown([
      {
        ...firstJson,
        opened: {
          draws: answers.json(),
          steps: answerer.trace.json(),
          place: { chain: 0, previous: firstHeader.previous, n: firstHeader.n },
          acknowledged: opened.acknowledged.map(hex),
          gated: opened.gated,
          peer: hex(opened.session.peerFingerprint),
          profile: profileJson(opened.profile),
          after: keptJson(bobAfter),
          reply: replyJson(`${name}: first`, opened),
        },
      },
      {
        ...secondJson,
        opened: {
          draws: turns.json(),
          steps: aliceTrace.json(),
          place: { chain: 0, previous: secondHeader.previous, n: secondHeader.n },
          acknowledged: answer.acknowledged.map(hex),
          after: keptJson(aliceAfter),
          reply: replyJson(`${name}: second`, answer),
        },
      },
      {
        ...thirdJson,
        opened: {
          draws: again.json(),
          steps: bobTrace.json(),
          place: { chain: 1, previous: thirdHeader.previous, n: thirdHeader.n },
          acknowledged: confirmed.acknowledged.map(hex),
          after: keptJson(commit(bobAfter, confirmed)),
          reply: replyJson(`${name}: third`, confirmed),
        },
      },
    ]),
  };
  const a = { ...aliceAfter, session: third.session };
  const sessions = [
    { name: 'with the hello', state: 'initiate.session', session: start },
    { name: 'first answer', state: 'messages.0.opened.after.session', session: opened.session },
    { name: 'confirmed', state: 'messages.1.opened.after.session', session: answer.session },
  ];
  return { json, after: { a, b: commit(bobAfter, confirmed) }, sessions };
}

const overBlob = (): Exchanged => exchange({ name: 'over a bare address', card: read.bob, prekey: prekeys.bobReusable, invite: null });

/** The sessions of that exchange that seal, and where they stand in the file. */
export const v5Sessions = (): Exchanged['sessions'] => overBlob().sessions;

/** Alice and Bob after a full round trip: both confirmed. */
export const afterRoundTrip = (): Exchanged['after'] => overBlob().after;

/** A packet that ends in zeros: what stands before them, and its length. */
const withoutZeros = (bytes: Uint8Array): Json => {
  const end = bytes.findLastIndex((byte) => byte !== 0) + 1;
  return { begins: hex(bytes.slice(0, end)), length: bytes.length };
};

function cardExchange(name: string, given: Invite | null, card: Uint8Array): Json {
  const asks = draws(`card request ${name}`, ['x', 'k']);
  const { packet, pending } = sealCardRequest(asks.random, { invite: given });
  const request = openCardRequest(packet);
  if (given && !verifyCardGate(request, given.secret)) throw new Error('gate');
  const answers = draws(`card answer ${name}`, ['x', 'm']);
  const answer = sealCardAnswer(answers.random, request, card);
  same('card', openCardAnswer(answer, pending), card);

  const trace = steps('', inPeople());
  const x = trace.xPublic('x_req', asks.of('x'));
  const k = trace.kemKeys('k_req', asks.of('k'));
  const id = given?.id ?? NONE;
  const gate = given ? trace.hmacOfFields('gate', given.secret, { label: label('card request'), x, k, id }, 16) : NONE;
  same('gate', gate, request.invite?.gate ?? NONE);
  const own = trace.xPublic('x', answers.of('x'));
  const { ct, secret } = trace.encapsulate('ss', k, answers.of('m'));
  const th = trace.hash('th', 'card answer', { x_req: x, k_req: k, invite: id, gate, x: own, ct });
  const shared = trace.dh('dh', answers.of('x'), x);
  trace.dh('dh, at the requester', asks.of('x'), own);
  trace.decapsulate('ss, at the requester', asks.of('k'), ct);
  const keys = trace.hkdfOfFields('key ‖ nonce', { dh: shared, ss: secret }, th, label('card key'), 44);
  const length = answer.length - (1 + 1 + 2 + 32 + 3 + 1_568 + 3) - 16;
  const box = trace.gcm('box', keys, th, trace.pad('padded', card, length));
  same('answer', encodeCbor([1, own, ct, box]), answer);
  return {
    name,
    invite: given !== null,
    draws: { requester: asks.json(), answerer: answers.json() },
    request: withoutZeros(packet),
    steps: trace.json(),
    answerBegins: hex(answer.slice(0, answer.length - box.length)),
  };
}

export function v5(): Json {
  readProfile(writeProfile(profiles.alice));
  return {
    about:
      'Whole hellos, from both sides: Alice begins, Bob answers, Alice writes again; then both are confirmed. Identities, prekeys and the invite are in people.json. The answer to a card request is `answerBegins` ‖ the step "box".',
    cardRequests: [cardExchange('over a bare address', null, cards.bob), cardExchange('with an invite', invite, cards.bobInvite)],
    exchanges: [overBlob().json, exchange({ name: 'with an invite', card: read.bobInvite, prekey: prekeys.bobOneTime, invite }).json],
  };
}
