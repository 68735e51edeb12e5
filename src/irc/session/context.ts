/** What handlers of one session share, and how a line reaches them. */
import type { Action, IrcEvent, Origin } from '../../contract/chat.ts';
import type { NetworkOptions } from '../options.ts';
import { toMember, type Channel, type Roster } from '../state/roster.ts';
import { cleanName } from '../wire/clean.ts';
import type { Line } from '../wire/line.ts';
import type { Batch } from './batches.ts';
import type { Capabilities } from './capabilities.ts';
import type { Clock, Lane } from './flood.ts';
import { isChannelName, type Isupport } from './isupport.ts';
import type { Labels, Request } from './labels.ts';
import type { Outgoing } from './outgoing.ts';

/** Why a session is over and what to do then: try again, try again much later, or not at all. */
export type Ending =
  | {
      kind: 'retry' | 'slow' | 'final';
      /** A sentence for a person. */
      text: string;
    }
  /** The server wants TLS: at once, to this port (IRCv3 sts). */
  | { kind: 'upgrade'; port: number; text: string };

/** How the link protects what is said on it. */
export interface LinkSafety {
  encrypted: boolean;
  /** Stays on this computer, or the user allowed it. Always true where it is encrypted. */
  mayCarrySecrets: boolean;
  /** Encrypted for somebody whose certificate nobody checked. */
  unverified?: boolean;
}

export interface Context {
  readonly options: NetworkOptions;
  /** What the link protects; passwords go only over one that may carry them. */
  readonly link: LinkSafety;
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  readonly wallClock: () => number;
  /** Sends a line of ours, checked and in its turn; `tags` need message-tags. Throws IrcError where it cannot be said on IRC. */
  readonly send: (lane: Lane, command: string, params: readonly string[], tags?: Readonly<Record<string, string>>) => void;
  /** Lines that are encoded already, sent back to back in their turn; `sent` runs right after the last. False: too many wait. */
  readonly push: (lane: Lane, lines: readonly string[], sent?: () => void) => boolean;
  /** Lines that wait to be sent. */
  readonly waiting: (lane: 'user' | 'background') => number;
  readonly labels: Labels;
  readonly isupport: Isupport;
  readonly roster: Roster;
  readonly caps: Capabilities;
  readonly outgoing: Outgoing;
  readonly me: { nick: string; user: string | null; host: string | null; account: string | null };
  readonly emit: (event: IrcEvent) => void;
  /** Own JOIN arrived or was undone: what to join again after a reconnect. */
  readonly onJoined: (channel: string) => void;
  readonly onLeft: (channel: string, kicked: boolean) => void;
  /** A channel we are in has another name. */
  readonly onRenamed: (from: string, to: string) => void;
}

/** A line with what its tags and batch say about it. */
export interface Incoming {
  line: Line;
  /** Who caused it; a line without source is the server's. */
  from: Origin;
  time: number;
  historic: boolean;
  /** The conversation of the history this line is part of. */
  historyOf: string | null;
  /** The innermost batch it stands in. */
  batch: Batch | null;
  /** The request of ours it answers (labeled-response). */
  request: Request | null;
}

/** What an extension does with batches of one type. */
export interface BatchHandler {
  /** `incoming` is the line that opened it. */
  opened?: (incoming: Incoming, batch: Batch) => void;
  /** A line in it, or in a batch inside it, also the one that opens that; true: nobody else sees it. */
  line?: (incoming: Incoming, batch: Batch) => boolean;
  /** It is over. `incoming` has the tags, source and time of the line that opened it. */
  closed?: (incoming: Incoming, batch: Batch) => void;
}

/** One specification's part of a session, with its own state. Made for each connection; all moments are optional. */
export interface Extension {
  /** Lines of these commands and numerics, outside histories. */
  handlers?: Handlers;
  /** Lines of these commands inside histories: nothing they do may change live state. */
  historyHandlers?: Handlers;
  /** By batch type. */
  batches?: Readonly<Record<string, BatchHandler>>;
  /** 005 and MOTD are over; channels are about to be joined. */
  onReady?: () => void;
  /** Capabilities were enabled or withdrawn. */
  onCapabilities?: () => void;
  /** 005 said something more, or something else. */
  onIsupport?: () => void;
  /** An event was told, by whatever part of the session. */
  onEvent?: (event: IrcEvent) => void;
  /** A FAIL, WARN or NOTE after registration; true where it was dealt with, so that it is not shown. */
  standardReply?: (incoming: Incoming) => boolean;
  /** Takes an action; false leaves it to others. Throws IrcError. */
  act?: (action: Exclude<Action, { kind: 'quit' }>) => boolean;
  /** The link is gone. */
  onClose?: () => void;
}
export type CreateExtension = (context: Context) => Extension;

export type Handler = (context: Context, incoming: Incoming) => void;
export type Handlers = Readonly<Record<string, Handler>>;

/** A parameter, '' where there is none. */
export const param = (incoming: Incoming, index: number): string => incoming.line.params[index] ?? '';
/** A parameter that is a name: without control characters, bounded. */
export const nameParam = (incoming: Incoming, index: number): string => cleanName(param(incoming, index));

export const isMe = (context: Context, nick: string): boolean => context.roster.nickKey(nick) === context.roster.nickKey(context.me.nick);

export const isChannel = (context: Context, name: string): boolean => isChannelName(context.isupport, name);

/** Tells that one user of a channel came, went or changed. */
export function emitMember(context: Context, channel: Channel, nick: string): void {
  const membership = context.roster.membership(channel, nick);
  context.emit({ kind: 'member', channel: channel.name, nick, member: membership ? toMember(membership) : null });
}

export function emitMembers(context: Context, channel: Channel): void {
  context.emit({ kind: 'members', channel: channel.name, members: [...channel.members.values()].map(toMember) });
}

/** A line of the server's own voice; `target` is the conversation it is about, where there is one. */
export function say(context: Context, incoming: Incoming, target: string | null, text: string, severity: 'info' | 'error' = 'info'): void {
  // What answers a request of ours is shown where that was made.
  const where = target ?? incoming.request?.target ?? null;
  context.emit({ kind: 'server', target: where, text, severity, time: incoming.time, historic: incoming.historic });
}
