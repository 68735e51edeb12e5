/**
 * What happened (`ChatEvent`) and what is wanted (`Action`). Both protocols speak these two unions: `irc/network.ts` and
 * `core/dm` yield the one and accept the other. Handle them with a switch that ends in `assertNever`.
 */
import type { Message, Receipt } from './message.ts';
import type { BufferId, ContactId, MessageId } from './ids.ts';

export const assertNever = (value: never): never => {
  throw new Error(`unhandled kind: ${JSON.stringify(value)}`);
};

/** Where a connection stands. `text` says it for a person; `retryAt` (ms since 1970) is set while waiting. */
export interface ConnectionState {
  phase: 'idle' | 'lookup' | 'connecting' | 'proxy' | 'securing' | 'registering' | 'authenticating' | 'online' | 'waiting' | 'failed';
  text: string;
  retryAt: number | null;
}

/** Who caused an IRC event. `server` means the name is a server's. */
export interface Origin {
  nick: string;
  user: string | null;
  host: string | null;
  account: string | null;
  server: boolean;
}

/** One user of a channel. `prefix` holds the status characters, highest first, e.g. "@+". */
export interface Member {
  nick: string;
  prefix: string;
  away: boolean;
  account: string | null;
  /** They say to be a bot (bot mode). */
  bot?: true;
  /**
   * What they say about themselves (draft/metadata-2), by key: avatar, color, display-name, homepage, pronouns, status. Cleaned and bounded,
   * but only a claim: `display-name` may stand beside the nick, never in its place; addresses are never fetched by themselves.
   */
  metadata?: Readonly<Record<string, string>>;
}

export type TextForm = 'privmsg' | 'notice' | 'action';
export type TypingState = 'active' | 'paused' | 'done';

/** What IRCv3 tags say about a text. Only set where they say something. */
export interface TextTags {
  /** `msgid` of the line it answers (reply client tag). */
  replyTo?: string;
  /** The channel that a private text is about (channel-context client tag). */
  channelContext?: string;
  /** The sender says to be a bot (bot mode). */
  bot?: true;
  /** Who passed it on (draft/relaymsg); the sender is then a name from elsewhere. */
  relayedBy?: string;
  /** The sender is an operator of the server (draft/oper-tag): the name of their privilege, '' where it has none. */
  oper?: string;
  /** Status characters before the channel: said to these members only, e.g. "@". */
  status?: string;
}

/** A line as a point in a history. `time`: milliseconds since 1970. */
export interface HistoryPoint {
  msgid: string | null;
  time: number;
}

/** One row of LIST. */
export interface ListedChannel {
  name: string;
  users: number;
  topic: string;
}

/** One entry of a ban list or another list mode. `time`: milliseconds since 1970. */
export interface ListedMask {
  mask: string;
  by: string | null;
  time: number | null;
}

/** A file that somebody offers over DCC. `address` null: passive, they wait for ours. Nothing here is checked but its form. */
export interface DccOffer {
  name: string;
  /** Bytes as they say; null where they do not. */
  size: number | null;
  address: string | null;
  port: number;
  /** Of a passive offer. */
  token: string | null;
}

/** What a server can do beyond RFC 1459, for what the page offers. */
export interface ServerFeatures {
  typing: boolean;
  replies: boolean;
  reactions: boolean;
  redaction: boolean;
  history: boolean;
  readMarkers: boolean;
  multiline: boolean;
  search: boolean;
  rename: boolean;
  /** Keys of own metadata may be set. */
  metadata: boolean;
  /** draft/account-registration is offered: an account can be made here. */
  accountRegistration: boolean;
  monitor: boolean;
  /** Of the network (draft/ICON); https only, never fetched by itself. */
  icon: string | null;
  /** Upload address (soju.im/FILEHOST). */
  filehost: string | null;
  /** It is a bouncer that speaks soju.im/bouncer-networks. */
  bouncer: boolean;
}
export const noFeatures: ServerFeatures = {
  typing: false,
  replies: false,
  reactions: false,
  redaction: false,
  history: false,
  readMarkers: false,
  multiline: false,
  search: false,
  rename: false,
  metadata: false,
  accountRegistration: false,
  monitor: false,
  icon: null,
  filehost: null,
  bouncer: false,
};

interface Dated {
  /** Milliseconds since 1970: server-time where given and sane, else the time of arrival. */
  time: number;
  /** True inside a history or playback batch: it is shown, but it changes no live state. */
  historic: boolean;
}

