/** Opening one packet in a session (B.6). Works on copies: whatever fails, the session that was given is as it was. */
import { ackTag, received, settle } from './acknowledgement.ts';
import { PqError } from './errors.ts';
import { hintFor, openBody, openHeader } from './messageKeys.ts';
import { helloIdOfPre, hintIn, packetKind, parsePacket, type Wire } from './packet.ts';
import { decodePayload } from './payload.ts';
import { concat, equalBytes, sha256, wipe } from './primitives.ts';
import { chainName, decodeHeader, prepareRatchet, type Header } from './ratchet.ts';
import { afterTurn, fromChain, fromSkipped, fromTurn, type Bootstrap, type Derived } from './turn.ts';
import type { ExpandedIdentity, Payload, RandomSource, RatchetSession, RatchetSource, ReplayRow, SkippedRow } from './types.ts';

const HASH_BYTES = 8;

/** What one packet brought. Everything is committed together before anything is shown or answered. */
export interface OpenedPacket {
  session: RatchetSession;
  payload: Payload;
  mid: Uint8Array;
  /** What to answer with, by `replyBytes`. */
  ackTag: Uint8Array;
  /** Our messages the payload's vector acknowledges. */
  acknowledged: Uint8Array[];
  skippedAdd: SkippedRow[];
  skippedDelete: { chain: string; n: number }[];
  /** Its tag is `ackTag`. Kept for the last 2,048 n of a chain (design §7). */
  replayAdd: ReplayRow;
}

export type Opened =
  | ({ kind: 'opened' } & OpenedPacket)
  /** Opened before: answer with the tag that was stored with it. */
  | { kind: 'duplicate'; chain: string; n: number; tag: Uint8Array | null };

interface Input {
  identity: ExpandedIdentity;
  /** Rows of this session: all, or at least those of the packet's place (`locate`). */
  skipped: readonly SkippedRow[];
  replay: readonly ReplayRow[];
  random: RandomSource;
  /** Asked only at a turn; without it the next ratchet key is made then. */
  ratchet?: RatchetSource | undefined;
}

type Place = { kind: 'current' | 'next'; headerKey: Uint8Array } | { kind: 'old'; headerKey: Uint8Array; number: number };

function places({ receive, nextReceiveKey, oldChains }: RatchetSession): Place[] {
  const current: Place[] = receive ? [{ kind: 'current', headerKey: receive.headerKey }] : [];
  return [...current, { kind: 'next', headerKey: nextReceiveKey }, ...oldChains.map((old): Place => ({ kind: 'old', ...old }))];
}

function find(session: RatchetSession, salt: Uint8Array, hint: Uint8Array): Place | undefined {
  return places(session).find(({ headerKey }) => equalBytes(hintFor(headerKey, salt), hint));
}

/** Whether the packet's hint was made with one of the session's header keys (some microseconds). */
export function matchesHint(session: RatchetSession, packet: Uint8Array): boolean {
  const kind = packetKind(packet);
  return (kind === 'hello' || kind === 'session') && find(session, packet.subarray(3, 19), hintIn(packet)) !== undefined;
}

function deriveKey(session: RatchetSession, place: Place, header: Header, input: Input, bootstrap: Bootstrap | null): Derived {
  switch (place.kind) {
    case 'old':
      return fromSkipped(place.number, header.n, input.skipped);
    case 'next':
      return fromTurn(session, header, input.identity, bootstrap);
    case 'current': {
      const { receive } = session;
      if (!receive) throw new PqError('notForUs');
      return header.n < receive.n ? fromSkipped(receive.number, header.n, input.skipped) : fromChain(receive, header.n);
    }
  }
}

function chainOf(session: RatchetSession, place: Place): number {
  if (place.kind === 'old') return place.number;
  const current = session.receive?.number ?? -1;
  return place.kind === 'current' ? current : current + 1;
}

/** Opens a parsed packet. `bootstrap` is there for the hello that makes the session. */
export function openWire(session: RatchetSession, wire: Wire, input: Input, bootstrap: Bootstrap | null): Opened {
  const place = find(session, wire.salt, wire.hint);
  if (!place) throw new PqError('notForUs');
  const header = decodeHeader(openHeader(place.headerKey, wire));
  const hash = sha256(concat(wire.salt, wire.hdr)).slice(0, HASH_BYTES);
  const name = chainName(chainOf(session, place));
  const seen = input.replay.find(({ chain, n }) => chain === name && n === header.n);
  if (seen) {
    if (!equalBytes(seen.hash, hash)) throw new PqError('rollback');
    return { kind: 'duplicate', chain: name, n: header.n, tag: seen.tag };
  }

  const derived = deriveKey(session, place, header, input, bootstrap);
  const bytes = openBody(derived.messageKey, wire, session.id);
  const payload = decodePayload(bytes);
  wipe(bytes);
  if (!equalBytes(payload.fingerprint, session.peerFingerprint)) throw new PqError('identityMismatch');

  const ratchet = input.ratchet ?? (() => prepareRatchet(input.random));
  const { acknowledged, unacknowledged } = settle(session, payload.ack);
  const turned = derived.turn ? afterTurn(session, derived.turn, header, bootstrap, input.random, ratchet) : session;
  const base = derived.receive ?? turned.receive;
  const receive = base?.number === derived.chain ? { ...base, ack: received(base.ack, header.n) } : base;
  const tag = ackTag(derived.messageKey, payload.mid);
  wipe(derived.messageKey);
  return {
    kind: 'opened',
    session: { ...turned, receive, unacknowledged },
    payload,
    mid: payload.mid,
    ackTag: tag,
    acknowledged,
    skippedAdd: derived.skippedAdd,
    skippedDelete: derived.skippedDelete,
    replayAdd: { chain: name, n: header.n, hash, tag },
  };
}

/** The packet of an existing session, and where it belongs. Throws `notForUs` or `malformed`. */
function placed(session: RatchetSession, packet: Uint8Array): Wire {
  const wire = parsePacket(packet);
  if (wire.pre.length > 0 && (session.initiator || !equalBytes(helloIdOfPre(wire.pre), session.helloId))) throw new PqError('notForUs');
  return wire;
}

/**
 * Chain and number of a packet, by opening no more than its header: what the store is asked for before `open`. `isAhead`: nothing can
 * be stored for a number that this state has not come to. `passesOver`: how many packets that were sealed before it are missing, if it
 * is genuine. Throws `notForUs`, `malformed` or `authentication`.
 */
export function locate(session: RatchetSession, packet: Uint8Array): { chain: string; n: number; isAhead: boolean; passesOver: number } {
  const wire = placed(session, packet);
  const place = find(session, wire.salt, wire.hint);
  if (!place) throw new PqError('notForUs');
  const { n, previous } = decodeHeader(openHeader(place.headerKey, wire));
  const next = session.receive?.n ?? 0;
  const isAhead = place.kind === 'next' || (place.kind === 'current' && n >= next);
  const missing = place.kind === 'next' ? Math.max(0, previous - next) + n : n - next;
  return { chain: chainName(chainOf(session, place)), n, isAhead, passesOver: isAhead ? missing : 0 };
}

/**
 * Opens a packet of an existing session: one whose hint fits, or a repeated hello of the session with that `helloIdOf`.
 * Throws `notForUs`, `authentication`, `malformed`, `limit` (passes over too many), `replay` (opened too long ago),
 * `identityMismatch`, and `rollback` when a valid header comes with another packet for a number that was opened.
 */
export function open(session: RatchetSession, { packet, ...input }: Input & { packet: Uint8Array; now: number }): Opened {
  return openWire(session, placed(session, packet), input, null);
}
