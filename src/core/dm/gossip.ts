/** What a contact's view of our identity log means, told in every payload (B.7). It warns; it never blocks. */
import { compareLogHead } from '../../pq/identityLog.ts';
import type { ContactChange, ContactRow, UnplacedMessage } from '../../store/rows.ts';
import { sameBytes } from './bytes.ts';
import type { Dropped } from './drops.ts';
import { splitView, type Note } from './notes.ts';
import type { OwnIdentity } from './ownIdentity.ts';

export interface Heard {
  change: ContactChange;
  notes: UnplacedMessage[];
  /** The entry of our log that they know, where it is not the newest; else null. */
  behind: number | null;
}

interface Options {
  own: Pick<OwnIdentity, 'heads' | 'seq'>;
  note: Note;
  drop: (what: Dropped) => null;
}

/** `contact`: null for somebody who was not known; `name` is for the line. */
export type Gossip = (contact: Pick<ContactRow, 'splitSeen'> | null, name: string, seen: Uint8Array) => Heard;

export const createGossip =
  ({ own, note, drop }: Options): Gossip =>
  (contact, name, seen) => {
    const nothing: Heard = { change: {}, notes: [], behind: null };
    switch (compareLogHead(own.heads, seen)) {
      case 'same':
      case 'none':
        return nothing;
      case 'behind':
        return { ...nothing, behind: own.seq - own.heads.findIndex((head) => sameBytes(head, seen)) };
      case 'split':
        drop('splitView');
        return contact?.splitSeen === true ? nothing : { ...nothing, change: { splitSeen: true }, notes: [note(splitView(name))] };
    }
  };
