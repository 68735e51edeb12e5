import { readCommand } from './commands.ts';
import type { Line, Source } from './line.ts';
import { MAX_TAG_SECTION, parseTags } from './tags.ts';

/** Parameters kept of one line; RFC 1459 has 15, some servers send more in 005. */
const MAX_PARAMS = 64;
const SPACE = 32;
const COLON = 58;
const AT = 64;

const noTags: Line['tags'] = new Map();

/**
 * Parses one line (no CR, LF or NUL in it; modern.ircdocs.horse, "Message format"). Null where it is no IRC line, has more tags than
 * may be sent, or has fewer parameters than its command needs: no handler ever sees such a line. Linear in the line's length.
 */
export function parseLine(text: string): Line | null {
  let at = 0;
  let tags = noTags;
  if (text.charCodeAt(0) === AT) {
    const end = text.indexOf(' ');
    if (end === -1 || end >= MAX_TAG_SECTION) return null;
    tags = parseTags(text.slice(1, end));
    at = skip(text, end);
  }
  let from: Source | null = null;
  if (text.charCodeAt(at) === COLON) {
    const end = text.indexOf(' ', at);
    if (end === -1) return null;
    if (end > at + 1) from = source(text.slice(at + 1, end));
    at = skip(text, end);
  }
  const end = text.indexOf(' ', at);
  const command = readCommand(end === -1 ? text.slice(at) : text.slice(at, end));
  if (command === null) return null;
  const params = end === -1 ? [] : readParams(text, skip(text, end));
  if (params.length < command.minimumParams) return null;
  return { tags, source: from, command: command.name, params };
}

function readParams(text: string, start: number): string[] {
  const params: string[] = [];
  let at = start;
  while (at < text.length && params.length < MAX_PARAMS) {
    if (text.charCodeAt(at) === COLON) {
      params.push(text.slice(at + 1));
      break;
    }
    const end = text.indexOf(' ', at);
    if (end === -1) {
      params.push(text.slice(at));
      break;
    }
    params.push(text.slice(at, end));
    at = skip(text, end);
  }
  return params;
}

/** Where the spaces that begin at `at` end. */
function skip(text: string, at: number): number {
  let next = at;
  while (text.charCodeAt(next) === SPACE) next += 1;
  return next;
}

/** `nick!user@host`, each part optional; a bare name with a dot in it is a server's, as nicks cannot hold dots. */
export function source(prefix: string): Source {
  const at = prefix.lastIndexOf('@');
  const host = at === -1 ? null : prefix.slice(at + 1);
  const left = at === -1 ? prefix : prefix.slice(0, at);
  const bang = left.indexOf('!');
  const user = bang === -1 ? null : left.slice(bang + 1);
  const nick = bang === -1 ? left : left.slice(0, bang);
  return { nick, user, host, server: user === null && host === null && nick.includes('.') };
}
