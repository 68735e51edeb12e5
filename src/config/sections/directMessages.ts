import * as v from 'valibot';
import { coverCost } from '../../contract/cover.ts';
import { key, type Section } from '../key.ts';
import { flag, whole } from './values.ts';

/** Days a message may wait: ten years. */
const MAX_EXPIRE_DAYS = 3_650;
const kilobytes = Math.round(coverCost('always') / 1_000);

const expireWords = `"never", or a whole number of days from 1 to ${MAX_EXPIRE_DAYS}`;

const entries = {
  read_receipts: key(v.optional(flag, true), {
    type: 'true or false',
    default: 'true',
    meaning: 'Tell people when you have read their message, sealed like the message itself. Who does not tell is not told either.',
  }),
  presence: key(v.optional(flag, false), {
    type: 'true or false',
    default: 'false',
    meaning: 'Tell your contacts, sealed, whether you are here or away. Who does not tell is not told either.',
  }),
  cover_traffic: key(v.optional(v.picklist(['off', 'active', 'always'], '"off", "active" or "always"'), 'active'), {
    type: '"off", "active" or "always"',
    default: '"active"',
    meaning: `Send empty packets at random times between the real ones, so that somebody who watches your line sees less of when you write. \`"active"\`: for ten minutes after something was said; \`"always"\`: also in between. It takes about ${kilobytes} kB an hour for each contact while it runs, and what the network adds.`,
  }),
  expire_unsent: key(v.optional(v.union([v.literal('never'), whole(1, MAX_EXPIRE_DAYS, ' days')], expireWords), 'never'), {
    type: '"never" or days',
    default: '"never"',
    meaning:
      'A message that could not be delivered for so many days is given up: it stays in the conversation, marked as not delivered, and can be sent again. With `"never"` Sotto goes on trying until you give up.',
  }),
};

export const DirectMessages = v.object(entries, 'a table');

export const directMessagesSection: Section = {
  path: 'direct_messages',
  heading: 'Private messages',
  about: 'What your contacts get to know, and how long a message waits for them.',
  entries,
};
