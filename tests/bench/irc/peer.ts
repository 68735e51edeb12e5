/** What the engine is measured beside: irc-framework alone, and a parser that only looks for spaces. */
import { EventEmitter } from 'node:events';
import { Client } from 'irc-framework';
import parseIrcLine from 'irc-framework/src/irclineparser.js';

export const frameworkParse = (line: string): unknown => parseIrcLine(line);

/** The floor: where tags, source, command and parameters begin and end; nothing is unescaped, checked or bounded. */
export function floorParse(line: string): { tags: string; source: string; words: string[] } {
  let at = 0;
  let tags = '';
  let source = '';
  if (line.startsWith('@')) {
    const end = line.indexOf(' ');
    tags = line.slice(1, end);
    at = end + 1;
  }
  if (line[at] === ':') {
    const end = line.indexOf(' ', at);
    source = line.slice(at + 1, end);
    at = end + 1;
  }
  const words: string[] = [];
  while (at < line.length) {
    if (line[at] === ':') {
      words.push(line.slice(at + 1));
      break;
    }
    const end = line.indexOf(' ', at);
    if (end === -1) {
      words.push(line.slice(at));
      break;
    }
    words.push(line.slice(at, end));
    at = end + 1;
  }
  return { tags, source, words };
}

/** A client of irc-framework past its greeting, in no channel object: what it does with a line by itself. */
export function frameworkClient(): { feed: (lines: readonly string[]) => void } {
  let socket: EventEmitter | null = null;
  class Transport extends EventEmitter {
    constructor() {
      super();
      // eslint-disable-next-line @typescript-eslint/no-this-alias -- the framework makes it, the bench speaks through it
      socket = this;
    }
    connect(): void {
      queueMicrotask(() => this.emit('open'));
    }
    writeLine(): void {
      // Nothing listens.
    }
    setEncoding(): boolean {
      return true;
    }
    close(): void {
      this.emit('close');
    }
    disposeSocket(): void {
      // There is none.
    }
  }
  const client = new Client({ nick: 'me', version: false, auto_reconnect: false, transport: Transport });
  client.connect();
  const feed = (lines: readonly string[]): void => {
    for (const line of lines) socket?.emit('line', line);
  };
  feed([
    ':irc.test 001 me :Welcome',
    ':irc.test 005 me PREFIX=(ov)@+ CHANTYPES=# CHANMODES=b,k,l,imnpst :are supported',
    ':irc.test 376 me :End',
  ]);
  return { feed };
}
