import { ContractError } from '../contract/errors.ts';
import type { Parts } from './parts.ts';

const ROUTE_WAIT_MS = 60_000;

/** The newest own route, once there is one. Waits for the node as long as the caller does. */
export async function newestRoute({ node }: Pick<Parts, 'node'>, signal?: AbortSignal): Promise<string> {
  const overlay = await node.need();
  const ready = overlay.addresses()[0];
  if (ready) return ready.text;
  const next = Promise.withResolvers<string>();
  const stopListening = overlay.onAddresses((addresses) => {
    if (addresses[0]) next.resolve(addresses[0].text);
  });
  const giveUp = (): void => {
    next.reject(new ContractError('unavailable', 'There is no route yet: Veilid is still connecting. Try again in a moment.'));
  };
  const timer = setTimeout(giveUp, ROUTE_WAIT_MS);
  signal?.addEventListener('abort', giveUp, { once: true });
  try {
    return await next.promise;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', giveUp);
    stopListening();
  }
}
