/** Names to addresses, and the first of several addresses that answers (happy eyeballs, after RFC 8305). */
import { lookup, type LookupAddress } from 'node:dns';
import { Socket } from 'node:net';
import type { Host } from './host.ts';

/** Addresses tried at all; a name may have any number. */
export const MAX_ADDRESSES = 8;
/** RFC 8305 §5: head start of each attempt before the next one joins it. */
export const ATTEMPT_DELAY_MS = 250;

/** A name's addresses in the system's order of preference. */
export type Resolve = (name: string) => Promise<LookupAddress[]>;

export const systemResolve: Resolve = (name) =>
  new Promise((done, fail) => {
    lookup(name, { all: true }, (error, addresses) => {
      if (error) fail(error);
      else done(addresses);
    });
  });

/** An address stands for itself and is not looked up. */
export async function addressesOf(host: Host, resolve: Resolve): Promise<LookupAddress[]> {
  if (host.family !== 0) return [{ address: host.name, family: host.family }];
  const found = await resolve(host.name);
  if (found.length === 0) throw Object.assign(new Error('no address'), { code: 'ENOTFOUND' });
  return alternate(found).slice(0, MAX_ADDRESSES);
}

/** Families in turn, beginning with the preferred one. */
function alternate(addresses: readonly LookupAddress[]): LookupAddress[] {
  const first = addresses[0]?.family;
  const preferred = addresses.filter(({ family }) => family === first);
  const others = addresses.filter(({ family }) => family !== first);
  return Array.from({ length: Math.max(preferred.length, others.length) }, (_, index) => [preferred[index], others[index]])
    .flat()
    .filter((entry) => entry !== undefined);
}

export type OpenTcp = (address: string, port: number) => Socket;

const openTcp: OpenTcp = (address, port) => {
  const socket = new Socket();
  socket.setNoDelay(true);
  socket.setKeepAlive(true);
  return socket.connect({ host: address, port });
};

/**
 * Connects to the addresses, the next one joining in when the last failed or had its head start. The first that opens
 * wins, all others are destroyed, as all are when the signal fires. Rejects with the errors of all.
 */
export function connectFirst(addresses: readonly LookupAddress[], port: number, signal: AbortSignal, open = openTcp): Promise<Socket> {
  return new Promise((done, fail) => {
    const attempts = new Set<Socket>();
    const errors: unknown[] = [];
    let next = 0;
    let head: ReturnType<typeof setTimeout> | undefined;
    let over = false;

    const finish = (winner: Socket | null): void => {
      over = true;
      clearTimeout(head);
      signal.removeEventListener('abort', abort);
      for (const attempt of attempts) if (attempt !== winner) attempt.destroy();
    };
    const abort = (): void => {
      finish(null);
      fail(new Error('aborted', { cause: signal.reason }));
    };
    const start = (): void => {
      clearTimeout(head);
      const address = addresses[next++];
      if (over || !address) return;
      const socket = open(address.address, port);
      if (signal.aborted) {
        socket.destroy();
        return;
      }
      attempts.add(socket);
      const failed = (error: unknown): void => {
        attempts.delete(socket);
        if (over) return;
        errors.push(error);
        if (errors.length === addresses.length) {
          finish(null);
          fail(errors.length === 1 && error instanceof Error ? error : new AggregateError(errors));
        } else start();
      };
      // It stays: an error before the next owner listens must not end the program.
      socket.on('error', failed);
      socket.once('connect', () => {
        if (over) return;
        finish(socket);
        done(socket);
      });
      if (next < addresses.length) head = setTimeout(start, ATTEMPT_DELAY_MS);
    };
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    else start();
  });
}
