import type { Db } from './db.ts';

export interface Meta {
  /** 0 when it was never set. */
  number(name: string): number;
  bytes(name: string): Uint8Array | null;
  set(name: string, value: number | Uint8Array): void;
}

/** Small facts a file keeps about itself; both files have the table. */
export function createMeta(db: Db): Meta {
  const get = db.prepare<[string], { value: unknown }>('SELECT value FROM meta WHERE name = ?');
  const put = db.prepare<[string, number | Uint8Array]>('INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)');
  return {
    number: (name) => {
      const value = get.get(name)?.value;
      return typeof value === 'number' ? value : 0;
    },
    bytes: (name) => {
      const value = get.get(name)?.value;
      return value instanceof Uint8Array ? value : null;
    },
    set: (name, value) => {
      put.run(name, value);
    },
  };
}
