/**
 * What a payload does to a conversation: state in, state and effect out. The state says which messages there are, who wrote them
 * and what was done to them since; it holds no text that was shown already.
 *
 * | kind | does | only if |
 * | --- | --- | --- |
 * | text, reply, file, introduction, unknown | a new entry under its mid | the mid has none yet |
 * | edit | new text of the target | the target is a text or reply of the same author, not deleted |
 * | delete | the target is deleted, for good, with its edits and reactions | the target is the same author's |
 * | reaction | sets or takes back (author, target, emoji) | the target is not deleted |
 * | read | the other side has read these entries, for good | the entry is known and was written by the other side than the receipt |
 * | typing | shown for 6 s, never stored | it is the peer's, and no newer entry of theirs has come |
 * | presence | what the peer is now, never stored | it is the peer's, and no newer presence of theirs has come |
 * | dummy, ack, profile, addressUpdate, record, identity | nothing | |
 *
 * Order: of two edits of a message, or two reactions with one emoji, the one later in its author's order wins: by session, chain,
 * number, never by `ts` or arrival. Before their target arrives edits, deletions and reactions wait; what the target's author
 * may not have done is dropped when it comes. So within the limits below every order of arrival ends in the same state.
 * The two sides' entries and waiting rooms are counted apart: no flood of one pushes out anything of the other.
 */
import { bytesToHex } from '@noble/hashes/utils.js';
import {
  NO_CLAIMS,
  NO_REACTIONS,
  MAX_WAITING,
  boundEntries,
  comparePlaces,
  inOrder,
  isLater,
  withReaction,
  without,
  type Author,
  type Claims,
  type Conversation,
  type Entry,
  type Mark,
  type Position,
} from './conversationState.ts';
import type { Body, FileOffer, Introduction, Payload } from './types.ts';

/** How long it is shown that somebody types, unless they say so again. */
const TYPING_MS = 6_000;

export type Content =
  /** `quotes`: the mid it replies to, where that is known and not deleted; else the reply is a plain text. */
  | { kind: 'text'; text: string; action: boolean; quotes: string | null; isEdited: boolean }
  | { kind: 'file'; file: FileOffer }
  | { kind: 'introduction'; introduced: Introduction }
  /** "This message needs a newer Sotto." */
  | { kind: 'unknown'; code: number };

export type Effect =
  /** Emoji in the order they were set. `ts` is to be displayed, no more. */
  | { kind: 'show'; mid: string; author: Author; ts: number; content: Content; reactions: Record<Author, string[]> }
  | { kind: 'changed'; mid: string; text: string }
  | { kind: 'removed'; mid: string }
  /** All emoji this author has on the message now. */
  | { kind: 'reacted'; mid: string; author: Author; emoji: string[] }
  | { kind: 'read'; mids: string[] }
  /** To be shown for `ms` at most. */
  | { kind: 'typing'; state: 'done' | 'active' | 'paused'; ms: number }
  | { kind: 'presence'; state: 'offline' | 'online' | 'away' }
  | { kind: 'waits'; target: string }
  | { kind: 'ignored'; reason: IgnoredReason };

export type IgnoredReason =
  /** The mid is known. */
  | 'duplicate'
  /** Something later in its author's order has been there. */
  | 'superseded'
  | 'deleted'
  /** The target is somebody else's. */
  | 'notTheirs'
  /** The target is no text. */
  | 'notEditable'
  /** A receipt for nothing known, or nothing new. */
  | 'nothingRead'
  /** The kind is none of the conversation's. */
  | 'elsewhere';

export interface Arrived extends Pick<Payload, 'mid' | 'ts' | 'body'> {
  from: Author;
  position: Position;
}

interface Applied {
  state: Conversation;
  effect: Effect;
}

const otherSide = (author: Author): Author => (author === 'own' ? 'peer' : 'own');

const ignored = (state: Conversation, reason: IgnoredReason): Applied => ({ state, effect: { kind: 'ignored', reason } });

function addEntry(state: Conversation, { from, position, ts, ...arrived }: Arrived, content: Content): Applied {
  const mid = bytesToHex(arrived.mid);
  if (state.entries.has(mid)) return ignored(state, 'duplicate');
  const theirs = state.waiting[from].get(mid) ?? NO_CLAIMS;
  const others = state.waiting[otherSide(from)].get(mid) ?? NO_CLAIMS;
  const edit = content.kind === 'text' ? theirs.edit : null;
  const reactions = theirs.isDeleted
    ? { own: NO_REACTIONS, peer: NO_REACTIONS }
    : from === 'own'
      ? { own: theirs.reactions, peer: others.reactions }
      : { own: others.reactions, peer: theirs.reactions };
  const entry: Entry = {
    author: from,
    position,
    form: theirs.isDeleted ? 'deleted' : content.kind,
    edit: edit && { position: edit.position, mid: edit.mid },
    reactions,
    read: false,
  };
  const before = state.newest[from];
  const next: Conversation = {
    ...state,
    entries: boundEntries(new Map(state.entries).set(mid, entry), from),
    waiting: { own: without(state.waiting.own, mid), peer: without(state.waiting.peer, mid) },
    newest: { ...state.newest, [from]: before && comparePlaces(before, position) > 0 ? before : position },
  };
  if (theirs.isDeleted) return ignored(next, 'deleted');
  const shown = content.kind === 'text' && edit ? { ...content, text: edit.text, isEdited: true } : content;
  const emoji = { own: inOrder(reactions.own), peer: inOrder(reactions.peer) };
  return { state: next, effect: { kind: 'show', mid, author: from, ts, content: shown, reactions: emoji } };
}

