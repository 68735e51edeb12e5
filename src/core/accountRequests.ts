/** Accounts that a page or script asks a server to make (draft/account-registration): the answer comes as an event. */
import type { Action, ConnectionState, IrcEvent } from '../contract/chat.ts';
import { ContractError } from '../contract/errors.ts';

/** Servers may send a mail before they answer; connecting takes no longer either. */
const ANSWER_MS = 60_000;

type AccountEvent = Extract<IrcEvent, { kind: 'accountRegistration' }>;

export interface AccountRequests {
  /** Connects where that is not done. `early`: the server waits, for minutes, for an account to be made before it lets us in; `leave` ends that. */
  prepare(): Promise<{ early: boolean }>;
  /** Rejects with ContractError `unavailable` and the server's words where it refuses, and what `act` throws. */
  register(request: {
    account: string | null;
    email: string | null;
    password: string;
  }): Promise<{ state: 'verify' | 'done'; text: string }>;
  verify(request: { account: string; code: string }): Promise<{ text: string }>;
  /** False where nobody waits for it. */
  take(event: AccountEvent): boolean;
  state(state: ConnectionState): void;
  /** The connection is gone. */
  disconnected(): void;
}

interface Options {
  act: (action: Action) => void;
  isOnline: () => boolean;
  /** See `Network.connectForAccount`. */
  connect: () => void;
}

export function createAccountRequests({ act, isOnline, connect }: Options, answerMs = ANSWER_MS): AccountRequests {
  let preparing: PromiseWithResolvers<{ early: boolean }> | null = null;
  let waiting: PromiseWithResolvers<{ state: 'verify' | 'done'; text: string }> | null = null;

  const refuse = (text: string): void => {
    waiting?.reject(new ContractError('unavailable', text));
    waiting = null;
  };
  const ask = async (action: Action): Promise<{ state: 'verify' | 'done'; text: string }> => {
    if (waiting) throw new ContractError('unavailable', 'The server has not answered the request before yet.');
    act(action);
    const mine = Promise.withResolvers<{ state: 'verify' | 'done'; text: string }>();
    waiting = mine;
    const timer = setTimeout(() => {
      if (waiting === mine) refuse('The server did not answer. The account may have been made all the same.');
    }, answerMs).unref();
    try {
      return await mine.promise;
    } finally {
      clearTimeout(timer);
    }
  };
  const prepare = async (): Promise<{ early: boolean }> => {
    if (isOnline()) return { early: false };
    const mine = (preparing ??= Promise.withResolvers());
    const timer = setTimeout(() => {
      mine.reject(new ContractError('unavailable', 'The server could not be reached in time.'));
    }, answerMs).unref();
    try {
      connect();
      return await mine.promise;
    } finally {
      clearTimeout(timer);
      if (preparing === mine) preparing = null;
    }
  };
  const disconnected = (): void => {
    refuse('The connection ended before the server answered.');
  };
  return {
    prepare,
    register: ({ account, email, password }) => ask({ kind: 'registerAccount', account, email, password }),
    verify: async ({ account, code }) => ({ text: (await ask({ kind: 'verifyAccount', account, code })).text }),
    take: ({ state, text }) => {
      if (state === 'ready') {
        preparing?.resolve({ early: true });
        return true;
      }
      if (!waiting) return false;
      if (state === 'failed') refuse(text === '' ? 'The server refused.' : text);
      else {
        waiting.resolve({ state, text });
        waiting = null;
      }
      return true;
    },
    state: ({ phase, text }) => {
      if (phase === 'online') preparing?.resolve({ early: false });
      else disconnected();
      if (phase === 'failed' || phase === 'waiting' || phase === 'idle') preparing?.reject(new ContractError('unavailable', text));
    },
    disconnected,
  };
}