export type IrcEvent =
  | { kind: 'state'; state: ConnectionState }
  /** 001 arrived. `network` is known once 005 has come; it may repeat. */
  | { kind: 'registered'; nick: string; network: string | null }
  /** Names have to be folded anew: 005 named another CASEMAPPING. */
  | { kind: 'folding' }
  /** `target` is the conversation: a channel, or the other person's nick, or null for what belongs to the server buffer. */
  | ({
      kind: 'text';
      target: string | null;
      form: TextForm;
      from: Origin;
      text: string;
      self: boolean;
      msgid: string | null;
      /** What tags say; `text` holds line breaks where it came as draft/multiline. */
      tags?: TextTags;
      /** CTCP other than ACTION and SOTTO is answered or dropped by the session; it never comes here. */
    } & Dated)
  | ({ kind: 'join'; channel: string; from: Origin; self: boolean } & Dated)
  | ({ kind: 'part'; channel: string; from: Origin; self: boolean; reason: string } & Dated)
  /** `channels`: those we share and in which the user was; with a live one they are gone from the nick lists of these. */
  | ({ kind: 'quit'; from: Origin; channels: string[]; reason: string } & Dated)
  | ({ kind: 'nick'; from: Origin; to: string; channels: string[]; self: boolean } & Dated)
  | ({ kind: 'kick'; channel: string; from: Origin; nick: string; self: boolean; reason: string } & Dated)
  | ({ kind: 'mode'; target: string; from: Origin; modes: string; channel: boolean } & Dated)
  /** `changed`: somebody set it now; otherwise it was told at joining. */
  | ({ kind: 'topic'; channel: string; topic: string; from: Origin | null; changed: boolean } & Dated)
  /** The list is complete (366), or has to be drawn again as a whole. */
  | { kind: 'members'; channel: string; members: Member[] }
  /** One user of one channel came, went (`member: null`) or changed. */
  | { kind: 'member'; channel: string; nick: string; member: Member | null }
  | ({ kind: 'invite'; channel: string; from: Origin; nick: string } & Dated)
  /** A CTCP `SOTTO` for us alone, sent now by somebody else: what stands behind the word. Never an echo, never history. */
  | { kind: 'sotto'; from: Origin; text: string; time: number }
  /** The server says that account, user name or host of a user changed. `account` undefined: nothing is said of it, null: they have none. */
  | { kind: 'user'; from: Origin; user: string | null; host: string | null; account: string | null | undefined }
  /** Own away state as the server confirmed it. */
  | { kind: 'away'; away: boolean }
  /** A reaction to the line with this msgid, or its withdrawal. */
  | ({ kind: 'react'; target: string; from: Origin; self: boolean; msgid: string; text: string; removed: boolean } & Dated)
  /** The line with this msgid was taken back. */
  | ({ kind: 'redact'; target: string; from: Origin; msgid: string; reason: string } & Dated)
  | { kind: 'typing'; target: string; from: Origin; state: TypingState }
  /** Another client of ours has read up to `time` (milliseconds since 1970); null: nothing yet. */
  | { kind: 'readMarker'; target: string; time: number | null }
  /** A channel has another name now (draft/channel-rename); its members and history stay. */
  | ({ kind: 'rename'; from: string; to: string; by: Origin; reason: string } & Dated)
  /** Rows of LIST as they come; `done` after the last. */
  | { kind: 'list'; channels: ListedChannel[]; done: boolean }
  /** A list mode as a whole, e.g. mode 'b'. */
  | { kind: 'masks'; channel: string; mode: string; masks: ListedMask[] }
  | { kind: 'monitor'; nick: string; online: boolean }
  /** A metadata key of a user or channel; null: it is gone. */
  | { kind: 'metadata'; target: string; key: string; value: string | null }
  | { kind: 'features'; features: ServerFeatures }
  /** A network behind a bouncer (soju.im/bouncer-networks); attributes null: it is gone. */
  | { kind: 'bouncerNetwork'; id: string; attributes: Record<string, string> | null }
  /**
   * A CHATHISTORY request is answered. `ended`: there is nothing older. `span`, where it was asked for what came after a point: what lies between
   * `after` and `left` has not come yet (null: all of it came; 'unknown': no answer, or a refusal); `goesOn`: the next page of it is asked for already.
   */
  | {
      kind: 'history';
      target: string;
      lines: number;
      ended: boolean;
      span?: { after: HistoryPoint; left: HistoryPoint | 'unknown' | null; goesOn: boolean };
    }
  | { kind: 'dcc'; from: Origin; offer: DccOffer; time: number }
  /** `resume`: they have that many bytes of what we offer; `accept`: what they offer goes on from there. `token`: of a passive offer. */
  | {
      kind: 'dccResume';
      from: Origin;
      verb: 'resume' | 'accept';
      name: string;
      port: number;
      position: number;
      token: string | null;
      time: number;
    }
  /** An answer to a CTCP request of ours. */
  | ({ kind: 'ctcpReply'; from: Origin; command: string; text: string } & Dated)
  /** What became of REGISTER or VERIFY (draft/account-registration); `ready`: the server waits for it before we are let in. */
  | { kind: 'accountRegistration'; state: 'ready' | 'verify' | 'done' | 'failed'; account: string; text: string }
  /** A line for the server buffer, or for `target` where it names an open conversation. */
  | ({ kind: 'server'; target: string | null; text: string; severity: 'info' | 'error' } & Dated);

