import type { Migration } from '../migrate.ts';

/** private.db: whether a contact may know where we are, and the address at which they may be reached that way. */
export const private0008: Migration = {
  file: 'private',
  version: 8,
  sql: `
ALTER TABLE contacts ADD COLUMN direct INTEGER NOT NULL DEFAULT 0 CHECK (direct IN (0, 1));
ALTER TABLE contacts ADD COLUMN directAddress BLOB;
`,
};
