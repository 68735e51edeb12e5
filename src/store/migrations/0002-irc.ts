import type { Migration } from '../migrate.ts';

/** irc.db: the lines of IRC buffers. Buffers are rows of private.db, so nothing here refers to them by key. */
export const irc0002: Migration = {
  file: 'irc',
  version: 2,
  sql: `
CREATE TABLE meta (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT;
CREATE TABLE lines (
  id INTEGER PRIMARY KEY,
  buffer INTEGER NOT NULL,
  time INTEGER NOT NULL,
  kind TEXT NOT NULL,
  sender TEXT,
  text TEXT NOT NULL,
  subject TEXT,
  self INTEGER NOT NULL,
  highlight INTEGER NOT NULL,
  counts INTEGER NOT NULL,
  msgid TEXT
) STRICT;
CREATE INDEX lines_place ON lines (buffer, time, id);
CREATE INDEX lines_counted ON lines (buffer, id, highlight) WHERE counts = 1;
CREATE UNIQUE INDEX lines_msgid ON lines (buffer, msgid) WHERE msgid IS NOT NULL;
`,
};
