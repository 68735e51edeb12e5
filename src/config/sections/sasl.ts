/** The ways to sign in that need a password, a key or a token; a certificate has its own file. */
import * as v from 'valibot';
import { key, unset, type Section } from '../key.ts';
import { passwordKeys, tokenKeys } from './secrets.ts';
import { flag, password, path } from './values.ts';

const username = key(unset(password), { type: 'text', default: 'the nickname', meaning: 'Account name.' });
const disconnect = key(v.optional(flag, true), {
  type: 'true or false',
  default: 'true',
  meaning: 'Drop the connection when the server refuses the account, instead of going on without it.',
});

const plain = { username, ...passwordKeys('Password of the account'), disconnect_on_failure: disconnect };
export const SaslPlain = v.object(plain, 'a table');
export const saslPlainSection: Section = {
  path: 'servers.*.sasl.plain',
  heading: 'Signing in with a password (SASL)',
  about:
    'Signs in to your account before anybody sees you. Where the server offers SCRAM, the password itself is not sent (SCRAM-SHA-512 or -256 instead of PLAIN). A server that does not offer it is not joined without it.',
  entries: plain,
};

const scram = { username, ...passwordKeys('Password of the account'), disconnect_on_failure: disconnect };
export const SaslScram = v.object(scram, 'a table');
export const saslScramSection: Section = {
  path: 'servers.*.sasl.scram',
  heading: 'Signing in with SCRAM only',
  about: 'As `sasl.plain`, but the password itself is never sent: a server without SCRAM-SHA-256 or -512 cannot be signed in to.',
  entries: scram,
};

const ecdsa = {
  username,
  key: key(path, {
    type: 'path',
    default: 'needed',
    meaning: 'Your private key of the curve P-256 (PEM: PKCS#8 or SEC 1, without a passphrase).',
    readOnly: true,
  }),
  disconnect_on_failure: disconnect,
};
export const SaslEcdsa = v.object(ecdsa, 'a table');
export const saslEcdsaSection: Section = {
  path: 'servers.*.sasl.ecdsa',
  heading: 'Signing in with a key (ECDSA-NIST256P-CHALLENGE)',
  about: 'As on Libera.Chat: the public half of the key is set with NickServ, the server sends a challenge that the private half signs.',
  entries: ecdsa,
};

const oauthbearer = {
  username: key(unset(password), {
    type: 'text',
    default: 'not set',
    meaning: 'Account name, where the server wants one beside the token.',
  }),
  ...tokenKeys,
  disconnect_on_failure: disconnect,
};
export const SaslOauthbearer = v.object(oauthbearer, 'a table');
export const saslOauthbearerSection: Section = {
  path: 'servers.*.sasl.oauthbearer',
  heading: 'Signing in with a token (OAUTHBEARER)',
  about: 'For servers that trust another service to say who you are. Sotto does not fetch or renew the token.',
  entries: oauthbearer,
};

export const saslSections: readonly Section[] = [saslPlainSection, saslScramSection, saslEcdsaSection, saslOauthbearerSection];
