import type { Message } from '../contract/message.ts';
import { limit } from './errors.ts';
import { checkLine } from './lines.ts';
import { GROUP_COMMIT_LINES, GROUP_COMMIT_MS, MAX_APPEND_LINES } from './limits.ts';

export interface AppendedLine {
  message: Message;
  msgid: string | null;
}

export interface GroupCommit {
  /** Resolves when the lines are committed, rejects when they are not. Rejects with 'limit' at once what can never be stored. */
  append: (lines: AppendedLine[]) => Promise<void>;
  /** Commits what waits. Never throws: who waits is told. */
  flush: () => void;
}

/** Collects lines, so that a busy channel costs one commit for many. `commit` stores all or throws. */
export function createGroupCommit(commit: (lines: AppendedLine[]) => void): GroupCommit {
  let waiting: AppendedLine[] = [];
  let callers: PromiseWithResolvers<undefined>[] = [];
  let timer: NodeJS.Timeout | null = null;

  const flush = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (callers.length === 0) return;
    const lines = waiting;
    const told = callers;
    waiting = [];
    callers = [];
    try {
      commit(lines);
      for (const { resolve } of told) resolve(undefined);
    } catch (error) {
      for (const { reject } of told) reject(error);
    }
  };
  return {
    append: async (lines) => {
      if (lines.length > MAX_APPEND_LINES) throw limit('Too many lines at once.');
      for (const { message } of lines) checkLine(message);
      const caller = Promise.withResolvers<undefined>();
      for (const line of lines) waiting.push(line);
      callers.push(caller);
      if (waiting.length >= GROUP_COMMIT_LINES) flush();
      else timer ??= setTimeout(flush, GROUP_COMMIT_MS);
      await caller.promise;
    },
    flush,
  };
}
