import * as v from 'valibot';
import { MessageId } from '../contract/ids.ts';

/**
 * Makes rising, unique line ids: microseconds since 1970, pushed forward where two fall together. `last` is the highest
 * id that either store file holds, so that a clock set back never repeats one.
 */
export function createMessageIds(last: number, now: () => number): () => MessageId {
  let highest = last;
  return () => {
    highest = Math.max(highest + 1, Math.trunc(now() * 1000));
    return v.parse(MessageId, highest);
  };
}
