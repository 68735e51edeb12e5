/** A ratchet session and the rows beside it as JSON and back: decoded fields, not the stored form of Sotto. */
import { kemKeys } from '../../../src/pq/kem.ts';
import type { OpenedPacket } from '../../../src/pq/session.ts';
import type { RatchetSession, ReceiveChain, ReplayRow, SkippedRow } from '../../../src/pq/types.ts';
import { at, bytesAt, bytesOrNull, flagAt, hex, listAt, numberAt, textAt, type Json } from './json.ts';

/** What is kept for one session: itself, message keys that were passed over, and what was opened. */
export interface Kept {
  session: RatchetSession;
  skipped: readonly SkippedRow[];
  replay: readonly ReplayRow[];
}

export const sessionJson = (session: RatchetSession): Json => {
  const { send, receive } = session;
  return {
    id: hex(session.id),
    helloId: hex(session.helloId),
    begun: session.begun,
    initiator: session.initiator,
    confirmed: session.confirmed,
    ownFingerprint: hex(session.ownFingerprint),
    peerFingerprint: hex(session.peerFingerprint),
    peerLogHead: hex(session.peerLogHead),
    rootKey: hex(session.rootKey),
    send: {
      number: send.number,
      n: send.n,
      previous: send.previous,
      headerKey: hex(send.headerKey),
      chainKey: hex(send.chainKey),
      x: hex(send.x),
      k: hex(send.k),
      xPublic: hex(send.xPublic),
      kPublic: hex(send.kPublic),
      ct: hex(send.ct),
      ctIdentity: hex(send.ctIdentity),
    },
    nextSendKey: hex(session.nextSendKey),
    receive: receive && {
      number: receive.number,
      n: receive.n,
      headerKey: hex(receive.headerKey),
      chainKey: hex(receive.chainKey),
      ack: { base: receive.ack.base, bitmap: hex(receive.ack.bitmap) },
    },
    nextReceiveKey: hex(session.nextReceiveKey),
    oldChains: session.oldChains.map(({ number, headerKey }) => ({ number, headerKey: hex(headerKey) })),
    pre: hex(session.pre),
    unacknowledged: session.unacknowledged.map(({ chain, n, mid }) => ({ chain, n, mid: hex(mid) })),
  };
};

const receiveFrom = (json: Json): ReceiveChain => ({
  number: numberAt(json, 'number'),
  n: numberAt(json, 'n'),
  headerKey: bytesAt(json, 'headerKey'),
  chainKey: bytesAt(json, 'chainKey'),
  ack: { base: numberAt(json, 'ack', 'base'), bitmap: bytesAt(json, 'ack', 'bitmap') },
});

export function sessionFrom(json: Json): RatchetSession {
  const send = at(json, 'send');
  const k = bytesAt(send, 'k');
  return {
    id: bytesAt(json, 'id'),
    helloId: bytesAt(json, 'helloId'),
    begun: numberAt(json, 'begun'),
    initiator: flagAt(json, 'initiator'),
    confirmed: flagAt(json, 'confirmed'),
    ownFingerprint: bytesAt(json, 'ownFingerprint'),
    peerFingerprint: bytesAt(json, 'peerFingerprint'),
    peerLogHead: bytesAt(json, 'peerLogHead'),
    rootKey: bytesAt(json, 'rootKey'),
    send: {
      number: numberAt(send, 'number'),
      n: numberAt(send, 'n'),
      previous: numberAt(send, 'previous'),
      headerKey: bytesAt(send, 'headerKey'),
      chainKey: bytesAt(send, 'chainKey'),
      x: bytesAt(send, 'x'),
      k,
      xPublic: bytesAt(send, 'xPublic'),
      kPublic: bytesAt(send, 'kPublic'),
      kSecret: kemKeys(k).secretKey,
      ct: bytesAt(send, 'ct'),
      ctIdentity: bytesAt(send, 'ctIdentity'),
    },
    nextSendKey: bytesAt(json, 'nextSendKey'),
    receive: at(json, 'receive') === null ? null : receiveFrom(at(json, 'receive')),
    nextReceiveKey: bytesAt(json, 'nextReceiveKey'),
    oldChains: listAt(json, 'oldChains').map((old) => ({ number: numberAt(old, 'number'), headerKey: bytesAt(old, 'headerKey') })),
    pre: bytesAt(json, 'pre'),
    unacknowledged: listAt(json, 'unacknowledged').map((sent) => ({
      chain: numberAt(sent, 'chain'),
      n: numberAt(sent, 'n'),
      mid: bytesAt(sent, 'mid'),
    })),
  };
}

export const skippedJson = (rows: readonly SkippedRow[]): Json => rows.map(({ chain, n, bytes }) => ({ chain, n, mk: hex(bytes) }));

export const keptJson = ({ session, skipped, replay }: Kept): Json => ({
  session: sessionJson(session),
  skipped: skippedJson(skipped),
  replay: replay.map(({ chain, n, hash, tag }) => ({ chain, n, hash: hex(hash), tag: tag && hex(tag) })),
});

export const keptFrom = (json: Json): Kept => ({
  session: sessionFrom(at(json, 'session')),
  skipped: listAt(json, 'skipped').map((row) => ({ chain: textAt(row, 'chain'), n: numberAt(row, 'n'), bytes: bytesAt(row, 'mk') })),
  replay: listAt(json, 'replay').map((row) => ({
    chain: textAt(row, 'chain'),
    n: numberAt(row, 'n'),
    hash: bytesAt(row, 'hash'),
    tag: bytesOrNull(row, 'tag'),
  })),
});

/** What a packet that opened leaves behind. */
export function commit(before: Omit<Kept, 'session'>, opened: OpenedPacket): Kept {
  const isGone = ({ chain, n }: SkippedRow): boolean => opened.skippedDelete.some((row) => row.chain === chain && row.n === n);
  return {
    session: opened.session,
    skipped: [...before.skipped.filter((row) => !isGone(row)), ...opened.skippedAdd],
    replay: [...before.replay, opened.replayAdd],
  };
}
