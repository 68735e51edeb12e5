import * as v from 'valibot';
import { key, unset, type Section } from '../key.ts';
import { flag, text } from './values.ts';

const MAX_USERINFO_LENGTH = 200;

const answer = (name: string, meaning: string) =>
  key(v.optional(flag, true), { type: 'true or false', default: 'true', meaning: `Answer CTCP ${name}: ${meaning}` });

const entries = {
  ping: answer('PING', 'what came is sent back, so that the other side sees how long it took.'),
  source: answer('SOURCE', 'what Sotto is.'),
  time: answer('TIME', 'the time, in UTC.'),
  version: answer('VERSION', 'name and version of Sotto.'),
  // eslint-disable-next-line no-control-regex -- control characters are exactly what must not pass
  userinfo: key(unset(text(/^[^\u0000-\u001f\u007f]+$/, MAX_USERINFO_LENGTH, 'a text without line breaks')), {
    type: 'text',
    default: 'not set',
    meaning: 'Answer to CTCP USERINFO; none where it is not set.',
  }),
};

export const Ctcp = v.object(entries, 'a table');

export const ctcpSection: Section = {
  path: 'ctcp',
  heading: 'CTCP',
  about:
    'Requests that other people’s programs may send to yours. Three are answered at once, then one every ten seconds; requests in channels, unknown ones and those of ignored people never; behind a proxy or Tor none is.',
  entries,
};
