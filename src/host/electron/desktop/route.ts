/** *Copy route* outside the page: the core's newest route onto the clipboard. */
import type { Client } from '../../../contract/rpc/client.ts';
import type { ElectronParts } from './parts.ts';

/** The node may have to be started; afterwards the person has long gone elsewhere, and their clipboard is theirs. */
const ROUTE_LIMIT_MS = 30_000;

/** Resolves with a sentence for the person. Never rejects. */
export async function copyRoute(client: Client, clipboard: ElectronParts['clipboard'], signal: AbortSignal): Promise<string> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(ROUTE_LIMIT_MS)]);
  try {
    const { text } = await client.call('route.get', {}, limit);
    if (limit.aborted) throw new Error('There is no route yet. Try again in a moment.');
    await clipboard.writeText(text);
    return 'Your route is on the clipboard.';
  } catch (error) {
    if (limit.aborted) return 'There is no route yet. Try again in a moment.';
    return error instanceof Error ? error.message : 'Your route could not be copied.';
  }
}
