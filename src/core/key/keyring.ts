/**
 * The desktop's secret store as the core sees it. A host that has one implements this: the Secret Service in `serve` and `headless`,
 * Electron's safeStorage in the window.
 */

/** `locked`: it has to be unlocked first, and was not. `gone`: there is none, or it lost the value. `denied`: it refuses. `lying`: what it returns is not what was stored. */
export type KeyringErrorCode = 'locked' | 'gone' | 'denied' | 'lying';

/** `message` is a sentence for a person and holds no secret. */
export class KeyringError extends Error {
  readonly code: KeyringErrorCode;
  constructor(code: KeyringErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'KeyringError';
    this.code = code;
  }
}

/** Passwords by the names of entries that the configuration uses, such as `servers.libera.password`. */
export interface KeyringPasswords {
  /** Null: there is no such entry. Throws KeyringError. `ask` false: nobody is asked to unlock it, it throws `locked` instead. */
  get(entry: string, signal: AbortSignal, ask?: boolean): Promise<string | null>;
  set(entry: string, password: string, signal: AbortSignal): Promise<void>;
  remove(entry: string, signal: AbortSignal): Promise<void>;
}

export interface Keyring {
  /** For people, and kept in the key file to tell whose wrap it is: "GNOME Keyring or KWallet (Secret Service)". At most 100 characters, the same at each start. */
  readonly name: string;
  /**
   * Hands `bytes` (at most 64) to the keyring. Returns what `unwrap` needs later (at most MAX_WRAPPED_BYTES): sealed bytes, or the
   * name of an item; it goes into the key file. May ask the user to unlock the keyring. Throws KeyringError, or the signal's reason.
   */
  wrap(bytes: Uint8Array, signal: AbortSignal): Promise<Uint8Array>;
  /** What was given to `wrap`. Whether it is the same bytes is the caller's to check. */
  unwrap(wrapped: Uint8Array, signal: AbortSignal): Promise<Uint8Array>;
  /** Drops what `wrap` left in the keyring, where it left something. */
  forget?(wrapped: Uint8Array, signal: AbortSignal): Promise<void>;
  /** Null where it keeps no passwords. */
  readonly passwords: KeyringPasswords | null;
}

export const MAX_WRAPPED_BYTES = 4_096;
