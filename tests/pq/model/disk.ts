/** What a store would have committed for one contact. Values: a step makes a new disk, a crash keeps the old one. */
import { createHash } from 'node:crypto';
import type { KnownLog } from '../../../src/pq/identityLog.ts';
import { encodeBody } from '../../../src/pq/payload.ts';
import { decodeSession, encodeSession } from '../../../src/pq/session.ts';
import type { Body, PrekeySecret, RatchetSession, ReplayRow, SignedPrekey, SkippedRow } from '../../../src/pq/types.ts';

export { bytesToHex as toHex } from '@noble/hashes/utils.js';

/** One session with its rows, which are found by their place. */
export interface Held {
  state: RatchetSession;
  /** May send; all others only receive. */
  active: boolean;
  created: number;
  used: number;
  skipped: ReadonlyMap<string, SkippedRow>;
  replay: ReadonlyMap<string, ReplayRow>;
}

export interface Row {
  mid: string;
  body: Body;
  /** The one session it is for: a first answer, and what confirms it. Null: whichever sends. */
  on: string | null;
  /** As it was sealed last, where that was, and what a reply to it begins with. */
  sealed: { packet: Uint8Array; tag: Uint8Array; session: string; chain: number; failures: number } | null;
}

export interface Disk {
  rotations: number;
  prekeys: readonly { secret: PrekeySecret; signed: SignedPrekey; made: number }[];
  /** The pinned identity and the log it stands in. */
  peer: (KnownLog & { fingerprint: Uint8Array }) | null;
  sessions: ReadonlyMap<string, Held>;
  /** Sessions there were are gone: the next hello says so. */
  stateLost: boolean;
  lastReplaced: number | null;
  lastReset: number | null;
  /** Hellos that were opened, with the prekey they were made for. */
  hellos: ReadonlyMap<string, string>;
  received: ReadonlySet<string>;
  shown: readonly { mid: string; text: string }[];
  outbox: readonly Row[];
}

export const placeOf = ({ chain, n }: { chain: string; n: number }): string => `${chain}/${n}`;

/** Names every byte of the disk. */
export function digest(disk: Disk): string {
  const hash = createHash('sha256');
  const add = (...values: (string | number | boolean | null | Uint8Array)[]): void => {
    for (const value of values) hash.update(value instanceof Uint8Array ? value : `${value};`);
  };
  add(disk.rotations, disk.stateLost, disk.lastReplaced, disk.lastReset);
  for (const { secret, made } of disk.prekeys) add(secret.id, secret.x, secret.k, secret.notAfter, made);
  if (disk.peer) add(disk.peer.fingerprint, disk.peer.head, disk.peer.seq);
  for (const [id, { state, active, created, used, skipped, replay }] of disk.sessions) {
    add(id, encodeSession(state), active, created, used);
    for (const [place, { bytes }] of skipped) add(place, bytes);
    for (const [place, row] of replay) add(place, row.hash, row.tag);
  }
  for (const [hello, prekey] of disk.hellos) add(hello, prekey);
  for (const mid of disk.received) add(mid);
  for (const { mid, text } of disk.shown) add(mid, text);
  for (const { mid, body, on, sealed } of disk.outbox) {
    add(mid, encodeBody(body), on);
    if (sealed) add(sealed.packet, sealed.tag, sealed.session);
  }
  return hash.digest('hex');
}

/** After a start of the program: what is in memory only is gone. */
export const reread = (disk: Disk): Disk => ({
  ...disk,
  sessions: new Map([...disk.sessions].map(([id, held]) => [id, { ...held, state: decodeSession(encodeSession(held.state)) }])),
});
