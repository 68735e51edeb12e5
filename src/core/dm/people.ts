/** What the user decides about contacts: accept, block, remove, rename, verify; and two entries that are one person. */
import { createHash } from 'node:crypto';
import { ContractError } from '../../contract/errors.ts';
import type { BufferId, ContactId } from '../../contract/ids.ts';
import type { SafetyNumberView } from '../../contract/views.ts';
import { decodeBody } from '../../pq/payload.ts';
import { safetyNumber } from '../../pq/safetyNumber.ts';
import type { ContactChange, ContactRow } from '../../store/rows.ts';
import type { Store } from '../../store/store.ts';
import type { Buffers } from '../buffers.ts';
import { fromHex, toHex } from './bytes.ts';
import type { Contacts } from './contacts.ts';
import { CONFIRMED, mustConfirm } from './direct.ts';
import type { Endings } from './endings.ts';
import { sanitizeNickname } from './nickname.ts';
import type { Outgoing } from './outgoing.ts';
import type { Own } from './own.ts';
import type { Sessions } from './sessions.ts';

export interface People {
  accept(contact: ContactId): Promise<BufferId>;
  block(contact: ContactId): Promise<void>;
  /** Takes them back as they were: what they sent meanwhile comes when they send it again. */
  /** The identity that answered at an iroh address is theirs: sending begins. */
  confirm(contact: ContactId): Promise<void>;
  unblock(contact: ContactId): Promise<void>;
  /** What differs from the configuration for this contact. */
  set(contact: ContactId, switches: Switches): Promise<void>;
  remove(contact: ContactId, block: boolean): Promise<void>;
  rename(contact: ContactId, nickname: string): Promise<void>;
  verify(contact: ContactId, verified: boolean): Promise<void>;
  safetyNumber(contact: ContactId): SafetyNumberView;
  /** `from` turned out to be `into`: what waits goes to them, and `from` disappears. May be repeated after a crash. */
  merge(from: ContactId, into: ContactId): Promise<void>;
  /** The route or invite cannot lead anywhere. */
  giveUp(contact: ContactId, reason: string): Promise<void>;
}

/** Null: as configured; what is left out stays. */
export type Switches = { [K in 'readReceipts' | 'presence' | 'cover']?: boolean | null | undefined } & { direct?: boolean | undefined };

interface Options {
  store: Store;
  buffers: Buffers;
  contacts: Contacts;
  sessions: Sessions;
  outgoing: Outgoing;
  endings: Endings;
  own: Own;
  now: () => number;
  /** Queues our first answer in every session that waits for one. */
  answer: (contact: ContactId) => Promise<void>;
  /** They may be sent to from now on. */
  deliver: (contact: ContactId) => void;
  forget: (contact: ContactId) => void;
  /** A contact was blocked: they know our routes, so these have to be replaced. */
  rotate: () => void;
  /** Records are waiting to be ended. */
  wanted: () => void;
}

/** The level a contact has by how it was met, without a comparison of safety numbers. */
export const levelBySource = ({ source }: Pick<ContactRow, 'source'>): 'invite-pinned' | 'not-verified' =>
  source === 'invite' ? 'invite-pinned' : 'not-verified';

/** The same for the same message, so that a repeated merge is recognised as the same text by the other side. */
const movedId = (mid: string, into: ContactId): string =>
  toHex(new Uint8Array(createHash('sha256').update(`moved to ${into}\n`).update(fromHex(mid)).digest().subarray(0, 16)));

