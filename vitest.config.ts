import { playwright } from '@vitest/browser-playwright';
import { mergeConfig } from 'vite';
import { defineConfig } from 'vitest/config';
import { chromiumArgs, chromiumPath } from './tests/support/chromium.ts';
import build from './vite.config.ts';

/** Real servers, browsers and networks on a busy machine: one failure may be a race of the test, two are a defect. */
const REPETITIONS = 1;

/**
 * Where a processor has keys for memory pages, V8 tracks code pages of all threads of a process with them, and ends the process when it loses one
 * ("Check failed: jit_page.has_value()"): a test process that starts dozens of threads met that once in some thousand files.
 */
const NODE_ARGUMENTS = ['--no-memory-protection-keys'];

const node = (name: string, timeout = 30_000, more: { fileParallelism?: boolean } = {}) => ({
  extends: true as const,
  test: {
    name,
    environment: 'node' as const,
    include: [`tests/${name}/**/*.test.ts`],
    testTimeout: timeout,
    hookTimeout: timeout,
    retry: REPETITIONS,
    execArgv: NODE_ARGUMENTS,
    ...more,
  },
});

const tests = defineConfig({
  test: {
    projects: [
      node('unit'),
      node('irc'),
      node('overlay'),
      node('pq'),
      node('store'),
      node('core'),
      node('e2e', 120_000),
      node('electron'),
      // Displays, buses, keyrings and sandboxes of their own, one after the other.
      node('desktop', 120_000, { fileParallelism: false }),
      node('packaging', 300_000, { fileParallelism: false }),
      // In a network namespace with nothing but loopback: iroh opens sockets on all interfaces.
      node('iroh', 60_000),
      // One isolated network at a time.
      node('veilid', 600_000, { fileParallelism: false }),
      {
        extends: true,
        // Found only while tests run, these would make Vite reload the page under them.
        optimizeDeps: {
          include: ['@leeoniya/ufuzzy', 'axe-core', 'fast-check', 'linkifyjs', 'qr/decode.js', 'uqr', 'valibot', 'virtua/svelte'],
        },
        test: {
          name: 'ui',
          include: ['tests/ui/**/*.test.ts'],
          retry: REPETITIONS,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({ launchOptions: { executablePath: chromiumPath, args: chromiumArgs } }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
    ],
  },
});

export default mergeConfig(build, tests);
