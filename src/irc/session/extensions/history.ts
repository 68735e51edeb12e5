/**
 * IRCv3 draft/chathistory: one request at a time, matched by its label where the server has labels, else by its conversation.
 * What was missed is fetched from the newest line backwards; how much is bounded, however much the server says there is.
 */
import type { Action, HistoryPoint, IrcEvent } from '../../../contract/chat.ts';
import { IrcError } from '../../errors.ts';
import { cleanName } from '../../wire/clean.ts';
import type { Batch } from '../batches.ts';
import { isChannel, isMe, type BatchHandler, type CreateExtension, type Incoming } from '../context.ts';
import { labelTag, type Request } from '../labels.ts';
import { readMsgid } from '../messageTags.ts';
import { readTime } from '../time.ts';
import { FUZZ_MS, historyParams, pageSize, targetsParams, type HistoryRange } from './historyRequests.ts';

/** Requests that wait for their turn; a channel each after a reconnect. */
export const MAX_HISTORY_JOBS = 512;
/** Of one conversation, at one reconnect. */
export const MAX_MISSED_PAGES = 20;
export const MAX_MISSED_LINES = 2_000;
/** Conversations that TARGETS may name. */
export const MAX_MISSED_TARGETS = 100;
export const HISTORY_TIMEOUT_MS = 15_000;

interface Job {
  target: string;
  /** Null: TARGETS. */
  range: HistoryRange | null;
  /** What was missed since then; its pages follow each other. */
  missedSince: HistoryPoint | null;
  pages: number;
  lines: number;
  /** Asked for by the user. */
  isWanted: boolean;
  request: Request | null;
  cancel: () => void;
}

interface Seen {
  lines: number;
  oldest: HistoryPoint | null;
  isEnd: boolean;
  /** Of TARGETS. */
  names: string[];
}

const END = 'draft/chathistory-end';
const CONTEXT = 'draft/chathistory-context';

type Span = Extract<IrcEvent, { kind: 'history' }>['span'];

/** The older end of what was asked for, where there is one. */
const sinceOf = ({ missedSince, range }: Job): HistoryPoint | null =>
  range === null ? null : (missedSince ?? (range.kind === 'between' ? range.to : null));

/** `before`, `after` and `around` of the action as a range. */
function rangeOf({ before, after = null, around = null, isForward }: Extract<Action, { kind: 'history' }>): HistoryRange {
  if (around !== null) return { kind: 'around', around };
  if (before !== null) return after === null ? { kind: 'before', before } : { kind: 'between', from: before, to: after };
  if (after !== null && isForward === true) return { kind: 'after', after };
  return { kind: 'latest', after };
}

