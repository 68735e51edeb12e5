import type { Migration } from '../migrate.ts';

/**
 * private.db: up to which line each contact was told that it was read; what lies in the mailbox of each pair's record; and
 * where received lines stood in their author's order, so that what comes late is shown in its place.
 */
export const private0005: Migration = {
  file: 'private',
  version: 5,
  sql: `
CREATE TABLE told (contact INTEGER PRIMARY KEY REFERENCES contacts (id) ON DELETE CASCADE, message INTEGER NOT NULL) STRICT;
INSERT INTO told (contact, message)
  SELECT contact, max(readUpTo) FROM buffers WHERE kind = 'private' AND contact IS NOT NULL AND readUpTo IS NOT NULL GROUP BY contact;
CREATE TABLE mailbox (
  contact INTEGER NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
  slot INTEGER NOT NULL,
  record TEXT NOT NULL,
  mid TEXT NOT NULL,
  hash TEXT NOT NULL,
  PRIMARY KEY (contact, slot)
) STRICT, WITHOUT ROWID;
CREATE TABLE positions (
  session TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  chain TEXT NOT NULL,
  n INTEGER NOT NULL,
  time INTEGER NOT NULL,
  PRIMARY KEY (session, chain, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX positions_time ON positions (time);
`,
};
