import type { ContactId } from '../../contract/ids.ts';

/** The one dialog that is open. */
export type DialogState =
  | { kind: 'palette'; query: string }
  | { kind: 'help' }
  | { kind: 'diagnostics' }
  | { kind: 'connect'; text: string }
  | { kind: 'contact'; contact: ContactId }
  /** Text to take by hand where the clipboard is refused. */
  | { kind: 'text'; title: string; text: string; note: string }
  | { kind: 'confirm'; title: string; text: string; action: string; run: () => void };
