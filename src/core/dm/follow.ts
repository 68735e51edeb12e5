/** A contact's next identity: taken over when their log leads to it, with the level falling to *not verified* (B.7). */
import { PqError } from '../../pq/errors.ts';
import { decodePublicIdentity, encodePublicIdentity } from '../../pq/identity.ts';
import { decodeLogEntry, followLog, logHead } from '../../pq/identityLog.ts';
import type { ContactChange, ContactRow, UnplacedMessage } from '../../store/rows.ts';
import { sameBytes } from './bytes.ts';
import { nameOf, type Contacts } from './contacts.ts';
import { newIdentity, type Note } from './notes.ts';

/** 'refused': the entry does not follow from what is known. It is not answered: where one before it is missing, it comes again. */
export function follow(
  contact: ContactRow,
  entry: Uint8Array,
  { contacts, note }: { contacts: Pick<Contacts, 'byFingerprint'>; note: Note },
): { change: ContactChange; notes: UnplacedMessage[] } | 'refused' {
  const { identity, logHead: head, logSeq: seq } = contact;
  if (!identity || !head) return 'refused';
  try {
    // The same entry once more, sealed anew.
    if (sameBytes(logHead(decodeLogEntry(entry)), head)) return { change: {}, notes: [] };
    const next = followLog({ head, seq, identity: decodePublicIdentity(identity) }, entry);
    if (contacts.byFingerprint(next.fingerprint)) return 'refused';
    const change: ContactChange = {
      identity: encodePublicIdentity(next.identity),
      fingerprint: next.fingerprint,
      logHead: next.head,
      logSeq: next.seq,
      level: 'not-verified',
      // What proved the former identity, such as an invite, says nothing of this one.
      source: 'identity log',
    };
    return { change, notes: [note(newIdentity(nameOf(contact)))] };
  } catch (error) {
    if (error instanceof PqError) return 'refused';
    throw error;
  }
}
