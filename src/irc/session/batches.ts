/** Open batches of one session (IRCv3 batch) as a tree: a batch inside a history is history too. Lines are not held back. */
const MAX_OPEN_BATCHES = 256;
const MAX_BATCH_ID = 128;

const HISTORY_TYPES: ReadonlySet<string> = new Set(['chathistory', 'draft/chathistory', 'znc.in/playback', 'playback']);

interface Batch {
  type: string;
  /** True where this batch or one around it replays what was: its lines change no state. */
  historic: boolean;
  /** First parameter: the conversation of a history. */
  target: string | null;
}

export interface Batches {
  /** `+id type …` or `-id`; `parent` is the batch tag of the BATCH line itself. False when too many are open. */
  apply(params: readonly string[], parent: string | undefined): boolean;
  /** The batch a line names. One that is not open counts as history: nothing in it may change state. */
  find(id: string): Batch;
}

const unknown: Batch = { type: '', historic: true, target: null };

export function createBatches(): Batches {
  const open = new Map<string, Batch>();
  return {
    apply: ([reference = '', type = '', target], parent) => {
      const id = reference.slice(1);
      if (id === '' || id.length > MAX_BATCH_ID) return true;
      if (reference.startsWith('-')) {
        open.delete(id);
        return true;
      }
      if (!reference.startsWith('+')) return true;
      if (open.size >= MAX_OPEN_BATCHES) return false;
      const within = parent === undefined ? null : (open.get(parent) ?? unknown);
      const historic = HISTORY_TYPES.has(type) || within?.historic === true;
      open.set(id, { type, historic, target: target ?? within?.target ?? null });
      return true;
    },
    find: (id) => open.get(id) ?? unknown,
  };
}
