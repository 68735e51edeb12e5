/** The entry of the core's process. Its arguments are the main process', see launch.ts. */
import '../nodeVersion.ts';
import { useCompileCache } from '../compileCache.ts';
import { readLaunch } from './launch.ts';

const { profile } = readLaunch(process.argv);
useCompileCache(profile);
const { runCore } = await import('./coreProgram.ts');
const { hostNodeBuilder } = await import('../nodeBuilder.ts');
const { programVersion } = await import('../program.ts');
const { secretService } = await import('../../core/key/secretService.ts');
await runCore({
  parent: process.parentPort,
  profile,
  env: process.env,
  version: programVersion(),
  nodeBuilder: hostNodeBuilder(),
  passwords: secretService({ env: process.env }).passwords,
  log: (line) => {
    process.stderr.write(`${line}\n`);
  },
  exit: () => {
    process.exit(0);
  },
});
