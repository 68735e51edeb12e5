// npm start: sets up what is missing or stale, then runs Sotto on the locked Node. Plain JavaScript for Node >= 20, no packages.
//
//   npm start -- [--profile DIR] [--no-open] [--demo]
import path from 'node:path';
import { buildUi, checkMachine, install, lockedNode, oneAtATime, root, run, runMain } from './set-up.mjs';

const say = (line) => console.error(line);

await runMain(async () => {
  checkMachine();
  await oneAtATime(say, async () => {
    await install(say);
    await buildUi(say);
  });
  return run(lockedNode(), [path.join(root, 'src', 'host', 'serve', 'main.ts'), ...process.argv.slice(2)], {
    // npm changes into the project's folder; a relative --profile means the folder the person is in.
    cwd: process.env.INIT_CWD ?? process.cwd(),
  });
});
