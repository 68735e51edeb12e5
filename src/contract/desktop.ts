/** What the desktop shows for Sotto outside its pages: notifications, the unread mark, and links that were opened elsewhere. */
import type { BufferId, ContactId, ServerName } from './ids.ts';

/** UTF-16 units of a link that is opened from outside; routes and invites are the longest. */
export const MAX_LINK_TEXT = 8_192;

export type NotificationKind =
  | 'directMessage'
  | 'highlight'
  | 'request'
  | 'fileTransferRequest'
  | 'connected'
  | 'disconnected'
  | 'reconnected'
  | 'monitoredOnline'
  | 'monitoredOffline'
  | 'reaction'
  | 'channel';

/** Something to tell the person now. Title and body are plain text of one line: nothing in them is markup. */
export interface NotificationView {
  /** Rising; a notification is named by it when it has to go. */
  id: number;
  kind: NotificationKind;
  /** To be shown by the desktop. False where only the sound or the call for attention is wanted. */
  toast: boolean;
  title: string;
  /** Without content where `show_content` is off: who and where only. May be empty. */
  body: string;
  /** What a press opens; null: only the window. */
  buffer: BufferId | null;
  contact: ContactId | null;
  /** `buffer` takes a line of text from the person at once. */
  canReply: boolean;
  requestAttention: boolean;
  /** See sounds.ts; null: silent. */
  sound: string | null;
}

/** Sums over all buffers that are not muted. */
export interface AttentionView {
  unread: number;
  highlights: number;
}

/** What a link asks for. It is only shown: the person decides. */
export type LinkView =
  | {
      kind: 'irc';
      /** Host name (ASCII, in small letters) or address as the dialer takes it; an IPv6 address without brackets. */
      server: string;
      /** The same in its own script where it has one (`xn--…`); null: it has none. For reading beside `server`, never instead. */
      unicode: string | null;
      port: number;
      tls: boolean;
      /** With their prefix; at most 10. */
      channels: string[];
      /** Of the first channel. */
      key: string | null;
      /** The channel asks for a key that the link does not hold. */
      needsKey: boolean;
      /** A person to write to (`,isnick`); null: none. */
      nick: string | null;
      /** The entry of the configuration that leads to this host. */
      known: ServerName | null;
      /** The port without TLS is named: TLS on 6697 is to be offered instead. */
      insecurePort: boolean;
    }
  /** A route, an invite or a card: what `contact.connect` takes. */
  | { kind: 'connect'; text: string };
