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
  phase: 'idle' | 'connecting' | 'securing' | 'registering' | 'authenticating' | 'online' | 'waiting' | 'failed';
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
}

export type TextForm = 'privmsg' | 'notice' | 'action';

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
      /** CTCP other than ACTION and SOTTO is answered or dropped by the session; it never comes here. */
    } & Dated)
  | ({ kind: 'join'; channel: string; from: Origin; self: boolean } & Dated)
  | ({ kind: 'part'; channel: string; from: Origin; self: boolean; reason: string } & Dated)
  /** `channels`: those we share and in which the user was. */
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
  | { kind: 'text'; target: string; form: TextForm; text: string }
  /** CTCP `SOTTO`, one line for each part; not shown, not echoed. */
  | { kind: 'sotto'; target: string; parts: string[] }
  | { kind: 'join'; channel: string; key: string | null }
  | { kind: 'part'; channel: string; reason: string | null }
  | { kind: 'nick'; nick: string }
  | { kind: 'topic'; channel: string; topic: string | null }
  | { kind: 'away'; reason: string | null }
  | { kind: 'whois'; nick: string }
  | { kind: 'quit'; reason: string | null };
