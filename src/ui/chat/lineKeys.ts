/** The keyboard among the lines: up and down go from line to line, one key does what the menu does. No state of its own. */
import type { MessageId } from '../../contract/ids.ts';
import type { Message } from '../../contract/message.ts';
import type { Row } from './rows.ts';

/** The line that a row stands for, or null for separators. Of a condensed group it is the first. */
export function lineOf(row: Row | undefined): Message | null {
  if (row?.kind === 'line') return row.message;
  return row?.kind === 'condensed' ? (row.messages[0] ?? null) : null;
}

export const rowIndexOf = (rows: readonly Row[], id: MessageId): number =>
  rows.findIndex((row) => (row.kind === 'condensed' ? row.messages.some((message) => message.id === id) : lineOf(row)?.id === id));

/** The next row with a line from `from` in `step`'s direction; `from` itself where there is none, -1 without any. */
export function nextLine(rows: readonly Row[], from: number, step: 1 | -1): number {
  for (let index = from + step; index >= 0 && index < rows.length; index += step) if (lineOf(rows[index]) !== null) return index;
  return lineOf(rows[from]) === null ? -1 : from;
}

/** The line that an event comes from, and whether it has the focus itself. */
export function lineAt(target: EventTarget | null): { element: HTMLElement; id: number; isItself: boolean } | null {
  const element = target instanceof Element ? target.closest('[data-line]') : null;
  if (!(element instanceof HTMLElement)) return null;
  return { element, id: Number(element.dataset['line']), isItself: element === target };
}
