/**
 * Invites: single-use, seven days (for `/secure` ten minutes, and then in memory only), each with a one-time prekey and, where the overlay has records, a record of its own.
 * After the first use a spare is kept ready, so that *Copy invite* answers inside the click.
 */
import { ContractError } from '../../contract/errors.ts';
import type { Overlay } from '../../overlay/overlay.ts';
import { createInvite, decodeInvite, encodeInvite } from '../../pq/invite.ts';
import type { RandomSource } from '../../pq/types.ts';
import type { InviteRow } from '../../store/rows.ts';
import type { Store } from '../../store/store.ts';
import { sameBytes, toHex } from './bytes.ts';
import type { Endings } from './endings.ts';
import type { Own } from './own.ts';

const INVITE_MS = 7 * 24 * 3_600_000;
/** An invite that travels over IRC dies after ten minutes (design §6.4). */
const OFFER_MS = 10 * 60_000;
/** How such an invite travels; every other one is stored. */
const OVER_IRC = 'irc';
/** Invites that may be open at a time. */
const MAX_OPEN_INVITES = 50;
/** A spare that is nearly over is not handed out. */
const FRESH_MS = 6 * 24 * 3_600_000;
const CARD_SLOT = 0;
const PUBLISH_TIMEOUT_MS = 60_000;

export interface Invites {
  load(): Promise<void>;
  /** Somebody holds an open invite: they may come at any time. */
  anyGiven(): boolean;
  create(signal: AbortSignal): Promise<{ text: string; expires: number }>;
  /** An invite to be sent over IRC: single-use, ten minutes, never stored. Ends by itself. */
  offer(signal: AbortSignal): Promise<{ id: string; text: string; expires: number }>;
  /** Ends an offer before its time; nothing where it is used or over. */
  withdraw(id: string): Promise<void>;
  /** The invite whose one-time prekey this is, if it may still be used. */
  byPrekey(prekeyId: string): InviteRow | null;
  byId(id: string): InviteRow | null;
  /** Whether the store knows of it. */
  isStored(invite: InviteRow): boolean;
  /** It was used (the store knows already): forget its prekey and end its record. */
  used(invite: InviteRow): Promise<void>;
  /** Writes the records of open invites whose card is not the current one. True when all is done. */
  publishAll(): Promise<boolean>;
  /** Ends all that are open: they name an identity that is no longer ours. */
  endAll(): Promise<void>;
  /** Ends what is used, expired, or a spare too old to be handed out; to be called before the store prunes. */
  prune(): Promise<void>;
  stop(): void;
}

interface Options {
  store: Store;
  own: Own;
  endings: Endings;
  overlay: () => Overlay | null;
  signal: AbortSignal;
  random: RandomSource;
  now: () => number;
  /** A record waits to be ended. */
  ended: () => void;
  log: (line: string) => void;
}

