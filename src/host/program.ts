/**
 * What the program knows about itself, and where its parts are. It runs from the source tree (`src/`, `dist/ui`, `scripts/`) or as the
 * bundle of `scripts/build-app.mjs`, where `app/` (with this module directly in it), `ui/` and `bin/` lie side by side.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';

const here = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const isBundle = !import.meta.url.endsWith('.ts');
/** The sources are beside it: in the source tree `npm start` runs a bundle too, and says so. */
const isFromSource: boolean = !isBundle || process.argv.includes('--from-source');

/** The folder of the built pages. */
export const uiDirectory: string = here(isBundle ? '../ui' : '../../dist/ui');

/** Where a package brings its veilid-node; null in the source tree, which finds or builds its own with `nodeScript`. */
export const packagedNode: string | null = isFromSource ? null : here('../bin/veilid-node');

/** `scripts/veilid-node.mjs`; only in the source tree. */
export const nodeScript: string = here('../../scripts/veilid-node.mjs');

/** What a person types to start it. */
export const startCommand: string = isFromSource ? 'npm start --' : 'sotto';

/** The version in package.json. */
export function programVersion(): string {
  const file = readFileSync(here(isBundle ? './package.json' : '../../package.json'), 'utf8');
  return v.parse(v.object({ version: v.string() }), JSON.parse(file)).version;
}
