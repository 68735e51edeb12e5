/** What the window's command line says. Chromium and Electron have switches of their own on it, and links are the desktop's: both are left alone. */
export interface Launch {
  /** The directory of `--profile`, or null. */
  profile: string | null;
  /** It runs inside of the source tree: veilid-node is found and built there. */
  fromSource: boolean;
}

/** `argv` as the process got it. */
export function readLaunch(argv: readonly string[]): Launch {
  const fromSource = argv.includes('--from-source');
  const at = argv.findIndex((argument) => argument === '--profile' || argument.startsWith('--profile='));
  const given = argv[at];
  if (given === undefined) return { profile: null, fromSource };
  const directory = given === '--profile' ? argv[at + 1] : given.slice('--profile='.length);
  return { profile: directory === undefined || directory === '' || directory.startsWith('--') ? null : directory, fromSource };
}

/** The arguments that tell a process the same. */
export const launchArguments = ({ profile, fromSource }: Launch): string[] => [
  ...(profile === null ? [] : [`--profile=${profile}`]),
  ...(fromSource ? ['--from-source'] : []),
];
