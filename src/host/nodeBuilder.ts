/** Where veilid-node comes from: a package brings it; in the source tree `scripts/veilid-node.mjs` finds or builds it. */
import { access, constants } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import * as v from 'valibot';
import type { NodeBuilder } from '../core/core.ts';
import { nodeScript, packagedNode } from './program.ts';

const Script = v.object({ veilidNodePath: v.function(), checkToolchain: v.function(), buildVeilidNode: v.function() });
const Toolchain = v.union([
  v.object({ ok: v.literal(true) }),
  v.object({ ok: v.literal(false), missing: v.array(v.string()), hint: v.string() }),
]);

export function hostNodeBuilder(): NodeBuilder {
  return packagedNode === null ? scriptNodeBuilder() : packagedNodeBuilder(packagedNode);
}

/** The script is plain JavaScript, so what it exports is checked here. */
function scriptNodeBuilder(): NodeBuilder {
  const load = async (): Promise<v.InferOutput<typeof Script>> => v.parse(Script, await import(pathToFileURL(nodeScript).href));
  return {
    path: async () => v.parse(v.nullable(v.string()), (await load()).veilidNodePath()),
    check: async () => v.parse(Toolchain, (await load()).checkToolchain()),
    build: async (options) => v.parse(v.string(), await (await load()).buildVeilidNode(options)),
  };
}

/** Takes the program at `file` or none: an installed Sotto compiles nothing. */
export function packagedNodeBuilder(file: string): NodeBuilder {
  const path = (): Promise<string | null> =>
    access(file, constants.X_OK).then(
      () => file,
      () => null,
    );
  const hint = 'Install Sotto again.';
  return {
    path,
    check: async () => ((await path()) === null ? { ok: false, missing: ['Sotto’s program veilid-node'], hint } : { ok: true }),
    build: async () => {
      const found = await path();
      if (found === null) throw new Error(`Sotto’s program veilid-node is missing. ${hint}`);
      return found;
    },
  };
}
