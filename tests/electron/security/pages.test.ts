import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { appPages, appScheme, appTarget, isPage } from '../../../src/host/electron/appPages.ts';

const start = async () => {
  const directory = await mkdtemp(join(tmpdir(), 'sotto-pages-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const ui = join(directory, 'ui');
  await mkdir(join(ui, 'assets'), { recursive: true });
  await writeFile(join(directory, 'secret.txt'), 'not for pages');
  await writeFile(join(ui, 'index.html'), '<!doctype html><title>page</title>');
  await writeFile(join(ui, 'assets', 'a b.js'), 'export {};');
  await symlink(join(directory, 'secret.txt'), join(ui, 'link.txt'));
  const pages = await appPages(ui);
  return (url: string, method = 'GET') => pages({ method, url });
};

describe('E3: the pages of the window', () => {
  it('E3: only the root is the page; a file is found by its name, decoded once', async () => {
    const get = await start();
    const page = await get('app://sotto/');
    expect([page.status, page.headers.get('content-type'), await page.text()]).toEqual([
      200,
      'text/html; charset=utf-8',
      '<!doctype html><title>page</title>',
    ]);
    expect((await get('app://sotto/assets/a%20b.js')).status).toBe(200);
    expect((await get('app://sotto/assets/a%2520b.js')).status).toBe(404);
    expect(await (await get('app://sotto/', 'HEAD')).text()).toBe('');
    for (const path of ['index.html', 'assets', 'assets/', 'nothing', 'nothing.js', 'chat/harbour']) {
      expect((await get(`app://sotto/${path}`)).status).toBe(404);
    }
  });

  it('E3: nothing outside of the folder is reached, by dots, backslashes, NUL or a link', async () => {
    const get = await start();
    const outside = [
      '../secret.txt',
      '%2e%2e/secret.txt',
      '..%2fsecret.txt',
      'assets/..%2f..%2fsecret.txt',
      '..\\secret.txt',
      '%5c..%5csecret.txt',
      'link.txt',
    ];
    for (const path of [...outside, 'a%00.js', 'assets/%00', '%', '/etc/passwd', '%2fetc%2fpasswd', `${'a'.repeat(600)}.js`]) {
      const answer = await get(`app://sotto/${path}`);
      expect([path, [400, 404].includes(answer.status)]).toEqual([path, true]);
      expect(await answer.text()).not.toContain('not for pages');
    }
  });

  it('E3: only GET and HEAD, only this host and scheme', async () => {
    const get = await start();
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'get']) expect((await get('app://sotto/', method)).status).toBe(405);
    for (const url of [
      'app://other/',
      'app://sotto.evil/',
      'app://sotto@evil/',
      'app://sotto:80/',
      'https://sotto/',
      'file:///etc/passwd',
      'app:/',
      '',
    ]) {
      expect((await get(url)).status).toBe(404);
    }
    expect(appTarget('app://sotto/a?b')).toBe('/a?b');
    expect(['app://sotto/', 'app://sotto/#x', 'app://sotto/x', 'app://sotto', 'app://sottoo/'].map(isPage)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
    expect(appScheme.privileges).toEqual({ standard: true, secure: true, supportFetchAPI: true, codeCache: true });
  });

  it('E3: whatever an address holds, the answer is a status and never the secret', async () => {
    const get = await start();
    const part = fc.constantFrom(
      '..',
      '.',
      '/',
      '\\',
      '%2e',
      '%2f',
      '%5c',
      '%00',
      '%',
      'secret.txt',
      'link.txt',
      'assets',
      'index.html',
      '?',
      '#',
      'é',
      ' ',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 8 }), async (parts) => {
        const answer = await get(`app://sotto/${parts.join('')}`);
        expect([200, 400, 404]).toContain(answer.status);
        expect(await answer.text()).not.toContain('not for pages');
      }),
      { numRuns: 300 },
    );
  });
});

it('E4: every answer has the policy, also one that says no; a page may connect to nothing', async () => {
  const get = await start();
  const answers = await Promise.all([
    get('app://sotto/'),
    get('app://sotto/assets/a%20b.js'),
    get('app://sotto/none.js'),
    get('app://sotto/', 'POST'),
    get('x:'),
  ]);
  for (const { headers } of answers) {
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'none'; worker-src 'self'; " +
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'; require-trusted-types-for 'script'; trusted-types svelte-trusted-html",
    );
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-dns-prefetch-control')).toBe('off');
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
  }
});
