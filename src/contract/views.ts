/** What a page shows. All values are JSON-safe: no undefined in arrays, no Map, Date, BigInt or bytes. */
import type { ConnectionState, Member } from './chat.ts';
import type { BufferId, ContactId, MessageId, ServerName } from './ids.ts';

export interface ServerView {
  name: ServerName;
  protocol: 'irc' | 'veilid';
  state: ConnectionState;
  nick: string | null;
  away: boolean;
  network: string | null;
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

export interface ContactView {
  id: ContactId;
  nickname: string;
  shield: Shield;
  /** Short form for people; null until the card has arrived. */
  fingerprint: string | null;
  buffer: BufferId | null;
  /** What is happening, in words: "waiting for an answer", "route unreachable, trying again in 40 s". */
  status: string;
  /** We asked them and they have not answered yet. */
  waiting: boolean;
}

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
  phase: 'off' | 'disabled' | 'missing' | 'building' | 'starting' | 'attaching' | 'ready' | 'degraded' | 'stopped';
  /** A sentence; for `missing` it names what to install. */
  reason: string;
  peers: number | null;
  /** While the node is being built. */
  progress: { done: number; total: number; text: string } | null;
  /** Own live routes, newest first; the first is what *Copy route* copies. */
  routes: RouteView[];
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

export interface CommandView {
  name: string;
  aliases: string[];
  usage: string;
  help: string;
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
  node: NodeView;
  config: ConfigView;
  commands: CommandView[];
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
}
