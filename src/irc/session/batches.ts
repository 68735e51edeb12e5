/**
 * Open batches of one session (IRCv3 batch) as a tree: a batch inside a history is history too. Lines are not held back
 * here; who needs a whole batch (draft/multiline) collects it.
 */
import type { Line, Source } from '../wire/line.ts';
import type { Request } from './labels.ts';

export const MAX_OPEN_BATCHES = 256;
const MAX_BATCH_ID = 128;
/** Batches around a batch; what is nested deeper counts as history. */
export const MAX_BATCH_DEPTH = 16;

const HISTORY_TYPES: ReadonlySet<string> = new Set([
  'chathistory',
  'draft/chathistory',
  'draft/chathistory-targets',
  'znc.in/playback',
  'playback',
  'soju.im/search',
]);

export interface Batch {
  readonly type: string;
  readonly params: readonly string[];
  /** Of the line that opened it. */
  readonly tags: Line['tags'];
  readonly source: Source | null;
  readonly parent: Batch | null;
  /** True where this batch or one around it replays what was: its lines change no state. */
  readonly historic: boolean;
  /** First parameter, its own or of the batch around it: the conversation of a history. */
  readonly target: string | null;
  /** What it answers, where it or a batch around it is labelled. */
  readonly request: Request | null;
  readonly depth: number;
}

export type BatchChange = { kind: 'opened' | 'closed'; batch: Batch } | { kind: 'tooMany' } | null;

export interface Batches {
  /** A BATCH line; `request` is what its label answers. Null: it changes nothing (closed twice, never opened, no id). */
  apply(line: Pick<Line, 'params' | 'tags' | 'source'>, request: Request | null): BatchChange;
  /** The batch a line names. One that is not open counts as history: nothing in it may change state. */
  find(id: string): Batch;
}

const unknown: Batch = {
  type: '',
  params: [],
  tags: new Map(),
  source: null,
  parent: null,
  historic: true,
  target: null,
  request: null,
  depth: 0,
};

export function createBatches(): Batches {
  const open = new Map<string, Batch>();
  return {
    apply: ({ params, tags, source }, request) => {
      const [reference = '', type = '', ...rest] = params;
      const id = reference.slice(1);
      if (id === '' || id.length > MAX_BATCH_ID) return null;
      const before = open.get(id);
      if (reference.startsWith('-')) {
        open.delete(id);
        return before ? { kind: 'closed', batch: before } : null;
      }
      // An id that is in use stays what it was: its lines cannot turn from history into something live.
      if (!reference.startsWith('+') || before) return null;
      if (open.size >= MAX_OPEN_BATCHES) return { kind: 'tooMany' };
      const outer = tags.get('batch');
      const parent = outer === undefined ? null : (open.get(outer) ?? unknown);
      const depth = parent === null ? 0 : parent.depth + 1;
      const batch: Batch = {
        type,
        params: rest,
        tags,
        source,
        parent,
        historic: HISTORY_TYPES.has(type) || parent?.historic === true || depth > MAX_BATCH_DEPTH,
        target: rest[0] ?? parent?.target ?? null,
        request: request ?? parent?.request ?? null,
        depth,
      };
      open.set(id, batch);
      return { kind: 'opened', batch };
    },
    find: (id) => open.get(id) ?? unknown,
  };
}
