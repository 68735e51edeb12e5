/** Payloads that are kept as they came, for a later version that can show them. */
import type { ContactId } from '../contract/ids.ts';
import { boundBytes, boundName, bytes } from './columns.ts';
import type { Db } from './db.ts';
import { MAX_KEPT_PAYLOADS, MAX_PACKET_BYTES, MAX_PAGE_LINES } from './limits.ts';
import type { Operations } from './operations.ts';
import type { KeptPayload, KeptRow, SessionWrite } from './rows.ts';

export interface KeptPayloads extends Pick<Operations, 'keptPayloads' | 'keptOfLine'> {
  /** For use inside a transaction. Beyond MAX_KEPT_PAYLOADS of the contact the oldest are dropped. */
  keep(contact: ContactId, payload: KeptPayload, session: SessionWrite, now: number): void;
}

export function createKeptPayloads(db: Db): KeptPayloads {
  const columns = 'contact, mid, session, sessionCreated, chain, n, time, kind, bytes';
  const add = db.prepare<[number, string, string, number, string, number, number, number, Uint8Array]>(
    `INSERT INTO kept (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const trim = db.prepare<[number, number]>(
    'DELETE FROM kept WHERE seq IN (SELECT seq FROM kept WHERE contact = ? ORDER BY seq DESC LIMIT -1 OFFSET ?)',
  );
  const page = db.prepare<[number, number, number], KeptRow>(
    `SELECT seq, ${columns} FROM kept WHERE contact = ? AND seq > ? ORDER BY seq LIMIT ?`,
  );
  const ofLine = db.prepare<[number, number], { contact: ContactId; bytes: Uint8Array }>(
    `SELECT kept.contact, kept.bytes FROM lines JOIN kept ON kept.mid = lines.mid AND kept.contact = lines.peer
     WHERE lines.id = ? AND lines.buffer = ?`,
  );
  return {
    keptOfLine: ({ buffer, message }) => {
      const row = ofLine.get(message, buffer);
      return row ? { contact: row.contact, bytes: bytes(row.bytes) } : null;
    },
    keep: (contact, { mid, session, chain, n, kind, bytes: content }, { created }, now) => {
      boundBytes(content, MAX_PACKET_BYTES);
      add.run(contact, boundName(mid), boundName(session), created, boundName(chain), n, now, kind, content);
      trim.run(contact, MAX_KEPT_PAYLOADS);
    },
    keptPayloads: ({ contact, after }) => page.all(contact, after, MAX_PAGE_LINES).map((row) => ({ ...row, bytes: bytes(row.bytes) })),
  };
}
