/** What a page shows. All values are JSON-safe: no undefined in arrays, no Map, Date, BigInt or bytes. */
import type { ConnectionState, Member, ServerFeatures } from './chat.ts';
import type { AttentionView } from './desktop.ts';
import type { BufferId, ContactId, MessageId, ServerName } from './ids.ts';

export interface ServerView {
  name: ServerName;
  protocol: 'irc' | 'veilid';
  state: ConnectionState;
  nick: string | null;
  away: boolean;
  network: string | null;
  features: ServerFeatures;
  /** Networks behind it, where it is a bouncer. */
  bouncerNetworks: { id: string; name: string; state: string }[];
  /** Set for a veilid entry that has become a contact. */
  contact: ContactId | null;
}

export interface BufferView {
  id: BufferId;
  /** `private` is a conversation with a contact; `query` is plain IRC. */
  kind: 'server' | 'channel' | 'query' | 'private';
  server: ServerName | null;
  contact: ContactId | null;
  name: string;
  topic: string;
  /** Channel: we are in it. Others: always true. */
  joined: boolean;
  unread: number;
  highlights: number;
  readUpTo: MessageId | null;
  draft: string;
  muted: boolean;
}

/** Design §6.8, plus the states before an identity is known. */
export type Shield = 'connecting' | 'confirming' | 'not-verified' | 'invite-pinned' | 'verified' | 'changed' | 'blocked';

/** What was chosen for one contact, and what the configuration says where nothing was. */
export interface ChoiceView {
  chosen: boolean | null;
  configured: boolean;
}

/** What somebody says about themselves while both sides share it. */
export type PresenceState = 'online' | 'away' | 'offline';

export interface DirectView {
  /** The user lets them know the network address of this computer. */
  chosen: boolean;
  /** They told theirs: both have chosen it. */
  told: boolean;
}

export interface ContactView {
  id: ContactId;
  /** What they are shown as: the user's own name for them, else theirs. */
  nickname: string;
  /** The name they gave themselves. */
  theirName: string;
  /** Null: nothing was heard for a while, or one of the two does not share it. */
  presence: PresenceState | null;
  /** Milliseconds since 1970; null: never. */
  lastHeard: number | null;
  readReceipts: ChoiceView;
  sharesPresence: ChoiceView;
  cover: ChoiceView;
  /** Talking over iroh, which shows each side where the other is; null where iroh is switched off. */
  direct: DirectView | null;
  /** An identity answered at an iroh address, and the user has to say whether it is theirs before anything is sent. */
  mustConfirm: boolean;
  shield: Shield;
  /** Short form for people; null until the card has arrived. */
  fingerprint: string | null;
  buffer: BufferId | null;
  /** What is happening, in words: "waiting for an answer", "route unreachable, trying again in 40 s". */
  status: string;
  /** We asked them and they have not answered yet. */
  waiting: boolean;
  /** The contact who introduced them, by name; null: nobody. */
  introducedBy: string | null;
}

/** What ties a buffer to a private conversation begun with `/secure` (design §6.4). At most one of each kind for a buffer. */
export type SecureView =
  /** In a query: we offered, and nobody has answered yet. */
  | { kind: 'offering'; buffer: BufferId; nick: string; until: number }
  /** In a query: they offer. `known`: the contact it would lead to, where that is known already. */
  | { kind: 'offered'; buffer: BufferId; nick: string; until: number; known: string | null }
  /** In the contact's buffer: it stands for this nick. */
  | { kind: 'bound'; buffer: BufferId; server: ServerName; nick: string }
  /** In the contact's buffer: that has ended, and what is typed waits for a choice. `reason` is a sentence. */
  | { kind: 'held'; buffer: BufferId; server: ServerName; nick: string; contact: string; reason: string }
  /** In the buffer `nick (IRC)`: plain IRC beside the private conversation. `open`: the user has confirmed it. */
  | { kind: 'irc'; buffer: BufferId; nick: string; contact: string; private: BufferId; open: boolean };

/** Somebody unknown wants to talk. Nothing else about them is shown before it is accepted. */
export interface RequestView {
  contact: ContactId;
  nickname: string;
  fingerprint: string;
  time: number;
  texts: number;
}

export interface RouteView {
  text: string;
  created: number;
}

export interface NodeView {
  phase: 'off' | 'disabled' | 'confirm' | 'missing' | 'building' | 'starting' | 'attaching' | 'ready' | 'degraded' | 'stopped';
  /** A sentence; for `missing` it names what to install, for `confirm` what has to be agreed to. */
  reason: string;
  peers: number | null;
  /** While the node is being built. */
  progress: { done: number; total: number; text: string } | null;
  /** Own live routes, newest first; the first is what *Copy route* copies. */
  routes: RouteView[];
  /** What iroh is doing, in a sentence; null where it is switched off. */
  direct: string | null;
}

