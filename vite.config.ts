import { svelte } from '@sveltejs/vite-plugin-svelte';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { chromiumArgs, chromiumPath } from './tests/support/chromium.ts';

const node = (name: string, timeout = 30_000, more: { fileParallelism?: boolean; retry?: number } = {}) => ({
  extends: true as const,
  test: {
    name,
    environment: 'node' as const,
    include: [`tests/${name}/**/*.test.ts`],
    testTimeout: timeout,
    hookTimeout: timeout,
    ...more,
  },
});

export default defineConfig({
  root: '.',
  plugins: [svelte()],
  build: { outDir: 'dist/ui', target: 'es2023', assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  test: {
    projects: [
      node('unit'),
      node('irc'),
      node('overlay'),
      node('pq'),
      node('store'),
      node('core'),
      node('e2e', 120_000),
      // One isolated network at a time; a network of real nodes gets one repetition.
      node('veilid', 600_000, { fileParallelism: false, retry: 1 }),
      {
        extends: true,
        // Found only while tests run, these would make Vite reload the page under them.
        optimizeDeps: {
          include: ['@leeoniya/ufuzzy', 'axe-core', 'fast-check', 'linkifyjs', 'uqr', 'valibot', 'virtua/svelte'],
        },
        test: {
          name: 'ui',
          include: ['tests/ui/**/*.test.ts'],
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
