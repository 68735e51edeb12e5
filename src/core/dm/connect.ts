/** The first step towards somebody: a route, an invite, an offer or an introduction becomes a contact that is being connected. */
import { ContractError } from '../../contract/errors.ts';
import type { BufferId, ContactId } from '../../contract/ids.ts';
import { isIrohAddress } from '../../overlay/iroh/address.ts';
import { PqError } from '../../pq/errors.ts';
import { decodeInvite } from '../../pq/invite.ts';
import type { ContactChange } from '../../store/rows.ts';
import { sameBytes } from './bytes.ts';
import type { Contacts } from './contacts.ts';
import type { ConnectFrom, VeilidEntry } from './dm.ts';
import { UNCONFIRMED } from './direct.ts';
import { sanitizeNickname } from './nickname.ts';
import type { Outgoing } from './outgoing.ts';
import type { Own } from './own.ts';
import { readPasted, type Pasted } from './pasted.ts';

const NEW_CONTACT = 'New contact';

interface Options {
  contacts: Contacts;
  own: Own;
  outgoing: Outgoing;
  now: () => number;
  /** iroh is switched on. */
  direct: () => boolean;
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

/** Where the contact comes from, as the row keeps it: only 'invite' pins (design §6.3). */
const sourceOf = (pasted: Pasted, from: ConnectFrom, now: number): string => {
  if (pasted.kind !== 'invite') return pasted.kind;
  return from === 'outside' && decodeInvite(pasted.text, now).channel === 'pasted' ? 'invite' : 'invite in a conversation';
};

/** `entry`: the configuration entry that is to belong to the contact. Throws `badAddress` or `badInvite`. */
export type Connect = (text: string, entry: VeilidEntry | null, from?: ConnectFrom) => Promise<{ contact: ContactId; buffer: BufferId }>;

export function createConnect({ contacts, own, outgoing, now, direct, want }: Options): Connect {
  return async (text, entry, from = 'outside') => {
    const pasted = readPasted(text);
    if (pasted.kind === 'invite') checkInvite(pasted.text, own, now());
    const isDirect = pasted.kind === 'address' && isIrohAddress(pasted.bytes);
    if (isDirect && !direct())
      throw new ContractError(
        'badAddress',
        'This is an iroh address, and iroh is switched off: set `enabled = true` under `[iroh]` and start Sotto again.',
      );
    const same = contacts.all().find((row) => {
      if (pasted.kind === 'invite') return row.pendingInvite === pasted.text;
      if (pasted.kind === 'card') return row.theirRecord === pasted.key;
      return row.state === 'connecting' && row.pendingAddress !== null && sameBytes(row.pendingAddress, pasted.bytes);
    });
    const ofEntry: ContactChange = entry ? { configServer: entry.name, memo: pasted.kind === 'address' ? pasted.bytes : null } : {};
    if (same && entry) await contacts.change(same.id, ofEntry);
    const row =
      same ??
      (await contacts.insert({
        ...ofEntry,
        nickname: sanitizeNickname(entry?.name ?? NEW_CONTACT),
        state: 'connecting',
        level: 'not-verified',
        source: isDirect ? UNCONFIRMED : sourceOf(pasted, from, now()),
        created: now(),
        pendingAddress: pasted.kind === 'address' ? pasted.bytes : null,
        direct: isDirect,
        directAddress: isDirect ? pasted.bytes : null,
        pendingInvite: pasted.kind === 'invite' ? pasted.text : null,
        // until they tell the one they made for us
        theirRecord: pasted.kind === 'card' ? pasted.key : null,
      }));
    const buffer = await outgoing.openBuffer(row.id);
    if (row.state === 'connecting') contacts.setStatus(row.id, 'Connecting');
    want(row.id);
    return { contact: row.id, buffer };
  };
}
