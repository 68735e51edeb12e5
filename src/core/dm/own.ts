/** Who this profile is: identity, prekeys, and the signed card that tells others. */
import { randomBytes } from 'node:crypto';
import { createPrekey, decodePrekey, encodePrekey, publicPrekey } from '../../pq/prekey.ts';
import { signCard } from '../../pq/card.ts';
import type { PrekeySecret, RandomSource, SignedPrekey } from '../../pq/types.ts';
import type { PrekeyRow } from '../../store/rows.ts';
import type { Store } from '../../store/store.ts';
import { sameBytes, toHex } from './bytes.ts';
import { sanitizeNickname } from './nickname.ts';
import { loadOwnIdentity, type OwnIdentity } from './ownIdentity.ts';
import { createSerialQueue } from './queue.ts';

const DAY_MS = 24 * 3_600_000;
/** Design §6.3: the reusable prekey is replaced every seven days, its private half kept thirty. */
const PREKEY_MS = 7 * DAY_MS;
const KEEP_PREKEY_MS = 30 * DAY_MS;
/** Clocks of others may be behind by this much. */
const CLOCK_SLACK_MS = DAY_MS;

const CARD_SEQ = 'card-seq';
const DEVICE_PASSWORD = 'device-password';

export interface Own {
  readonly keys: OwnIdentity;
  readonly fingerprint: Uint8Array;
  nickname(): string;
  /** The name on cards from now on. */
  setNickname(nickname: string): void;
  /** A private prekey of ours by its id in hex; null when it was never ours or is gone. */
  prekey(id: string): PrekeySecret | null;
  /** When the private half of that prekey is deleted; 0 for one that is gone. */
  prekeyUntil(id: string): number;
  /** A one-time prekey that is stored by the caller (with its invite). */
  newOneTimePrekey(expires: number): { secret: PrekeySecret; row: Omit<PrekeyRow, 'invite'> };
  /** `until`: when the private half is deleted. */
  keepPrekey(secret: PrekeySecret, until: number): void;
  dropPrekey(id: string): void;
  /** Forgets private halves that are past their time, as the store does. */
  prune(): void;
  /** Number of the last card that was signed; 0 before the first. */
  cardSeq(): Promise<number>;
  /** Another identity stands in the store. */
  reload(): Promise<void>;
  /** A new identity: cards and prekeys are made anew. */
  rotate(): Promise<void>;
  /** The signed card with the reusable prekey; the same bytes until addresses, name or prekey change. */
  card(addresses: readonly Uint8Array[]): Promise<{ bytes: Uint8Array; seq: number }>;
  /** A signed card around a one-time prekey, for an invite. */
  inviteCard(prekey: PrekeySecret, addresses: readonly Uint8Array[]): Promise<Uint8Array>;
}

/** The number of the last signed card as the store holds it. */
export const cardSeqSecret = (seq: number): { name: string; bytes: Uint8Array } => ({
  name: CARD_SEQ,
  bytes: new TextEncoder().encode(String(seq)),
});

interface CachedCard {
  bytes: Uint8Array;
  seq: number;
  addresses: readonly Uint8Array[];
  nickname: string;
  prekeyId: Uint8Array;
}

/** The password of the node's own key store; made once, kept in private.db. */
export async function devicePassword(store: Store): Promise<string> {
  const known = await store.getSecret(DEVICE_PASSWORD);
  if (known) return toHex(known);
  const made = new Uint8Array(randomBytes(32));
  await store.putSecret(DEVICE_PASSWORD, made);
  return toHex(made);
}

