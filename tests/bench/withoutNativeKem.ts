/** Preloaded (`--import`): the runtime as it is where node:crypto has no ML-KEM, so that the same code falls back to noble. */
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';

Reflect.deleteProperty(crypto, 'encapsulate');
syncBuiltinESMExports();
