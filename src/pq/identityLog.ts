/**
 * The identity log (B.7): a hash chain of the identities of one person. Each entry is signed by the identity it names and, but for
 * the first, by the one before it. Contacts hold the head they know and tell it back in every payload: a person who is shown
 * to different people with different logs is found out by the first of their messages.
 *
 *   entry = [1, seq, previous: 32, identity: 3596, time, ed: 64, pq: 3309, edOld: 0 | 64, pqOld: 0 | 3309]
 *   head  = H("log", seq u32, previous, identity, time u64)
 */
import { decodeCbor, encodeCbor } from './cbor.ts';
import { PqError } from './errors.ts';
import { readBytes, readOptional, readTuple, readUint, readVersion } from './fields.ts';
import { PUBLIC_IDENTITY_BYTES, decodePublicIdentity, encodePublicIdentity, fingerprint } from './identity.ts';
import { label, prefixed, transcript, uint32, uint64 } from './labels.ts';
import { LOG_HEAD_BYTES } from './payload.ts';
import { DSA_SIGNATURE_BYTES, ED_SIGNATURE_BYTES, concat, dualSign, dualVerify, equalBytes, type DualSignature } from './primitives.ts';
import type { ExpandedIdentity, PublicIdentity } from './types.ts';

const VERSION = 1;
const MAX_SEQ = 0xffff_ffff;
/** An entry takes 3,596 bytes of keys and at most 6,746 of signatures. */
export const MAX_LOG_ENTRY_BYTES = 10_600;
const NONE = new Uint8Array(0);

/** One link. `old` is null in the first entry only. */
export interface LogEntry {
  seq: number;
  /** Head before this entry; zeros in the first one. */
  previous: Uint8Array;
  identity: PublicIdentity;
  time: number;
  own: DualSignature;
  old: DualSignature | null;
}

type Facts = Pick<LogEntry, 'seq' | 'previous' | 'identity' | 'time'>;

const fields = ({ seq, previous, identity, time }: Facts): Uint8Array[] => [
  uint32(seq),
  previous,
  encodePublicIdentity(identity),
  uint64(time),
];

const signedBytes = (facts: Facts): Uint8Array => concat(label('log entry'), prefixed(...fields(facts)));

/** 32 bytes that name the log up to and with this entry. */
export const logHead = (entry: Facts): Uint8Array => transcript('log', ...fields(entry));

const sign = (identity: ExpandedIdentity, facts: Facts): DualSignature =>
  dualSign(identity.seeds.ed, identity.pqSecret, signedBytes(facts));

/** The first entry. `time`: ms since 1970. */
export function startLog(identity: ExpandedIdentity, time: number): LogEntry {
  const facts = { seq: 0, previous: new Uint8Array(LOG_HEAD_BYTES), identity: identity.public, time };
  return { ...facts, own: sign(identity, facts), old: null };
}

/** The entry that replaces `old` by `next`, after `last`. */
export function rotate(last: LogEntry, old: ExpandedIdentity, next: ExpandedIdentity, time: number): LogEntry {
  if (!equalBytes(fingerprint(last.identity), old.fingerprint)) throw new PqError('identityMismatch');
  if (last.seq >= MAX_SEQ) throw new PqError('limit');
  const facts = { seq: last.seq + 1, previous: logHead(last), identity: next.public, time };
  return { ...facts, own: sign(next, facts), old: sign(old, facts) };
}

export const encodeLogEntry = ({ seq, previous, identity, time, own, old }: LogEntry): Uint8Array =>
  encodeCbor([VERSION, seq, previous, encodePublicIdentity(identity), time, own.ed, own.pq, old?.ed ?? NONE, old?.pq ?? NONE]);

/** Checks the shape and the signature of the identity it names. Throws `malformed` or `badSignature`. */
export function decodeLogEntry(bytes: Uint8Array): LogEntry {
  const [version, seq, previous, identity, time, ed, pq, edOld, pqOld] = readTuple(decodeCbor(bytes, MAX_LOG_ENTRY_BYTES), 9);
  readVersion(version, VERSION);
  const old = { ed: readOptional(edOld, ED_SIGNATURE_BYTES), pq: readOptional(pqOld, DSA_SIGNATURE_BYTES) };
  const entry: LogEntry = {
    seq: readUint(seq, MAX_SEQ),
    previous: readBytes(previous, LOG_HEAD_BYTES),
    identity: decodePublicIdentity(readBytes(identity, PUBLIC_IDENTITY_BYTES)),
    time: readUint(time),
    own: { ed: readBytes(ed, ED_SIGNATURE_BYTES), pq: readBytes(pq, DSA_SIGNATURE_BYTES) },
    old: old.ed.length > 0 ? old : null,
  };
  const isFirst = entry.seq === 0;
  if (isFirst !== (old.ed.length === 0) || isFirst !== (old.pq.length === 0)) throw new PqError('malformed');
  if (isFirst && entry.previous.some((byte) => byte !== 0)) throw new PqError('malformed');
  if (!dualVerify(entry.identity, entry.own, signedBytes(entry))) throw new PqError('badSignature');
  return entry;
}

/** What we know of somebody's log. `seq` is null while only the head is known, from a card or a hello. */
export interface KnownLog {
  head: Uint8Array;
  seq: number | null;
  identity: PublicIdentity;
}

/**
 * Goes one entry on from what is known. Throws `malformed`, `badSignature` (of the new or of the known identity), and
 * `identityMismatch` for an entry that does not follow the known head.
 */
export function followLog(known: KnownLog, bytes: Uint8Array): KnownLog & { seq: number; fingerprint: Uint8Array } {
  const entry = decodeLogEntry(bytes);
  const isNext = known.seq === null ? entry.seq > 0 : entry.seq === known.seq + 1;
  if (!isNext || !entry.old || !equalBytes(entry.previous, known.head)) throw new PqError('identityMismatch');
  if (!dualVerify(known.identity, entry.old, signedBytes(entry))) throw new PqError('badSignature');
  return { head: logHead(entry), seq: entry.seq, identity: entry.identity, fingerprint: fingerprint(entry.identity) };
}

/**
 * What a peer's view of our log (`payload.logHead`) means; `own`: our heads, newest first. `behind`: they miss entries.
 * `split`: somebody showed them a log that is not ours.
 */
export function compareLogHead(own: readonly Uint8Array[], seen: Uint8Array): 'same' | 'behind' | 'none' | 'split' {
  if (seen.every((byte) => byte === 0)) return 'none';
  const at = own.findIndex((head) => equalBytes(head, seen));
  if (at < 0) return 'split';
  return at === 0 ? 'same' : 'behind';
}
