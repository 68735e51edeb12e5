/** PLAIN (RFC 4616): the password itself. Only ever built for a link that may carry it; see mechanisms.ts. */
import { oneAnswer, type Mechanism } from './mechanism.ts';
import { utf8 } from './payload.ts';

/** `account NUL account NUL password` in UTF-8, as it is: preparing it is the server's part. */
export const createPlain = (account: string, password: string): Mechanism =>
  oneAnswer('PLAIN', () => utf8(`${account}\0${account}\0${password}`));
