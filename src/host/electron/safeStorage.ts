/**
 * The keyring of the desktop through Electron's asynchronous safeStorage (E12): the Secret portal in a sandbox, else the Secret Service.
 * Where there is neither, Electron encrypts with a key that is written in its source. No call names the provider, but each sealed text begins with
 * the tag of the key it was sealed with (Chromium, components/os_crypt/async): v10 the built-in key, v11 the Secret Service, v12 the
 * Secret portal. So every text is looked at, and what is not sealed with a key of the desktop is refused.
 */
import { KeyringError } from '../../core/key/keyring.ts';
import { bytesToHex, hexToBytes } from '../../core/key/hex.ts';
import type { Sealing } from './keyringPort.ts';

/** For people, and kept in the key file. */
export const KEYRING_NAME = 'the desktop’s keyring, through Sotto’s window';

const protectedTags: ReadonlySet<string> = new Set(['v11', 'v12']);

const isProtected = (sealed: Uint8Array): boolean => protectedTags.has(String.fromCharCode(...sealed.subarray(0, 3)));

const none = (): KeyringError =>
  new KeyringError('gone', 'This desktop has no keyring that protects Sotto’s key. Choose a passphrase, or install and unlock a keyring.');

/** What is used of Electron's `safeStorage`: never its synchronous calls. */
export interface AsyncSafeStorage {
  isAsyncEncryptionAvailable(): Promise<boolean>;
  encryptStringAsync(text: string): Promise<Uint8Array>;
  decryptStringAsync(sealed: Uint8Array): Promise<{ result: string }>;
}

/** Texts are hexadecimal digits: safeStorage seals texts, keys are bytes. */
export function safeStorageSealing(storage: AsyncSafeStorage): Sealing {
  const available = async (): Promise<void> => {
    if (!(await storage.isAsyncEncryptionAvailable())) throw none();
  };
  return {
    wrap: async (bytes) => {
      await available();
      const sealed = new Uint8Array(await storage.encryptStringAsync(bytesToHex(bytes)));
      if (!isProtected(sealed)) throw none();
      return sealed;
    },
    unwrap: async (wrapped) => {
      if (!isProtected(wrapped)) throw new KeyringError('lying', 'What is kept for the keyring was not sealed by one.');
      await available();
      const opened = await storage.decryptStringAsync(wrapped).catch((cause: unknown) => {
        throw new KeyringError('gone', 'The keyring of this desktop does not have the key that it sealed Sotto’s key with.', { cause });
      });
      if (!/^(?:[0-9a-f]{2})+$/.test(opened.result))
        throw new KeyringError('lying', 'The keyring of this desktop gave something else back than it was given.');
      return hexToBytes(opened.result);
    },
  };
}
