/** A backup between the disk and the core: base64 in parts one way, a download the other. */
import { MAX_PART_LENGTH } from '../../contract/backup.ts';
import type { Connection } from '../shared/connection.svelte.ts';

/** As the core's bound; a larger file is refused before it is read. */
export const MAX_FILE_BYTES = 32 * 1024 * 1024;
/** Three bytes become four characters. */
const PART_BYTES = (MAX_PART_LENGTH / 4) * 3;
/** Bytes turned into characters at a time. */
const CHUNK = 0x8000;

function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += CHUNK) text += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  return btoa(text);
}

/** Hands the file to the core. Rejects with a sentence. */
export async function upload(connection: Pick<Connection, 'call'>, file: File, signal: AbortSignal): Promise<void> {
  if (file.size > MAX_FILE_BYTES) throw new Error('This file is too large to be a backup of Sotto.');
  if (file.size === 0) throw new Error('This file is empty.');
  const bytes = new Uint8Array(await file.arrayBuffer());
  for (let at = 0; at < bytes.length; at += PART_BYTES) {
    signal.throwIfAborted();
    await connection.call('profile.importPart', { at, data: toBase64(bytes.subarray(at, at + PART_BYTES)) }, signal);
  }
}

/** Offers the file to be saved, as the browser does with a download. */
export function save(name: string, base64: string): void {
  const binary = atob(base64);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at += 1) bytes[at] = binary.charCodeAt(at);
  const url = URL.createObjectURL(new Blob([bytes], { type: 'application/octet-stream' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The download has taken it by then.
  setTimeout(() => {
    URL.revokeObjectURL(url);
  }, 60_000);
}
