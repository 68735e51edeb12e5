/** What `npm start` runs: a bundle of the sources that is built once. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const LIMIT_MS = 120_000;

const help = (): Promise<{ out: string; errors: string }> =>
  new Promise((resolve) => {
    execFile(process.execPath, [join(root, 'scripts/start.mjs'), '--help'], (_error, out, errors) => {
      resolve({ out, errors });
    });
  });

it(
  'npm start runs a bundle that it has built from these sources, not again while they stay the same, and speaks of npm start',
  async () => {
    const first = await help();
    const { out, errors } = await help();
    expect(errors).not.toContain('Bundling');
    // Asked for help it says how it is used; where that is printed is the command line's.
    expect(`${first.out}${first.errors}`).toContain('Usage: npm start -- [--profile DIR]');
    expect(`${out}${errors}`).toContain('Usage: npm start -- ');
    expect(await readFile(join(root, 'dist/app/.stamp'), 'utf8')).toMatch(/^[0-9a-f]{64}\n$/);
    // Stacks can be read: names are kept, and there is a map for who wants lines of the sources.
    expect(await readFile(join(root, 'dist/app/serve.js'), 'utf8')).toContain('//# sourceMappingURL=serve.js.map');
  },
  LIMIT_MS,
);
