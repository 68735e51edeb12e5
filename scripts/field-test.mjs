// npm run field-test [-- INVITE]: sets up what is missing, then measures a conversation with another person over the public
// network (docs/FIELD-TEST.md). Plain JavaScript for Node >= 20, no packages.
import path from 'node:path';
import { checkMachine, install, lockedNode, oneAtATime, root, run, runMain } from './set-up.mjs';
import { buildVeilidNode, veilidNodePath } from './veilid-node.mjs';

const say = (line) => console.log(line);
const TELL_MS = 15_000;

await runMain(async () => {
  checkMachine();
  await oneAtATime(say, () => install(say));
  if (veilidNodePath() === null) {
    say('Building veilid-node (about 11 minutes on two cores, once) ...');
    let told = 0;
    await buildVeilidNode({
      onProgress: ({ done, total, text }) => {
        if (Date.now() - told < TELL_MS) return;
        told = Date.now();
        say(`  ${done} of ${total}: ${text}`);
      },
    });
  }
  return run(lockedNode(), [path.join(root, 'tests', 'field', 'field.ts'), ...process.argv.slice(2)]);
});