export async function loadOwn(store: Store, random: RandomSource, now: () => number): Promise<Own> {
  const keys = await loadOwnIdentity(store, random, now);
  const logHead = (): Uint8Array => keys.heads[0] ?? new Uint8Array(32);
  const prekeys = new Map<string, { secret: PrekeySecret; until: number }>();
  for (const row of await store.listPrekeys()) prekeys.set(row.id, { secret: decodePrekey(row.bytes), until: row.notAfter });
  /** Cards are made one at a time: each has a number of its own. */
  const serial = createSerialQueue();

  let nickname = '';
  const cache: { card: CachedCard | null } = { card: null };

  const lastSeq = async (): Promise<number> => {
    const bytes = await store.getSecret(CARD_SEQ);
    return bytes ? Number(new TextDecoder().decode(bytes)) : 0;
  };
  const nextSeq = async (): Promise<number> => {
    // Rises with the clock as well, so that a profile restored from a copy does not go back.
    const next = Math.max((await lastSeq()) + 1, Math.floor(now() / 1000));
    const { name, bytes } = cardSeqSecret(next);
    await store.putSecret(name, bytes);
    return next;
  };
  const reusable = async (): Promise<SignedPrekey> => {
    const fresh = (secret: PrekeySecret): boolean => !secret.oneTime && secret.notAfter - CLOCK_SLACK_MS > now();
    let secret = [...prekeys.values()].map((entry) => entry.secret).find(fresh);
    if (!secret) {
      secret = createPrekey(random, { notBefore: now() - CLOCK_SLACK_MS, notAfter: now() + PREKEY_MS + CLOCK_SLACK_MS, oneTime: false });
      const until = now() + KEEP_PREKEY_MS;
      await store.putPrekey({
        id: toHex(secret.id),
        bytes: encodePrekey(secret),
        oneTime: false,
        notAfter: until,
        invite: null,
      });
      prekeys.set(toHex(secret.id), { secret, until });
    }
    return publicPrekey(secret);
  };
  const sameAddresses = (a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean =>
    a.length === b.length &&
    a.every((address, index) => {
      const other = b[index];
      return other !== undefined && sameBytes(address, other);
    });

  const card = async (addresses: readonly Uint8Array[]): Promise<CachedCard> => {
    const prekey = await reusable();
    const known = cache.card;
    if (known && sameBytes(known.prekeyId, prekey.id) && known.nickname === nickname && sameAddresses(known.addresses, addresses))
      return known;
    const seq = await nextSeq();
    const bytes = signCard(keys.identity, { prekey, nickname, seq, logHead: logHead(), addresses: [...addresses] });
    const made: CachedCard = { bytes, seq, addresses: [...addresses], nickname, prekeyId: prekey.id };
    cache.card = made;
    return made;
  };

  return {
    keys,
    get fingerprint() {
      return keys.fingerprint;
    },
    nickname: () => nickname,
    setNickname: (next) => {
      nickname = sanitizeNickname(next);
    },
    prekey: (id) => {
      const entry = prekeys.get(id);
      return entry && entry.until >= now() ? entry.secret : null;
    },
    prekeyUntil: (id) => prekeys.get(id)?.until ?? 0,
    rotate: () =>
      serial.run('card', async () => {
        await keys.rotate();
        cache.card = null;
      }),
    cardSeq: lastSeq,
    reload: () =>
      serial.run('card', async () => {
        await keys.reload();
        cache.card = null;
      }),
    newOneTimePrekey: (expires) => {
      const secret = createPrekey(random, { notBefore: now() - CLOCK_SLACK_MS, notAfter: expires, oneTime: true });
      return { secret, row: { id: toHex(secret.id), bytes: encodePrekey(secret), oneTime: true, notAfter: expires } };
    },
    keepPrekey: (secret, until) => {
      prekeys.set(toHex(secret.id), { secret, until });
    },
    dropPrekey: (id) => {
      prekeys.delete(id);
    },
    prune: () => {
      for (const [id, { until }] of prekeys) if (until < now()) prekeys.delete(id);
    },
    card: (addresses) => serial.run('card', () => card(addresses)),
    inviteCard: (prekey, addresses) =>
      serial.run('card', async () =>
        signCard(keys.identity, {
          prekey: publicPrekey(prekey),
          nickname,
          seq: await nextSeq(),
          logHead: logHead(),
          addresses: [...addresses],
        }),
      ),
  };
}
