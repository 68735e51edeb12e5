/** An offer of a private conversation that came over IRC (design §6.4): read, and accepted. Its invite stays in memory. */
import { ContractError } from '../../contract/errors.ts';
import type { ContactId } from '../../contract/ids.ts';
import { PqError } from '../../pq/errors.ts';
import { decodeInvite } from '../../pq/invite.ts';
import type { Invite } from '../../pq/types.ts';
import { sameBytes, toHex } from './bytes.ts';
import type { Contacts } from './contacts.ts';
import { sanitizeNickname } from './nickname.ts';
import type { Outgoing } from './outgoing.ts';
import type { Own } from './own.ts';
import type { People } from './people.ts';

/** Accepted offers that have not led to a session yet; beyond it the oldest is given up. */
const MAX_HELD = 32;
/** How `ContactRow.source` names such a contact. */
const OVER_IRC = 'irc offer';

/** What becomes of a private conversation that was begun over IRC. */
export type SecureNews =
  /** Somebody came in with that invite of ours. */
  | { kind: 'invited'; invite: string; contact: ContactId }
  /** The contact cannot be reached that way. */
  | { kind: 'gaveUp'; contact: ContactId; reason: string }
  /** `from` turned out to be `into`, and goes. */
  | { kind: 'merged'; from: ContactId; into: ContactId };

export interface Approach {
  /** Gives up what a former run could not finish: its invites are gone. */
  load(): Promise<void>;
  read(text: string): { id: string; expires: number; known: ContactId | null } | null;
  /** Throws `badInvite`, `blocked`, `identityChanged`. */
  accept(text: string, nick: string): Promise<ContactId>;
  isKnown(contact: ContactId): boolean;
  heldInvite(contact: ContactId): string | null;
  dropInvite(contact: ContactId): void;
}

interface Options {
  contacts: Contacts;
  own: Own;
  outgoing: Pick<Outgoing, 'openBuffer'>;
  people: Pick<People, 'accept' | 'giveUp'>;
  now: () => number;
  want: (contact: ContactId) => void;
  retry: (contact: ContactId) => void;
}

export function createApproach({ contacts, own, people, now, want, retry }: Options): Approach {
  const held = new Map<ContactId, string>();

  const decode = (text: string): Invite | null => {
    try {
      const invite = decodeInvite(text, now());
      return sameBytes(invite.fingerprint, own.fingerprint) ? null : invite;
    } catch (error) {
      if (error instanceof PqError) return null;
      throw error;
    }
  };
  const hold = (contact: ContactId, text: string): void => {
    held.delete(contact);
    held.set(contact, text);
    const oldest = held.keys().next();
    if (held.size > MAX_HELD && !oldest.done) held.delete(oldest.value);
  };

  return {
    load: async () => {
      for (const row of contacts.all()) {
        if (row.source === OVER_IRC && row.state === 'connecting')
          await people.giveUp(row.id, 'Sotto was ended before they had answered the offer');
      }
    },
    read: (text) => {
      const invite = decode(text);
      if (!invite) return null;
      return { id: toHex(invite.id), expires: invite.notAfter, known: contacts.byFingerprint(invite.fingerprint)?.id ?? null };
    },
    accept: async (text, nick) => {
      const invite = decode(text);
      if (!invite) throw new ContractError('badInvite', 'This offer has ended. Ask for a new one.');
      const known = contacts.byFingerprint(invite.fingerprint);
      if (!known) {
        const row = await contacts.insert({
          nickname: sanitizeNickname(nick),
          state: 'connecting',
          level: 'not-verified',
          source: OVER_IRC,
          created: now(),
        });
        hold(row.id, text);
        contacts.setStatus(row.id, 'Connecting');
        want(row.id);
        return row.id;
      }
      if (known.state === 'blocked') throw new ContractError('blocked', 'This offer is from somebody you blocked.');
      if (known.level === 'changed')
        throw new ContractError('identityChanged', 'The identity of this contact has changed. Remove the contact before you connect anew.');
      if (known.state === 'request') await people.accept(known.id);
      // A new session carries the answer: without it they could not know which offer was accepted.
      hold(known.id, text);
      want(known.id);
      retry(known.id);
      return known.id;
    },
    isKnown: (contact) => {
      const row = contacts.get(contact);
      return row !== undefined && row.state !== 'connecting';
    },
    heldInvite: (contact) => held.get(contact) ?? null,
    dropInvite: (contact) => {
      held.delete(contact);
    },
  };
}
