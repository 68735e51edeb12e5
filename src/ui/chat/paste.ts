/** What a paste into the input needs before it goes in. Pure. */
import type { BufferView } from '../../contract/views.ts';
import { recogniseAddress } from '../contacts/address.ts';

/** More lines than this are asked about: on IRC each becomes a message of its own. */
export const MAX_UNASKED_LINES = 4;

export type PasteQuestion = { kind: 'address'; text: string } | { kind: 'lines'; text: string; count: number };

/** null: paste it. */
export function pasteQuestion(text: string, kind: BufferView['kind']): PasteQuestion | null {
  const address = recogniseAddress(text);
  if (address !== null) return { kind: 'address', text: address };
  const count = text.replace(/\n+$/, '').split('\n').length;
  return kind !== 'private' && count > MAX_UNASKED_LINES ? { kind: 'lines', text, count } : null;
}

export const onOneLine = (text: string): string => text.trim().replace(/\s*\r?\n\s*/g, ' ');
