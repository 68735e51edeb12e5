import * as v from 'valibot';
import { key, unset, type Section } from '../key.ts';
import { flag, text, whole } from './values.ts';

const MAX_ADDRESS_LENGTH = 64;

const entries = {
  enabled: key(v.optional(flag, false), {
    type: 'true or false',
    default: 'false',
    meaning:
      'Private conversations over iroh, for contacts where both of you have chosen it: faster, but each side learns the network address of the other. It opens sockets on all interfaces, asks your router for a port, and does not run through Tor or a proxy.',
  }),
  mode: key(v.optional(v.picklist(['direct', 'relay'], '"direct" or "relay"'), 'direct'), {
    type: '"direct" or "relay"',
    default: '"direct"',
    meaning:
      '`"direct"`: no server takes part; for a local network, or with a forwarded port. `"relay"`: the public servers of iroh’s makers help the two computers to find each other, and see who talks to whom.',
  }),
  port: key(unset(whole(1_024, 65_535)), {
    type: 'number',
    default: 'any free port',
    meaning: 'UDP port to listen on, for instance one that your router forwards.',
  }),
  external_address: key(
    unset(
      text(/^(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-fA-F:]+\]):\d{1,5}$/, MAX_ADDRESS_LENGTH, 'an address and port such as "203.0.113.7:4433"'),
    ),
    {
      type: 'text',
      default: 'not set',
      meaning: 'The address and port at which others reach you where a router forwards the port.',
    },
  ),
};

export const Iroh = v.object(entries, 'a table');

export const irohSection: Section = {
  path: 'iroh',
  heading: 'iroh',
  about: 'A direct way to contacts who may know where you are.',
  entries,
};
