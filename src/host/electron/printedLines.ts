/** Lines of what a process prints. */
import { MAX_LINE_LENGTH } from '../../core/keptLog.ts';

/** Takes bytes as they come from a pipe, in pieces of any size. The rest of a line that is too long is left out. */
export function printedLines(onLine: (line: string) => void): (bytes: Uint8Array) => void {
  const decoder = new TextDecoder();
  let rest = '';
  return (bytes) => {
    const parts = (rest + decoder.decode(bytes, { stream: true })).split('\n');
    rest = (parts.pop() ?? '').slice(0, MAX_LINE_LENGTH);
    for (const part of parts) onLine(part.slice(0, MAX_LINE_LENGTH));
  };
}