export function createPeople(options: Options): People {
  const { store, buffers, contacts, sessions, outgoing, endings, own, now } = options;

  const remove: People['remove'] = async (contact, block) => {
    const row = contacts.require(contact);
    const buffer = buffers.ofContact(contact);
    // Remembered first: a record whose contact is gone could not be found any more.
    if (row.ownRecord) await endings.add(row.ownRecord);
    await store.removeContact({ id: contact, block, now: now() });
    if (!block && row.state === 'blocked' && row.fingerprint) await store.unblockFingerprint(row.fingerprint);
    sessions.dropContact(contact);
    options.forget(contact);
    contacts.dropped(contact);
    if (buffer) buffers.forget(buffer.id);
    // A contact knows our routes; a stranger who asked only had the one we gave away.
    if (block && row.state === 'active') options.rotate();
    options.wanted();
  };
  const accept: People['accept'] = async (contact) => {
    const row = contacts.require(contact);
    if (row.state !== 'request') throw new ContractError('notFound', 'This request was answered already.');
    // Queued first: once the request is gone nothing else would tell them.
    await options.answer(contact);
    await contacts.change(contact, { state: 'active', waiting: false });
    options.deliver(contact);
    return outgoing.openBuffer(contact);
  };
  const giveUp: People['giveUp'] = async (contact, reason) => {
    await outgoing.failAll(contact, reason);
    contacts.setStatus(contact, `${reason}.`);
  };

  return {
    accept,
    remove,
    giveUp,
    block: async (contact) => {
      const row = contacts.require(contact);
      if (row.state === 'request') {
        await remove(contact, true);
        return;
      }
      await contacts.change(contact, { state: 'blocked' });
      if (row.fingerprint) await store.blockFingerprint({ fingerprint: row.fingerprint, now: now() });
      await outgoing.failAll(contact, 'You blocked this contact');
      options.rotate();
    },
    unblock: async (contact) => {
      const row = contacts.require(contact);
      if (row.state !== 'blocked') return;
      if (row.fingerprint) await store.unblockFingerprint(row.fingerprint);
      await contacts.change(contact, { state: row.fingerprint ? 'active' : 'connecting' });
      // They have missed our new routes: our record for them is written again, and what waits on either side goes on.
      options.wanted();
      options.deliver(contact);
    },
    set: async (contact, switches) => {
      const { readReceipts, presence, cover, direct } = contacts.require(contact);
      await contacts.change(contact, {
        readReceipts: switches.readReceipts === undefined ? readReceipts : switches.readReceipts,
        presence: switches.presence === undefined ? presence : switches.presence,
        cover: switches.cover === undefined ? cover : switches.cover,
        direct: switches.direct ?? direct,
      });
      // They learn our address by the next profile, or that there is none any more.
      if (switches.direct !== undefined && switches.direct !== direct && contacts.require(contact).state === 'active')
        await outgoing.profile(contact);
    },
    confirm: async (contact) => {
      const row = contacts.require(contact);
      if (!mustConfirm(row)) throw new ContractError('badInput', 'There is nothing to confirm.');
      await contacts.change(contact, { source: CONFIRMED });
      options.deliver(contact);
    },
    rename: async (contact, nickname) => {
      const petname = sanitizeNickname(nickname);
      await contacts.change(contact, { petname: petname === '' ? null : petname });
    },
    verify: async (contact, verified) => {
      const row = contacts.require(contact);
      if (row.level === 'changed')
        throw new ContractError(
          'identityChanged',
          'Their identity has changed. Ask them over another channel; if it is theirs, remove the contact and connect again.',
        );
      if (verified && row.fingerprint === null)
        throw new ContractError('unavailable', 'There is no safety number before they have answered for the first time.');
      await contacts.change(contact, { level: verified ? 'verified' : levelBySource(row) });
    },
    safetyNumber: (contact) => {
      const { fingerprint } = contacts.require(contact);
      if (!fingerprint) throw new ContractError('unavailable', 'There is no safety number before they have answered for the first time.');
      const { digits, qr } = safetyNumber(own.fingerprint, fingerprint);
      return { groups: [...digits], qr: toHex(qr) };
    },
    merge: async (from, into) => {
      const { configServer, memo, source } = contacts.require(from);
      const known = contacts.require(into);
      if (known.state === 'blocked' || known.level === 'changed') {
        await giveUp(from, known.state === 'blocked' ? 'You blocked this person' : 'The identity of this person has changed');
        return;
      }
      const change: ContactChange = configServer === null ? {} : { configServer, memo };
      if (source === 'invite') change.source = source;
      if (source === 'invite' && known.level === 'not-verified') change.level = 'invite-pinned';
      // Whoever connects to somebody who has asked has answered.
      if (known.state === 'request') await accept(into);
      await contacts.change(into, change);
      await outgoing.openBuffer(into);
      const waiting = new Set((await store.outbox(into)).map((row) => row.mid));
      for (const row of await store.outbox(from)) {
        const body = decodeBody(row.payload);
        const mid = movedId(row.mid, into);
        if (body.kind === 'text' && !waiting.has(mid)) await outgoing.text(into, body.action ? 'action' : 'text', body.text, mid);
      }
      await remove(from, false);
    },
  };
}
