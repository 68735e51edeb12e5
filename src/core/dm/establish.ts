/**
 * From a pasted route or invite to a session one can seal with: get the card, check who it is, start the ratchet, commit.
 * Every step can be repeated after a crash; nothing is shown or sent before it is committed.
 */
import { ContractError } from '../../contract/errors.ts';
import type { ContactId } from '../../contract/ids.ts';
import type { Overlay } from '../../overlay/overlay.ts';
import { readCard } from '../../pq/card.ts';
import { openCardAnswer, sealCardRequest } from '../../pq/cardRequest.ts';
import { PqError } from '../../pq/errors.ts';
import { encodePublicIdentity, fingerprint } from '../../pq/identity.ts';
import { decodeInvite } from '../../pq/invite.ts';
import { initiate } from '../../pq/session.ts';
import type { Card, Invite, RandomSource } from '../../pq/types.ts';
import type { ContactRow } from '../../store/rows.ts';
import { sameBytes, toHex } from './bytes.ts';
import type { Contacts } from './contacts.ts';
import { sanitizeNickname } from './nickname.ts';
import type { Own } from './own.ts';
import type { Records } from './records.ts';
import type { Loaded, Sessions } from './sessions.ts';

export interface Establish {
  /** True when the contact has a session to seal with. Throws ContractError with a sentence; such a try may be repeated. */
  (contact: ContactId, signal: AbortSignal): Promise<boolean>;
}

interface Options {
  own: Own;
  contacts: Contacts;
  sessions: Sessions;
  records: Records;
  overlay: () => Overlay | null;
  random: RandomSource;
  now: () => number;
  /** Commits a new session together with its first packet (design §6.7: the hello is sent at once). */
  commitHello: (contact: ContactRow, made: Omit<Loaded, 'version'>) => Promise<void>;
  /** `from` turned out to be somebody we know already: what waits goes to them, and `from` disappears. */
  merge: (from: ContactId, into: ContactId) => Promise<void>;
  /** The route or invite cannot lead anywhere: say so, and try no more. */
  giveUp: (contact: ContactId, reason: string) => Promise<void>;
}

export async function requestCard(
  overlay: Overlay,
  address: Uint8Array,
  invite: Invite | null,
  random: RandomSource,
  now: number,
  signal: AbortSignal,
): Promise<Card> {
  const { packet, pending } = sealCardRequest(random, { invite });
  const answer = await overlay.send(address, packet, signal);
  return readCard(openCardAnswer(answer, pending), now);
}

export function createEstablish(options: Options): Establish {
  const { own, contacts, sessions, records, random, now } = options;

  const cardOf = async (row: ContactRow, invite: Invite | null, overlay: Overlay, signal: AbortSignal): Promise<Card> => {
    if (invite?.recordKey) {
      const bytes = await records.read(invite.recordKey, signal);
      if (!bytes)
        throw new ContractError('unavailable', 'The invite cannot be read: it was used, it has ended, or the network has not found it yet');
      return readCard(bytes, now());
    }
    if (row.theirRecord !== null) {
      const bytes = await records.read(row.theirRecord, signal);
      if (bytes) return readCard(bytes, now());
    }
    const addresses = [invite?.address ?? null, row.pendingAddress, ...row.addresses].filter((address) => address !== null);
    let last: unknown = new ContractError('unavailable', 'No route to them is known');
    for (const address of addresses) {
      try {
        return await requestCard(overlay, address, invite, random, now(), signal);
      } catch (error) {
        last = error;
      }
    }
    throw last;
  };

  return async (contact, signal) => {
    if (sessions.sending(contact)) return true;
    const row = contacts.require(contact);
    const overlay = options.overlay();
    if (!overlay) throw new ContractError('unavailable', 'Veilid is not running');
    const invite = row.pendingInvite === null ? null : decodeInvite(row.pendingInvite, now());
    contacts.setStatus(contact, 'Looking for them');
    const card = await cardOf(row, invite, overlay, signal).catch((error: unknown) => {
      if (error instanceof PqError)
        throw new ContractError('badAddress', 'What answered there is not a valid Sotto card', { cause: error });
      throw error;
    });

    const theirs = fingerprint(card.identity);
    if (sameBytes(theirs, own.fingerprint)) {
      await options.giveUp(contact, 'This is your own route');
      return false;
    }
    if (invite && !sameBytes(theirs, invite.fingerprint)) {
      await options.giveUp(contact, 'Somebody else answered this invite. Do not use it; ask for a new one over another channel');
      return false;
    }
    if (row.fingerprint !== null && !sameBytes(row.fingerprint, theirs)) {
      await contacts.change(contact, { level: 'changed' });
      return false;
    }
    const known = contacts.byFingerprint(theirs);
    if (known && known.id !== contact) {
      await options.merge(contact, known.id);
      return false;
    }

    const recordKey = await records.ensure(contact, signal);
    const updated = await contacts.change(contact, {
      identity: encodePublicIdentity(card.identity),
      fingerprint: theirs,
      nickname: sanitizeNickname(card.nickname),
      cardSeq: Math.max(row.cardSeq, card.seq),
      addresses: card.addresses.length > 0 ? card.addresses : row.pendingAddress ? [row.pendingAddress] : [],
      level: row.level === 'verified' ? 'verified' : invite ? 'invite-pinned' : row.level,
      state: 'active',
      waiting: true,
      confirmed: false,
    });
    const state = initiate({
      identity: own.identity,
      peer: card.identity,
      prekey: card.prekey,
      invite,
      profile: { nickname: own.nickname(), addresses: overlay.addresses().map((address) => address.bytes), recordKey },
      random,
      now: now(),
    });
    await options.commitHello(updated, {
      id: toHex(state.id),
      contact,
      helloId: toHex(state.helloId),
      state,
      created: now(),
      active: true,
    });
    return true;
  };
}
