/** Hands the functions of `scripts/veilid-node.mjs` to the core. The script is plain JavaScript, so what it exports is checked here. */
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import * as v from 'valibot';
import type { NodeBuilder } from '../core/core.ts';
import { programDirectory } from './program.ts';

const Script = v.object({ veilidNodePath: v.function(), checkToolchain: v.function(), buildVeilidNode: v.function() });
const Toolchain = v.union([
  v.object({ ok: v.literal(true) }),
  v.object({ ok: v.literal(false), missing: v.array(v.string()), hint: v.string() }),
]);

export function scriptNodeBuilder(): NodeBuilder {
  const load = async (): Promise<v.InferOutput<typeof Script>> =>
    v.parse(Script, await import(pathToFileURL(join(programDirectory, 'scripts', 'veilid-node.mjs')).href));
  return {
    path: async () => v.parse(v.nullable(v.string()), (await load()).veilidNodePath()),
    check: async () => v.parse(Toolchain, (await load()).checkToolchain()),
    build: async (options) => v.parse(v.string(), await (await load()).buildVeilidNode(options)),
  };
}
