import * as v from 'valibot';
import { key, unset, type Section } from '../key.ts';
import { flag } from './values.ts';

const share =
  'Let others see that you are writing. They learn when you sit at the keyboard; the text itself is not sent before you send it.';
const show = 'Show when others are writing.';

const entries = {
  share: key(v.optional(flag, false), { type: 'true or false', default: 'false', meaning: share }),
  show: key(v.optional(flag, true), { type: 'true or false', default: 'true', meaning: show }),
};
const serverEntries = {
  share: key(unset(flag), { type: 'true or false', default: 'as in `[buffer.typing]`', meaning: share }),
  show: key(unset(flag), { type: 'true or false', default: 'as in `[buffer.typing]`', meaning: show }),
};

export const Typing = v.object(entries, 'a table');
export const ServerTyping = v.object(serverEntries, 'a table');

export const typingSections: readonly Section[] = [
  {
    path: 'buffer.typing',
    heading: 'Who is writing',
    about: 'On servers that pass it on (IRCv3 typing). Never said of commands, nor to a nick with whom you talk in private.',
    entries,
  },
  {
    path: 'servers.*.typing',
    heading: 'Who is writing, on one server',
    about: 'What differs on this server from `[buffer.typing]`.',
    entries: serverEntries,
  },
];
