import type { Migration } from '../migrate.ts';

/** private.db: identity, contacts, ratchet sessions, outbox, private lines; buffers with read markers and drafts. */
export const private0001: Migration = {
  file: 'private',
  version: 1,
  sql: `
CREATE TABLE meta (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT;
CREATE TABLE secrets (name TEXT PRIMARY KEY, bytes BLOB NOT NULL) STRICT;

CREATE TABLE contacts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  nickname TEXT NOT NULL,
  petname TEXT,
  identity BLOB,
  fingerprint BLOB,
  state TEXT NOT NULL CHECK (state IN ('connecting', 'active', 'request', 'blocked')),
  level TEXT NOT NULL CHECK (level IN ('not-verified', 'invite-pinned', 'verified', 'changed')),
  addresses BLOB NOT NULL,
  theirRecord TEXT,
  cardSeq INTEGER NOT NULL,
  ownRecordKey TEXT,
  ownRecordWriter TEXT,
  ownRecordSeq INTEGER NOT NULL,
  source TEXT NOT NULL,
  configServer TEXT,
  pendingAddress BLOB,
  pendingInvite TEXT,
  waiting INTEGER NOT NULL,
  confirmed INTEGER NOT NULL,
  memo BLOB,
  created INTEGER NOT NULL,
  lastSeen INTEGER
) STRICT;
CREATE INDEX contacts_state ON contacts (state);
CREATE TABLE blocked (fingerprint BLOB PRIMARY KEY, time INTEGER NOT NULL) STRICT;

CREATE TABLE buffers (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL CHECK (kind IN ('server', 'channel', 'query', 'private')),
  server TEXT,
  contact INTEGER REFERENCES contacts (id),
  key TEXT NOT NULL,
  name TEXT NOT NULL,
  topic TEXT NOT NULL,
  open INTEGER NOT NULL,
  muted INTEGER NOT NULL,
  readUpTo INTEGER,
  draft TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX buffers_identity ON buffers (kind, ifnull(server, ''), key);
CREATE INDEX buffers_contact ON buffers (contact) WHERE contact IS NOT NULL;

CREATE TABLE lines (
  id INTEGER PRIMARY KEY,
  buffer INTEGER NOT NULL REFERENCES buffers (id) ON DELETE CASCADE,
  time INTEGER NOT NULL,
  kind TEXT NOT NULL,
  sender TEXT,
  text TEXT NOT NULL,
  subject TEXT,
  self INTEGER NOT NULL,
  highlight INTEGER NOT NULL,
  counts INTEGER NOT NULL,
  receipt TEXT CHECK (receipt IN ('queued', 'sent', 'delivered', 'read', 'failed')),
  reason TEXT,
  peer INTEGER,
  mid TEXT
) STRICT;
CREATE INDEX lines_place ON lines (buffer, time, id);
CREATE INDEX lines_counted ON lines (buffer, id, highlight) WHERE counts = 1;
CREATE INDEX lines_mid ON lines (mid) WHERE mid IS NOT NULL;

CREATE TABLE sessions (
  id TEXT PRIMARY KEY,
  contact INTEGER NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
  helloId TEXT,
  bytes BLOB NOT NULL,
  version INTEGER NOT NULL,
  created INTEGER NOT NULL,
  active INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_contact ON sessions (contact);
CREATE TABLE skipped (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  session TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  chain TEXT NOT NULL,
  n INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  time INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX skipped_number ON skipped (session, chain, n);
CREATE INDEX skipped_time ON skipped (time);
CREATE TABLE replay (
  session TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  chain TEXT NOT NULL,
  n INTEGER NOT NULL,
  hash BLOB NOT NULL,
  tag BLOB,
  time INTEGER NOT NULL,
  PRIMARY KEY (session, chain, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX replay_time ON replay (time);
CREATE TABLE received (
  contact INTEGER NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
  mid TEXT NOT NULL,
  time INTEGER NOT NULL,
  PRIMARY KEY (contact, mid)
) STRICT, WITHOUT ROWID;
CREATE INDEX received_time ON received (time);

CREATE TABLE outbox (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  mid TEXT NOT NULL UNIQUE,
  contact INTEGER NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
  payload BLOB NOT NULL,
  packet BLOB,
  session TEXT,
  ackTag BLOB,
  sealedAt INTEGER,
  attempts INTEGER NOT NULL,
  nextTry INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued', 'sent')),
  error TEXT,
  message INTEGER REFERENCES lines (id) ON DELETE SET NULL,
  created INTEGER NOT NULL
) STRICT;
CREATE INDEX outbox_contact ON outbox (contact);
CREATE INDEX outbox_message ON outbox (message) WHERE message IS NOT NULL;
CREATE INDEX outbox_session ON outbox (session) WHERE session IS NOT NULL;

CREATE TABLE prekeys (
  id TEXT PRIMARY KEY,
  bytes BLOB NOT NULL,
  oneTime INTEGER NOT NULL,
  notAfter INTEGER NOT NULL,
  invite TEXT
) STRICT;
CREATE TABLE invites (
  id TEXT PRIMARY KEY,
  prekeyId TEXT NOT NULL,
  secret BLOB NOT NULL,
  recordKey TEXT,
  recordWriter TEXT,
  text TEXT NOT NULL,
  expires INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('spare', 'given', 'used')),
  channel TEXT NOT NULL,
  contact INTEGER REFERENCES contacts (id) ON DELETE SET NULL
) STRICT;
CREATE INDEX invites_contact ON invites (contact) WHERE contact IS NOT NULL;
`,
};
