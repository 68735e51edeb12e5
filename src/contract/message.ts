import type { BufferId, MessageId } from './ids.ts';

/** How far a private message has come. `failed` carries the reason and is never silent. */
export type ReceiptState = 'queued' | 'sent' | 'delivered' | 'read' | 'failed';
export interface Receipt {
  state: ReceiptState;
  reason: string | null;
}

/**
 * What a line is. `server` is the server's own voice (MOTD, numerics), `info` and `error` are Sotto's.
 * `unknown` is a private payload that needs a newer Sotto; `introduction` names a person one may connect to (`text`: the name).
 */
export type MessageKind =
  | 'privmsg'
  | 'notice'
  | 'action'
  | 'introduction'
  | 'join'
  | 'part'
  | 'quit'
  | 'nick'
  | 'mode'
  | 'topic'
  | 'kick'
  | 'server'
  | 'info'
  | 'error'
  | 'unknown';

export interface Reaction {
  /** An emoji or a short text. */
  text: string;
  nicks: string[];
}

/** What IRCv3 adds to a line; kept with it. Only set where there is something. */
export interface Details {
  /** What it answers: `message` where that line is known here. */
  replyTo?: { message: MessageId | null; from: string | null; text: string };
  reactions?: Reaction[];
  /** It was taken back; `text` is empty then. */
  redacted?: { by: string; reason: string };
  bot?: true;
  relayedBy?: string;
  /** The name of an operator's privilege, '' without one. */
  oper?: string;
  /** Said to members of this status only, e.g. "@". */
  status?: string;
}

/** One line of a buffer. */
export interface Message {
  id: MessageId;
  buffer: BufferId;
  /** Milliseconds since 1970: the server's time where it gave one, else ours. */
  time: number;
  kind: MessageKind;
  /** Whose line it is; null for the server and for Sotto. */
  from: string | null;
  /** Body: text with mIRC formatting, part/quit/kick reason, mode string, topic. */
  text: string;
  /** `nick`: the new nick. `kick`: who was kicked. `introduction`: the short fingerprint. Else null. */
  subject: string | null;
  /** Written by this user. */
  self: boolean;
  highlight: boolean;
  /** Only lines of private buffers have one. */
  receipt: Receipt | null;
  /** Only lines of IRC have them. */
  details?: Details;
  /** The server gave it an id: it can be answered, reacted to and taken back where the server allows it. */
  isReferable?: true;
}

/**
 * Where lines of IRC are missing: some that were said after `after` and before `before` (milliseconds since 1970) have not been fetched.
 * `fetched`: how many came so far, while they are being fetched; null: nobody fetches them.
 */
export interface GapView {
  id: number;
  after: number;
  before: number;
  fetched: number | null;
}

/** Kinds that count as unread. */
export const countsAsUnread = (kind: MessageKind): boolean =>
  kind === 'privmsg' || kind === 'notice' || kind === 'action' || kind === 'introduction' || kind === 'unknown';
