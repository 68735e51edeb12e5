/** A file on its way from a page, in parts that fit into one message each; and bytes as base64, for the way back. */
import { ContractError } from '../../contract/errors.ts';
import type { ConnectionId } from '../../contract/table.ts';
import { MAX_BACKUP_BYTES } from './backupFile.ts';

/** A file that nobody asked to import within this time is forgotten. */
const KEEP_MS = 10 * 60_000;
/** Bytes turned into characters at a time: `apply` puts them on the stack. */
const CHUNK = 0x8000;

export function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += CHUNK) text += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  return btoa(text);
}

function fromBase64(text: string): Uint8Array {
  try {
    const binary = atob(text);
    const bytes = new Uint8Array(binary.length);
    for (let at = 0; at < binary.length; at += 1) bytes[at] = binary.charCodeAt(at);
    return bytes;
  } catch (cause) {
    throw new ContractError('badInput', 'This part of the file is not base64.', { cause });
  }
}

export interface Transfer {
  /** Adds a part that begins at byte `at`; 0 begins a new file. Returns the bytes there are. Throws `badInput`, `limit`. */
  add(connection: ConnectionId, at: number, base64: string): number;
  /** The whole file, which is forgotten. Throws `badInput` where there is none of this connection. */
  take(connection: ConnectionId): Uint8Array;
}

/** At most one file at a time, of at most MAX_BACKUP_BYTES, over all pages: a new one takes the place of the one before. */
export function createTransfer(): Transfer {
  let current: { connection: ConnectionId; parts: Uint8Array[]; length: number } | null = null;
  let timer: NodeJS.Timeout | undefined;
  const forget = (): void => {
    clearTimeout(timer);
    current = null;
  };
  return {
    add: (connection, at, base64) => {
      const bytes = fromBase64(base64);
      const known = at === 0 ? { connection, parts: [], length: 0 } : current;
      if (!known || known.connection !== connection || known.length !== at)
        throw new ContractError('badInput', 'The parts of the file came in another order. Choose it again.');
      if (known.length + bytes.length > MAX_BACKUP_BYTES) {
        forget();
        throw new ContractError('limit', 'This file is too large to be a backup of Sotto.');
      }
      known.parts.push(bytes);
      known.length += bytes.length;
      current = known;
      clearTimeout(timer);
      timer = setTimeout(forget, KEEP_MS).unref();
      return known.length;
    },
    take: (connection) => {
      if (!current || current.connection !== connection)
        throw new ContractError('badInput', 'There is no file to import. Choose it again.');
      const file = new Uint8Array(current.length);
      let at = 0;
      for (const part of current.parts) {
        file.set(part, at);
        at += part.length;
      }
      forget();
      return file;
    },
  };
}
