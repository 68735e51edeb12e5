import * as v from 'valibot';
import { key, type Section } from '../key.ts';
import { channel, listOf, text } from './values.ts';

const MAX_IGNORED = 1_000;
const MAX_MASK_LENGTH = 200;

export const ignoreMask = text(/^[^\s\0]+$/, MAX_MASK_LENGTH, 'a nick or a mask such as "nick!user@host", with * and ?');
const words = 'a nick or mask, or { user = "nick", channel = "#channel" }';
/** Halloy's regular expressions are left alone: one that takes seconds would stop everything. */
const entry = v.union(
  [ignoreMask, v.object({ user: ignoreMask, channel: v.optional(channel) }, words), v.looseObject({ regex: v.string() }, words)],
  words,
);

const entries = {
  ignore: key(v.optional(listOf(entry, 'a list of nicks and masks', MAX_IGNORED), []), {
    type: 'list of text or { user, channel }',
    default: '[]',
    meaning:
      'People whose texts, invitations, CTCP requests and files you do not want: they are neither shown nor stored, counted or answered. `/ignore` and `/unignore` write it. Entries with `regex` are not used.',
  }),
};

export const Filters = v.object(entries, 'a table');

export const filtersSection: Section = {
  path: 'servers.*.filters',
  heading: 'Ignored people',
  about: 'Who is not heard on one server.',
  entries,
};
