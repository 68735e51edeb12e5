/** A package without types of its own: only what the benchmark uses (seen in irc-framework 4.14.0). */
declare module 'irc-framework' {
  export class Client {
    constructor(options: { nick: string; version: boolean; auto_reconnect: boolean; transport: new () => unknown });
    connect(): void;
  }
}
declare module 'irc-framework/src/irclineparser.js' {
  export default function parseIrcLine(line: string): unknown;
}
