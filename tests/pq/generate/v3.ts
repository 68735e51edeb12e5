/** V3: what is signed and how (cards with their prekeys, identity logs), and invites. */
import { readCard } from '../../../src/pq/card.ts';
import { encodePublicIdentity, fingerprint } from '../../../src/pq/identity.ts';
import {
  compareLogHead,
  decodeLogEntry,
  encodeLogEntry,
  followLog,
  logHead,
  rotate,
  startLog,
  type LogEntry,
} from '../../../src/pq/identityLog.ts';
import { decodeInvite, encodeInvite } from '../../../src/pq/invite.ts';
import { prefixed, uint32, uint64 } from '../../../src/pq/labels.ts';
import { publicPrekey } from '../../../src/pq/prekey.ts';
import { toBase64Url } from '../../../src/pq/base64url.ts';
import { dualSign, sha256 } from '../../../src/pq/primitives.ts';
import { decodeCbor, encodeCbor } from '../../../src/pq/cbor.ts';
import type { Card, ExpandedIdentity, Invite, PublicIdentity } from '../../../src/pq/types.ts';
import {
  DAY,
  NOW,
  WEEK,
  address,
  alice,
  aliceHead,
  aliceLog,
  aliceNext,
  aliceRotated,
  bobLog,
  cardFields,
  cards,
  invite,
  inviteJson,
  mallory,
} from './cast.ts';
import { edSignatures, writtenCards } from './edCards.ts';
import { hex, type Json } from './json.ts';
import { edited, editJson, flipped, itemSpans, refusal, spanOf, type Edit } from './outcome.ts';
import { concat, label, same, steps } from './steps.ts';

const CARD_ITEMS = ['version', 'identity', 'prekey', 'nickname', 'seq', 'issued', 'logHead', 'addresses', 'sigEd', 'sigPq'];
const ENTRY_ITEMS = ['version', 'seq', 'previous', 'identity', 'time', 'ed', 'pq', 'edOld', 'pqOld'];
const utf8 = new TextEncoder();

const itemBytes = (bytes: Uint8Array, names: readonly string[], name: string): Uint8Array => {
  const { at, length } = spanOf(itemSpans(bytes, names), name);
  return bytes.slice(at, at + length);
};

/** The content of a byte string item. */
const content = (item: Uint8Array): Uint8Array => {
  const value = decodeCbor(item, item.length);
  if (!(value instanceof Uint8Array)) throw new Error('no byte string');
  return value;
};

function cardVector(name: string, bytes: Uint8Array, { signer, prekey, nickname, seq, head, addresses }: (typeof cardFields)['bob']): Json {
  const pub = publicPrekey(prekey);
  const ofPrekey = prefixed(pub.id, uint64(pub.notBefore), uint64(pub.notAfter), Uint8Array.of(pub.oneTime ? 1 : 0), pub.x, pub.k);
  const identity = encodePublicIdentity(signer.public);
  const fields = [identity, ofPrekey, utf8.encode(nickname), uint32(seq), uint64(NOW), head, prefixed(...addresses)];
  const signed = concat(label('card'), prefixed(...fields));
  const { ed, pq } = dualSign(signer.seeds.ed, signer.pqSecret, signed);
  same('Ed25519 signature', ed, content(itemBytes(bytes, CARD_ITEMS, 'sigEd')));
  same('ML-DSA signature', pq, content(itemBytes(bytes, CARD_ITEMS, 'sigPq')));
  const card: Card = readCard(bytes, NOW);
  return {
    name,
    signer: hex(signer.fingerprint),
    prekeyId: hex(card.prekey.id),
    nickname: card.nickname,
    seq: card.seq,
    issued: card.issued,
    logHead: hex(card.logHead),
    addresses: card.addresses.map(hex),
    prekeyFields: hex(ofPrekey),
    signed: hex(signed),
    sigEd: hex(ed),
    sigPq: hex(pq),
    card: hex(bytes),
  };
}

const flips = (bytes: Uint8Array, names: readonly string[]): [string, Edit][] =>
  itemSpans(bytes, names).flatMap(({ name, at, length }): [string, Edit][] => [
    [`${name}: one bit of its first byte`, flipped(bytes, at, 1)],
    [`${name}: one bit of its last byte`, flipped(bytes, at + length - 1)],
  ]);

