import { rename, writeFile } from 'node:fs/promises';
import type { Address } from '../overlay.ts';

/** Keeps the newest address in a file (0600), as Tor keeps `hostname`. It stays when the overlay stops: the address still leads here later. */
export function createAddressFile(file: string, log: (line: string) => void): (addresses: readonly Address[]) => void {
  let writing = Promise.resolve();
  return ([newest]) => {
    if (newest === undefined) return;
    const { text } = newest;
    writing = writing
      .then(() => writeFile(`${file}.new`, `${text}\n`, { mode: 0o600 }))
      .then(() => rename(`${file}.new`, file))
      .catch((error: unknown) => {
        log(`the route file could not be written: ${error instanceof Error ? error.message : String(error)}`);
      });
  };
}
