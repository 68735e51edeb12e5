import '../nodeVersion.ts';
import { readArguments } from '../arguments.ts';
import { useCompileCache } from '../compileCache.ts';

const given = readArguments(process.argv.slice(2));
if (typeof given === 'string') {
  process.stderr.write(`${given}\n`);
  process.exit(2);
}
useCompileCache(given.profile);
const { serveProgram } = await import('./program.ts');
await serveProgram(given);
