/**
 * Sotto without a window, for scripts, bots and other languages: the contract as JSON lines. A line on stdin is a frame to the core, a
 * line on stdout one from it, the same frames as a page's (`src/contract/rpc/frames.ts`); stderr is the log. It ends with stdin, on
 * SIGTERM and SIGINT, and after the call `app.quit`; lines longer than 1 MiB or no JSON end it too.
 *
 *   $ node src/host/headless/main.ts --profile DIR
 *   > {"t":"hello","version":1,"contract":"e3a1f0c2"}
 *   < {"t":"hello","version":1,"contract":"e3a1f0c2"}
 *   > {"t":"call","id":1,"method":"app.snapshot","params":{}}
 *   < {"t":"result","id":1,"result":{"version":"0.1.0","servers":[],…}}
 *   > {"t":"call","id":2,"method":"buffer.input","params":{"buffer":3,"text":"hello"}}
 *   < {"t":"event","seq":1,"name":"messages","payload":{"buffer":3,"messages":[…]}}
 *   < {"t":"result","id":2,"result":{"focus":null,"copy":null,"note":null}}
 *   > {"t":"cancel","id":3}
 *
 * Calls before a greeting with the right `contract` are answered with an error; the core's own greeting names it. Events follow for the
 * buffers named in `buffers.show`. After {"t":"resync"} take a new snapshot: events were left out because nobody read them.
 */
import '../nodeVersion.ts';
import { commandLine } from '../commandLine.ts';
import { useCompileCache } from '../compileCache.ts';

const given = await commandLine();
useCompileCache(given.profile);
const { headlessProgram } = await import('./program.ts');
await headlessProgram(given);
