/** The steps of opening a connection, each with a time limit of its own. */
import { NetError } from './errors.ts';
import { toNetError } from './failures.ts';

export type DialPhase = 'lookup' | 'connect' | 'proxy' | 'handshake' | 'upgrade';

export const PHASE_TIMEOUTS_MS: Record<DialPhase, number> = {
  lookup: 15_000,
  connect: 20_000,
  /** Tor may have to build a circuit, and for an onion name several. */
  proxy: 90_000,
  handshake: 20_000,
  upgrade: 20_000,
};

const late: Record<DialPhase, (where: string) => string> = {
  lookup: (where) => `Looking up the name of ${where} took too long.`,
  connect: (where) => `${where} did not answer in time.`,
  proxy: (where) => `The proxy did not reach ${where} in time.`,
  handshake: (where) => `${where} did not finish the TLS handshake in time.`,
  upgrade: (where) => `${where} did not open a WebSocket in time.`,
};

export interface PhaseOptions {
  signal: AbortSignal;
  onPhase?: (phase: DialPhase) => void;
  /** Milliseconds a phase may take, where other than the default. */
  limits?: Partial<Record<DialPhase, number>>;
}

/**
 * Runs one phase: `work` is given a signal that fires when the time is up or the user gives up, and has to end its
 * sockets then. Rejects with NetError; `where` stands in its sentence.
 */
export type RunPhase = <T>(name: DialPhase, where: string, work: (signal: AbortSignal) => Promise<T>) => Promise<T>;

export const phasesOf =
  ({ signal, onPhase, limits }: PhaseOptions): RunPhase =>
  async (name, where, work) => {
    onPhase?.(name);
    const over = new AbortController();
    const stop = Promise.withResolvers<never>();
    const end = (error: NetError): void => {
      stop.reject(error);
      over.abort(error);
    };
    const abort = (): void => {
      end(new NetError('aborted', 'Connecting was cancelled.'));
    };
    const timer = setTimeout(() => {
      end(new NetError('timeout', late[name](where)));
    }, limits?.[name] ?? PHASE_TIMEOUTS_MS[name]);
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    try {
      return await Promise.race([stop.promise, signal.aborted ? stop.promise : work(over.signal)]);
    } catch (error) {
      throw toNetError(error, where);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    }
  };
