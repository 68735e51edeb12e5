/** Lines of both files together: appended by group commit, read as one history merged by place. */
import type { BufferId, Place } from '../contract/ids.ts';
import type { Message } from '../contract/message.ts';
import type { Buffers } from './buffers.ts';
import type { Db } from './db.ts';
import { limit as limitError } from './errors.ts';
import { createGroupCommit, type AppendedLine } from './groupCommit.ts';
import type { IrcFile } from './ircFile.ts';
import { MAX_PAGE_LINES } from './limits.ts';
import type { PrivateLines } from './lines.ts';
import type { Operations } from './operations.ts';
import type { BufferKind, Counters } from './rows.ts';
import { transaction } from './transaction.ts';

export interface History extends Pick<
  Operations,
  'appendIrc' | 'page' | 'lastMessageId' | 'lastPlace' | 'removeLines' | 'counters' | 'setRead'
> {
  flush: () => void;
  /** Deletes IRC lines whose buffer is gone. */
  removeOrphans: () => number;
}

const newerFirst = (a: Message, b: Message): number => b.time - a.time || b.id - a.id;

export function createHistory(db: Db, buffers: Buffers, privateLines: PrivateLines, irc: IrcFile): History {
  const storePrivate = transaction(db, (lines: AppendedLine[]) => {
    for (const { message } of lines) privateLines.insertOnce(message);
  });
  const storeIrc = (lines: AppendedLine[]): void => {
    irc.use((file, ircDb) => {
      transaction(ircDb, () => {
        for (const { message, msgid } of lines) file.insert(message, msgid);
      })();
    });
  };
  const kindsOf = (lines: AppendedLine[]): Map<BufferId, BufferKind | null> => {
    const kinds = new Map<BufferId, BufferKind | null>();
    for (const { message } of lines) {
      if (!kinds.has(message.buffer)) kinds.set(message.buffer, buffers.find(message.buffer)?.kind ?? null);
    }
    return kinds;
  };
  const group = createGroupCommit((lines) => {
    const kinds = kindsOf(lines);
    const ofPrivate = lines.filter(({ message }) => kinds.get(message.buffer) === 'private');
    const ofIrc = lines.filter(({ message }) => ![null, 'private'].includes(kinds.get(message.buffer) ?? null));
    if (ofPrivate.length > 0) storePrivate(ofPrivate);
    if (ofIrc.length > 0) storeIrc(ofIrc);
  });

  const newest = (buffer: BufferId, before: Place | null, limit: number): Message[] =>
    [...privateLines.before(buffer, before, limit), ...irc.use((file) => file.before(buffer, before, limit))]
      .sort(newerFirst)
      .slice(0, limit);

  const countersOf = (buffer: BufferId): Counters => {
    const row = buffers.find(buffer);
    if (!row) return { unread: 0, highlights: 0 };
    const parts = [privateLines.unread(buffer, row.readUpTo), irc.use((file) => file.unread(buffer, row.readUpTo))];
    const unread = parts.reduce((sum, part) => sum + part.unread, 0);
    const everyLine = row.kind === 'query' || row.kind === 'private';
    return { unread, highlights: everyLine ? unread : parts.reduce((sum, part) => sum + part.highlights, 0) };
  };

  return {
    flush: group.flush,
    appendIrc: group.append,
    page: ({ buffer, before, limit }) => {
      if (limit > MAX_PAGE_LINES || limit < 1) throw limitError(`A page holds 1 to ${MAX_PAGE_LINES} lines.`);
      group.flush();
      const found = newest(buffer, before, limit + 1);
      return { messages: found.slice(0, limit).reverse(), more: found.length > limit };
    },
    lastMessageId: () => {
      group.flush();
      return Math.max(
        privateLines.highestId(),
        irc.use((file) => file.highestId()),
      );
    },
    lastPlace: (buffer) => {
      group.flush();
      const [message] = newest(buffer, null, 1);
      return message ? { time: message.time, id: message.id } : null;
    },
    removeLines: (buffer) => {
      group.flush();
      return privateLines.remove(buffer) + irc.use((file) => file.remove(buffer));
    },
    counters: () => {
      group.flush();
      return buffers.ids().map((buffer) => ({ buffer, ...countersOf(buffer) }));
    },
    setRead: ({ buffer, upTo }) => {
      group.flush();
      buffers.raiseRead(buffer, upTo);
      return countersOf(buffer);
    },
    removeOrphans: () => {
      group.flush();
      const known = new Set(buffers.ids());
      return irc.use((file) =>
        file
          .buffers()
          .filter((buffer) => !known.has(buffer))
          .reduce((sum, buffer) => sum + file.remove(buffer), 0),
      );
    },
  };
}