export function createInvites({ store, own, endings, overlay, signal: lifetime, random, now, ended, log }: Options): Invites {
  const open = new Map<string, InviteRow>();
  /** What was written last into the record of an invite: the addresses, as text. */
  const written = new Map<string, string>();
  let preparing: Promise<void> | null = null;
  /** Ends offers when their time is over. */
  const timers = new Map<string, NodeJS.Timeout>();

  const publish = async (row: InviteRow, current: Overlay): Promise<void> => {
    const prekey = own.prekey(row.prekeyId);
    const addresses = current.addresses();
    const says = addresses.map((address) => address.text).join(' ');
    if (!current.records || !row.record || !prekey || addresses.length === 0 || written.get(row.id) === says) return;
    const card = await own.inviteCard(
      prekey,
      addresses.map((address) => address.bytes),
    );
    await current.records.publish(row.record, CARD_SLOT, card, AbortSignal.any([lifetime, AbortSignal.timeout(PUBLISH_TIMEOUT_MS)]));
    written.set(row.id, says);
  };

  const forget = (row: InviteRow): void => {
    clearTimeout(timers.get(row.id));
    timers.delete(row.id);
    open.delete(row.id);
    written.delete(row.id);
    own.dropPrekey(row.prekeyId);
  };

  const withdraw = async (id: string): Promise<void> => {
    const row = open.get(id);
    if (row?.channel !== OVER_IRC) return;
    forget(row);
    if (row.record) await endings.add(row.record);
    ended();
  };

  const make = async (channel: 'copy' | typeof OVER_IRC, lasts: number, signal: AbortSignal): Promise<InviteRow> => {
    const current = overlay();
    const address = current?.addresses()[0];
    if (!current || !address)
      throw new ContractError('unavailable', 'There is no route yet: Veilid is still connecting. Try again in a moment.');
    if (open.size >= MAX_OPEN_INVITES)
      throw new ContractError('limit', `${MAX_OPEN_INVITES} invites are open already. Each ends after seven days or its first use.`);
    const expires = now() + lasts;
    const { secret, row: prekey } = own.newOneTimePrekey(expires);
    const record = current.records
      ? await current.records.create(AbortSignal.any([lifetime, signal, AbortSignal.timeout(PUBLISH_TIMEOUT_MS)]))
      : null;
    const invite = createInvite(random, {
      fingerprint: own.fingerprint,
      prekeyId: secret.id,
      recordKey: record?.key ?? null,
      address: record ? null : address.bytes,
      notAfter: expires,
      channel: channel === OVER_IRC ? 'irc' : 'pasted',
    });
    const row: InviteRow = {
      id: toHex(invite.id),
      prekeyId: prekey.id,
      secret: invite.secret,
      record,
      text: encodeInvite(invite),
      expires,
      state: channel === OVER_IRC ? 'given' : 'spare',
      channel,
      contact: null,
    };
    if (channel !== OVER_IRC) await store.putInvite({ invite: row, prekey: { ...prekey, invite: row.id } });
    own.keepPrekey(secret, prekey.notAfter);
    open.set(row.id, row);
    try {
      await publish(row, current);
      signal.throwIfAborted();
    } catch (error) {
      // Nobody has it: what was begun is ended. Other invites are published again later.
      if (channel === OVER_IRC) await withdraw(row.id);
      throw error;
    }
    return row;
  };
  /** One whose record, if it has one, is written. */
  const spare = (): InviteRow | undefined =>
    [...open.values()].find(
      (row) => row.state === 'spare' && row.expires - now() > FRESH_MS && (row.record === null || written.has(row.id)),
    );
  const prepare = (): Promise<void> => {
    preparing ??= make('copy', INVITE_MS, lifetime)
      .then(() => undefined)
      .finally(() => {
        preparing = null;
      });
    return preparing;
  };
  const usable = (row: InviteRow | undefined): InviteRow | null => (row && row.state !== 'used' && row.expires > now() ? row : null);
  /** Open, and naming an identity that is no longer ours: the program ended in the middle of renewing it. */
  const isOfFormer = (row: InviteRow): boolean =>
    row.state !== 'used' && !sameBytes(decodeInvite(row.text, 0).fingerprint, own.fingerprint);

  return {
    offer: async (signal) => {
      const row = await make(OVER_IRC, OFFER_MS, signal);
      const timer = setTimeout(() => {
        withdraw(row.id).catch((error: unknown) => {
          log(`invite: an offer could not be ended: ${error instanceof Error ? error.name : 'unknown error'}`);
        });
      }, row.expires - now());
      timers.set(row.id, timer.unref());
      return { id: row.id, text: row.text, expires: row.expires };
    },
    withdraw,
    isStored: ({ channel }) => channel !== OVER_IRC,
    stop: () => {
      for (const timer of timers.values()) clearTimeout(timer);
    },
    load: async () => {
      for (const row of await store.listInvites()) if (row.state !== 'used') open.set(row.id, row);
    },
    anyGiven: () => [...open.values()].some((row) => row.state === 'given' && row.expires > now()),
    create: async (signal) => {
      let row = spare();
      while (!row) {
        await prepare();
        signal.throwIfAborted();
        row = spare();
      }
      // Taken before anything waits: two presses never get the same one.
      row.state = 'given';
      await store.setInvite({ id: row.id, state: 'given' });
      prepare().catch((error: unknown) => {
        if (!lifetime.aborted) log(`invite: no spare could be made: ${error instanceof Error ? error.name : 'unknown error'}`);
      });
      return { text: row.text, expires: row.expires };
    },
    byPrekey: (prekeyId) => usable([...open.values()].find((row) => row.prekeyId === prekeyId)),
    byId: (id) => usable(open.get(id)),
    used: async (invite) => {
      forget(invite);
      if (!invite.record) return;
      await endings.add(invite.record);
      if (invite.channel === OVER_IRC) ended();
      else await store.setInvite({ id: invite.id, record: null });
    },
    publishAll: async () => {
      const current = overlay();
      if (!current) return true;
      let isDone = true;
      for (const row of open.values()) {
        try {
          await publish(row, current);
        } catch (error) {
          isDone = false;
          if (!lifetime.aborted) log(`invite: record not written yet: ${error instanceof Error ? error.name : 'unknown error'}`);
        }
      }
      return isDone;
    },
    endAll: async () => {
      for (const row of [...open.values()]) {
        if (row.record) await endings.add(row.record);
        forget(row);
        if (row.channel !== OVER_IRC) await store.removeInvite(row.id);
      }
    },
    prune: async () => {
      for (const row of await store.listInvites()) {
        const isOver = row.expires <= now() || isOfFormer(row) || (row.state === 'spare' && row.expires - now() <= FRESH_MS);
        if (row.state !== 'used' && !isOver) continue;
        if (row.record) {
          await endings.add(row.record);
          await store.setInvite({ id: row.id, record: null });
        }
        if (!isOver) continue;
        forget(row);
        await store.removeInvite(row.id);
      }
    },
  };
}
