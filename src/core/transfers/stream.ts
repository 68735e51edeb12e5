/** The bytes of one file through one socket, each way. The receiver says after each piece how much it has (4 bytes, modulo 2^32). */
import type { Socket } from 'node:net';
import type { FileHandle } from 'node:fs/promises';
import { ContractError } from '../../contract/errors.ts';
import { diskError } from './target.ts';

/** Bytes taken where the offer named no size. */
const MAX_UNTOLD_SIZE = 1_024 * 1_024 * 1_024;
const PIECE = 64 * 1_024;

interface Options {
  socket: Socket;
  file: FileHandle;
  /** Where it begins. */
  position: number;
  size: number | null;
  /** Milliseconds without a byte. */
  stall: number;
  signal: AbortSignal;
  onProgress: (done: number) => void;
}

const acknowledgement = (total: number): Uint8Array => {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, total % 2 ** 32);
  return bytes;
};

/** Ends the socket when nothing moves, or on abort; `moved` says that something did. */
function guard({ socket, stall, signal }: Options): { moved: () => void; stop: () => void } {
  let timer: NodeJS.Timeout | undefined;
  const moved = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      socket.destroy(new ContractError('unavailable', 'Nothing has come or gone for too long.'));
    }, stall);
  };
  const abort = (): void => {
    socket.destroy(new ContractError('cancelled', 'Cancelled.'));
  };
  moved();
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  return {
    moved,
    stop: () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    },
  };
}

const brokenOff = (error: unknown): ContractError =>
  error instanceof ContractError ? error : new ContractError('unavailable', 'The connection broke off.', { cause: error });

/** A disk that fills up takes part of a write first. */
async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  try {
    for (let at = 0; at < bytes.length;) at += (await file.write(bytes, at, bytes.length - at, position + at)).bytesWritten;
  } catch (error) {
    throw diskError(error);
  }
}

/** Writes what comes until the size is reached: never more, whatever is sent. Resolves to the length of the file. Throws ContractError. */
export async function receiveFile(options: Options): Promise<number> {
  const { socket, file, position, size, onProgress } = options;
  const limit = size ?? MAX_UNTOLD_SIZE;
  const guarded = guard(options);
  let done = position;
  try {
    if (done < limit) {
      for await (const chunk of socket) {
        if (!(chunk instanceof Uint8Array)) continue;
        guarded.moved();
        const piece = chunk.subarray(0, limit - done);
        await writeAll(file, piece, done);
        done += piece.length;
        socket.write(acknowledgement(done));
        onProgress(done);
        if (done >= limit) break;
      }
    }
  } catch (error) {
    throw brokenOff(error);
  } finally {
    guarded.stop();
    socket.destroySoon();
  }
  if (size !== null && done < size) throw new ContractError('unavailable', 'The connection broke off before the file was complete.');
  if (size === null && done >= limit) throw new ContractError('limit', 'The file is larger than Sotto takes where no size was told.');
  return done;
}

const drained = (socket: Socket): Promise<void> =>
  new Promise((done) => {
    const go = (): void => {
      socket.off('drain', go);
      socket.off('close', go);
      done();
    };
    socket.once('drain', go);
    socket.once('close', go);
    // Closed before anybody listened: neither comes any more.
    if (socket.closed) go();
  });

/** Sends the file from `position` on and waits until the other side has it all or closes. Throws ContractError. */
export async function sendFile({ size, ...options }: Options & { size: number }): Promise<void> {
  const { socket, file, position, onProgress } = options;
  const guarded = guard({ ...options, size });
  const finished = Promise.withResolvers<undefined>();
  let heard = new Uint8Array(0);
  let done = position;
  const failed: { error: Error | null } = { error: null };
  socket.on('error', (error) => {
    failed.error = error;
  });
  socket.on('close', () => {
    finished.resolve(undefined);
  });
  socket.on('data', (chunk: Uint8Array) => {
    guarded.moved();
    const all = new Uint8Array(heard.length + chunk.length);
    all.set(heard);
    all.set(chunk, heard.length);
    const whole = all.length - (all.length % 4);
    heard = all.slice(whole);
    // Only the newest count matters.
    if (whole > 0 && done === size && new DataView(all.buffer, whole - 4, 4).getUint32(0) === size % 2 ** 32) finished.resolve(undefined);
  });
  if (socket.closed) finished.resolve(undefined);
  socket.resume();
  try {
    const piece = new Uint8Array(PIECE);
    while (done < size) {
      if (socket.destroyed)
        throw failed.error ?? new ContractError('unavailable', 'They closed the connection before the file was complete.');
      const { bytesRead } = await file.read(piece, 0, Math.min(PIECE, size - done), done);
      if (bytesRead === 0) throw new ContractError('storage', 'The file is shorter than it was.');
      done += bytesRead;
      if (!socket.write(piece.slice(0, bytesRead))) await drained(socket);
      guarded.moved();
      onProgress(done);
    }
    // They close, or say that they have it all.
    await finished.promise;
    if (failed.error !== null) throw new ContractError('unavailable', 'The connection broke off.', { cause: failed.error });
  } catch (error) {
    throw brokenOff(error);
  } finally {
    guarded.stop();
    socket.destroy();
  }
}
