import * as v from 'valibot';
import { key, unset, type Section } from '../key.ts';
import { flag, text } from './values.ts';

const entries = {
  enabled: key(v.optional(flag, true), {
    type: 'true or false',
    default: 'true',
    meaning:
      'Private conversations over Veilid. With `false` the node never starts. Where a proxy or Tor is configured it starts only after you agreed on the Veilid page: it does not run through it.',
  }),
  server: key(unset(text(/^[^\s\0]+$/, 1_024, 'the path of a socket, or host:port')), {
    type: 'text',
    default: 'not set',
    meaning: 'Use a running veilid-server instead of Sotto’s own node: the path of its socket, or `host:port`.',
    readOnly: true,
  }),
};

export const Veilid = v.object(entries, 'a table');

export const veilidSection: Section = { path: 'veilid', heading: 'Veilid', about: 'The network that carries private messages.', entries };
