/** The log as a text file in whatever shows text here: there it can be read, copied and stored. It works without a core, which is when it is wanted. */
import { join } from 'node:path';
import { replaceFile } from './desktop/replaceFile.ts';

export const LOG_FILE = 'log.txt';

interface Options {
  /** The profile's state directory. */
  directory: string;
  text: () => string;
  /** `shell.openPath`: resolves with why it could not, or an empty text. */
  open: (path: string) => Promise<string>;
  tell: (sentence: string) => void;
}

/** Never rejects. */
export async function showLog({ directory, text, open, tell }: Options): Promise<void> {
  const path = join(directory, LOG_FILE);
  try {
    await replaceFile(path, text(), 0o600);
  } catch {
    tell(`The log cannot be written to ${path}.`);
    return;
  }
  const why = await open(path).catch(() => 'failed');
  if (why !== '') tell(`The log is in ${path}. There is no program that shows it.`);
}
