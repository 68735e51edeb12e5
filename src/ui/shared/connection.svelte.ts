/** Keeps one connection to the core: opens, greets, re-opens with back-off. */
import { ContractError } from '../../contract/errors.ts';
import type { Port } from '../../contract/port.ts';
import { connectClient, type AnyEvent, type Client } from '../../contract/rpc/client.ts';
import type { CallName, ParamsInput, Result } from '../../contract/table.ts';
import { RefusedError } from './refused.ts';

/** Waits between two attempts, in milliseconds; the last one repeats. */
const BACK_OFF = [250, 500, 1_000, 2_000, 5_000, 10_000];
/** After `CLOSE_BUSY` the host wants a minute. */
const BUSY_WAIT = 60_000;

export type LinkState =
  | { phase: 'connecting' }
  | { phase: 'online' }
  /** Was or could be online; the next attempt is at `retryAt` (ms since 1970). */
  | { phase: 'lost'; retryAt: number; busy: boolean }
  /** No valid token: nothing but a new start helps. */
  | { phase: 'refused' }
  /** The core of this window has stopped and is not started again by itself; the sentence says why. */
  | { phase: 'down'; sentence: string }
  /** The core speaks another contract: the page has to be loaded anew. */
  | { phase: 'outdated' }
  /** The user quit. */
  | { phase: 'stopped' };

export interface Connection {
  readonly state: LinkState;
  call<N extends CallName>(method: N, params: ParamsInput<N>, signal?: AbortSignal): Promise<Result<N>>;
  /** Opens and keeps open until `stop`. */
  start(): void;
  /** Tries again at once. */
  retry(): void;
  /** For good; `quit` says that the user ended the core. */
  stop(quit: boolean): void;
}

interface Options {
  open: (signal: AbortSignal) => Promise<Port>;
  onEvent: (event: AnyEvent) => void;
  /** The connection is new, or events were lost: everything shown has to be asked for again. */
  onFresh: () => void;
}

export function createConnection({ open, onEvent, onFresh }: Options): Connection {
  let state = $state.raw<LinkState>({ phase: 'connecting' });
  let client: Client | null = null;
  let failures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const ending = new AbortController();

  const later = (wait: number, busy: boolean): void => {
    state = { phase: 'lost', retryAt: Date.now() + wait, busy };
    clearTimeout(timer);
    timer = setTimeout(() => void attempt(), wait);
  };
  const lost = (error: unknown): void => {
    client = null;
    if (ending.signal.aborted || state.phase === 'outdated') return;
    const reason = error instanceof RefusedError ? error.reason : 'unreachable';
    if (reason === 'noToken' || reason === 'badToken') {
      state = { phase: 'refused' };
      return;
    }
    if (error instanceof RefusedError && reason === 'stopped') {
      state = { phase: 'down', sentence: error.sentence };
      return;
    }
    const wait = BACK_OFF[Math.min(failures, BACK_OFF.length - 1)] ?? 10_000;
    failures += 1;
    later(reason === 'busy' ? BUSY_WAIT : wait, reason === 'busy');
  };

  const attempt = async (): Promise<void> => {
    if (ending.signal.aborted) return;
    try {
      const port = await open(ending.signal);
      const mine = connectClient(port);
      mine.onEvent(onEvent);
      mine.onResync(onFresh);
      mine.onClose(() => {
        if (client === mine) lost(null);
      });
      await mine.ready.catch((error: unknown) => {
        if (error instanceof ContractError && error.code === 'badRequest') state = { phase: 'outdated' };
        throw error;
      });
      client = mine;
      failures = 0;
      state = { phase: 'online' };
      onFresh();
    } catch (error) {
      lost(error);
    }
  };

  return {
    get state() {
      return state;
    },
    call: async (method, params, signal) => {
      if (client === null) throw new ContractError('closed', 'Sotto is not connected at the moment.');
      return client.call(method, params, signal);
    },
    start: () => void attempt(),
    retry: () => {
      if (state.phase !== 'lost' && state.phase !== 'down') return;
      clearTimeout(timer);
      state = { phase: 'connecting' };
      void attempt();
    },
    stop: (quit) => {
      clearTimeout(timer);
      ending.abort();
      if (quit) state = { phase: 'stopped' };
      client?.close();
      client = null;
    },
  };
}
