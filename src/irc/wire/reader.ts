/** Bytes of a line with its line end: 8,191 of tags and 512 of the rest (IRCv3 message-tags, RFC 1459 2.3). */
export const MAX_LINE_BYTES = 8_191 + 512;

const LF = 10;
const CR = 13;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
/** WHATWG's superset of Latin-1: takes every byte. */
const latin1 = new TextDecoder('windows-1252');

const decode = (bytes: Uint8Array): string => {
  try {
    return utf8.decode(bytes);
  } catch {
    return latin1.decode(bytes);
  }
};

export interface LineReader {
  /** Takes bytes as they arrive, cut anywhere. Returns false when a line is too long: nothing more is read then. */
  push(bytes: Uint8Array): boolean;
  /** Bytes kept of an unfinished line. */
  kept(): number;
}

/**
 * Cuts bytes into lines at LF. CR and NUL are no line ends and never legal inside a line: they are removed, which also
 * keeps what follows simple. Text is UTF-8, a line that is not is read as Latin-1. Empty lines are left out.
 */
export function createLineReader(onLine: (line: string) => void): LineReader {
  let rest = new Uint8Array(0);
  let overflown = false;

  const deliver = (bytes: Uint8Array): void => {
    // Nearly every line ends with one: then there is nothing to remove from the text.
    // eslint-disable-next-line no-control-regex -- exactly these two are meant
    const line = decode(bytes.at(-1) === CR ? bytes.subarray(0, -1) : bytes).replace(/[\r\u0000]/g, '');
    if (line !== '') onLine(line);
  };

  return {
    push: (bytes) => {
      let start = 0;
      while (!overflown) {
        const end = bytes.indexOf(LF, start);
        const length = rest.length + (end === -1 ? bytes.length : end + 1) - start;
        if (length > MAX_LINE_BYTES) {
          overflown = true;
          rest = new Uint8Array(0);
          break;
        }
        const piece = bytes.subarray(start, end === -1 ? bytes.length : end);
        if (rest.length > 0 || end === -1) {
          const joined = new Uint8Array(rest.length + piece.length);
          joined.set(rest);
          joined.set(piece, rest.length);
          rest = joined;
        }
        if (end === -1) break;
        const line = rest.length > 0 ? rest : piece;
        rest = new Uint8Array(0);
        deliver(line);
        start = end + 1;
      }
      return !overflown;
    },
    kept: () => rest.length,
  };
}
