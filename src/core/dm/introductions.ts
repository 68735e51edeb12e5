/** One contact is introduced to another: what is handed over, and how it is taken up. It proves nothing but a fingerprint. */
import { ContractError } from '../../contract/errors.ts';
import type { BufferId, ContactId, MessageId } from '../../contract/ids.ts';
import { decodeBody } from '../../pq/payload.ts';
import type { Store } from '../../store/store.ts';
import { sameBytes } from './bytes.ts';
import { nameOf, type Contacts } from './contacts.ts';
import { sourceOfIntroduced } from './introducer.ts';
import { sanitizeNickname } from './nickname.ts';
import type { Outgoing } from './outgoing.ts';
import type { Own } from './own.ts';

/** Addresses that are handed over (DM/1 takes one or two). */
const MAX_ADDRESSES = 2;
/** Bytes of the name in the payload. */
const MAX_NAME_BYTES = 64;
/** Introductions queued for one contact at a time. */
const MAX_WAITING = 8;
export interface Introductions {
  send(contact: ContactId, to: ContactId): Promise<void>;
  connect(buffer: BufferId, message: MessageId): Promise<{ contact: ContactId; buffer: BufferId }>;
}

interface Options {
  store: Store;
  contacts: Contacts;
  own: Own;
  outgoing: Outgoing;
  now: () => number;
  want: (contact: ContactId) => void;
}

function cutName(name: string): string {
  const { read } = new TextEncoder().encodeInto(name, new Uint8Array(MAX_NAME_BYTES));
  return name.slice(0, read).toWellFormed();
}

export function createIntroductions({ store, contacts, own, outgoing, now, want }: Options): Introductions {
  return {
    send: async (contact, to) => {
      const [who, receiver] = [contacts.require(contact), contacts.require(to)];
      if (contact === to) throw new ContractError('badInput', 'Nobody needs an introduction to themselves.');
      if (who.state !== 'active' || who.level === 'changed' || who.fingerprint === null || who.addresses.length === 0)
        throw new ContractError('badInput', `${nameOf(who)} cannot be introduced: nobody has answered there yet, or sending has stopped.`);
      if (receiver.fingerprint !== null && sameBytes(receiver.fingerprint, who.fingerprint))
        throw new ContractError('badInput', 'Nobody needs an introduction to themselves.');
      const waiting = (await store.outbox(to)).filter((row) => decodeBody(row.payload).kind === 'introduction');
      if (waiting.length >= MAX_WAITING)
        throw new ContractError('limit', `${MAX_WAITING} introductions to ${nameOf(receiver)} are waiting already.`);
      await outgoing.introduction(to, {
        nickname: cutName(who.nickname === '' ? nameOf(who) : who.nickname),
        fingerprint: who.fingerprint,
        addresses: who.addresses.slice(0, MAX_ADDRESSES),
      });
    },
    connect: async (buffer, message) => {
      const kept = await store.keptOfLine({ buffer, message });
      const body = kept ? decodeBody(kept.bytes) : null;
      if (!kept || body?.kind !== 'introduction') throw new ContractError('notFound', 'This introduction is not kept any more.');
      if (sameBytes(body.fingerprint, own.fingerprint)) throw new ContractError('badAddress', 'This introduces you to yourself.');
      const known = contacts.byFingerprint(body.fingerprint);
      if (known?.state === 'blocked') throw new ContractError('blocked', 'You blocked this person.');
      if (known?.state === 'request') throw new ContractError('badInput', `${nameOf(known)} has asked to talk to you: accept the request.`);
      const begun =
        known ??
        contacts
          .all()
          .find((row) => row.state === 'connecting' && row.fingerprint !== null && sameBytes(row.fingerprint, body.fingerprint));
      const row =
        begun ??
        (await contacts.insert({
          nickname: sanitizeNickname(body.nickname),
          state: 'connecting',
          level: 'not-verified',
          source: sourceOfIntroduced(kept.contact),
          created: now(),
          fingerprint: body.fingerprint,
          addresses: body.addresses,
          pendingAddress: body.addresses[0] ?? null,
        }));
      const opened = await outgoing.openBuffer(row.id);
      if (row.state === 'connecting') contacts.setStatus(row.id, 'Connecting');
      want(row.id);
      return { contact: row.id, buffer: opened };
    },
  };
}
