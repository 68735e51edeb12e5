/** EXTERNAL (RFC 4422 appendix A): the TLS client certificate says who we are. */
import { oneAnswer, type Mechanism } from './mechanism.ts';
import { utf8 } from './payload.ts';

/** `account` '' leaves it to the server which account the certificate belongs to. */
export const createExternal = (account: string): Mechanism => oneAnswer('EXTERNAL', () => utf8(account));
