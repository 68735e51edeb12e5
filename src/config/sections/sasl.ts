import * as v from 'valibot';
import { key, unset, type Section } from '../key.ts';
import { passwordKeys } from './secrets.ts';
import { flag, password } from './values.ts';

const entries = {
  username: key(unset(password), { type: 'text', default: 'the nickname', meaning: 'Account name.' }),
  ...passwordKeys('Password of the account'),
  disconnect_on_failure: key(v.optional(flag, true), {
    type: 'true or false',
    default: 'true',
    meaning: 'Drop the connection when the server refuses the account, instead of going on without it.',
  }),
};

export const SaslPlain = v.object(entries, 'a table');

export const saslPlainSection: Section = {
  path: 'servers.*.sasl.plain',
  heading: 'Signing in (SASL PLAIN)',
  about: 'Signs in to your account before anybody sees you. A server that does not offer it is not joined without it.',
  entries,
};
