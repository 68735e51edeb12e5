import type { Db } from './db.ts';

/** Work that is committed as a whole or, when it throws, not at all. Inside another transaction it becomes part of that one. */
export const transaction = <A extends unknown[], R>(db: Db, work: (...args: A) => R): ((...args: A) => R) => {
  const run = db.transaction(work);
  return (...args) => run.immediate(...args);
};
