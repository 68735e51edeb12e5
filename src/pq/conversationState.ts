/** What is known of a conversation: who wrote which message, and what was done to it. No text that was shown already. */
import { bytesToHex } from '@noble/hashes/utils.js';

/** Entries of each side; beyond it the first in its author's order are forgotten. */
export const MAX_ENTRIES = 1_000;
/** Targets of each side that have not arrived; beyond it the one that came first is forgotten. The caller forgets after 30 days. */
export const MAX_WAITING = 256;
/** Emoji of one author on one message; beyond it the ones set or taken back first are forgotten. */
export const MAX_EMOJI = 16;

export type Author = 'own' | 'peer';

/**
 * A payload's place in its author's order. `session`: rises in the order in which sessions became the one that sends; of two
 * begun at once the one that lost comes first. `chain` and `n` are those of the packet that came first with this mid.
 */
export interface Position {
  session: number;
  chain: number;
  n: number;
}

export interface Mark {
  position: Position;
  mid: string;
}

/** Also what was taken back: it has to win over what is late. */
type Reactions = ReadonlyMap<string, Mark & { add: boolean }>;

export interface Entry {
  author: Author;
  position: Position;
  form: 'text' | 'file' | 'introduction' | 'unknown' | 'deleted';
  edit: Mark | null;
  reactions: Readonly<Record<Author, Reactions>>;
  read: boolean;
}

/** What one side wants done to a message that is not there yet. */
export interface Claims {
  edit: (Mark & { text: string }) | null;
  isDeleted: boolean;
  reactions: Reactions;
}

/** Keys are mids as hex. */
export interface Conversation {
  readonly entries: ReadonlyMap<string, Entry>;
  readonly waiting: Readonly<Record<Author, ReadonlyMap<string, Claims>>>;
  /** Place of the newest entry of each side. */
  readonly newest: Readonly<Record<Author, Position | null>>;
  /** The peer's newest presence: where it stands, not what it said. */
  readonly presence: Mark | null;
}

export const NO_REACTIONS: Reactions = new Map();
export const NO_CLAIMS: Claims = { edit: null, isDeleted: false, reactions: NO_REACTIONS };

export const emptyConversation: Conversation = {
  entries: new Map(),
  waiting: { own: new Map(), peer: new Map() },
  newest: { own: null, peer: null },
  presence: null,
};

export const comparePlaces = (a: Position, b: Position): number => a.session - b.session || a.chain - b.chain || a.n - b.n;

/** Two payloads of one author have one place only where that author is broken; the mid decides, so that all decide alike. */
export const isLater = (a: Mark, b: Mark | null | undefined): boolean => {
  if (!b) return true;
  const order = comparePlaces(a.position, b.position);
  return order === 0 ? a.mid > b.mid : order > 0;
};

export const inOrder = (reactions: Reactions): string[] =>
  [...reactions]
    .filter(([, { add }]) => add)
    .sort(([, a], [, b]) => (isLater(a, b) ? 1 : -1))
    .map(([emoji]) => emoji);

/** Null: something later is there. */
export function withReaction(reactions: Reactions, { emoji, add }: { emoji: string; add: boolean }, mark: Mark): Reactions | null {
  if (!isLater(mark, reactions.get(emoji))) return null;
  const next = new Map(reactions).set(emoji, { ...mark, add });
  if (next.size <= MAX_EMOJI) return next;
  const [first] = [...next].reduce((least, each) => (isLater(least[1], each[1]) ? each : least));
  next.delete(first);
  return first === emoji ? null : next;
}

/** The last `MAX_ENTRIES` of each side, in the order of their author. */
export function boundEntries(entries: ReadonlyMap<string, Entry>, author: Author): ReadonlyMap<string, Entry> {
  const marks = [...entries].filter(([, entry]) => entry.author === author).map(([mid, { position }]): Mark => ({ mid, position }));
  if (marks.length <= MAX_ENTRIES) return entries;
  const first = marks.reduce((least, mark) => (isLater(least, mark) ? mark : least));
  const left = new Map(entries);
  left.delete(first.mid);
  return left;
}

export function without(waiting: ReadonlyMap<string, Claims>, mid: string): ReadonlyMap<string, Claims> {
  if (!waiting.has(mid)) return waiting;
  const left = new Map(waiting);
  left.delete(mid);
  return left;
}

/** Ends the waiting for a message: the caller's 30 days are over. */
export const forget = (state: Conversation, mid: Uint8Array): Conversation => {
  const key = bytesToHex(mid);
  return { ...state, waiting: { own: without(state.waiting.own, key), peer: without(state.waiting.peer, key) } };
};