export const createHistory: CreateExtension = (context) => {
  let queue: Job[] = [];
  let active: Job | null = null;
  const seen = new Map<Batch, Seen>();

  const fold = (name: string): string => (isChannel(context, name) ? context.roster.channelKey(name) : context.roster.nickKey(name));
  const isOffered = (): boolean => context.caps.has('draft/chathistory');

  const tell = (target: string, lines: number, ended: boolean, span?: Span): void => {
    context.emit({ kind: 'history', target, lines, ended, ...(span === undefined ? {} : { span }) });
  };

  const tellFailure = (job: Job, ended = false): void => {
    const after = sinceOf(job);
    tell(job.target, 0, ended, after === null ? undefined : { after, left: 'unknown', goesOn: false });
  };

  const finish = (job: Job): void => {
    job.cancel();
    if (active === job) active = null;
    next();
  };

  const start = (job: Job): boolean => {
    const params =
      job.range === null
        ? targetsParams(context.isupport, job.missedSince?.time ?? context.wallClock(), context.wallClock())
        : historyParams(context.isupport, job.target, job.range);
    if (params === null) return false;
    const request = context.labels.begin(job.target === '' ? null : job.target, () => {
      if (active !== job || job.request !== request) return;
      tellFailure(job);
      finish(job);
    });
    job.request = request;
    job.cancel = context.clock.after(HISTORY_TIMEOUT_MS, () => {
      if (active !== job) return;
      tellFailure(job);
      finish(job);
    });
    active = job;
    context.send(job.isWanted ? 'user' : 'background', 'CHATHISTORY', params, labelTag(request));
    return true;
  };

  const next = (): void => {
    while (active === null) {
      const job = queue.shift();
      if (!job) return;
      if (!start(job)) tellFailure(job);
    }
  };

  const add = (job: Pick<Job, 'target' | 'range' | 'missedSince' | 'isWanted'>): boolean => {
    if (queue.length >= MAX_HISTORY_JOBS) return false;
    const made: Job = { ...job, pages: 0, lines: 0, request: null, cancel: () => undefined };
    // What the user waits for comes first.
    if (job.isWanted) queue.unshift(made);
    else queue.push(made);
    next();
    return true;
  };

  const missed = (target: string, since: HistoryPoint): boolean =>
    add({ target, range: { kind: 'latest', after: since }, missedSince: since, isWanted: false });

  /** Is this batch what the request under way asked for? */
  const answered = (batch: Batch): Job | null => {
    if (active === null) return null;
    if (batch.request !== null) return batch.request === active.request ? active : null;
    return active.request?.label === null && batch.params[0] !== undefined && fold(batch.params[0]) === fold(active.target) ? active : null;
  };

  /** Where what was asked for between two points goes on, further back; null: all of it came, or the server tells no more. */
  const leftOf = (job: Job, page: Seen): HistoryPoint | null => {
    const since = sinceOf(job);
    if (since === null || job.range === null || page.oldest === null || page.lines === 0 || page.isEnd) return null;
    // For one request less where nobody waits. Who asked for the rest is given all there is, also in pages that are not full.
    if (job.missedSince !== null && page.lines < pageSize(context.isupport)) return null;
    const last = job.range.kind === 'between' ? job.range.from : null;
    const isFurther = last === null || page.oldest.time < last.time || (page.oldest.time === last.time && page.oldest.msgid !== last.msgid);
    return isFurther && page.oldest.time > since.time - FUZZ_MS ? page.oldest : null;
  };

  /** Goes on with what was missed, within bounds. */
  const goOn = (job: Job, page: Seen, left: HistoryPoint | null): boolean => {
    job.pages += 1;
    job.lines += page.lines;
    if (left === null || job.missedSince === null || job.pages >= MAX_MISSED_PAGES || job.lines >= MAX_MISSED_LINES) return false;
    job.range = { kind: 'between', from: left, to: job.missedSince };
    job.cancel();
    return start(job);
  };

  const count = ({ line, time }: Incoming, page: Seen): void => {
    if (line.tags.has(CONTEXT) || (line.command === 'BATCH' && line.params[0]?.startsWith('+') !== true)) return;
    page.lines += 1;
    if (page.oldest === null || time < page.oldest.time) page.oldest = { msgid: readMsgid(line.tags.get('msgid')), time };
  };

  const pages: BatchHandler = {
    opened: ({ line }, batch) => {
      seen.set(batch, { lines: 0, oldest: null, isEnd: line.tags.has(END), names: [] });
    },
    line: (incoming, batch) => {
      const page = seen.get(batch);
      if (page) count(incoming, page);
      return false;
    },
    closed: ({ line }, batch) => {
      const page = seen.get(batch);
      seen.delete(batch);
      if (!page) return;
      if (line.tags.has(END)) page.isEnd = true;
      const job = answered(batch);
      const ended = job !== null && job.missedSince === null && (page.lines === 0 || page.isEnd);
      const target = cleanName(batch.target ?? '');
      const after = job && sinceOf(job);
      const left = job && leftOf(job, page);
      const goesOn = job !== null && goOn(job, page, left);
      const span = after ? { after, left, goesOn } : undefined;
      if (goesOn) {
        tell(target, page.lines, false, span);
        return;
      }
      tell(job?.target ?? target, page.lines, ended, span);
      if (job) finish(job);
    },
  };

  const targets: BatchHandler = {
    opened: (_incoming, batch) => {
      seen.set(batch, { lines: 0, oldest: null, isEnd: false, names: [] });
    },
    line: ({ line }, batch) => {
      const page = seen.get(batch);
      const [word = '', name = '', at] = line.params;
      if (!page || line.command !== 'CHATHISTORY' || word.toUpperCase() !== 'TARGETS') return true;
      // A conversation without a sane time is none.
      if (page.names.length < MAX_MISSED_TARGETS && readTime(at) !== null && name !== '') page.names.push(cleanName(name));
      return true;
    },
    closed: (_incoming, batch) => {
      const page = seen.get(batch);
      seen.delete(batch);
      const job = active;
      const isOurs =
        job?.range === null &&
        job.missedSince !== null &&
        (batch.request === job.request || (batch.request === null && job.request?.label === null));
      if (!page || !job || !isOurs) return;
      // Channels are asked for when they are joined.
      for (const name of new Set(page.names))
        if (!isChannel(context, name) && !isMe(context, name) && !/[\s,*?]/.test(name) && job.missedSince) missed(name, job.missedSince);
      finish(job);
    },
  };

  return {
    batches: { chathistory: pages, 'draft/chathistory': pages, 'draft/chathistory-targets': targets, 'znc.in/playback': pages },
    act: (action) => {
      if (action.kind === 'missed') {
        if (!isOffered()) return false;
        add({ target: '', range: null, missedSince: { msgid: null, time: action.since }, isWanted: false });
        return true;
      }
      if (action.kind !== 'history') return false;
      if (!isOffered()) throw new IrcError('unsupported', 'This server keeps no history that could be asked for.');
      const range = rangeOf(action);
      const since = range.kind === 'latest' ? range.after : null;
      const isTaken =
        since === null
          ? add({ target: action.target, range, missedSince: null, isWanted: action.before !== null })
          : missed(action.target, since);
      if (!isTaken) throw new IrcError('busy', 'Too much history is being fetched already.');
      return true;
    },
    standardReply: (incoming) => {
      const [command = '', code = ''] = incoming.line.params;
      if (command !== 'CHATHISTORY' || incoming.line.command !== 'FAIL') return false;
      const job = active;
      if (!job || (incoming.request !== null && incoming.request !== job.request)) return false;
      tellFailure(job, code === 'INVALID_TARGET');
      finish(job);
      // Nobody asked for what Sotto fetches by itself.
      return !job.isWanted;
    },
    onClose: () => {
      active?.cancel();
      active = null;
      queue = [];
      seen.clear();
    },
  };
};