/** Truncated, extended, and one bit in the array's own head. */
const shapes = (bytes: Uint8Array): [string, Edit][] => [
  ['the array’s head', flipped(bytes, 0)],
  ['the last byte is missing', { at: bytes.length - 1, remove: 1, insert: new Uint8Array(0) }],
  ['a byte behind the end', { at: bytes.length, remove: 0, insert: Uint8Array.of(0) }],
  ['nothing at all', { at: 0, remove: bytes.length, insert: new Uint8Array(0) }],
];

function badCards(): Json {
  const bytes = cards.bob;
  const time = (reason: string, now: number): Json => ({ reason, edits: [], now, code: refusal(() => readCard(bytes, now)) });
  const swap = (reason: string, name: string, by: Uint8Array): [string, Edit] => {
    const { at, length } = spanOf(itemSpans(bytes, CARD_ITEMS), name);
    return [reason, { at, remove: length, insert: by }];
  };
  const other = (name: string): Uint8Array => itemBytes(cards.alice, CARD_ITEMS, name);
  const edits: [string, Edit][] = [
    ...flips(bytes, CARD_ITEMS),
    ...shapes(bytes),
    swap('the prekey of another card of the same person', 'prekey', itemBytes(cards.bobInvite, CARD_ITEMS, 'prekey')),
    swap('the Ed25519 signature of another person', 'sigEd', other('sigEd')),
    swap('the ML-DSA signature of another person', 'sigPq', other('sigPq')),
    swap('the identity of another person', 'identity', other('identity')),
    swap('three addresses', 'addresses', encodeCbor([address('a'), address('b'), address('c')])),
    swap('an address of 199 bytes', 'addresses', encodeCbor([address('a', 199)])),
    swap('an address of 4,097 bytes', 'addresses', encodeCbor([address('a', 4_097)])),
    swap('a nickname that is not UTF-8', 'nickname', encodeCbor(Uint8Array.of(0x42, 0xff))),
    swap('a nickname of 65 code points', 'nickname', encodeCbor(utf8.encode('x'.repeat(65)))),
  ];
  return [
    ...edits.map(([reason, edit]): Json => ({
      reason,
      edits: [editJson(edit)],
      now: NOW,
      code: refusal(() => readCard(edited(bytes, edit), NOW)),
    })),
    time('a millisecond after the prekey ended', NOW + WEEK + 1),
    time('more than a day before the prekey begins', NOW - DAY - 1),
  ];
}

function entryVector(name: string, entry: LogEntry, signer: ExpandedIdentity, old: ExpandedIdentity | null): Json {
  const fields = {
    seq: uint32(entry.seq),
    previous: entry.previous,
    identity: encodePublicIdentity(entry.identity),
    time: uint64(entry.time),
  };
  const signed = concat(label('log entry'), prefixed(...Object.values(fields)));
  same('own signature', dualSign(signer.seeds.ed, signer.pqSecret, signed).pq, entry.own.pq);
  if (old && entry.old) same('old signature', dualSign(old.seeds.ed, old.pqSecret, signed).pq, entry.old.pq);
  const trace = steps();
  same('head', trace.hash('head', 'log', fields), logHead(entry));
  return {
    name,
    seq: entry.seq,
    previous: hex(entry.previous),
    time: entry.time,
    signers: { own: hex(signer.fingerprint), old: old && hex(old.fingerprint) },
    signed: hex(signed),
    ed: hex(entry.own.ed),
    pq: hex(entry.own.pq),
    edOld: hex(entry.old?.ed ?? new Uint8Array(0)),
    pqOld: hex(entry.old?.pq ?? new Uint8Array(0)),
    head: hex(logHead(entry)),
    steps: trace.json(),
  };
}

interface Known {
  head: Uint8Array;
  seq: number | null;
  identity: PublicIdentity;
}

const third = rotate(aliceRotated, aliceNext, mallory, NOW + DAY);
const entries = {
  'alice begins': aliceLog,
  'alice rotates': aliceRotated,
  'alice rotates again': third,
  'mallory rotates': rotate(startLog(mallory, aliceLog.time), mallory, aliceNext, NOW),
};
type EntryName = keyof typeof entries;

