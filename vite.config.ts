import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

/** How the pages are built; packages build them with this alone. Tests: vitest.config.ts. */
export default defineConfig({
  root: '.',
  plugins: [svelte()],
  build: { outDir: 'dist/ui', target: 'es2023', assetsInlineLimit: 0, modulePreload: { polyfill: false } },
});
