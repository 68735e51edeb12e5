/** Keeps the last lines that a process printed, and hands each on. */

export const MAX_LINES = 500;
/** UTF-16 units of a line; the rest of a longer one is left out. */
export const MAX_LINE_LENGTH = 2_000;

export interface LogRing {
  /** Takes bytes as they come from a pipe, in pieces of any size. */
  take: (bytes: Uint8Array) => void;
  /** Oldest first, at most MAX_LINES. */
  lines(): readonly string[];
}

export function createLogRing(onLine: (line: string) => void): LogRing {
  const decoder = new TextDecoder();
  let lines: string[] = [];
  let rest = '';
  return {
    take: (bytes) => {
      const parts = (rest + decoder.decode(bytes, { stream: true })).split('\n');
      rest = (parts.pop() ?? '').slice(0, MAX_LINE_LENGTH);
      for (const part of parts) {
        const line = part.slice(0, MAX_LINE_LENGTH);
        lines = [...lines.slice(1 - MAX_LINES), line];
        onLine(line);
      }
    },
    lines: () => lines,
  };
}
