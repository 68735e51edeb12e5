/** The last lines that a program logged, each with its time: what somebody looks at, copies, and sends to whoever helps. Nothing secret is ever logged. */

export const MAX_LINES = 1_000;
/** UTF-16 units of a line; the rest of a longer one is left out. */
export const MAX_LINE_LENGTH = 2_000;

export interface KeptLog {
  add: (line: string) => void;
  /** Oldest first, a line each. Control characters are gone: it can be printed anywhere. */
  text: () => string;
}

/** `now`: milliseconds since 1970. */
export function keepLog(now: () => number = Date.now): KeptLog {
  const lines: string[] = [];
  return {
    add: (line) => {
      const printable = line.slice(0, MAX_LINE_LENGTH).replace(/[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]+/gu, ' ');
      lines.push(`${new Date(now()).toISOString()} ${printable.toWellFormed()}`);
      if (lines.length > MAX_LINES) lines.shift();
    },
    text: () => lines.map((line) => `${line}\n`).join(''),
  };
}
