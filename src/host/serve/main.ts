import '../nodeVersion.ts';
import { readArguments } from '../arguments.ts';
import { useCompileCache } from '../compileCache.ts';

const given = readArguments(process.argv.slice(2));
if (typeof given === 'string') {
  process.stderr.write(`${given}\n`);
  process.exit(2);
}
if (given.setPassword !== undefined) {
  const { setPassword } = await import('../passphrase.ts');
  try {
    process.stdout.write(`${await setPassword(given.setPassword, process.stdin, process.env)}\n`);
    process.exit(0);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : 'The keyring failed.'}\n`);
    process.exit(1);
  }
}
useCompileCache(given.profile);
const { serveProgram } = await import('./program.ts');
await serveProgram(given);
