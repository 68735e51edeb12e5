import type { ContactId } from '../contract/ids.ts';
import { boundBytes, boundName, bytes, bytesOrNull, flag } from './columns.ts';
import type { Db } from './db.ts';
import { conflict, limit } from './errors.ts';
import { KEEP_MS, MAX_SESSION_BYTES, MAX_SESSIONS_PER_CONTACT, MAX_SKIPPED_KEYS, REPLAY_WINDOW } from './limits.ts';
import type { Operations } from './operations.ts';
import type { ReplayRow, SessionRow, SessionWrite, SkippedRow } from './rows.ts';
import { transaction } from './transaction.ts';

type Row = Omit<SessionRow, 'active'> & { active: number };

const read = (row: Row): SessionRow => ({ ...row, bytes: bytes(row.bytes), active: row.active === 1 });
const readReplay = (row: ReplayRow): ReplayRow => ({ ...row, hash: bytes(row.hash), tag: bytesOrNull(row.tag) });

/** What opening one packet leaves in its session. */
export interface Opened {
  skippedAdd: SkippedRow[];
  skippedDelete: { chain: string; n: number }[];
  replayAdd: ReplayRow | null;
}

export interface Sessions extends Pick<Operations, 'listSessions' | 'loadPlace' | 'removeSession' | 'removeIdleSessions'> {
  /** For use inside a transaction. Throws 'conflict' when another version is stored, or the session is another contact's. */
  write(contact: ContactId, session: SessionWrite, now: number): void;
  /** Makes sessions of the contact receive-only. */
  retire(contact: ContactId, ids: readonly string[]): void;
  /** All of a contact, or of everybody; sealed packets are forgotten. */
  retireAll(contact: ContactId | null): void;
  addOpened(session: string, opened: Opened, now: number): void;
  count(contact: ContactId): number;
  prune(now: number): number;
}

