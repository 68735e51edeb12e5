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
import type { Card, Invite, RandomSource, RatchetSource } from '../../pq/types.ts';
import type { ContactRow } from '../../store/rows.ts';
import { isIrohAddress } from '../../overlay/iroh/address.ts';
import { fromHex, sameBytes, toHex } from './bytes.ts';
import type { Contacts } from './contacts.ts';
import { ownAddresses, reachableAt, UNCONFIRMED } from './direct.ts';
import { sanitizeNickname } from './nickname.ts';
import type { Own } from './own.ts';
import type { SerialQueue } from './queue.ts';
import type { Records } from './records.ts';
import { isOlder } from './reread.ts';
import type { Loaded, Sessions } from './sessions.ts';

export interface Establish {
  /** True when the contact has a session to seal with. Throws ContractError with a sentence; such a try may be repeated. */
  (contact: ContactId, signal: AbortSignal): Promise<boolean>;
  /** Milliseconds until a session of a former identity of ours may be replaced, 0 for now; null: there is none to replace. */
  renewIn(contact: ContactId): Promise<number | null>;
}

interface Options {
  /** Counts a card that is older than the one known. */
  refusedOlder: () => void;
  own: Own;
  contacts: Contacts;
  sessions: Sessions;
  records: Records;
  overlay: () => Overlay | null;
  random: RandomSource;
  ratchet: RatchetSource;
  /** Tells of our new identity; true when the session it was told by is to be replaced now. */
  isDue: (contact: ContactId, sending: Loaded) => Promise<boolean>;
  now: () => number;
  serial: SerialQueue['run'];
  /** An invite that is not stored (it came over IRC), as long as it may be used; null: there is none. */
  heldInvite: (contact: ContactId) => string | null;
  /** Such an invite was used, or cannot be. */
  dropInvite: (contact: ContactId) => void;
  /** They were blocked once, and the user connects to them now. */
  unblock: (fingerprint: Uint8Array) => Promise<void>;
  /** Commits a new session in place of `replaced`, together with its first packet (design §6.7: the hello is sent at once). */
  commitHello: (contact: ContactRow, made: Omit<Loaded, 'version'>, replaced: Loaded | null) => Promise<void>;
  /** `from` turned out to be somebody we know already: what waits goes to them, and `from` disappears. */
  merge: (from: ContactId, into: ContactId) => Promise<void>;
  /** The route or invite cannot lead anywhere: say so, and try no more. */
  giveUp: (contact: ContactId, reason: string) => Promise<void>;
}

