/** How a packet's message key is found, and what a turn of the other side does to the session (B.3, B.6). */
import { PqError } from './errors.ts';
import { chainStep } from './messageKeys.ts';
import { kemDecapsulateSeed } from './kem.ts';
import { dh } from './primitives.ts';
import { NOTHING, chainName, rootStep, sendStep, skip, stepTranscript, type Header } from './ratchet.ts';
import type { ExpandedIdentity, RandomSource, RatchetSession, RatchetSource, ReceiveChain, SkippedRow } from './types.ts';

/** Receive chains whose header keys are kept beside the current one (B.6: five in all). */
const MAX_OLD_CHAINS = 4;

/** What the first packet of a new session needs beside the session. */
export interface Bootstrap {
  /** The root part of the prekey's KEM secret, and the ciphertext it came in. */
  secret: Uint8Array;
  ct: Uint8Array;
  /** The initiator's ML-KEM key, for the answerer's static encapsulation. */
  peerKey: Uint8Array;
}

export interface Derived {
  chain: number;
  messageKey: Uint8Array;
  skippedAdd: SkippedRow[];
  skippedDelete: { chain: string; n: number }[];
  /** The receive chain afterwards; null when it stays as it is. */
  receive: ReceiveChain | null;
  /** The root after the receiving half of a turn. */
  turn: { rootKey: Uint8Array; nextReceiveKey: Uint8Array } | null;
}

export function fromSkipped(chain: number, n: number, skipped: readonly SkippedRow[]): Derived {
  const name = chainName(chain);
  const row = skipped.find((candidate) => candidate.chain === name && candidate.n === n);
  if (!row) throw new PqError('replay');
  const skippedDelete = [{ chain: name, n }];
  return { chain, messageKey: new Uint8Array(row.bytes), skippedAdd: [], skippedDelete, receive: null, turn: null };
}

export function fromChain(receive: ReceiveChain, n: number): Derived {
  const { chainKey, rows } = skip(receive.number, receive.chainKey, receive.n, n);
  const { messageKey, next } = chainStep(chainKey);
  const after = { ...receive, chainKey: next, n: n + 1 };
  return { chain: receive.number, messageKey, skippedAdd: rows, skippedDelete: [], receive: after, turn: null };
}

/** Their turn: the receiving half of a root step, and the rest of the chain before it. */
export function fromTurn(session: RatchetSession, header: Header, identity: ExpandedIdentity, bootstrap: Bootstrap | null): Derived {
  const { receive, send, initiator } = session;
  const isFirstAnswer = initiator && receive === null;
  if ((header.ct.length === 0) !== (bootstrap !== null) || header.ctIdentity.length > 0 !== isFirstAnswer) throw new PqError('malformed');
  if (receive === null ? header.previous !== 0 : header.previous < receive.n) throw new PqError('malformed');
  const before = receive ? skip(receive.number, receive.chainKey, receive.n, header.previous).rows : [];
  const th = stepTranscript(send.kPublic, bootstrap?.ct ?? header.ct, header.x, send.xPublic, header.ctIdentity);
  const stepped = rootStep(
    session.rootKey,
    {
      dh: dh(send.x, header.x),
      kem: bootstrap ? new Uint8Array(bootstrap.secret) : kemDecapsulateSeed(send.k, header.ct, send.kSecret),
      identity: isFirstAnswer ? kemDecapsulateSeed(identity.seeds.k, header.ctIdentity, identity.kSecret) : NOTHING,
    },
    th,
  );
  const fresh: ReceiveChain = {
    number: receive ? receive.number + 1 : 0,
    headerKey: session.nextReceiveKey,
    chainKey: stepped.chainKey,
    n: 0,
    ack: { base: 0, bitmap: NOTHING },
  };
  const derived = fromChain(fresh, header.n);
  return {
    ...derived,
    skippedAdd: [...before, ...derived.skippedAdd],
    turn: { rootKey: stepped.rootKey, nextReceiveKey: stepped.nextHeaderKey },
  };
}

/** The sending half: only after the packet was authenticated. */
export function afterTurn(
  session: RatchetSession,
  { rootKey, nextReceiveKey }: { rootKey: Uint8Array; nextReceiveKey: Uint8Array },
  header: Header,
  bootstrap: Bootstrap | null,
  random: RandomSource,
  ratchet: RatchetSource,
): RatchetSession {
  const { receive, send, oldChains } = session;
  const { own, ct, ctIdentity, ...stepped } = sendStep(rootKey, header, bootstrap?.peerKey ?? null, random, ratchet);
  return {
    ...session,
    confirmed: session.initiator || receive !== null,
    rootKey: stepped.rootKey,
    send: {
      number: bootstrap ? 0 : send.number + 1,
      headerKey: session.nextSendKey,
      chainKey: stepped.chainKey,
      n: 0,
      previous: send.n,
      ...own,
      ct,
      ctIdentity,
    },
    nextSendKey: stepped.nextHeaderKey,
    nextReceiveKey,
    oldChains: receive ? [{ number: receive.number, headerKey: receive.headerKey }, ...oldChains].slice(0, MAX_OLD_CHAINS) : oldChains,
    pre: NOTHING,
  };
}
