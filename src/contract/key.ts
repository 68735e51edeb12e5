/** What pages see and may ask of the key that opens the message store. */
import * as v from 'valibot';
import { MAX_PASSPHRASE_LENGTH } from './backup.ts';

/** UTF-16 units of a typed recovery key, spaces and dashes included. */
export const MAX_RECOVERY_TEXT = 256;

export interface KeyView {
  /** `opening`: on the way, the keyring may be asking. `locked`: somebody has to unlock. `unlocking`: a try is under way. */
  state: 'opening' | 'locked' | 'unlocking' | 'open';
  /** Why it is locked, a sentence; empty while it is not. */
  reason: string;
  /** The key lies in a file that anybody who copies this computer's disk can read. */
  plain: boolean;
  /** What opens it. `keyring`: the name of the keyring. */
  passphrase: boolean;
  recovery: boolean;
  keyring: string | null;
  /** The keyring this host offers, by name; null: none. */
  offered: string | null;
  /** Milliseconds since 1970 before which no further try is taken; null: at once. */
  retryAt: number | null;
  /** Tries that are left until Sotto has to be started again; null while there is no limit in sight. */
  triesLeft: number | null;
}

const passphrase = v.pipe(v.string(), v.minLength(1), v.maxLength(MAX_PASSPHRASE_LENGTH));

/** One way to open it. */
export const KeyAttempt = v.union([
  v.strictObject({ passphrase }),
  v.strictObject({ recoveryKey: v.pipe(v.string(), v.minLength(1), v.maxLength(MAX_RECOVERY_TEXT)) }),
  /** Asks the keyring once more. */
  v.strictObject({ keyring: v.literal(true) }),
]);
export type KeyAttempt = v.InferOutput<typeof KeyAttempt>;

/**
 * `old`: the passphrase in force, null where there is none. `new` null removes it. `alone`: the user knows that then nothing but the
 * keyring opens the history.
 */
export const SetPassphrase = v.strictObject({
  old: v.nullable(passphrase),
  new: v.nullable(passphrase),
  alone: v.optional(v.boolean(), false),
});
/** `recovery`: makes a recovery key in the same step. `alone` as above. */
export const SetKeyring = v.strictObject({
  enabled: v.boolean(),
  recovery: v.optional(v.boolean(), false),
  alone: v.optional(v.boolean(), false),
});
/** `old` as above. */
export const SetPlain = v.strictObject({ old: v.nullable(passphrase) });

/** Shown once: nobody can show it again. */
export interface RecoveryView {
  /** Groups of characters, separated by dashes. */
  text: string;
}
