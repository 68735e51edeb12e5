/** Replaces our routes after somebody who knows them was blocked (design §7): new ones first, the old ones go once records were written. */
import type { Overlay } from '../../overlay/overlay.ts';

export interface Rotation {
  want(): void;
  renew(): Promise<boolean>;
  release(): Promise<boolean>;
}

export function createRotation({ overlay, signal }: { overlay: () => Overlay | null; signal: AbortSignal }): Rotation {
  let isWanted = false;
  /** Addresses that stop answering after this round of publishing. At most as many as are announced. */
  let old: Uint8Array[] = [];
  return {
    want: () => {
      isWanted = true;
    },
    renew: async () => {
      const current = overlay();
      if (!isWanted || !current) return true;
      const before = current.addresses().map((address) => address.bytes);
      await current.renew(signal);
      isWanted = false;
      old = [...old, ...before];
      return true;
    },
    release: async () => {
      const current = overlay();
      if (!current) return true;
      for (const address of old) await current.release(address);
      old = [];
      return true;
    },
  };
}
