import type { Migration } from '../migrate.ts';

/** private.db: hosts that have to be reached over TLS only (IRCv3 sts), and until when. */
export const private0010: Migration = {
  file: 'private',
  version: 10,
  sql: `
CREATE TABLE sts (
  host TEXT PRIMARY KEY,
  port INTEGER NOT NULL CHECK (port BETWEEN 1 AND 65535),
  duration INTEGER NOT NULL CHECK (duration > 0),
  expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`,
};