/** The node page, read while it is open. */
export interface NodePageView {
  phase: NodeView['phase'];
  reason: string;
  peers: number | null;
  /** Own live routes, newest first; `short` tells them apart and cannot be used. `created`: milliseconds since 1970. */
  routes: { short: string; created: number }[];
  /** A proxy or Tor is configured, and whether the user has agreed that Veilid goes around it. */
  proxied: boolean;
  agreed: boolean;
  /** Null while none runs, and in the demo. */
  node: {
    /** Our own process, or a veilid-server that belongs to somebody else. */
    own: boolean;
    version: string | null;
    library: string | null;
    /** When the present process or connection began: milliseconds since 1970. */
    since: number | null;
    /** Bytes per second now, and bytes since the node's start where they are known. */
    traffic: { down: number; up: number; totalDown: number | null; totalUp: number | null } | null;
    /** Ends that nobody asked for, since Sotto was started. */
    crashes: { count: number; last: { time: number; reason: string } | null };
    /** Oldest first, without keys and addresses. */
    log: string[];
  } | null;
}

export interface ProblemView {
  severity: 'error' | 'warning' | 'info';
  message: string;
  line: number;
  column: number;
}

export interface ConfigView {
  path: string;
  hash: string;
  /** The file is broken; the last good configuration is in force. */
  stale: boolean;
  problems: ProblemView[];
}

/** What stands at a place of a command's arguments, for completion. `text` is the rest of the line. */
export type ArgumentKind = 'nick' | 'channel' | 'target' | 'contact' | 'command' | 'mode' | 'mask' | 'word' | 'text';

export interface CommandView {
  name: string;
  aliases: string[];
  usage: string;
  help: string;
  arguments: ArgumentKind[];
}

/** A file on its way over DCC. */
export interface TransferView {
  id: number;
  server: ServerName;
  nick: string;
  direction: 'receive' | 'send';
  /** As shown and as written to the disk: without paths, control characters and other tricks. */
  name: string;
  /** Bytes; null where it is not known. */
  size: number | null;
  /** Bytes that have arrived or gone out. */
  done: number;
  /** `offered`: waits for the user. `waiting`: for the other side. */
  state: 'offered' | 'waiting' | 'connecting' | 'active' | 'done' | 'failed' | 'cancelled';
  /** What happened, in a sentence; for `offered` what it means to accept (they learn this computer's address). */
  text: string;
  /** Part of it is here from before: accepting goes on there. */
  canResume: boolean;
}

export interface Snapshot {
  version: string;
  profile: string;
  demo: boolean;
  /** Nothing is configured and nobody is known: show the welcome page. */
  firstRun: boolean;
  fingerprint: string;
  servers: ServerView[];
  buffers: BufferView[];
  contacts: ContactView[];
  requests: RequestView[];
  secure: SecureView[];
  node: NodeView;
  config: ConfigView;
  commands: CommandView[];
  transfers: TransferView[];
  attention: AttentionView;
  storage: StorageView;
}

/** Whether what is said and heard can be kept. */
export interface StorageView {
  /** Sentences for the person, while the disk takes nothing; null: all is well. */
  problem: string | null;
}

/** An exported profile. */
export interface BackupView {
  /** A name for the file. */
  name: string;
  /** Base64. */
  data: string;
  contacts: number;
}

export interface ImportView {
  contacts: number;
  blocked: number;
  /** When the backup was made, in milliseconds since 1970. */
  made: number;
}

/** How often something was answered with silence since the start. Says nothing about whose it was. */
export interface DroppedView {
  reason: string;
  /** A sentence. */
  words: string;
  count: number;
}

export interface DiagnosticsView {
  /** Milliseconds since 1970: when counting began. */
  since: number;
  dropped: DroppedView[];
}

/** Changes of a nick list since the last event; `upsert` replaces by nick. */
export interface MembersChange {
  buffer: BufferId;
  reset: boolean;
  upsert: Member[];
  remove: string[];
}

export interface PublicCardView {
  /** Null: there is none. */
  link: string | null;
  /** It was stored in the network since the start. */
  isWritten: boolean;
}

export interface SafetyNumberView {
  /** Twelve groups of five digits. */
  groups: string[];
  /** 64 bytes as hex: what the QR code carries. */
  qr: string;
}

/** What typing a line led to. */
export interface InputResult {
  /** The page should show this buffer. */
  focus: BufferId | null;
  /** Text to put on the clipboard. */
  copy: string | null;
  /** A sentence to show near the input. */
  note: string | null;
  /** The page should empty its view of the buffer; the lines stay stored. */
  clear?: true;
}
