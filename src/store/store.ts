/** The door of the store room. */
export { StoreError } from './errors.ts';
export * from './limits.ts';
export type * from './rows.ts';
export type { Receive, Store } from './operations.ts';
export { newDatabaseKey } from './key.ts';
export { readKeyFile, writeKeyFile, type KeyWrap, type OtherWrap, type SealedKeyFile } from './keyFile.ts';
export { openStore, type OpenedStore, type StoreOptions } from './open.ts';
