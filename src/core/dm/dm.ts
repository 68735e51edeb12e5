/**
 * Private conversations: who they are with, how they are sealed, and that every accepted message arrives or says why not.
 * The door of this folder; the rest of the core sees nothing else of it.
 */
import type { BufferId, ContactId, ServerName } from '../../contract/ids.ts';
import type { ContactView, DiagnosticsView, RequestView, SafetyNumberView, ServerView } from '../../contract/views.ts';
import type { Overlay } from '../../overlay/overlay.ts';

/** A veilid entry of the configuration. */
export interface VeilidEntry {
  name: ServerName;
  /** The blob as written; null only starts the node. */
  routeBlob: string | null;
}

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
  applyConfig(entries: readonly VeilidEntry[]): Promise<void>;
  /** Route blob (base64 or base64url), invite, or `sotto:` link. Throws `badAddress` or `badInvite` with what is wrong. */
  connect(text: string): Promise<{ contact: ContactId; buffer: BufferId }>;
  createInvite(signal: AbortSignal): Promise<{ text: string; expires: number }>;
  /** Stores and queues; resolves when the message can no longer be lost. Throws `tooLong`, `limit`, `blocked`, `identityChanged`. */
  send(contact: ContactId, form: 'text' | 'action', text: string): Promise<void>;
  accept(contact: ContactId): Promise<BufferId>;
  /** The conversation with a contact, opened again if it was closed. */
  open(contact: ContactId): Promise<BufferId>;
  block(contact: ContactId): Promise<void>;
  rename(contact: ContactId, nickname: string): Promise<void>;
  remove(contact: ContactId): Promise<void>;
  safetyNumber(contact: ContactId): Promise<SafetyNumberView>;
  verify(contact: ContactId, verified: boolean): Promise<void>;
  retry(contact: ContactId): void;
}