export function createSessions(db: Db): Sessions {
  const columns = 'id, contact, helloId, bytes, version, created, active, used';
  const list = db.prepare<[number | null], Row>(
    `SELECT ${columns} FROM sessions WHERE contact = ifnull(?, contact) ORDER BY created DESC, rowid DESC`,
  );
  const insert = db.prepare<[string, number, string | null, Uint8Array, number, number, number]>(
    `INSERT INTO sessions (${columns}) VALUES (?, ?, ?, ?, 1, ?, ?, ?)`,
  );
  const set = db.prepare<[Uint8Array, number, number, string, number, number]>(
    'UPDATE sessions SET bytes = ?, active = ?, used = ?, version = version + 1 WHERE id = ? AND contact = ? AND version = ?',
  );
  const count = db.prepare<[number], { rows: number }>('SELECT count(*) AS rows FROM sessions WHERE contact = ?');
  const oldestIdle = db.prepare<[number], { id: string }>(
    'SELECT id FROM sessions WHERE contact = ? AND active = 0 ORDER BY created, rowid LIMIT 1',
  );
  const retire = db.prepare<[string, number]>('UPDATE sessions SET active = 0 WHERE id = ? AND contact = ?');
  const retireAll = db.prepare<[number | null]>('UPDATE sessions SET active = 0 WHERE contact = ifnull(?, contact)');
  const unseal = 'UPDATE outbox SET packet = NULL, session = NULL, ackTag = NULL, sealedAt = NULL';
  const unsealOf = db.prepare<[string]>(`${unseal} WHERE session = ?`);
  const unsealAll = db.prepare<[number | null]>(`${unseal} WHERE contact = ifnull(?, contact)`);
  const remove = db.prepare<[string]>('DELETE FROM sessions WHERE id = ?');

  const skippedAt = db.prepare<[string, string, number], SkippedRow>(
    'SELECT chain, n, bytes FROM skipped WHERE session = ? AND chain = ? AND n = ?',
  );
  const addSkipped = db.prepare<[string, string, number, Uint8Array, number]>(
    'INSERT OR REPLACE INTO skipped (session, chain, n, bytes, time) VALUES (?, ?, ?, ?, ?)',
  );
  const removeSkipped = db.prepare<[string, string, number]>('DELETE FROM skipped WHERE session = ? AND chain = ? AND n = ?');
  const trimSkipped = db.prepare<[string, number]>(
    'DELETE FROM skipped WHERE seq IN (SELECT seq FROM skipped WHERE session = ? ORDER BY seq DESC LIMIT -1 OFFSET ?)',
  );
  const replayOf = db.prepare<[string, string, number], ReplayRow>(
    'SELECT chain, n, hash, tag FROM replay WHERE session = ? AND chain = ? AND n = ?',
  );
  const highestOf = db.prepare<[{ session: string; chain: string }], { n: number | null }>(
    `SELECT max(n) AS n FROM (SELECT max(n) AS n FROM skipped WHERE session = @session AND chain = @chain
      UNION ALL SELECT max(n) FROM replay WHERE session = @session AND chain = @chain)`,
  );
  const idle = db.prepare<[number], { id: string }>('SELECT id FROM sessions WHERE active = 0 AND used < ?');
  const addReplay = db.prepare<[string, string, number, Uint8Array, Uint8Array | null, number]>(
    'INSERT INTO replay (session, chain, n, hash, tag, time) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const trimReplay = db.prepare<[string, string, number]>('DELETE FROM replay WHERE session = ? AND chain = ? AND n <= ?');
  const expireSkipped = db.prepare<[number]>('DELETE FROM skipped WHERE time < ?');
  const expireReplay = db.prepare<[number]>('DELETE FROM replay WHERE time < ?');

  const removeOne = (id: string): void => {
    unsealOf.run(id);
    remove.run(id);
  };
  const makeRoom = (contact: ContactId): void => {
    if ((count.get(contact)?.rows ?? 0) < MAX_SESSIONS_PER_CONTACT) return;
    const idle = oldestIdle.get(contact);
    if (!idle) throw limit('This contact has too many sessions.');
    removeOne(idle.id);
  };
  const write = (contact: ContactId, session: SessionWrite, now: number): void => {
    const { id, expectedVersion, helloId, created, active } = session;
    const state = boundBytes(session.bytes, MAX_SESSION_BYTES);
    if (expectedVersion === null) {
      makeRoom(contact);
      insert.run(boundName(id), contact, helloId, state, created, flag(active), now);
    } else if (set.run(state, flag(active), now, id, contact, expectedVersion).changes !== 1) {
      throw conflict('The session was changed meanwhile.');
    }
  };
  const addOpened = (session: string, { skippedAdd, skippedDelete, replayAdd }: Opened, now: number): void => {
    for (const { chain, n } of skippedDelete) removeSkipped.run(session, chain, n);
    for (const key of skippedAdd) addSkipped.run(session, boundName(key.chain), key.n, boundBytes(key.bytes), now);
    if (skippedAdd.length > 0) trimSkipped.run(session, MAX_SKIPPED_KEYS);
    if (!replayAdd) return;
    const { chain, n, hash, tag } = replayAdd;
    addReplay.run(session, boundName(chain), n, boundBytes(hash), tag && boundBytes(tag), now);
    trimReplay.run(session, chain, n - REPLAY_WINDOW);
  };

  return {
    write,
    retire: (contact, ids) => {
      for (const id of ids) retire.run(id, contact);
    },
    retireAll: (contact) => {
      retireAll.run(contact);
      unsealAll.run(contact);
    },
    addOpened,
    count: (contact) => count.get(contact)?.rows ?? 0,
    prune: (now) => expireSkipped.run(now - KEEP_MS).changes + expireReplay.run(now - KEEP_MS).changes,
    listSessions: (contact) => list.all(contact).map(read),
    loadPlace: ({ session, chain, n }) => {
      const skipped = skippedAt.get(session, chain, n);
      const replay = replayOf.get(session, chain, n);
      return {
        skipped: skipped ? { ...skipped, bytes: bytes(skipped.bytes) } : null,
        replay: replay ? readReplay(replay) : null,
        highest: highestOf.get({ session, chain })?.n ?? null,
      };
    },
    removeIdleSessions: transaction(db, (before) => {
      const gone = idle.all(before).map(({ id }) => id);
      gone.forEach(removeOne);
      return gone;
    }),
    removeSession: transaction(db, removeOne),
  };
}
