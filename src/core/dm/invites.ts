/**
 * Invites: single-use, seven days, each with a one-time prekey and, where the overlay has records, a record of its own.
 * After the first use a spare is kept ready, so that *Copy invite* answers inside the click.
 */
import { ContractError } from '../../contract/errors.ts';
import type { Overlay } from '../../overlay/overlay.ts';
import { createInvite, encodeInvite } from '../../pq/invite.ts';
import type { RandomSource } from '../../pq/types.ts';
import type { InviteRow } from '../../store/rows.ts';
import type { Store } from '../../store/store.ts';
import { toHex } from './bytes.ts';
import type { Own } from './own.ts';
import type { Records } from './records.ts';

const INVITE_MS = 7 * 24 * 3_600_000;
/** Invites that may be open at a time. */
const MAX_OPEN_INVITES = 50;
/** A spare that is nearly over is not handed out. */
const FRESH_MS = 6 * 24 * 3_600_000;
const CARD_SLOT = 0;
const PUBLISH_TIMEOUT_MS = 60_000;

export interface Invites {
  load(): Promise<void>;
  create(signal: AbortSignal): Promise<{ text: string; expires: number }>;
  /** The invite whose one-time prekey this is, if it may still be used. */
  byPrekey(prekeyId: string): InviteRow | null;
  byId(id: string): InviteRow | null;
  /** It was used (the store knows already): forget its prekey and end its record. */
  used(invite: InviteRow): Promise<void>;
  /** New addresses: the records of open invites have to say so. */
  publishAll(signal: AbortSignal): Promise<void>;
}

interface Options {
  store: Store;
  own: Own;
  records: Records;
  overlay: () => Overlay | null;
  random: RandomSource;
  now: () => number;
  log: (line: string) => void;
}

export function createInvites({ store, own, records, overlay, random, now, log }: Options): Invites {
  const open = new Map<string, InviteRow>();
  let preparing: Promise<InviteRow> | null = null;

  const publish = async (row: InviteRow, current: Overlay, signal: AbortSignal): Promise<void> => {
    const prekey = own.prekey(row.prekeyId);
    if (!current.records || !row.record || !prekey) return;
    const card = await own.inviteCard(
      prekey,
      current.addresses().map((address) => address.bytes),
    );
    await current.records.publish(row.record, CARD_SLOT, card, AbortSignal.any([signal, AbortSignal.timeout(PUBLISH_TIMEOUT_MS)]));
  };

  const make = async (signal: AbortSignal): Promise<InviteRow> => {
    const current = overlay();
    const address = current?.addresses()[0];
    if (!current || !address)
      throw new ContractError('unavailable', 'There is no route yet: Veilid is still connecting. Try again in a moment.');
    if (open.size >= MAX_OPEN_INVITES)
      throw new ContractError('limit', `${MAX_OPEN_INVITES} invites are open already. Each ends after seven days or its first use.`);
    const expires = now() + INVITE_MS;
    const { secret, row: prekey } = own.newOneTimePrekey(expires);
    const record = current.records ? await current.records.create(signal) : null;
    const invite = createInvite(random, {
      fingerprint: own.fingerprint,
      prekeyId: secret.id,
      recordKey: record?.key ?? null,
      address: record ? null : address.bytes,
      notAfter: expires,
      channel: 'pasted',
    });
    const row: InviteRow = {
      id: toHex(invite.id),
      prekeyId: prekey.id,
      secret: invite.secret,
      record,
      text: encodeInvite(invite),
      expires,
      state: 'spare',
      channel: 'copy',
      contact: null,
    };
    await store.putInvite({ invite: row, prekey: { ...prekey, invite: row.id } });
    own.keepPrekey(secret);
    open.set(row.id, row);
    await publish(row, current, signal);
    return row;
  };
  const spare = (): InviteRow | undefined => [...open.values()].find((row) => row.state === 'spare' && row.expires - now() > FRESH_MS);
  const prepare = (signal: AbortSignal): Promise<InviteRow> => {
    preparing ??= make(signal).finally(() => {
      preparing = null;
    });
    return preparing;
  };
  const usable = (row: InviteRow | undefined): InviteRow | null => (row && row.state !== 'used' && row.expires > now() ? row : null);

  return {
    load: async () => {
      for (const row of await store.listInvites()) if (row.state !== 'used') open.set(row.id, row);
    },
    create: async (signal) => {
      const row = spare() ?? (await prepare(signal));
      row.state = 'given';
      await store.setInvite({ id: row.id, state: 'given' });
      prepare(new AbortController().signal).catch((error: unknown) => {
        log(`invite: no spare could be made: ${error instanceof Error ? error.name : 'unknown error'}`);
      });
      return { text: row.text, expires: row.expires };
    },
    byPrekey: (prekeyId) => usable([...open.values()].find((row) => row.prekeyId === prekeyId)),
    byId: (id) => usable(open.get(id)),
    used: async (invite) => {
      open.delete(invite.id);
      own.dropPrekey(invite.prekeyId);
      if (invite.record) await records.end(invite.record);
    },
    publishAll: async (signal) => {
      const current = overlay();
      if (!current || current.addresses().length === 0) return;
      for (const row of open.values()) {
        try {
          await publish(row, current, signal);
        } catch (error) {
          log(`invite: record not written yet: ${error instanceof Error ? error.name : 'unknown error'}`);
        }
      }
    },
  };
}
