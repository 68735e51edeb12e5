/** Lines of both files together: appended by group commit, read as one history merged by place. */
import type { BufferId, MessageId, Place } from '../contract/ids.ts';
import { countsAsUnread, type Message } from '../contract/message.ts';
import type { Buffers } from './buffers.ts';
import type { Db } from './db.ts';
import { conflict, limit as limitError } from './errors.ts';
import { withReaction } from './details.ts';
import { createGroupCommit, type AppendedLine } from './groupCommit.ts';
import type { IrcFile } from './ircFile.ts';
import { MAX_HISTORY_LINES, MAX_PAGE_LINES } from './limits.ts';
import { checkLine, type PrivateLines } from './lines.ts';
import type { Operations } from './operations.ts';
import type { BufferKind, Counters } from './rows.ts';
import { transaction } from './transaction.ts';

export interface History extends Pick<
  Operations,
  | 'appendIrc'
  | 'page'
  | 'lastMessageId'
  | 'lastPlace'
  | 'removeLines'
  | 'counters'
  | 'setRead'
  | 'insertHistory'
  | 'findLine'
  | 'linePoint'
  | 'historyEdges'
  | 'newestText'
  | 'lastLineUpTo'
  | 'reactLine'
  | 'redactLine'
  | 'gaps'
  | 'putGap'
  | 'removeGap'
  | 'removeFailed'
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
      // Lines that came later but were said before it (a history) have been read with it.
      const last = irc.use((file) => file.highestBefore(buffer, upTo));
      buffers.raiseRead(buffer, last ?? upTo);
      return countersOf(buffer);
    },
    insertHistory: (lines) => {
      if (lines.length > MAX_HISTORY_LINES) throw limitError('Too much history at once.');
      for (const { message } of lines) checkLine(message);
      group.flush();
      const known = new Set(buffers.ids());
      return irc.use((file, ircDb) =>
        transaction(ircDb, () => {
          const fresh: Message[] = [];
          const taken = new Set<MessageId>();
          for (const { message, msgid, isRead } of lines) {
            if (!known.has(message.buffer)) continue;
            const twin = file.twin(message, msgid, taken);
            taken.add(twin ?? message.id);
            if (twin !== null) continue;
            fresh.push(file.insert(message, msgid, !isRead && !message.self && countsAsUnread(message.kind)));
          }
          return fresh;
        })(),
      );
    },
    findLine: ({ buffer, msgid }) => {
      group.flush();
      return irc.use((file) => file.find(buffer, msgid));
    },
    linePoint: ({ buffer, message }) => {
      group.flush();
      return irc.use((file) => file.point(buffer, message));
    },
    historyEdges: (buffer) => {
      group.flush();
      return irc.use((file) => file.edges(buffer));
    },
    newestText: (of) => {
      group.flush();
      return irc.use((file) => file.newestOf(of));
    },
    lastLineUpTo: ({ buffer, time }) => {
      group.flush();
      return irc.use((file) => file.lastUpTo(buffer, time));
    },
    reactLine: ({ buffer, msgid, ...reaction }) => {
      group.flush();
      return irc.use((file) => {
        const line = file.find(buffer, msgid);
        if (line === null) {
          const { nick, text, removed } = reaction;
          file.keep(buffer, msgid, { kind: 'react', nick, detail: text, removed });
          return null;
        }
        const details = line.details?.redacted ? null : withReaction(line.details, reaction);
        if (details === null) return null;
        file.change(line.id, line.text, details);
        return file.find(buffer, msgid);
      });
    },
    redactLine: ({ buffer, msgid, by, reason }) => {
      group.flush();
      return irc.use((file) => {
        const line = file.find(buffer, msgid);
        if (line === null) file.keep(buffer, msgid, { kind: 'redact', nick: by, detail: reason });
        if (line === null || line.details?.redacted) return null;
        file.change(line.id, '', { redacted: { by, reason } });
        return file.find(buffer, msgid);
      });
    },
    gaps: (buffer) => {
      group.flush();
      return irc.use((file) => file.gaps.ofBuffer(buffer));
    },
    putGap: (gap) => {
      group.flush();
      return irc.use((file, ircDb) =>
        transaction(ircDb, () => {
          const row = file.gaps.put(gap);
          const { oldest } = file.edges(gap.buffer);
          if (oldest !== null && oldest.time < gap.before.time) return row;
          file.gaps.remove(row.id);
          return null;
        })(),
      );
    },
    removeGap: (id) => {
      irc.use((file) => {
        file.gaps.remove(id);
      });
    },
    removeFailed: (of) => {
      group.flush();
      if (!privateLines.removeFailed(of)) throw conflict('This message is not a failed one any more.');
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
