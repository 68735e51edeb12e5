// npm run desktop: Sotto in a window of its own. Sets up like start.mjs; fetches Electron's program if it is missing, which nothing else does.
// Plain JavaScript for Node >= 20, no packages.
//
//   npm run desktop -- [--profile DIR] [irc:… | ircs:… | sotto:…]
import { electronBinary, fetchElectron, noWindow, runWindow } from './electron.mjs';
import { buildBundle, buildUi, checkMachine, install, oneAtATime, runMain, SetUpError } from './set-up.mjs';

const say = (line) => console.error(line);

await runMain(async () => {
  checkMachine();
  await oneAtATime(say, async () => {
    await install(say);
    await buildUi(say);
    await buildBundle(say);
    await fetchElectron(say);
  });
  const reason = noWindow();
  if (reason !== null) throw new SetUpError(`${reason} Electron is at ${electronBinary()}.`);
  say('Opening the window ...');
  return runWindow(process.argv.slice(2));
});
