import type { Migration } from '../migrate.ts';

/** private.db: what the user chose for one contact; null: as configured. */
export const private0007: Migration = {
  file: 'private',
  version: 7,
  sql: `
ALTER TABLE contacts ADD COLUMN readReceipts INTEGER CHECK (readReceipts IN (0, 1));
ALTER TABLE contacts ADD COLUMN presence INTEGER CHECK (presence IN (0, 1));
ALTER TABLE contacts ADD COLUMN cover INTEGER CHECK (cover IN (0, 1));
`,
};
