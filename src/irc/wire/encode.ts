import { IrcError } from '../errors.ts';

/** Bytes of an outgoing line without its CR LF (RFC 1459 2.3). */
export const MAX_OUT_BYTES = 510;
const MAX_OUT_PARAMS = 15;

const encoder = new TextEncoder();
// eslint-disable-next-line no-control-regex -- exactly these three are meant
const FORBIDDEN = /[\r\n\u0000]/;
const COMMAND = /^[A-Z0-9]+$/;

export const byteLength = (text: string): number => encoder.encode(text).length;

/** Commands of keywords and tokens: the colon only where it is needed, as some servers compare the words with it. */
const BARE: ReadonlySet<string> = new Set(['AUTHENTICATE', 'BATCH', 'CAP', 'CHATHISTORY', 'MARKREAD', 'NICK', 'TAGMSG']);
const needsColon = (param: string): boolean => param === '' || param.includes(' ') || param.startsWith(':');

/** Bytes of the tag section a client may send (IRCv3 message-tags), without @ and space. */
const MAX_TAG_BYTES = 4_094;
// Client tags, and `label` and `batch` of ours. Vendor and key as the specification writes them.
const TAG_KEY = /^\+?(?:[a-zA-Z0-9.-]+\/)?[a-zA-Z0-9-]+$/;
const ESCAPES: Readonly<Record<string, string>> = { ';': '\\:', ' ': '\\s', '\\': '\\\\', '\r': '\\r', '\n': '\\n' };

/** `@key=value;key ` before a line, '' for none. Throws IrcError `badInput` for a key that is none, or NUL; `tooLong`. */
function encodeTags(tags: Readonly<Record<string, string>>): string {
  const parts = Object.entries(tags).map(([key, value]) => {
    if (!TAG_KEY.test(key) || value.includes('\u0000')) throw new IrcError('badInput', 'This cannot stand in a message tag.');
    const escaped = value.replace(/[; \\\r\n]/g, (character) => ESCAPES[character] ?? character);
    return escaped === '' ? key : `${key}=${escaped}`;
  });
  if (parts.length === 0) return '';
  const text = parts.join(';');
  if (byteLength(text) > MAX_TAG_BYTES) throw new IrcError('tooLong', 'The tags of this message are too long.');
  return `@${text} `;
}

/**
 * One outgoing line without its line end. The last parameter carries its colon (for keywords only where needed), so
 * that it may be empty, hold spaces or begin with a colon; the others must not. `limit` is in bytes and
 * leaves out the tags, which have a limit of their own. Throws IrcError: `badInput` for CR, LF, NUL or a parameter that would become two, `tooLong`.
 */
export function encodeLine(
  command: string,
  params: readonly string[],
  limit = MAX_OUT_BYTES,
  tags: Readonly<Record<string, string>> = {},
): string {
  if (!COMMAND.test(command) || params.length > MAX_OUT_PARAMS) throw new IrcError('badInput', 'This is not an IRC command.');
  const words = params.map((param, index) => {
    if (FORBIDDEN.test(param)) throw new IrcError('badInput', 'Line breaks and NUL cannot be sent over IRC.');
    if (index === params.length - 1) return BARE.has(command) && !needsColon(param) ? param : `:${param}`;
    if (needsColon(param)) throw new IrcError('badInput', 'A name on IRC cannot be empty, hold spaces or begin with a colon.');
    return param;
  });
  const line = [command, ...words].join(' ');
  if (byteLength(line) > limit) throw new IrcError('tooLong', 'This is too long for one IRC line.');
  return encodeTags(tags) + line;
}
