/** The keyring of the desktop for a core that has none in its own process: a question to the main process, and its answer. */
import { bytesToHex, hexToBytes } from '../../core/key/hex.ts';
import { KeyringError, type Keyring, type KeyringErrorCode, type KeyringPasswords } from '../../core/key/keyring.ts';
import { shortened, type FromCore, type ToCore } from './coreMessages.ts';

/** Questions on their way at one time. */
const MAX_QUESTIONS = 16;

type Answer = Extract<ToCore, { t: 'sealed' | 'refused' }>;
type Question = Extract<FromCore, { t: 'seal' }>;

export interface AskingKeyring {
  keyring: Keyring;
  /** To be called with each answer that arrives. */
  answered: (answer: Answer) => void;
}

/** The core's end. `passwords` is where passwords of the configuration are kept, which need no help of the main process. */
export function askingKeyring(name: string, passwords: KeyringPasswords | null, send: (question: Question) => void): AskingKeyring {
  const waiting = new Map<number, { resolve: (bytes: Uint8Array) => void; reject: (error: Error) => void }>();
  let last = 0;

  const ask = async (how: Question['how'], bytes: Uint8Array, signal: AbortSignal): Promise<Uint8Array> => {
    signal.throwIfAborted();
    if (waiting.size >= MAX_QUESTIONS) throw new KeyringError('denied', 'The keyring is asked too much at once.');
    last += 1;
    const id = last;
    const answer = Promise.withResolvers<Uint8Array>();
    waiting.set(id, answer);
    const leave = (): void => {
      answer.reject(signal.reason instanceof Error ? signal.reason : new DOMException('aborted', 'AbortError'));
    };
    signal.addEventListener('abort', leave, { once: true });
    send({ t: 'seal', id, how, bytes: bytesToHex(bytes) });
    try {
      return await answer.promise;
    } finally {
      waiting.delete(id);
      signal.removeEventListener('abort', leave);
    }
  };
  return {
    keyring: {
      name,
      wrap: (bytes, signal) => ask('wrap', bytes, signal),
      unwrap: (wrapped, signal) => ask('unwrap', wrapped, signal),
      passwords,
    },
    answered: (answer) => {
      const entry = waiting.get(answer.id);
      if (answer.t === 'sealed') entry?.resolve(hexToBytes(answer.bytes));
      else entry?.reject(new KeyringError(answer.code, answer.sentence));
    },
  };
}

/** What the main process does the work with. Both throw KeyringError. */
export interface Sealing {
  wrap(bytes: Uint8Array): Promise<Uint8Array>;
  unwrap(wrapped: Uint8Array): Promise<Uint8Array>;
}

/** The main process' end: one answer to each question, whatever happens. */
export async function answerSeal(sealing: Sealing, { id, how, bytes }: Question): Promise<Answer> {
  try {
    return { t: 'sealed', id, bytes: bytesToHex(await sealing[how](hexToBytes(bytes))) };
  } catch (error) {
    const code: KeyringErrorCode = error instanceof KeyringError ? error.code : 'gone';
    return {
      t: 'refused',
      id,
      code,
      sentence: error instanceof KeyringError ? shortened(error.message) : 'The keyring of this desktop failed.',
    };
  }
}
