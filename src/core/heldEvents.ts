/** Events of a server that the store could not take (a line of somebody new, while the disk is full): kept, and handled again later. */
import type { IrcEvent } from '../contract/chat.ts';
import { isPassing } from './storage.ts';

/** Beyond it they are given up. */
const MAX_HELD_EVENTS = 1_000;

interface HeldEvents {
  /** Handles an event; rejects where it fails for good. */
  take(event: IrcEvent): Promise<void> | undefined;
  /** The store takes again what it refused. */
  again(): void;
}

export function createHeldEvents(handle: (event: IrcEvent) => Promise<void> | undefined, onLost: (error: unknown) => void): HeldEvents {
  let held: IrcEvent[] = [];
  const take = (event: IrcEvent): Promise<void> | undefined =>
    handle(event)?.catch((error: unknown) => {
      if (!isPassing(error) || held.length >= MAX_HELD_EVENTS) throw error;
      held.push(event);
    });
  const all = async (events: readonly IrcEvent[]): Promise<void> => {
    for (const event of events) await take(event)?.catch(onLost);
  };
  return {
    take,
    again: () => {
      const events = held;
      held = [];
      void all(events);
    },
  };
}
