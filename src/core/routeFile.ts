import { rename, rm, writeFile } from 'node:fs/promises';

export interface RouteFile {
  /** Null removes the file: there is no route to give. */
  write(text: string | null): void;
}

/** Keeps the newest own route in a 0600 file, as Tor keeps `hostname`, for scripts and for people without a window. */
export function createRouteFile(path: string, log: (line: string) => void): RouteFile {
  let current: string | null = null;
  let writing = Promise.resolve();
  return {
    write: (text) => {
      if (text === current) return;
      current = text;
      writing = writing
        .then(async () => {
          if (text === null) {
            await rm(path, { force: true });
            return;
          }
          await writeFile(`${path}.new`, `${text}\n`, { mode: 0o600 });
          await rename(`${path}.new`, path);
        })
        .catch((error: unknown) => {
          log(`route file: ${error instanceof Error ? error.message : 'cannot be written'}`);
        });
    },
  };
}
