import * as v from 'valibot';
import { key, unset, type Section } from '../key.ts';
import { routeBlob } from './values.ts';

const entries = {
  protocol: key(v.literal('veilid', '"irc" or "veilid"'), {
    type: '"veilid"',
    default: '"irc"',
    meaning: 'Makes the entry a person reached over Veilid instead of an IRC server.',
  }),
  veilid_route_blob: key(unset(routeBlob), {
    type: 'text',
    default: 'not set',
    meaning:
      'The route that the other person copied with “Copy route”. It is for first contact only: from then on the entry belongs to that contact. Without it the entry starts the node and shows your own route.',
  }),
};

export const VeilidServer = v.object(entries);

export const veilidServerSection: Section = {
  path: 'servers.*',
  heading: 'A person on Veilid',
  about: 'An entry with `protocol = "veilid"`.',
  entries,
};
