import type { Migration } from '../migrate.ts';

/**
 * irc.db: where history is missing between two lines, and what happened to lines that are not here yet (`detail`: the reaction, or why it was
 * taken back).
 */
export const irc0011: Migration = {
  file: 'irc',
  version: 11,
  sql: `
CREATE TABLE gaps (
  id INTEGER PRIMARY KEY,
  buffer INTEGER NOT NULL,
  after_time INTEGER NOT NULL,
  after_msgid TEXT,
  before_time INTEGER NOT NULL,
  before_msgid TEXT
) STRICT;
CREATE INDEX gaps_place ON gaps (buffer, before_time);
CREATE TABLE early (
  id INTEGER PRIMARY KEY,
  buffer INTEGER NOT NULL,
  msgid TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('react', 'redact')),
  nick TEXT NOT NULL,
  detail TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX early_change ON early (buffer, msgid, kind, nick, detail);
CREATE INDEX early_age ON early (buffer, id);
`,
};
