import '../nodeVersion.ts';
import { commandLine } from '../commandLine.ts';
import { useCompileCache } from '../compileCache.ts';

const given = await commandLine();
useCompileCache(given.profile);
const { serveProgram } = await import('./program.ts');
await serveProgram(given);
