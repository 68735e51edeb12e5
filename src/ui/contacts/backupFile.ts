/** A backup between the disk and the core: base64 in parts one way, a download the other. */
import { MAX_PART_LENGTH } from '../../contract/backup.ts';
import type { Connection } from '../shared/connection.svelte.ts';
import { saveFile } from '../shared/saveFile.ts';
import { uploadParts } from '../shared/upload.ts';

/** As the core's bound; a larger file is refused before it is read. */
export const MAX_FILE_BYTES = 32 * 1024 * 1024;
/** Hands the file to the core. Rejects with a sentence. */
export async function upload(connection: Pick<Connection, 'call'>, file: File, signal: AbortSignal): Promise<void> {
  if (file.size > MAX_FILE_BYTES) throw new Error('This file is too large to be a backup of Sotto.');
  if (file.size === 0) throw new Error('This file is empty.');
  await uploadParts(file, MAX_PART_LENGTH, (part) => connection.call('profile.importPart', part, signal), signal);
}

/** Offers the file to be saved, as the browser does with a download. */
export function save(name: string, base64: string): void {
  const binary = atob(base64);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at += 1) bytes[at] = binary.charCodeAt(at);
  saveFile(name, new Blob([bytes], { type: 'application/octet-stream' }));
}
