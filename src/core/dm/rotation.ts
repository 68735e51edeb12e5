/**
 * Addresses that are over: after somebody who knows them was blocked, at the user's wish, or because they were replaced. New
 * ones first; the old ones stop answering once the records of all contacts name the new ones, or after a bounded time.
 */
import type { Overlay } from '../../overlay/overlay.ts';
import { sameBytes } from './bytes.ts';

/** Addresses that wait to be released; the oldest goes at once beyond it. An overlay keeps less of them answering. */
const MAX_OLD = 16;
/** Somebody is to lose us: those whose record cannot be written are not waited for longer than this. */
const LONGEST_URGENT_MS = 10 * 60_000;
/** A route that was copied a while ago, or is known from a card only, leads here for so long after it was replaced. */
const GRACE_MS = 24 * 3_600_000;
/** Whoever has not read the new record by then asks there first anyway. */
const LONGEST_MS = 72 * 3_600_000;

interface Old {
  bytes: Uint8Array;
  since: number;
  urgent: boolean;
}

export interface Rotation {
  /** Replaces all addresses in the next round, and releases the present ones as soon as contacts can know the new ones. */
  want(): void;
  renew(): Promise<boolean>;
  /** What is announced now; what was announced before and is not any more is over. */
  announced(addresses: readonly Uint8Array[]): void;
  /** `publishedAt`: when the last round began that has written every record; null before there was one. */
  release(publishedAt: number | null): Promise<boolean>;
}

export function createRotation(options: { overlay: () => Overlay | null; now: () => number; signal: AbortSignal }): Rotation {
  const { overlay, now, signal } = options;
  let isWanted = false;
  let current: readonly Uint8Array[] = [];
  let old: Old[] = [];

  const isOver = ({ since, urgent }: Old, publishedAt: number | null): boolean => {
    const age = now() - since;
    const isPublished = publishedAt !== null && publishedAt >= since;
    return urgent ? isPublished || age >= LONGEST_URGENT_MS : (isPublished && age >= GRACE_MS) || age >= LONGEST_MS;
  };
  const announced = (addresses: readonly Uint8Array[]): void => {
    const gone = current.filter((address) => !addresses.some((other) => sameBytes(other, address)));
    const known = gone.filter((address) => !old.some(({ bytes }) => sameBytes(bytes, address)));
    old = [...known.map((bytes) => ({ bytes, since: now(), urgent: false })), ...old];
    current = addresses;
  };

  return {
    want: () => {
      isWanted = true;
    },
    announced,
    renew: async () => {
      const door = overlay();
      if (!isWanted || !door) return true;
      // what the new addresses set off comes here again, before this is done
      isWanted = false;
      announced(door.addresses().map((address) => address.bytes));
      try {
        await door.renew(signal);
      } catch (error) {
        isWanted = true;
        throw error;
      }
      announced(door.addresses().map((address) => address.bytes));
      // whoever knew the present ones may know the former ones
      old = old.map((entry) => ({ ...entry, urgent: true }));
      return true;
    },
    release: async (publishedAt) => {
      const door = overlay();
      if (!door) return true;
      const over = old.filter((entry, at) => at >= MAX_OLD || isOver(entry, publishedAt));
      for (const entry of over) {
        await door.release(entry.bytes);
        old = old.filter((other) => other !== entry);
      }
      return !old.some(({ urgent }) => urgent);
    },
  };
}
