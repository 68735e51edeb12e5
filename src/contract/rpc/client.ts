import * as v from 'valibot';
import { ContractError, type ErrorCode } from '../errors.ts';
import type { Port } from '../port.ts';
import { eventNames, type CallName, type EventName, type Events, type ParamsInput, type Result } from '../table.ts';
import { PROTOCOL_VERSION, ServerFrame, contractId, type ClientFrame } from './frames.ts';

export type AnyEvent = { [N in EventName]: { name: N; payload: Events[N] } }[EventName];

export interface Client {
  call<N extends CallName>(method: N, params: ParamsInput<N>, signal?: AbortSignal): Promise<Result<N>>;
  onEvent(handler: (event: AnyEvent) => void): void;
  /** Events were lost: take a snapshot. */
  onResync(handler: () => void): void;
  onClose(handler: () => void): void;
  /** Resolves once the core has answered the greeting; rejects when it speaks another contract. */
  readonly ready: Promise<void>;
  close(): void;
}

interface Waiting {
  resolve: (value: unknown) => void;
  reject: (error: Error) => void;
}

const isEventName = (name: string): name is EventName => eventNames.some((known) => known === name);

/** The page's end of a connection. The core is the trusted side: what it sends is typed by the table and not checked again. */
export function connectClient(port: Port): Client {
  const waiting = new Map<number, Waiting>();
  let nextId = 1;
  let lastSeq = 0;
  let open = true;
  let onEvent: (event: AnyEvent) => void = () => undefined;
  let onResync: () => void = () => undefined;
  let onClose: () => void = () => undefined;
  const ready = Promise.withResolvers<undefined>();
  ready.promise.catch(() => undefined);

  const send = (frame: ClientFrame): void => {
    port.send(frame);
  };

  const take = (id: number): Waiting | undefined => {
    const entry = waiting.get(id);
    waiting.delete(id);
    return entry;
  };

  const receive = (frame: ServerFrame): void => {
    switch (frame.t) {
      case 'hello':
        if (frame.version === PROTOCOL_VERSION && frame.contract === contractId) ready.resolve(undefined);
        else ready.reject(new ContractError('badRequest', 'This page belongs to another version of Sotto: reload it.'));
        return;
      case 'result':
        take(frame.id)?.resolve(frame.result);
        return;
      case 'error':
        take(frame.id)?.reject(new ContractError(readCode(frame.code), frame.message));
        return;
      case 'resync':
        lastSeq = frame.seq;
        onResync();
        return;
      case 'event': {
        const gap = frame.seq !== lastSeq + 1;
        lastSeq = frame.seq;
        if (gap) onResync();
        else if (isEventName(frame.name))
          onEvent(
            v.parse(
              v.custom<AnyEvent>(() => true),
              { name: frame.name, payload: frame.payload },
            ),
          );
      }
    }
  };

  port.onMessage((value) => {
    const frame = v.safeParse(ServerFrame, value);
    if (frame.success) receive(frame.output);
  });
  port.onClose(() => {
    open = false;
    const error = new ContractError('closed', 'The connection to Sotto is closed.');
    for (const entry of waiting.values()) entry.reject(error);
    waiting.clear();
    ready.reject(error);
    onClose();
  });
  send({ t: 'hello', version: PROTOCOL_VERSION, contract: contractId });

  return {
    ready: ready.promise,
    call: async (method, params, signal) => {
      await ready.promise;
      signal?.throwIfAborted();
      if (!open) throw new ContractError('closed', 'The connection to Sotto is closed.');
      const id = nextId++;
      const result = Promise.withResolvers<unknown>();
      waiting.set(id, result);
      const cancel = (): void => {
        send({ t: 'cancel', id });
      };
      signal?.addEventListener('abort', cancel, { once: true });
      send({ t: 'call', id, method, params });
      try {
        return v.parse(
          v.custom<Result<typeof method>>(() => true),
          await result.promise,
        );
      } finally {
        signal?.removeEventListener('abort', cancel);
      }
    },
    onEvent: (handler) => {
      onEvent = handler;
    },
    onResync: (handler) => {
      onResync = handler;
    },
    onClose: (handler) => {
      onClose = handler;
    },
    close: () => {
      port.close();
    },
  };
}

const codes: readonly ErrorCode[] = [
  'noMethod',
  'badRequest',
  'cancelled',
  'closed',
  'internal',
  'notFound',
  'notConnected',
  'badInput',
  'unknownCommand',
  'readOnly',
  'changedOnDisk',
  'badAddress',
  'badInvite',
  'tooLong',
  'limit',
  'unavailable',
  'blocked',
  'identityChanged',
  'held',
  'storage',
];
const readCode = (code: string): ErrorCode => codes.find((known) => known === code) ?? 'internal';