export type DmEvent =
  /** A line that is already stored (with the ratchet state, in one transaction) and may now be shown. */
  | { kind: 'stored'; message: Message; counts: boolean }
  | { kind: 'receipt'; buffer: BufferId; message: MessageId; receipt: Receipt }
  /** Look at the contact again: name, shield, state or request changed. */
  | { kind: 'contact'; contact: ContactId }
  | { kind: 'contactRemoved'; contact: ContactId };

export type ChatEvent = IrcEvent | DmEvent;
/** Takes events of one protocol in order; a promise where the next one has to wait. */
export type EventHandler<E extends ChatEvent> = (event: E) => Promise<void> | undefined;

export type Action =
  /** `text` may hold line breaks: one message where the server takes draft/multiline, else one a line. */
  | { kind: 'text'; target: string; form: TextForm; text: string; replyTo?: string; channelContext?: string }
  /** CTCP `SOTTO`, one line for each part; not shown, not echoed. */
  | { kind: 'sotto'; target: string; parts: string[] }
  | { kind: 'join'; channel: string; key: string | null }
  | { kind: 'part'; channel: string; reason: string | null }
  | { kind: 'nick'; nick: string }
  | { kind: 'topic'; channel: string; topic: string | null }
  | { kind: 'away'; reason: string | null }
  | { kind: 'whois'; nick: string }
  | { kind: 'whowas'; nick: string }
  | { kind: 'who'; mask: string }
  | { kind: 'names'; channel: string }
  | { kind: 'list'; pattern: string | null }
  /** `modes` e.g. "+ov-k", with its parameters. */
  | { kind: 'mode'; target: string; modes: string; params: string[] }
  /** Asks for a list mode, e.g. 'b'. */
  | { kind: 'masks'; channel: string; mode: string }
  | { kind: 'kick'; channel: string; nick: string; reason: string | null }
  | { kind: 'invite'; nick: string; channel: string }
  | { kind: 'knock'; channel: string; text: string | null }
  | { kind: 'rename'; channel: string; to: string; reason: string | null }
  | { kind: 'monitor'; change: 'add' | 'remove' | 'clear' | 'list' | 'status'; nicks: string[] }
  | { kind: 'setname'; realname: string }
  | { kind: 'ctcp'; target: string; command: string; text: string }
  | { kind: 'react'; target: string; msgid: string; text: string; removed: boolean }
  | { kind: 'redact'; target: string; msgid: string; reason: string | null }
  | { kind: 'typing'; target: string; state: TypingState }
  /** Milliseconds since 1970 of the newest line that was read; null asks what other clients of ours have read. */
  | { kind: 'markRead'; target: string; time: number | null }
  /**
   * Lines before a point; with `after` those between the two; with `after` alone what was missed since then (`isForward`: the first
   * of it only); around a point; or the newest where nothing is given.
   */
  | {
      kind: 'history';
      target: string;
      before: HistoryPoint | null;
      after?: HistoryPoint | null;
      around?: HistoryPoint | null;
      isForward?: true;
    }
  /** What was said to us in private since then (milliseconds since 1970), in whatever conversation. */
  | { kind: 'missed'; since: number }
  | { kind: 'search'; target: string | null; text: string }
  | { kind: 'metadata'; target: string; key: string; value: string | null }
  | { kind: 'registerAccount'; account: string | null; email: string | null; password: string }
  | { kind: 'verifyAccount'; account: string; code: string }
  /** BOUNCER ADDNETWORK, CHANGENETWORK, DELNETWORK. */
  | { kind: 'bouncer'; change: 'add' | 'change' | 'delete'; id: string | null; attributes: Record<string, string> }
  /** One line as typed; it is checked for line breaks and length only. */
  | { kind: 'raw'; line: string }
  | { kind: 'quit'; reason: string | null };
