/** What the program knows about itself. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';

/** The folder that holds package.json, `dist/` and `scripts/`. */
export const programDirectory: string = fileURLToPath(new URL('../../', import.meta.url));

/** The version in package.json. */
export function programVersion(): string {
  const file = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return v.parse(v.object({ version: v.string() }), JSON.parse(file)).version;
}
