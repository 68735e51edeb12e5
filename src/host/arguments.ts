/** The command line of every host. */
import { parseArgs } from 'node:util';

export interface HostArguments {
  /** The directory of `--profile`, or null for the XDG directories. */
  profile: string | null;
  /** `--no-open` makes it false: print the address instead of opening a browser. */
  open: boolean;
  demo: boolean;
}

const usage = `Usage: npm start -- [--profile DIR] [--no-open] [--demo]
  --profile DIR  keep configuration, data, state and cache under DIR
  --no-open      print the address instead of opening a browser
  --demo         try Sotto without a network or an account`;

/** `args` without node and script. The result is a sentence for the person when they cannot be understood. */
export function readArguments(args: readonly string[]): HostArguments | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      strict: true,
      allowPositionals: false,
      options: { profile: { type: 'string' }, 'no-open': { type: 'boolean' }, demo: { type: 'boolean' }, help: { type: 'boolean' } },
    });
    if (values.help === true) return usage;
    if (values.profile === '') return `--profile needs a directory.\n${usage}`;
    return { profile: values.profile ?? null, open: values['no-open'] !== true, demo: values.demo === true };
  } catch (error) {
    return `${error instanceof Error ? error.message : 'The arguments cannot be understood.'}\n${usage}`;
  }
}
