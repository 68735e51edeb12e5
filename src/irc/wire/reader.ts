/** Bytes of a line with its line end: 8,191 of tags and 512 of the rest (IRCv3 message-tags, RFC 1459 2.3). */
export const MAX_LINE_BYTES = 8_191 + 512;
/** Whole lines are decoded together up to about so many bytes, as a text cut out of them keeps all of them in memory. */
const BLOCK_BYTES = 1_024;

const LF = 10;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
/** WHATWG's superset of Latin-1: takes every byte. */
const latin1 = new TextDecoder('windows-1252');
const empty = new Uint8Array(0);

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
  let rest: Uint8Array = empty;
  let overflown = false;

  const deliver = (line: string): void => {
    if (line !== '') onLine(line);
  };
  /** Text of whole lines, each with its LF. */
  const deliverText = (text: string): void => {
    const isClean = !text.includes('\u0000');
    let start = 0;
    while (start < text.length) {
      const end = text.indexOf('\n', start);
      const cr = text.indexOf('\r', start);
      const stop = cr === -1 || cr > end ? end : cr;
      // eslint-disable-next-line no-control-regex -- exactly these two are meant
      deliver(isClean && stop >= end - 1 ? text.slice(start, stop) : text.slice(start, end).replace(/[\r\u0000]/g, ''));
      start = end + 1;
    }
  };
  const decode = (block: Uint8Array): string | null => {
    try {
      return utf8.decode(block);
    } catch {
      return null;
    }
  };
  const deliverBlock = (block: Uint8Array): void => {
    const text = decode(block);
    if (text !== null) {
      deliverText(text);
      return;
    }
    let start = 0;
    while (start < block.length) {
      const end = block.indexOf(LF, start) + 1;
      const line = block.subarray(start, end);
      deliverText(decode(line) ?? latin1.decode(line));
      start = end;
    }
  };
  const tooLong = (): false => {
    overflown = true;
    rest = empty;
    return false;
  };

  return {
    push: (bytes) => {
      if (overflown) return false;
      let start = 0;
      if (rest.length > 0) {
        start = bytes.indexOf(LF) + 1;
        const piece = start === 0 ? bytes : bytes.subarray(0, start);
        if (rest.length + piece.length > MAX_LINE_BYTES) return tooLong();
        const joined = new Uint8Array(rest.length + piece.length);
        joined.set(rest);
        joined.set(piece, rest.length);
        rest = joined;
        if (start === 0) return true;
        rest = empty;
        deliverBlock(joined);
      }
      const whole = bytes.lastIndexOf(LF) + 1;
      while (start < whole) {
        let end = bytes.lastIndexOf(LF, start + BLOCK_BYTES - 1) + 1;
        if (end <= start) end = bytes.indexOf(LF, start) + 1;
        if (end - start > MAX_LINE_BYTES) return tooLong();
        deliverBlock(bytes.subarray(start, end));
        start = end;
      }
      if (bytes.length - start > MAX_LINE_BYTES) return tooLong();
      if (start < bytes.length) rest = bytes.slice(start);
      return true;
    },
    kept: () => rest.length,
  };
}
