import type { Migration } from '../migrate.ts';

/**
 * private.db: hello ids live as long as the prekey they were made for; contacts hold what is known of both identity logs and
 * when sessions were begun anew; sessions hold when they were last used.
 */
export const private0004: Migration = {
  file: 'private',
  version: 4,
  sql: `
CREATE TABLE hellos (id TEXT PRIMARY KEY, until INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX hellos_until ON hellos (until);
ALTER TABLE contacts ADD COLUMN logHead BLOB;
ALTER TABLE contacts ADD COLUMN logSeq INTEGER;
ALTER TABLE contacts ADD COLUMN toldSeq INTEGER;
ALTER TABLE contacts ADD COLUMN splitSeen INTEGER NOT NULL DEFAULT 0;
ALTER TABLE contacts ADD COLUMN replaced INTEGER;
ALTER TABLE contacts ADD COLUMN renewed INTEGER;
ALTER TABLE contacts ADD COLUMN replaces TEXT;
ALTER TABLE sessions ADD COLUMN used INTEGER NOT NULL DEFAULT 0;
UPDATE sessions SET used = created;
`,
};
