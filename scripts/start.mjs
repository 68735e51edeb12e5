// npm start: sets up what is missing or stale, then runs Sotto: in a window where Electron's program is there, else on the locked Node for the
// browser. Plain JavaScript for Node >= 20, no packages.
//
//   npm start -- [--profile DIR] [--browser] [--no-open] [--demo] [LINK]
import path from 'node:path';
import { electronBinary, noWindow, runWindow } from './electron.mjs';
import { buildBundle, buildUi, bundle, checkMachine, install, lockedNode, oneAtATime, run, runMain } from './set-up.mjs';

const say = (line) => console.error(line);

await runMain(async () => {
  checkMachine();
  await oneAtATime(say, async () => {
    await install(say);
    await buildUi(say);
    await buildBundle(say);
  });
  const given = process.argv.slice(2);
  const args = given.filter((argument) => argument !== '--browser');
  // The demo and pages without a window belong to the browser's host.
  const browser = args.length < given.length || args.some((argument) => ['--no-open', '--demo', '--help'].includes(argument));
  if (!browser && electronBinary() !== null && noWindow() === null) return runWindow(args);
  // NODE_OPTIONS=--enable-source-maps shows lines of the sources in stacks, for some 20 MB.
  // With smaller halves of the young generation the core takes some 20 MB less, and is as fast.
  const node = ['--max-semi-space-size=4', path.join(bundle, 'serve.js'), '--from-source'];
  return run(lockedNode(), [...node, ...args], {
    // npm changes into the project's folder; a relative --profile means the folder the person is in.
    cwd: process.env.INIT_CWD ?? process.cwd(),
  });
});
