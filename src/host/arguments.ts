/** The command line of every host. */
import { parseArgs } from 'node:util';
import * as v from 'valibot';
import { MAX_LINK_TEXT } from '../contract/desktop.ts';
import { startCommand } from './program.ts';

/** A link as one start hands it to another. What it asks for is read by the core; here it is only kept from being anything else. */
export const LinkArgument = v.pipe(v.string(), v.maxLength(MAX_LINK_TEXT), v.regex(/^(?:ircs?|sotto):[^\p{Cc}\p{Cs}]*$/iu));

export interface HostArguments {
  /** The directory of `--profile`, or null for the XDG directories. */
  profile: string | null;
  /** `--no-open` makes it false: print the address instead of opening a browser. */
  open: boolean;
  demo: boolean;
  /** An `irc:`, `ircs:` or `sotto:` link to show. */
  link: string | null;
  /** An open file whose first line is the passphrase of a locked profile. */
  passphraseFd?: number;
  /** Instead of starting: puts what stdin holds into the desktop's keyring, under this name. */
  setPassword?: string;
}

const usage = `Usage: ${startCommand} [--profile DIR] [--browser] [--no-open] [--demo] [LINK]
  --profile DIR  keep configuration, data, state and cache under DIR
  --browser      use the browser where npm run desktop has fetched a window
  --no-open      print the address instead of opening a browser
  --demo         try Sotto without a network or an account
  --passphrase-fd N     unlock with the first line of the open file N
  --set-password ENTRY  put the password that stdin holds into the desktop's keyring, and end
  LINK           an irc:, ircs: or sotto: link; Sotto shows what it asks for`;

/** `args` without node and script. The result is a sentence for the person when they cannot be understood. */
export function readArguments(args: readonly string[]): HostArguments | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      strict: true,
      allowPositionals: true,
      options: {
        profile: { type: 'string' },
        'no-open': { type: 'boolean' },
        demo: { type: 'boolean' },
        help: { type: 'boolean' },
        // Of `npm start`, for program.ts.
        'from-source': { type: 'boolean' },
        'passphrase-fd': { type: 'string' },
        'set-password': { type: 'string' },
      },
    });
    if (values.help === true) return usage;
    if (values.profile === '') return `--profile needs a directory.\n${usage}`;
    const link = v.safeParse(v.nullable(LinkArgument), positionals[0] ?? null);
    if (positionals.length > 1 || !link.success)
      return `Only one link can be opened, and it has to begin with irc:, ircs: or sotto:.\n${usage}`;
    const { 'passphrase-fd': fd, 'set-password': entry } = values;
    if (fd !== undefined && !/^\d{1,6}$/.test(fd)) return `--passphrase-fd needs the number of an open file.\n${usage}`;
    if (entry === '') return `--set-password needs the name of an entry, such as servers.libera.password.\n${usage}`;
    const more = { ...(fd === undefined ? {} : { passphraseFd: Number(fd) }), ...(entry === undefined ? {} : { setPassword: entry }) };
    const given: HostArguments = {
      ...more,
      profile: values.profile ?? null,
      open: values['no-open'] !== true,
      demo: values.demo === true,
      link: link.output,
    };
    return given;
  } catch (error) {
    return `${error instanceof Error ? error.message : 'The arguments cannot be understood.'}\n${usage}`;
  }
}
