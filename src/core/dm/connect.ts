/** The first step towards somebody: a pasted route or invite becomes a contact that is being connected. */
import { ContractError } from '../../contract/errors.ts';
import type { BufferId, ContactId } from '../../contract/ids.ts';
import { PqError } from '../../pq/errors.ts';
import { decodeInvite } from '../../pq/invite.ts';
import type { ContactChange } from '../../store/rows.ts';
import { sameBytes } from './bytes.ts';
import type { Contacts } from './contacts.ts';
import type { VeilidEntry } from './dm.ts';
import { sanitizeNickname } from './nickname.ts';
import type { Outgoing } from './outgoing.ts';
import type { Own } from './own.ts';
import { readPasted } from './pasted.ts';

const NEW_CONTACT = 'New contact';

interface Options {
  contacts: Contacts;
  own: Own;
  outgoing: Outgoing;
  now: () => number;
  want: (contact: ContactId) => void;
}

/** Throws `badInvite` with a sentence. */
function checkInvite(text: string, own: Own, now: number): void {
  try {
    if (sameBytes(decodeInvite(text, now).fingerprint, own.fingerprint))
      throw new ContractError('badInvite', 'This is your own invite. Give it to somebody else.');
  } catch (error) {
    if (!(error instanceof PqError)) throw error;
    const expired = error.code === 'expired';
    throw new ContractError(
      'badInvite',
      expired ? 'This invite has expired. Ask for a new one.' : 'This invite is damaged. Copy it again as a whole.',
      { cause: error },
    );
  }
}

/** `entry`: the configuration entry that is to belong to the contact. Throws `badAddress` or `badInvite`. */
export type Connect = (text: string, entry: VeilidEntry | null) => Promise<{ contact: ContactId; buffer: BufferId }>;

export function createConnect({ contacts, own, outgoing, now, want }: Options): Connect {
  return async (text, entry) => {
    const pasted = readPasted(text);
    if (pasted.kind === 'invite') checkInvite(pasted.text, own, now());
    const same = contacts
      .all()
      .find((row) =>
        pasted.kind === 'invite'
          ? row.pendingInvite === pasted.text
          : row.state === 'connecting' && row.pendingAddress !== null && sameBytes(row.pendingAddress, pasted.bytes),
      );
    const ofEntry: ContactChange = entry ? { configServer: entry.name, memo: pasted.kind === 'address' ? pasted.bytes : null } : {};
    if (same && entry) await contacts.change(same.id, ofEntry);
    const row =
      same ??
      (await contacts.insert({
        ...ofEntry,
        nickname: sanitizeNickname(entry?.name ?? NEW_CONTACT),
        state: 'connecting',
        level: 'not-verified',
        source: pasted.kind,
        created: now(),
        pendingAddress: pasted.kind === 'address' ? pasted.bytes : null,
        pendingInvite: pasted.kind === 'invite' ? pasted.text : null,
      }));
    const buffer = await outgoing.openBuffer(row.id);
    if (row.state === 'connecting') contacts.setStatus(row.id, 'Connecting');
    want(row.id);
    return { contact: row.id, buffer };
  };
}
