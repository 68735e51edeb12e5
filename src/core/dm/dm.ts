/**
 * Private conversations: who they are with, how they are sealed, and that every accepted message arrives or says why not.
 * The door of this folder; the rest of the core sees nothing else of it.
 */
import type { DirectMessagesConfig } from '../../config/config.ts';
import type { BufferId, ContactId, MessageId, ServerName } from '../../contract/ids.ts';
import type { ContactView, DiagnosticsView, RequestView, SafetyNumberView, ServerView, PublicCardView } from '../../contract/views.ts';
import type { Overlay } from '../../overlay/overlay.ts';
import type { Backups } from './backup.ts';
import type { Switches } from './people.ts';
import type { AwayBy } from './presence.ts';

/** A veilid entry of the configuration. */
export interface VeilidEntry {
  name: ServerName;
  /** The blob as written; null only starts the node. */
  routeBlob: string | null;
}

/** 'outside': pasted, scanned, or opened from outside; 'buffer': pressed in a conversation. */
export type ConnectFrom = 'outside' | 'buffer';

export interface Dm {
  stop(): Promise<void>;
  /** The name on one's own card. */
  setNickname(nickname: string): void;
  /** Short form of one's own fingerprint. */
  fingerprint(): string;
  /** What was dropped in silence since the start. */
  diagnostics(): DiagnosticsView;
  /** Replaces our identity: every contact is told, open invites end. */
  rotateIdentity(): Promise<void>;
  contacts(): ContactView[];
  requests(): RequestView[];
  /** One view for each veilid entry of the configuration. */
  serverViews(): ServerView[];
  /** Somebody is known, or mail waits: the node is wanted. */
  needsOverlay(): boolean;
  useOverlay(overlay: Overlay): void;
  /** The buffers that pages show now: the records of these people are watched. */
  shown(buffers: ReadonlySet<BufferId>): void;
  publicCard(): PublicCardView;
  /** Puts our card into a record that anybody may be given the link to, or takes it back. Throws `unavailable`. */
  setPublicCard(enabled: boolean): Promise<PublicCardView>;
  /** Replaces our routes; the old ones are given up once contacts can know the new ones. Rejects as `Overlay.renew`. */
  renewRoutes(): Promise<void>;
  applyConfig(entries: readonly VeilidEntry[]): Promise<void>;
  /** `[direct_messages]`, in force at once. */
  configure(settings: DirectMessagesConfig): void;
  /** Route blob (base64 or base64url), invite, or `sotto:` link. Throws `badAddress` or `badInvite` with what is wrong. */
  connect(text: string, from?: ConnectFrom): Promise<{ contact: ContactId; buffer: BufferId }>;
  /** An invite to be sent over IRC (design §6.4). */
  offer(signal: AbortSignal): Promise<{ id: string; text: string; expires: number }>;
  withdrawOffer(id: string): Promise<void>;
  /** An invite that came over IRC; null where it is none, is over or is our own. */
  readOffer(text: string): { id: string; expires: number; known: ContactId | null } | null;
  /** Connects by it. The contact has no buffer yet where it is a new one. Throws `badInvite`, `blocked`, `identityChanged`. */
  acceptOffer(text: string, nick: string): Promise<ContactId>;
  /** Whether they ever answered. */
  contactOpened(contact: ContactId): boolean;
  /** Gives a contact's name, fingerprint and addresses to another one. */
  introduce(contact: ContactId, to: ContactId): Promise<void>;
  /** Connects to the person that a line of the conversation introduces; only the identity that was named is taken. */
  connectIntroduced(buffer: BufferId, message: MessageId): Promise<{ contact: ContactId; buffer: BufferId }>;
  createInvite(signal: AbortSignal): Promise<{ text: string; expires: number }>;
  /** Stores and queues; resolves when the message can no longer be lost. Throws `tooLong`, `limit`, `blocked`, `identityChanged`. */
  send(contact: ContactId, form: 'text' | 'action', text: string): Promise<void>;
  accept(contact: ContactId): Promise<BufferId>;
  /** The conversation with a contact, opened again if it was closed. */
  open(contact: ContactId): Promise<BufferId>;
  block(contact: ContactId): Promise<void>;
  rename(contact: ContactId, nickname: string): Promise<void>;
  unblock(contact: ContactId): Promise<void>;
  /** The identity that answered at an iroh address is theirs. */
  confirm(contact: ContactId): Promise<void>;
  set(contact: ContactId, switches: Switches): Promise<void>;
  /** With `block` their identity is blocked as well. */
  remove(contact: ContactId, block: boolean): Promise<void>;
  /** The user went away or came back, as an IRC server says, or as typed in a private conversation. One of both is enough. */
  setAway(by: AwayBy, away: boolean): void;
  /** Tells those who are here that we leave; resolves within seconds. To be called before the overlay stops. */
  goodbye(): Promise<void>;
  /** Identity and contacts as a sealed file. */
  exportProfile: Backups['export'];
  importProfile: Backups['import'];
  safetyNumber(contact: ContactId): Promise<SafetyNumberView>;
  verify(contact: ContactId, verified: boolean): Promise<void>;
  retry(contact: ContactId): void;
  /** The user has read this buffer up to that line: told to the contact, where that is wanted. */
  read(buffer: BufferId, upTo: MessageId): void;
  /** Sends a message that has failed once more, or tries one that waits now. Throws `notFound`, `badInput`, `limit`, `blocked`, `identityChanged`. */
  retryMessage(buffer: BufferId, message: MessageId): Promise<void>;
  /** Gives up a message that waits. Throws `notFound`. */
  giveUpMessage(buffer: BufferId, message: MessageId): Promise<void>;
}
