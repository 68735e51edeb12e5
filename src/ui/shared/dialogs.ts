import type { LinkView } from '../../contract/desktop.ts';
import type { BufferId, ContactId, ServerName } from '../../contract/ids.ts';
import type { Message } from '../../contract/message.ts';

/** The one dialog that is open. */
export type DialogState =
  | { kind: 'palette'; query: string }
  | { kind: 'help' }
  | { kind: 'diagnostics' }
  | { kind: 'log' }
  | { kind: 'key' }
  | { kind: 'node' }
  /** `from`: as `contact.connect` takes it. */
  | { kind: 'connect'; text: string; from?: 'outside' | 'buffer' }
  /** A link of IRC: what it asks for. */
  | { kind: 'link'; link: Extract<LinkView, { kind: 'irc' }> }
  | { kind: 'introduce'; contact: ContactId }
  /** Text for another screen's camera, beside the text itself. */
  | { kind: 'qr'; title: string; text: string; note: string }
  | { kind: 'contact'; contact: ContactId }
  | { kind: 'remove'; contact: ContactId }
  | { kind: 'export' }
  | { kind: 'import' }
  | { kind: 'publicCard' }
  /** Text to take by hand where the clipboard is refused. */
  | { kind: 'text'; title: string; text: string; note: string }
  | { kind: 'takeBack'; message: Message }
  | { kind: 'channels'; server: ServerName }
  | { kind: 'account'; server: ServerName }
  | { kind: 'masks'; buffer: BufferId }
  | { kind: 'sendFile'; buffer: BufferId }
  | { kind: 'confirm'; title: string; text: string; action: string; run: () => void };
