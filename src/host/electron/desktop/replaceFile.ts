import { open, rename, rm } from 'node:fs/promises';

/**
 * Writes a file whole or not at all. One instance a profile: the name of the temporary file can be fixed, and a crash leaves one at most.
 * Rejects with the error of the file system; the old file then still stands.
 */
export async function replaceFile(path: string, text: string, mode: number): Promise<void> {
  const temporary = `${path}.tmp`;
  try {
    await rm(temporary, { force: true });
    const file = await open(temporary, 'wx', mode);
    try {
      await file.writeFile(text, 'utf8');
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}
