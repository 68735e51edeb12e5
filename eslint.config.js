import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import { defineConfig } from 'eslint/config';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

export default defineConfig(
  { ignores: ['dist/', 'coverage/', 'node_modules/', 'veilid-node/'] },
  js.configs.recommended,
  ts.configs.strictTypeChecked,
  svelte.configs.recommended,
  {
    languageOptions: {
      globals: { ...globals.browser, ...globals.node },
      parserOptions: { projectService: true, extraFileExtensions: ['.svelte'] },
    },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/consistent-type-assertions': ['error', { assertionStyle: 'as', objectLiteralTypeAssertions: 'never' }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      'max-lines': ['error', { max: 500 }],
    },
  },
  {
    // "Buffer" is what the user looks at; bytes are Uint8Array.
    files: ['src/**/*.ts', 'src/**/*.svelte'],
    rules: {
      'no-restricted-globals': ['error', { name: 'Buffer', message: 'Bytes are Uint8Array; Buffer is a window onto a conversation.' }],
      'no-restricted-imports': ['error', { paths: ['buffer', 'node:buffer'] }],
    },
  },
  // Its native base64 is twenty times faster than atob; every packet to and from Veilid goes through it.
  { files: ['src/overlay/base64.ts'], rules: { 'no-restricted-imports': 'off' } },
  {
    // What Electron can do is handed out in one place; everything else takes what it is given.
    files: ['src/**/*.ts', 'src/**/*.cts'],
    ignores: ['src/host/electron/main.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        { paths: [{ name: 'electron', allowTypeImports: true, message: 'Take it as an argument from src/host/electron/main.ts.' }] },
      ],
    },
  },
  { files: ['**/*.svelte', '**/*.svelte.ts'], languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } } },
  { files: ['**/*.js', '**/*.mjs', '**/*.cjs'], extends: [ts.configs.disableTypeChecked] },
);
