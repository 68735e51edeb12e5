/** A file of this computer handed to the core in parts: pages cannot name files, they can only give them. */

/** Bytes turned into characters at a time. */
const CHUNK = 0x8000;

function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += CHUNK) text += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  return btoa(text);
}

/**
 * Gives `file` to `send` part by part, in order; a part has at most `partLength` characters of base64. `onDone` hears how many bytes
 * have gone. Reads one part at a time, so that a large file is never in memory as a whole. Rejects when `signal` is aborted.
 */
export async function uploadParts(
  file: Blob,
  partLength: number,
  send: (part: { at: number; data: string }) => Promise<unknown>,
  signal: AbortSignal,
  onDone: (bytes: number) => void = () => undefined,
): Promise<void> {
  // Three bytes become four characters.
  const partBytes = Math.floor(partLength / 4) * 3;
  for (let at = 0; at < file.size; at += partBytes) {
    signal.throwIfAborted();
    const bytes = new Uint8Array(await file.slice(at, at + partBytes).arrayBuffer());
    await send({ at, data: toBase64(bytes) });
    onDone(Math.min(file.size, at + partBytes));
  }
}
