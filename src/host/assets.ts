/** Which file of the built UI a request means. `resolveAsset` is pure: a host opens what it names, and nothing else. */
import { realpath, stat } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';

export type AssetAnswer = { status: 200; path: string; type: string; html: boolean } | { status: 400 | 404 } | { status: 405 };

/** Characters of a request target; the UI's longest is far below. */
const MAX_TARGET_LENGTH = 512;

const types: ReadonlyMap<string, string> = new Map([
  ['.html', 'text/html; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
  ['.json', 'application/json'],
  ['.svg', 'image/svg+xml'],
  ['.png', 'image/png'],
  ['.ico', 'image/x-icon'],
  ['.woff2', 'font/woff2'],
  ['.txt', 'text/plain; charset=utf-8'],
]);

/**
 * `target` is the request line's target as received. It is decoded once; the result is a path below the UI's folder that starts
 * with "/". Only "/" means the page: an unknown path is not found, so that a wrong address never runs the client.
 */
export function resolveAsset(method: string, target: string): AssetAnswer {
  if (method !== 'GET' && method !== 'HEAD') return { status: 405 };
  if (target.length > MAX_TARGET_LENGTH || !target.startsWith('/')) return { status: 400 };
  const path = decode(target.split(/[?#]/, 1)[0] ?? '');
  // eslint-disable-next-line no-control-regex -- NUL and its like must not reach the file system
  if (path === null || /[\\\u0000-\u001f\u007f]/.test(path)) return { status: 400 };
  if (path === '/') return { status: 200, path: '/index.html', type: 'text/html; charset=utf-8', html: true };
  const parts = path.slice(1).split('/');
  if (parts.includes('..') || parts.includes('.')) return { status: 400 };
  const type = types.get(extname(path));
  if (type === undefined || path === '/index.html' || parts.some((part) => part === '' || part.startsWith('.'))) return { status: 404 };
  return { status: 200, path, type, html: extname(path) === '.html' };
}

/** The file and its length in bytes, or null. `root` is a real path; a link inside of it that leads out is not followed. */
export async function findAsset(root: string, path: string): Promise<{ file: string; size: number } | null> {
  const file = await realpath(join(root, path)).catch(() => null);
  if (file?.startsWith(root + sep) !== true) return null;
  const found = await stat(file).catch(() => null);
  return found?.isFile() === true ? { file, size: found.size } : null;
}

function decode(path: string): string | null {
  try {
    return decodeURIComponent(path);
  } catch {
    return null;
  }
}
