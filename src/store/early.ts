/** What happened to lines of IRC that are not here yet: a history that is fetched backwards tells of a reaction before it tells of the line. */
import type { BufferId } from '../contract/ids.ts';
import type { Message } from '../contract/message.ts';
import type { Db } from './db.ts';
import { withReaction } from './details.ts';
import { MAX_EARLY_CHANGES, MAX_NAME_LENGTH } from './limits.ts';

export type EarlyChange =
  { kind: 'react'; nick: string; detail: string; removed: boolean } | { kind: 'redact'; nick: string; detail: string };

export interface Early {
  /** Keeps a change for a line that may come; what is too long to be stored is dropped. */
  keep(buffer: BufferId, msgid: string, change: EarlyChange): void;
  /** The line with what was kept for it, which is forgotten then; null: nothing was. */
  applyTo(message: Message, msgid: string): Message | null;
  removeOf(buffer: BufferId): void;
}

interface Row {
  kind: 'react' | 'redact';
  nick: string;
  detail: string;
}

export function createEarly(db: Db): Early {
  const insert = db.prepare<[number, string, string, string, string]>(
    'INSERT INTO early (buffer, msgid, kind, nick, detail) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
  );
  const withdraw = db.prepare<[number, string, string, string]>(
    `DELETE FROM early WHERE buffer = ? AND msgid = ? AND kind = 'react' AND nick = ? AND detail = ?`,
  );
  const removeOldest = db.prepare<[number, number, number]>(
    'DELETE FROM early WHERE buffer = ? AND id NOT IN (SELECT id FROM early WHERE buffer = ? ORDER BY id DESC LIMIT ?)',
  );
  const count = db.prepare<[number], { rows: number }>('SELECT count(*) AS rows FROM early WHERE buffer = ?');
  const any = db.prepare<[], { id: number }>('SELECT id FROM early LIMIT 1');
  const select = db.prepare<[number, string], Row>('SELECT kind, nick, detail FROM early WHERE buffer = ? AND msgid = ? ORDER BY id');
  const remove = db.prepare<[number, string]>('DELETE FROM early WHERE buffer = ? AND msgid = ?');
  const removeOf = db.prepare<[number]>('DELETE FROM early WHERE buffer = ?');
  /** Lines of a busy channel need not look where nothing is kept at all. */
  let mayHold = any.get() !== undefined;

  return {
    keep: (buffer, msgid, change) => {
      if ([msgid, change.nick, change.detail].some((text) => text.length > MAX_NAME_LENGTH)) return;
      if (change.kind === 'react' && change.removed) {
        withdraw.run(buffer, msgid, change.nick, change.detail);
        return;
      }
      insert.run(buffer, msgid, change.kind, change.nick, change.detail);
      mayHold = true;
      if ((count.get(buffer)?.rows ?? 0) > MAX_EARLY_CHANGES) removeOldest.run(buffer, buffer, MAX_EARLY_CHANGES);
    },
    applyTo: (message, msgid) => {
      if (!mayHold) return null;
      const rows = select.all(message.buffer, msgid);
      if (rows.length === 0) return null;
      remove.run(message.buffer, msgid);
      mayHold = any.get() !== undefined;
      const redaction = rows.find(({ kind }) => kind === 'redact');
      if (redaction) return { ...message, text: '', details: { redacted: { by: redaction.nick, reason: redaction.detail } } };
      let { details } = message;
      for (const { nick, detail } of rows) details = withReaction(details, { nick, text: detail, removed: false }) ?? details;
      return details === undefined ? message : { ...message, details };
    },
    removeOf: (buffer) => void removeOf.run(buffer),
  };
}
