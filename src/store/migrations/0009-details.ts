import type { Migration } from '../migrate.ts';

/** irc.db: what IRCv3 adds to a line (contract `Details`, as JSON). `lines_msgid` of step 2 finds a line by (buffer, msgid). */
export const irc0009: Migration = {
  file: 'irc',
  version: 9,
  sql: `
ALTER TABLE lines ADD COLUMN details TEXT;
`,
};