function following(): Json {
  const knownFirst: Known = { head: aliceHead, seq: 0, identity: alice.public };
  const good: [string, Known, EntryName][] = [
    ['the next entry', knownFirst, 'alice rotates'],
    ['the next entry where only the head is known, from a card or a hello', { ...knownFirst, seq: null }, 'alice rotates'],
    ['the entry after that', { head: logHead(aliceRotated), seq: 1, identity: aliceNext.public }, 'alice rotates again'],
  ];
  const bytes = encodeLogEntry(aliceRotated);
  const bad: [string, Known, EntryName, Edit[]][] = [
    ['the first entry again', knownFirst, 'alice begins', []],
    ['an entry that skips one', knownFirst, 'alice rotates again', []],
    ['an entry of another log', knownFirst, 'mallory rotates', []],
    ['another head than the known one', { ...knownFirst, head: logHead(bobLog) }, 'alice rotates', []],
    ['the first entry, where only the head is known', { ...knownFirst, seq: null }, 'alice begins', []],
    ['the first entry, and nothing is known but zeros', { ...knownFirst, head: new Uint8Array(32), seq: null }, 'alice begins', []],
    ['an entry whose number takes eight bytes, 2^32', knownFirst, 'alice rotates', [numbered(bytes)]],
    ['signed by an identity that is not the known one', { ...knownFirst, identity: mallory.public }, 'alice rotates', []],
    ['the number is known, and it is not the next', { ...knownFirst, seq: 1 }, 'alice rotates', []],
    ...[...flips(bytes, ENTRY_ITEMS), ...shapes(bytes)].map(([reason, edit]): [string, Known, EntryName, Edit[]] => [
      reason,
      knownFirst,
      'alice rotates',
      [edit],
    ]),
  ];
  const knownJson = ({ head, seq, identity }: Known): Json => ({ head: hex(head), seq, identity: hex(fingerprint(identity)) });
  return {
    about: '`known.identity` is the fingerprint of an identity in people.json; `base` names one of `entries`.',
    entries: Object.fromEntries(Object.entries(entries).map(([name, entry]) => [name, hex(encodeLogEntry(entry))])),
    good: good.map(([name, known, base]) => {
      const after = followLog(known, encodeLogEntry(entries[base]));
      return {
        name,
        known: knownJson(known),
        base,
        after: { head: hex(after.head), seq: after.seq, fingerprint: hex(after.fingerprint) },
      };
    }),
    bad: bad.map(([reason, known, base, edits]): Json => {
      const entry = edits.reduce(edited, encodeLogEntry(entries[base]));
      return { reason, known: knownJson(known), base, edits: edits.map(editJson), code: refusal(() => followLog(known, entry)) };
    }),
  };
}

/** 2^32 in place of the number. */
function numbered(bytes: Uint8Array): Edit {
  const { at, length } = spanOf(itemSpans(bytes, ENTRY_ITEMS), 'seq');
  return { at, remove: length, insert: encodeCbor(2 ** 32) };
}

function heads(): Json {
  const own = [logHead(aliceRotated), aliceHead];
  const seen: [string, Uint8Array][] = [
    ['the newest', logHead(aliceRotated)],
    ['an older one', aliceHead],
    ['zeros: they know none', new Uint8Array(32)],
    ['one that is not ours', logHead(bobLog)],
  ];
  return { own: own.map(hex), seen: seen.map(([name, head]) => ({ name, head: hex(head), result: compareLogHead(own, head) })) };
}

