/** Our identity, those before it that are still needed, and the log that ties them together (B.7). All of it lives in private.db. */
import { ContractError } from '../../contract/errors.ts';
import { createIdentity, decodeIdentity, encodeIdentity, expandIdentity } from '../../pq/identity.ts';
import { decodeLogEntry, encodeLogEntry, logHead, rotate, startLog, type LogEntry } from '../../pq/identityLog.ts';
import type { ExpandedIdentity, RandomSource } from '../../pq/types.ts';
import type { Store } from '../../store/store.ts';
import { sameBytes } from './bytes.ts';
import type { Backup } from './backupContent.ts';

const CURRENT = 'identity';
const oldName = (seq: number): string => `identity-old/${seq}`;
const logName = (seq: number): string => `identity-log/${seq}`;
/** Entries of one's own log. */
const MAX_ENTRIES = 1_000;

export interface OwnIdentity {
  readonly identity: ExpandedIdentity;
  readonly fingerprint: Uint8Array;
  /** Number of the newest log entry. */
  readonly seq: number;
  /** Heads of the log, newest first. */
  readonly heads: readonly Uint8Array[];
  /** The log's entries after that one, oldest first. */
  entriesAfter(seq: number): Uint8Array[];
  /** The current identity and those whose secrets are still kept, newest first. */
  identities(): readonly ExpandedIdentity[];
  byFingerprint(fingerprint: Uint8Array): ExpandedIdentity | null;
  /** A new identity, signed by the one before it. The old one is kept until `dropOld`. Throws `limit`. */
  rotate(): Promise<void>;
  /** What a backup of it holds. */
  secrets(): Pick<Backup, 'seeds' | 'log' | 'former'>;
  /** Takes over what a backup put into the store. */
  reload(): Promise<void>;
  /** Deletes the secrets of former identities that nothing needs any more. */
  dropOld(isNeeded: (fingerprint: Uint8Array) => boolean): Promise<void>;
}

interface Link {
  entry: LogEntry;
  bytes: Uint8Array;
  head: Uint8Array;
}

/** A backup's identity as the store holds it. */
export const identitySecrets = ({
  seeds,
  log,
  former,
}: Pick<Backup, 'seeds' | 'log' | 'former'>): { name: string; bytes: Uint8Array }[] => [
  { name: CURRENT, bytes: seeds },
  ...log.map((bytes, seq) => ({ name: logName(seq), bytes })),
  ...former.map((one) => ({ name: oldName(one.seq), bytes: one.seeds })),
];

const linkOf = (entry: LogEntry): Link => ({ entry, bytes: encodeLogEntry(entry), head: logHead(entry) });

async function loadLog(store: Store): Promise<Link[]> {
  const links: Link[] = [];
  for (let seq = 0; seq < MAX_ENTRIES; seq += 1) {
    const bytes = await store.getSecret(logName(seq));
    if (!bytes) break;
    const entry = decodeLogEntry(bytes);
    links.push({ entry, bytes, head: logHead(entry) });
  }
  return links;
}

export async function loadOwnIdentity(store: Store, random: RandomSource, now: () => number): Promise<OwnIdentity> {
  const stored = await store.getSecret(CURRENT);
  const seeds = stored ? decodeIdentity(stored) : createIdentity(random);
  let identity = expandIdentity(seeds);
  const links = await loadLog(store);
  const first = links[0] ?? linkOf(startLog(identity, now()));
  if (links.length === 0) {
    links.push(first);
    await store.putSecrets([
      { name: CURRENT, bytes: encodeIdentity(seeds) },
      { name: logName(0), bytes: first.bytes },
    ]);
  }
  let last = links.at(-1) ?? first;
  const loadOld = async (): Promise<{ seq: number; identity: ExpandedIdentity }[]> => {
    const found: { seq: number; identity: ExpandedIdentity }[] = [];
    for (let seq = last.entry.seq - 1; seq >= 0; seq -= 1) {
      const bytes = await store.getSecret(oldName(seq));
      if (bytes) found.push({ seq, identity: expandIdentity(decodeIdentity(bytes)) });
    }
    return found;
  };
  let old = await loadOld();
  const identities = (): ExpandedIdentity[] => [identity, ...old.map((former) => former.identity)];

  return {
    get identity() {
      return identity;
    },
    get fingerprint() {
      return identity.fingerprint;
    },
    get seq() {
      return last.entry.seq;
    },
    get heads() {
      return links.map(({ head }) => head).reverse();
    },
    entriesAfter: (seq) => links.filter(({ entry }) => entry.seq > seq).map(({ bytes }) => bytes),
    identities,
    byFingerprint: (fingerprint) => identities().find((one) => sameBytes(one.fingerprint, fingerprint)) ?? null,
    rotate: async () => {
      if (links.length >= MAX_ENTRIES) throw new ContractError('limit', 'This identity was renewed too often.');
      const next = expandIdentity(createIdentity(random));
      const link = linkOf(rotate(last.entry, identity, next, now()));
      const { seq } = last.entry;
      await store.putSecrets([
        { name: oldName(seq), bytes: encodeIdentity(identity.seeds) },
        { name: logName(link.entry.seq), bytes: link.bytes },
        { name: CURRENT, bytes: encodeIdentity(next.seeds) },
      ]);
      old = [{ seq, identity }, ...old];
      links.push(link);
      last = link;
      identity = next;
    },
    secrets: () => ({
      seeds: encodeIdentity(identity.seeds),
      log: links.map(({ bytes }) => bytes),
      former: old.map((former) => ({ seq: former.seq, seeds: encodeIdentity(former.identity.seeds) })),
    }),
    reload: async () => {
      const current = await store.getSecret(CURRENT);
      const found = await loadLog(store);
      const newest = found.at(-1);
      if (!current || !newest) throw new ContractError('storage', 'The imported identity is not there.');
      links.splice(0, links.length, ...found);
      last = newest;
      identity = expandIdentity(decodeIdentity(current));
      old = await loadOld();
    },
    dropOld: async (isNeeded) => {
      for (const former of old.filter(({ identity: one }) => !isNeeded(one.fingerprint))) {
        await store.deleteSecret(oldName(former.seq));
        old = old.filter((one) => one !== former);
        const { seeds: gone, pqSecret, kSecret } = former.identity;
        for (const secret of [gone.ed, gone.pq, gone.x, gone.k, pqSecret, kSecret]) secret.fill(0);
      }
    },
  };
}
