import { readArguments, type HostArguments } from './arguments.ts';

/** What the command line asks for. Where that is only a question, a mistake or a password to store, the process ends here. */
export async function commandLine(): Promise<HostArguments> {
  const given = readArguments(process.argv.slice(2));
  if (typeof given === 'string') {
    process.stderr.write(`${given}\n`);
    process.exit(2);
  }
  if (given.setPassword === undefined) return given;
  const { setPassword } = await import('./passphrase.ts');
  try {
    process.stdout.write(`${await setPassword(given.setPassword, process.stdin, process.env)}\n`);
    process.exit(0);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : 'The keyring failed.'}\n`);
    process.exit(1);
  }
}
