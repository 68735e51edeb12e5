/** The pages of the window: `app://sotto/`, answered from the folder of the built UI and nowhere else (E3, E4). */
import { readFile, realpath } from 'node:fs/promises';
import type { CustomScheme } from 'electron';
import { findAsset, resolveAsset } from '../assets.ts';
import { cacheControl, securityHeaders } from '../pageHeaders.ts';

export const APP_ORIGIN = 'app://sotto';
export const PAGE_ADDRESS = `${APP_ORIGIN}/`;

/** What a page of this scheme is given. Not among them: `bypassCSP`, `corsEnabled`, `allowServiceWorkers`, `stream`. */
export const appScheme: CustomScheme = {
  scheme: 'app',
  privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true },
};

/** True for the one page there is, with or without a fragment. */
export const isPage = (address: string): boolean => address === PAGE_ADDRESS || address.startsWith(`${PAGE_ADDRESS}#`);

/** The request target of an `app:` address ("/assets/x.js?q"), as it is written; null for any other host or scheme. */
export const appTarget = (address: string): string | null => (address.startsWith(PAGE_ADDRESS) ? address.slice(APP_ORIGIN.length) : null);

/** What is used of a request. */
export interface AppRequest {
  readonly method: string;
  readonly url: string;
}

/** Answers requests for files below `uiDirectory`. Never rejects: what cannot be read is a status. */
export async function appPages(uiDirectory: string): Promise<(request: AppRequest) => Promise<Response>> {
  const root = await realpath(uiDirectory);
  const headers = securityHeaders(null);
  const fail = (status: number): Response =>
    new Response(`${status}\n`, {
      status,
      headers: {
        ...headers,
        'Content-Type': 'text/plain; charset=utf-8',
        'Cache-Control': 'no-store',
        ...(status === 405 ? { Allow: 'GET, HEAD' } : {}),
      },
    });
  return async ({ method, url }) => {
    const target = appTarget(url);
    if (target === null) return fail(404);
    const asset = resolveAsset(method, target);
    if (asset.status !== 200) return fail(asset.status);
    const found = await findAsset(root, asset.path);
    const bytes = found && (await readFile(found.file).catch(() => null));
    if (!bytes) return fail(404);
    return new Response(method === 'HEAD' ? null : bytes, {
      headers: {
        ...headers,
        'Content-Type': asset.type,
        'Content-Length': String(bytes.length),
        'Cache-Control': cacheControl(asset.html, asset.path),
      },
    });
  };
}
