import type { Migration } from '../migrate.ts';

/** private.db: payloads that a later version shows in full. */
export const private0003: Migration = {
  file: 'private',
  version: 3,
  sql: `
CREATE TABLE kept (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  contact INTEGER NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
  mid TEXT NOT NULL,
  session TEXT NOT NULL,
  sessionCreated INTEGER NOT NULL,
  chain TEXT NOT NULL,
  n INTEGER NOT NULL,
  time INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  bytes BLOB NOT NULL
) STRICT;
CREATE INDEX kept_contact ON kept (contact, seq);
`,
};
