/** Packages without types of their own: only what is used, as it behaves (seen in irc-framework 4.14.0). */
declare module 'irc-framework/src/irclineparser.js' {
  interface ParsedLine {
    /** Null-prototype object; keys lower-cased, values unescaped, a tag without value is ''. */
    tags: Record<string, string>;
    /** '' where the line has no source. */
    prefix: string;
    nick: string;
    ident: string;
    hostname: string;
    /** Upper-cased; '' for an empty line. */
    command: string;
    params: string[];
  }
  /** Never throws. Its trimming is quadratic in carriage returns inside a line: remove them first. */
  export default function parseIrcLine(line: string): ParsedLine;
}
