/**
 * Gaps in the histories of one server: what is asked for by itself is marked as missing until it has come, what is left of it is shown as a gap,
 * and a person may have it filled. The marks are in the store, so that one that was cut off is still known after a restart.
 */
import type { Action, HistoryPoint, IrcEvent } from '../contract/chat.ts';
import { ContractError } from '../contract/errors.ts';
import type { BufferId } from '../contract/ids.ts';
import type { GapView } from '../contract/message.ts';
import type { BufferView } from '../contract/views.ts';
import type { GapRow, Store } from '../store/store.ts';
import type { Pages } from './pages.ts';

/** Gaps of one server that are filled at a time. */
export const MAX_FILLS = 16;
/** Pages fetched for one press; the rest stays marked. */
export const MAX_FILL_PAGES = 500;

export interface FillResult {
  lines: number;
  isFilled: boolean;
}

export interface IrcGaps {
  /** What was said between the two is being asked for: until it comes, it is missing. `joined`: milliseconds since 1970. */
  expect(buffer: BufferId, after: HistoryPoint, joined: number): Promise<void>;
  /** What was expected could not be asked for. */
  unasked(buffer: BufferId): Promise<void>;
  /** A request was answered, and its lines are stored; `added` of them were new. */
  answered(buffer: BufferId, event: Extract<IrcEvent, { kind: 'history' }>, added: number): Promise<void>;
  /** All of a buffer but those that are being fetched by themselves. */
  views(buffer: BufferId): Promise<GapView[]>;
  /** Aborted, it ends after the page that is on its way. Rejects with `notFound`, `limit`, `unavailable`, and with what `act` throws. */
  fill(buffer: BufferView, gap: number, signal: AbortSignal): Promise<FillResult>;
  disconnected(): Promise<void>;
}

interface Options {
  store: Pick<Store, 'gaps' | 'putGap' | 'removeGap'>;
  pages: Pick<Pages, 'gaps'>;
  nameOf: (buffer: BufferView) => string;
  act: (action: Action) => void;
  /** A page is asked for on demand: its lines, up to that time, are no news. */
  asking: (buffer: BufferId, time: number) => void;
  log: (line: string) => void;
}

interface Fill {
  /** Null until it is found. */
  gap: GapRow | null;
  lines: number;
  page: PromiseWithResolvers<'came' | 'silent' | 'cut'>;
}

const isSame = (one: HistoryPoint, two: HistoryPoint): boolean => one.time === two.time && one.msgid === two.msgid;

export function createIrcGaps({ store, pages, nameOf, act, asking, log }: Options): IrcGaps {
  /** Where what is fetched by itself begins, of each buffer. */
  const expected = new Map<BufferId, HistoryPoint>();
  const fills = new Map<BufferId, Fill>();

  const views = async (buffer: BufferId): Promise<GapView[]> => {
    const own = expected.get(buffer);
    const fill = fills.get(buffer);
    return (await store.gaps(buffer))
      .filter(({ after }) => own === undefined || !isSame(after, own))
      .map(({ id, after, before }) => ({ id, after: after.time, before: before.time, fetched: fill?.gap?.id === id ? fill.lines : null }));
  };
  const tell = async (buffer: BufferId): Promise<void> => {
    pages.gaps({ buffer, gaps: await views(buffer) });
  };
  const inStore = async (work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      log(`a gap in a history could not be marked: ${error instanceof Error ? error.message : 'unknown error'}`);
    }
  };
  const remove = async (buffer: BufferId, after: HistoryPoint): Promise<void> => {
    for (const gap of await store.gaps(buffer)) if (isSame(gap.after, after)) await store.removeGap(gap.id);
  };

  const find = async (buffer: BufferId, id: number): Promise<GapRow | undefined> => (await store.gaps(buffer)).find((gap) => gap.id === id);
  /** False: it is filled. */
  const nextPage = async (buffer: BufferView, id: number, fill: Fill): Promise<boolean> => {
    const gap = await find(buffer.id, id);
    if (!gap) return false;
    fill.gap = gap;
    asking(buffer.id, gap.before.time);
    fill.page = Promise.withResolvers();
    act({ kind: 'history', target: nameOf(buffer), before: gap.before, after: gap.after });
    const outcome = await fill.page.promise;
    if (outcome === 'came') return true;
    throw new ContractError(
      'unavailable',
      outcome === 'cut'
        ? 'The connection ended before everything came. What came is kept.'
        : 'The server did not answer this. What came before is kept; try again in a moment.',
    );
  };

  return {
    expect: async (buffer, after, joined) => {
      expected.set(buffer, after);
      await inStore(() => store.putGap({ buffer, after, before: { msgid: null, time: Math.max(joined, after.time + 1) } }));
    },
    unasked: async (buffer) => {
      const after = expected.get(buffer);
      expected.delete(buffer);
      await inStore(async () => {
        if (after) await tell(buffer);
      });
    },
    answered: async (buffer, { span, ended }, added) => {
      if (span === undefined) return;
      const { after, left, goesOn } = span;
      const fill = fills.get(buffer);
      const isOfFill = fill?.gap != null && isSame(fill.gap.after, after);
      if (isOfFill) fill.lines += added;
      await inStore(async () => {
        // What the server knows nothing of will not come.
        if (left === null || (left === 'unknown' && ended)) await remove(buffer, after);
        else if (left !== 'unknown') await store.putGap({ buffer, after, before: left });
        const own = expected.get(buffer);
        if (goesOn) expected.set(buffer, after);
        else if (own !== undefined && isSame(own, after)) expected.delete(buffer);
        if (!goesOn) await tell(buffer);
      });
      if (isOfFill) fill.page.resolve(left === 'unknown' ? 'silent' : 'came');
    },
    views,
    fill: async (buffer, id, signal) => {
      if (fills.has(buffer.id)) throw new ContractError('limit', 'What is missing in this conversation is being fetched already.');
      if (fills.size >= MAX_FILLS) throw new ContractError('limit', 'Too much history is being fetched already.');
      const fill: Fill = { gap: null, lines: 0, page: Promise.withResolvers() };
      fills.set(buffer.id, fill);
      try {
        fill.gap = (await find(buffer.id, id)) ?? null;
        if (fill.gap === null) throw new ContractError('notFound', 'Nothing is missing here any more.');
        await tell(buffer.id);
        for (let page = 0; page < MAX_FILL_PAGES && !signal.aborted; page += 1) {
          if (!(await nextPage(buffer, id, fill))) return { lines: fill.lines, isFilled: true };
        }
        return { lines: fill.lines, isFilled: (await find(buffer.id, id)) === undefined };
      } finally {
        fills.delete(buffer.id);
        await inStore(() => tell(buffer.id));
      }
    },
    disconnected: async () => {
      const cut = [...expected.keys()];
      expected.clear();
      for (const { page } of fills.values()) page.resolve('cut');
      await inStore(async () => {
        for (const buffer of cut) await tell(buffer);
      });
    },
  };
}
