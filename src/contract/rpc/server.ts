import * as v from 'valibot';
import { ContractError } from '../errors.ts';
import type { Port } from '../port.ts';
import { calls, type CallName, type ConnectionId, type EventName, type Events, type Handlers, type Params, type Result } from '../table.ts';
import { ClientFrame, MAX_IN_FLIGHT, MAX_WAITING_BYTES, PROTOCOL_VERSION, contractId, type ServerFrame } from './frames.ts';

export interface ServerConnection {
  readonly id: ConnectionId;
  /** Sends an event; a page that is too slow gets one resync instead of the events it missed. */
  emit<N extends EventName>(name: N, payload: Events[N]): void;
  close(): void;
}

interface Options {
  id: ConnectionId;
  port: Port;
  /** As a function: asked at each call. A call that has none is answered with `unavailable`. */
  handlers: Handlers | (() => Partial<Handlers>);
  onClose: () => void;
  /** The sentence for a person of an error that is no ContractError, or null where it has none. */
  explain?: (error: unknown) => ContractError | null;
  /** Told of errors that are ours, never of their text to the page. */
  onInternalError: (method: string, error: unknown) => void;
}

const isCall = (method: string): method is CallName => Object.hasOwn(calls, method);

/** Runs the core's end of one connection. Every request is validated; unknown errors cross as `internal` without text. */
export function serveConnection({ id, port, handlers, onClose, explain = () => null, onInternalError }: Options): ServerConnection {
  const running = new Map<number, AbortController>();
  let greeted = false;
  let seq = 0;
  let behind = false;
  let open = true;

  const send = (frame: ServerFrame): void => {
    port.send(frame);
  };
  const close = (): void => {
    if (!open) return;
    open = false;
    for (const controller of running.values()) controller.abort();
    running.clear();
    port.close();
    onClose();
  };

  const invoke = <N extends CallName>(method: N, raw: unknown, signal: AbortSignal): Promise<Result<N>> => {
    const parsed = v.safeParse(calls[method].params, raw);
    if (!parsed.success) {
      const where = v.getDotPath(parsed.issues[0]);
      throw new ContractError('badRequest', `${method}: ${where === null ? '' : `${where}: `}${parsed.issues[0].message}`);
    }
    const params: Params<N> = parsed.output;
    const table: Partial<Handlers> = typeof handlers === 'function' ? handlers() : handlers;
    const handler: Handlers[N] | undefined = table[method];
    if (!handler) throw new ContractError('unavailable', 'Sotto is locked.');
    return handler(params, signal, id);
  };

  const run = async (callId: number, method: string, params: unknown): Promise<void> => {
    if (running.has(callId) || running.size >= MAX_IN_FLIGHT) {
      send({ t: 'error', id: callId, code: 'limit', message: 'Too many requests at once.' });
      return;
    }
    const controller = new AbortController();
    running.set(callId, controller);
    try {
      if (!isCall(method)) throw new ContractError('noMethod', 'This call does not exist.');
      const result = await invoke(method, params, controller.signal);
      if (open) send({ t: 'result', id: callId, result });
    } catch (error) {
      if (!open) return;
      if (controller.signal.aborted) send({ t: 'error', id: callId, code: 'cancelled', message: 'Cancelled.' });
      else {
        const known = error instanceof ContractError ? error : explain(error);
        if (known) {
          send({ t: 'error', id: callId, code: known.code, message: known.message });
          return;
        }
        onInternalError(method, error);
        send({ t: 'error', id: callId, code: 'internal', message: 'Something went wrong inside Sotto. The log has the details.' });
      }
    } finally {
      running.delete(callId);
    }
  };

  port.onMessage((value) => {
    if (!open) return;
    const frame = v.safeParse(ClientFrame, value);
    if (!frame.success) {
      close();
      return;
    }
    switch (frame.output.t) {
      case 'hello':
        greeted = frame.output.version === PROTOCOL_VERSION && frame.output.contract === contractId;
        send({ t: 'hello', version: PROTOCOL_VERSION, contract: contractId });
        return;
      case 'call':
        if (greeted) void run(frame.output.id, frame.output.method, frame.output.params);
        else
          send({
            t: 'error',
            id: frame.output.id,
            code: 'badRequest',
            message: 'This page belongs to another version of Sotto: reload it.',
          });
        return;
      case 'cancel':
        running.get(frame.output.id)?.abort();
    }
  });
  port.onClose(close);

  return {
    id,
    emit: (name, payload) => {
      if (!open || !greeted) return;
      if (port.waiting() > MAX_WAITING_BYTES) {
        behind = true;
        return;
      }
      seq += 1;
      if (behind) {
        behind = false;
        send({ t: 'resync', seq });
        return;
      }
      send({ t: 'event', seq, name, payload });
    },
    close,
  };
}
