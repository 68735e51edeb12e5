import parseIrcLine from 'irc-framework/src/irclineparser.js';
import type { Line, Source } from './line.ts';
import { minimumParams } from './minimums.ts';

/** Parameters kept of one line; RFC 1459 has 15, some servers send more in 005. */
const MAX_PARAMS = 64;
const COMMAND = /^(?:[A-Z]{1,32}|[0-9]{3})$/;

/**
 * Parses one line (no CR, LF or NUL in it). Null where it is no IRC line, or has fewer parameters than its command needs:
 * no handler ever sees such a line.
 */
export function parseLine(text: string): Line | null {
  const parsed = parseIrcLine(text);
  if (!COMMAND.test(parsed.command)) return null;
  if (parsed.params.length < minimumParams(parsed.command)) return null;
  return {
    tags: new Map(Object.entries(parsed.tags)),
    source: parsed.prefix === '' ? null : source(parsed.prefix),
    command: parsed.command,
    params: parsed.params.length > MAX_PARAMS ? parsed.params.slice(0, MAX_PARAMS) : parsed.params,
  };
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