function invites(): Json {
  const carried: Invite = { ...invite, recordKey: null, address: address('of an invite', 712), channel: 'irc' };
  const uri = encodeInvite(invite);
  // Of a text of 4 n + 2 letters the last has four bits too many, of one of 4 n + 3 two.
  const padded = [uri, encodeInvite(carried)].find((text) => (text.length - 13) % 4 !== 0);
  if (padded === undefined) throw new Error('no invite has spare bits');
  const spare = padded.slice(0, -1) + (LETTERS[LETTERS.indexOf(padded.slice(-1)) + 1] ?? '');
  const bad: [string, string, number][] = [
    ['the scheme in capitals', uri.toUpperCase(), NOW],
    ['another scheme', uri.replace('sotto:', 'other:'), NOW],
    ['one letter changed', `${uri.slice(0, 40)}${uri[40] === 'A' ? 'B' : 'A'}${uri.slice(41)}`, NOW],
    ['the last letter is missing', uri.slice(0, -1), NOW],
    ['a letter more', `${uri}A`, NOW],
    ['padding', `${uri}=`, NOW],
    ['letters of standard base64', `${uri.slice(0, 40)}+/${uri.slice(42)}`, NOW],
    ['a space inside', `${uri.slice(0, 40)} ${uri.slice(40)}`, NOW],
    ['nothing behind the question mark', 'sotto:invite?', NOW],
    ['a millisecond too late', uri, NOW + WEEK + 1],
    ['record key and address', inviteOf(invite.recordKey, carried.address), NOW],
    ['neither record key nor address', inviteOf(null, null), NOW],
    ['bits behind the end that are not zero', spare, NOW],
  ];
  return {
    about: '`uri` = "sotto:invite?" ‖ base64url(body ‖ checksum), checksum = SHA-256("sotto/dm/1 invite checksum" ‖ body)[0..4].',
    good: [invite, carried].map((given): Json => {
      decodeInvite(encodeInvite(given), given.notAfter);
      const bytes = Uint8Array.from(atob(encodeInvite(given).slice(13).replaceAll('-', '+').replaceAll('_', '/')), (letter) =>
        letter.charCodeAt(0),
      );
      return { ...ofInvite(given), goodUntil: given.notAfter, body: hex(bytes.slice(0, -4)), checksum: hex(bytes.slice(-4)) };
    }),
    bad: bad.map(([reason, text, now]): Json => ({ reason, uri: text, now, code: refusal(() => decodeInvite(text, now)) })),
  };
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** With a right checksum, whatever it holds. */
function inviteOf(recordKey: string | null, given: Uint8Array | null): string {
  const { fingerprint: of, id, secret, notAfter, prekeyId } = invite;
  const body = encodeCbor([1, 0, of, id, secret, notAfter, prekeyId, recordKey === null ? null : utf8.encode(recordKey), given]);
  return `sotto:invite?${toBase64Url(concat(body, sha256(concat(label('invite checksum'), body)).slice(0, 4)))}`;
}

function ofInvite(given: Invite): Readonly<Record<string, Json>> {
  const json = inviteJson(given);
  if (json === null || typeof json !== 'object' || Array.isArray(json)) throw new Error('no object');
  return Object.fromEntries(Object.entries(json));
}

export function v3(): Json {
  return {
    about:
      'Signatures: Ed25519 (RFC 8032, verified strictly) and ML-DSA-65 (FIPS 204, deterministic, empty context), both over `signed`. Cards, identity logs, invites. `edits` are applied one after the other to the good document: at `at`, `remove` bytes go and `insert` comes.',
    cards: [cardVector('bob', cards.bob, cardFields.bob), cardVector('bobInvite', cards.bobInvite, cardFields.bobInvite)],
    goodTimes: { base: 'bob', cases: goodTimes() },
    writtenCards: writtenCards().map(({ name, card, code }): Json => ({ name, card: hex(card), code })),
    ed25519: edSignatures(),
    badCards: { base: 'bob', cases: badCards() },
    logEntries: [entryVector('alice begins', aliceLog, alice, null), entryVector('alice rotates', aliceRotated, aliceNext, alice)],
    badEntries: badEntries().map(([reason, entry]): Json => ({
      reason,
      entry: hex(entry),
      code: refusal(() => decodeLogEntry(entry), 'malformed'),
    })),
    followLog: following(),
    compareLogHead: heads(),
    invites: invites(),
  };
}

const badEntries = (): [string, Uint8Array][] => [
  ['a first entry that names an entry before it', encodeLogEntry({ ...aliceLog, previous: logHead(bobLog) })],
  ['a first entry with signatures of an identity before it', encodeLogEntry({ ...aliceLog, old: aliceRotated.old })],
  ['a second entry without signatures of the identity before it', encodeLogEntry({ ...aliceRotated, old: null })],
];

/** At the last and at the first moment. */
function goodTimes(): Json {
  const cases: [string, number][] = [
    ['at the end of the prekey, exactly', NOW + WEEK],
    ['a day before the prekey begins, exactly', NOW - DAY],
  ];
  return cases.map(([name, now]): Json => {
    readCard(cards.bob, now);
    return { name, now };
  });
}
