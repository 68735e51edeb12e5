import type { Migration } from '../migrate.ts';

/** private.db: which nick of an IRC server stands for which contact (`/secure`), and whether that is still in force. */
export const private0006: Migration = {
  file: 'private',
  version: 6,
  sql: `
CREATE TABLE bindings (
  server TEXT NOT NULL,
  key TEXT NOT NULL,
  place INTEGER NOT NULL,
  nick TEXT NOT NULL,
  contact INTEGER NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
  account TEXT,
  state TEXT NOT NULL CHECK (state IN ('bound', 'held', 'chosen')),
  reason TEXT NOT NULL,
  PRIMARY KEY (server, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX bindings_contact ON bindings (contact);
`,
};
