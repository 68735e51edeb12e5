/** What a paste, or a text of many lines, needs before it goes on. Pure. */
import type { BufferView } from '../../contract/views.ts';
import { recogniseAddress } from '../contacts/address.ts';

/** More lines than this are asked about before they are sent: on IRC each becomes a message of its own. */
export const MAX_UNASKED_LINES = 5;
/** As the flood control sends (burst, then one a period of this many milliseconds). */
const BURST_LINES = 4;
const LINE_MS = 2_000;

export interface SendQuestion {
  lines: number;
  /** Until the last of them is out; 0: at once. */
  seconds: number;
  /** The server takes them as one message. */
  isOne: boolean;
}

/** The address in what was pasted, which is asked about before it becomes text; null: paste it. */
export const pasteQuestion = (text: string): string | null => recogniseAddress(text);

/** null: send it. A command stands on one line; the core refuses others with a sentence. */
export function sendQuestion(text: string, kind: BufferView['kind'], multiline: boolean): SendQuestion | null {
  if (kind === 'private') return null;
  if (text.startsWith('/') && !text.startsWith('//')) return null;
  const lines = text.split(/\r\n|\r|\n/).filter((line) => line.trim() !== '').length;
  if (lines <= MAX_UNASKED_LINES) return null;
  return { lines, seconds: multiline ? 0 : Math.ceil(((lines - BURST_LINES) * LINE_MS) / 1_000), isOne: multiline };
}

export const onOneLine = (text: string): string => text.trim().replace(/\s*\r?\n\s*/g, ' ');

/** 75 → "about 1 minute and 15 seconds" */
export function secondsWords(seconds: number): string {
  const part = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;
  const [minutes, rest] = [Math.floor(seconds / 60), seconds % 60];
  if (minutes === 0) return `about ${part(rest, 'second')}`;
  return rest === 0 ? `about ${part(minutes, 'minute')}` : `about ${part(minutes, 'minute')} and ${part(rest, 'second')}`;
}
