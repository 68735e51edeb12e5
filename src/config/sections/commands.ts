/** Tables below `[buffer.commands]`, as Halloy names them. */
import * as v from 'valibot';
import { key, type Section } from '../key.ts';
import { flag, line } from './values.ts';

const MAX_REASON_LENGTH = 300;
export const MAX_ALIASES = 200;
export const MAX_ALIAS_LENGTH = 1_000;

const reason = (what: string) =>
  key(v.optional(v.pipe(v.string('a text'), v.maxLength(MAX_REASON_LENGTH), v.regex(/^[^\r\n\0]*$/, 'a text without line breaks')), ''), {
    type: 'text',
    default: '""',
    meaning: `Reason for ${what} where none is typed.`,
  });
const quitEntries = { default_reason: reason('/quit') };
const partEntries = { default_reason: reason('/part') };
export const QuitCommand = v.object(quitEntries, 'a table');
export const PartCommand = v.object(partEntries, 'a table');

const say = (what: string) => key(v.optional(flag, true), { type: 'true or false', default: 'true', meaning: `Say ${what}.` });
const sysinfoEntries = {
  cpu: say('the processor'),
  memory: say('the memory'),
  os: say('the system and its version'),
  uptime: say('how long it runs'),
};
export const SysinfoCommand = v.object(sysinfoEntries, 'a table');

/** Name without slash -> what it stands for, with its slash. */
export const Aliases = v.pipe(
  v.record(
    v.pipe(v.string(), v.regex(/^\/?[^\s/]{1,32}$/, 'a name without spaces')),
    v.pipe(line, v.maxLength(MAX_ALIAS_LENGTH), v.regex(/^\/[^/\s]/, 'a text that begins with "/"')),
    'a table: alias = "/command"',
  ),
  v.check((table) => Object.keys(table).length <= MAX_ALIASES, `a table of at most ${MAX_ALIASES} aliases`),
);

export const commandSections: readonly Section[] = [
  {
    path: 'buffer.commands',
    heading: 'Aliases of commands',
    about:
      'Your own commands win over those of Sotto. In their text `$1` to `$9` are the words that follow, `$1-` all from the first one on, `$1?` one that may be left out (last), `$nick`, `$channel` and `$server` what they say. What an alias stands for is not looked up among the aliases again.',
    entries: {
      aliases: key(v.optional(Aliases, {}), {
        type: 'table: alias = "/command"',
        default: '{}',
        meaning: 'For example `hug = "/me hugs $1"`.',
        readOnly: true,
      }),
    },
  },
  { path: 'buffer.commands.quit', heading: '/quit', about: 'Leaving a server.', entries: quitEntries },
  { path: 'buffer.commands.part', heading: '/part', about: 'Leaving a channel.', entries: partEntries },
  { path: 'buffer.commands.sysinfo', heading: '/sysinfo', about: 'What `/sysinfo` says about this computer.', entries: sysinfoEntries },
];