type Claim = Extract<Body, { kind: 'edit' | 'delete' | 'reaction' }>;

/** Null: something later is there, or a deletion that makes it pointless. */
function withClaim(claims: Claims, body: Claim, mark: Mark): Claims | null {
  switch (body.kind) {
    case 'edit':
      return claims.isDeleted || !isLater(mark, claims.edit) ? null : { ...claims, edit: { ...mark, text: body.text } };
    case 'delete':
      return claims.isDeleted ? null : { ...claims, isDeleted: true, edit: null };
    case 'reaction': {
      const reactions = withReaction(claims.reactions, body, mark);
      return reactions && { ...claims, reactions };
    }
  }
}

function wait(state: Conversation, from: Author, target: string, body: Claim, mark: Mark): Applied {
  const before = state.waiting[from];
  const claims = withClaim(before.get(target) ?? NO_CLAIMS, body, mark);
  if (!claims) return ignored(state, 'superseded');
  const rooms = new Map(before).set(target, claims);
  const [first] = rooms.keys();
  if (rooms.size > MAX_WAITING && first !== undefined) rooms.delete(first);
  return { state: { ...state, waiting: { ...state.waiting, [from]: rooms } }, effect: { kind: 'waits', target } };
}

function claim(state: Conversation, { from, position, mid }: Arrived, body: Claim): Applied {
  const target = bytesToHex(body.target);
  const mark: Mark = { position, mid: bytesToHex(mid) };
  const entry = state.entries.get(target);
  if (!entry) return wait(state, from, target, body, mark);
  if (body.kind !== 'reaction' && entry.author !== from) return ignored(state, 'notTheirs');
  if (entry.form === 'deleted') return ignored(state, 'deleted');
  const put = (change: Partial<Entry>, effect: Effect): Applied => ({
    state: { ...state, entries: new Map(state.entries).set(target, { ...entry, ...change }) },
    effect,
  });
  switch (body.kind) {
    case 'edit':
      if (entry.form !== 'text') return ignored(state, 'notEditable');
      if (!isLater(mark, entry.edit)) return ignored(state, 'superseded');
      return put({ edit: mark }, { kind: 'changed', mid: target, text: body.text });
    case 'delete':
      return put({ form: 'deleted', edit: null, reactions: { own: NO_REACTIONS, peer: NO_REACTIONS } }, { kind: 'removed', mid: target });
    case 'reaction': {
      const reactions = withReaction(entry.reactions[from], body, mark);
      if (!reactions) return ignored(state, 'superseded');
      const effect: Effect = { kind: 'reacted', mid: target, author: from, emoji: inOrder(reactions) };
      return put({ reactions: { ...entry.reactions, [from]: reactions } }, effect);
    }
  }
}

function markRead(state: Conversation, from: Author, mids: readonly Uint8Array[]): Applied {
  const entries = new Map(state.entries);
  const read: string[] = [];
  for (const mid of mids.map(bytesToHex)) {
    const entry = entries.get(mid);
    if (!entry || entry.author === from || entry.read) continue;
    entries.set(mid, { ...entry, read: true });
    read.push(mid);
  }
  return read.length > 0 ? { state: { ...state, entries }, effect: { kind: 'read', mids: read } } : ignored(state, 'nothingRead');
}

/** A reply's target, where it can be quoted. */
function quotable(state: Conversation, target: Uint8Array): string | null {
  const mid = bytesToHex(target);
  const entry = state.entries.get(mid);
  return entry && entry.form !== 'deleted' ? mid : null;
}

/**
 * Applies one payload that opened and was not received before. The state that was given stays as it is. Every payload is
 * accepted; what it may not do is `ignored` with the reason.
 */
export function applyPayload(state: Conversation, arrived: Arrived): Applied {
  const { from, position, body } = arrived;
  switch (body.kind) {
    case 'text':
      return addEntry(state, arrived, { kind: 'text', text: body.text, action: body.action, quotes: null, isEdited: false });
    case 'reply': {
      const quotes = quotable(state, body.target);
      return addEntry(state, arrived, { kind: 'text', text: body.text, action: body.action, quotes, isEdited: false });
    }
    case 'file': {
      const { kind, ...file } = body;
      return addEntry(state, arrived, { kind, file });
    }
    case 'introduction': {
      const { kind, ...introduced } = body;
      return addEntry(state, arrived, { kind, introduced });
    }
    case 'unknown':
      return addEntry(state, arrived, { kind: 'unknown', code: body.code });
    case 'edit':
    case 'delete':
    case 'reaction':
      return claim(state, arrived, body);
    case 'read':
      return markRead(state, from, body.mids);
    case 'typing': {
      const newest = state.newest[from];
      if (from === 'own') return ignored(state, 'elsewhere');
      if (newest && comparePlaces(newest, position) > 0) return ignored(state, 'superseded');
      return { state, effect: { kind: 'typing', state: body.state, ms: body.state === 'done' ? 0 : TYPING_MS } };
    }
    case 'presence': {
      const mark: Mark = { position, mid: bytesToHex(arrived.mid) };
      if (from === 'own') return ignored(state, 'elsewhere');
      if (!isLater(mark, state.presence)) return ignored(state, 'superseded');
      return { state: { ...state, presence: mark }, effect: { kind: 'presence', state: body.state } };
    }
    case 'dummy':
    case 'ack':
    case 'profile':
    case 'addressUpdate':
    case 'record':
    case 'identity':
      return ignored(state, 'elsewhere');
  }
}
