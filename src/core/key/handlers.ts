/** The core's end of `key.*`, which is all it answers while it is locked, beside `app.quit`. */
import type { Handlers } from '../../contract/table.ts';
import type { KeyControl } from './keyControl.ts';

type KeyCalls = Extract<keyof Handlers, `key.${string}`>;

export const keyHandlers = (key: KeyControl): Pick<Handlers, KeyCalls> => ({
  'key.view': () => Promise.resolve(key.view()),
  'key.unlock': async (attempt, signal) => {
    await key.unlock(attempt, signal);
    return null;
  },
  'key.setPassphrase': async (params, signal) => {
    await key.setPassphrase(params, signal);
    return null;
  },
  'key.setKeyring': async (params, signal) => ({ recovery: await key.setKeyring(params, signal) }),
  'key.recovery': () => key.recovery(),
  'key.setPlain': async (params, signal) => {
    await key.setPlain(params, signal);
    return null;
  },
});