const NO_ADDRESS = new Uint8Array();
/** A hello is begun anew with a fresh card: the prekey of the old one is deleted some weeks after that. */
const RENEW_UNANSWERED_MS = 7 * 24 * 3_600_000;
/** Who said hello has accepted us: if they give us a card and do not confirm, they have lost that session. */
const RENEW_UNCONFIRMED_MS = 3_600_000;
/** A session that works is replaced once their card can be had; it is asked for so often. */
const RENEW_PAUSE_MS = 60_000;

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
  const { own, contacts, sessions, records, random, ratchet, now } = options;
  /** When a session of a former identity may be replaced again; at most one for each contact. */
  const renewAt = new Map<ContactId, number>();

  /** The card in a record; null where it says nothing that can be used now. */
  const cardInRecord = async (key: string, signal: AbortSignal): Promise<Card | null> => {
    const bytes = await records.read(key, signal);
    if (!bytes) return null;
    try {
      return readCard(bytes, now());
    } catch (error) {
      if (error instanceof PqError) return null;
      throw error;
    }
  };
  const cardOf = async (row: ContactRow, invite: Invite | null, overlay: Overlay, signal: AbortSignal): Promise<Card> => {
    if (invite?.recordKey) {
      const card = await cardInRecord(invite.recordKey, signal);
      if (card) return card;
      throw new ContractError(
        'unavailable',
        'The invite cannot be read: it was used, it has ended, or the network has not found it yet. Ask for a new one if this stays',
      );
    }
    const recorded = row.theirRecord === null ? null : await cardInRecord(row.theirRecord, signal);
    if (recorded && isOlder(recorded, row)) options.refusedOlder();
    else if (recorded) return recorded;
    const addresses = invite?.address ? [invite.address] : [...reachableAt(row), ...(row.pendingAddress ? [row.pendingAddress] : [])];
    let last: unknown = new ContractError(
      'unavailable',
      row.source === 'card' && row.state === 'connecting'
        ? 'Their public card cannot be read: it was taken back, has not been renewed for a week, or the network has not found it yet'
        : 'No route to them is known',
    );
    for (const address of addresses) {
      try {
        return await requestCard(overlay, address, invite, random, now(), signal);
      } catch (error) {
        last = error;
      }
    }
    if (last instanceof PqError) throw new ContractError('badAddress', 'What answered there is not a valid Sotto card', { cause: last });
    throw last;
  };
  /** The invite a first contact still needs; null once they have answered. Gives up one that has expired. */
  const inviteOf = async (row: ContactRow): Promise<{ invite: Invite | null } | null> => {
    const held = options.heldInvite(row.id);
    if (held === null && (row.pendingInvite === null || row.lastSeen !== null)) return { invite: null };
    try {
      return { invite: decodeInvite(held ?? row.pendingInvite ?? '', now()) };
    } catch (error) {
      if (!(error instanceof PqError)) throw error;
      options.dropInvite(row.id);
      // Somebody we know goes on without it.
      if (row.state !== 'connecting') return { invite: null };
      await options.giveUp(row.id, 'This invite has expired. Ask for a new one');
      return null;
    }
  };

  /** Who the card belongs to decides: ourselves, somebody else, somebody we know, or a new person. */
  const begin = async (
    contact: ContactId,
    asked: ContactRow,
    card: Card,
    invite: Invite | null,
    overlay: Overlay,
    replaced: Loaded | null,
  ): Promise<boolean> => {
    const row = contacts.get(contact);
    const sending = sessions.sending(contact);
    if (!row || (sending && sending.id !== replaced?.id)) return row !== undefined;
    // The route was exchanged while the old one answered.
    const isAsked =
      sameBytes(row.pendingAddress ?? NO_ADDRESS, asked.pendingAddress ?? NO_ADDRESS) && row.pendingInvite === asked.pendingInvite;
    if (!isAsked) throw new ContractError('unavailable', 'The route was exchanged');
    const theirs = fingerprint(card.identity);
    if (sameBytes(theirs, own.fingerprint)) {
      await options.giveUp(contact, 'This is your own route');
      return false;
    }
    if (invite && !sameBytes(theirs, invite.fingerprint)) {
      await options.giveUp(contact, 'Somebody else answered this invite. Do not use it; ask for a new one over another channel');
      return false;
    }
    if (row.fingerprint !== null && row.state === 'connecting' && !sameBytes(row.fingerprint, theirs)) {
      await options.giveUp(contact, 'Another identity answered than the one you were shown. Nothing was sent to it');
      return false;
    }
    if (row.source === UNCONFIRMED && row.state === 'connecting') {
      await contacts.change(contact, { fingerprint: theirs, nickname: sanitizeNickname(card.nickname) });
      contacts.setStatus(contact, 'Somebody answered: compare the fingerprint, then confirm it');
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
    if (row.state === 'connecting') await options.unblock(theirs);
    const updated = await contacts.change(contact, {
      identity: encodePublicIdentity(card.identity),
      fingerprint: theirs,
      nickname: sanitizeNickname(card.nickname),
      cardSeq: Math.max(row.cardSeq, invite ? 0 : card.seq),
      addresses:
        card.addresses.length > 0
          ? card.addresses
          : row.addresses.length > 0
            ? row.addresses
            : [...(row.pendingAddress && !isIrohAddress(row.pendingAddress) ? [row.pendingAddress] : [])],
      // What a server could swap, or a stranger showed, pins nothing (design §6.3).
      level: row.level === 'not-verified' && row.source === 'invite' && invite?.channel === 'pasted' ? 'invite-pinned' : row.level,
      state: 'active',
      waiting: true,
      confirmed: false,
      logHead: card.logHead,
      logSeq: row.logHead && sameBytes(row.logHead, card.logHead) ? row.logSeq : null,
      toldSeq: own.keys.seq,
    });
    const replaces = sending?.state.id ?? (row.replaces === null ? null : fromHex(row.replaces));
    const state = initiate({
      identity: own.keys.identity,
      peer: card.identity,
      prekey: card.prekey,
      invite,
      profile: {
        nickname: own.nickname(),
        addresses: ownAddresses(overlay, updated),
        recordKey: updated.ownRecord?.key ?? null,
      },
      logHead: own.keys.heads[0] ?? new Uint8Array(32),
      peerLogHead: card.logHead,
      replaces,
      begun: sessions.beginAfter(contact, now()),
      random,
      ratchet,
      now: now(),
    });
    const made = {
      id: toHex(state.id),
      contact,
      helloId: toHex(state.helloId),
      state,
      created: now(),
      active: true,
    };
    await options.commitHello(updated, made, replaced);
    if (invite) options.dropInvite(contact);
    if (row.replaces !== null) await contacts.change(contact, { replaces: null });
    return true;
  };

  const first = async (contact: ContactId, signal: AbortSignal, replaced: Loaded | null): Promise<boolean> => {
    const row = contacts.require(contact);
    const overlay = options.overlay();
    if (!overlay) throw new ContractError('unavailable', 'Veilid is not running');
    const pending = await inviteOf(row);
    if (!pending) return false;
    contacts.setStatus(contact, 'Looking for them');
    const card = await cardOf(row, pending.invite, overlay, signal);
    // A record of our own is wanted in the hello; it is made before anything is decided, since that may take a while.
    await records.ensure(contact);
    // Their hello may be arriving at this moment: who is known is decided one at a time.
    return options.serial('new', () => begin(contact, row, card, pending.invite, overlay, replaced));
  };
  /** Our identity changed, or the session was not confirmed for so long that they may have lost it, or the prekey it was made for. */
  const isDue = async (contact: ContactId, sending: Loaded): Promise<boolean> =>
    // Only a new session carries the answer to an invite.
    options.heldInvite(contact) !== null ||
    (!sending.state.confirmed && now() - sending.created >= (sending.state.initiator ? RENEW_UNANSWERED_MS : RENEW_UNCONFIRMED_MS)) ||
    options.isDue(contact, sending);
  const establish = async (contact: ContactId, signal: AbortSignal): Promise<boolean> => {
    const sending = sessions.sending(contact);
    if (!sending) return first(contact, signal, null);
    if (!(await isDue(contact, sending)) || (renewAt.get(contact) ?? 0) > now()) return true;
    renewAt.set(contact, now() + RENEW_PAUSE_MS);
    try {
      await first(contact, signal, sending);
    } catch {
      // They cannot be asked for a card now: what there is goes on.
      signal.throwIfAborted();
    }
    return true;
  };
  return Object.assign(establish, {
    renewIn: async (contact: ContactId): Promise<number | null> => {
      const sending = sessions.sending(contact);
      if (!sending || !(await isDue(contact, sending))) return null;
      return Math.max(0, (renewAt.get(contact) ?? 0) - now());
    },
  });
}
