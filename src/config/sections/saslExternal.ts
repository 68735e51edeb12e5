import * as v from 'valibot';
import { key, unset, type Section } from '../key.ts';
import { flag, path } from './values.ts';

const entries = {
  cert: key(path, { type: 'path', default: 'needed', meaning: 'Your certificate (PEM).', readOnly: true }),
  key: key(unset(path), {
    type: 'path',
    default: 'the file of `cert`',
    meaning: 'Its private key (PEM: PKCS#8, SEC 1 or PKCS#1, without a passphrase).',
    readOnly: true,
  }),
  disconnect_on_failure: key(v.optional(flag, true), {
    type: 'true or false',
    default: 'true',
    meaning: 'Drop the connection when the server does not know the certificate, instead of going on without an account.',
  }),
};

export const SaslExternal = v.object(entries, 'a table');

export const saslExternalSection: Section = {
  path: 'servers.*.sasl.external',
  heading: 'Signing in with a certificate (SASL EXTERNAL, CertFP)',
  about:
    'The certificate is shown only to a server that has proved who it is; where the server has TLS 1.3 (without a proxy also 1.2). Take another one for each network: who sees the same certificate twice knows it is you.',
  entries,
};
