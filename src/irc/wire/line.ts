/** Who a line comes from. `server` is true for a server's name, which then stands in `nick`. */
export interface Source {
  nick: string;
  user: string | null;
  host: string | null;
  server: boolean;
}

/** One line as it came, parsed and bounded. Parameters are not cleaned: they are the network's text. */
export interface Line {
  /** Keys as they stand in the line; a tag without value is ''. */
  tags: ReadonlyMap<string, string>;
  source: Source | null;
  /** Upper-cased word or three digits. */
  command: string;
  params: readonly string[];
}
