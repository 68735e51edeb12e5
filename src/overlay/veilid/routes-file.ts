import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fromBase64, toBase64Url } from '../base64.ts';
import { MAX_BLOB_BYTES } from './client.ts';
import { isMembers } from './protocol.ts';

export interface OwnRoute {
  id: string;
  blob: Uint8Array;
}

/** The routes of the last run: the node keeps them on disk, but does not tell which they are. */
export interface RoutesFile {
  load(): Promise<{ announced: OwnRoute[]; spare: OwnRoute[] }>;
  save(announced: readonly OwnRoute[], spare: readonly OwnRoute[]): Promise<void>;
}

const MAX_FILE_BYTES = 256 * 1024;
const MAX_ROUTES = 32;
const ROUTE_ID = /^VLD0:[A-Za-z0-9_-]{43}$/;

/** `routes.json` in our own directory, 0600, newest route first. A file that cannot be read means that nothing is known. */
export function createRoutesFile(directory: string): RoutesFile {
  const file = join(directory, 'routes.json');
  let writing = Promise.resolve();
  const write = async (text: string): Promise<void> => {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await writeFile(`${file}.new`, text, { mode: 0o600 });
    await rename(`${file}.new`, file);
  };
  return {
    async load() {
      let value: unknown;
      try {
        const text = await readFile(file, 'utf8');
        value = text.length <= MAX_FILE_BYTES ? JSON.parse(text) : null;
      } catch {
        value = null;
      }
      return isMembers(value)
        ? { announced: readRoutes(value['announced']), spare: readRoutes(value['spare']) }
        : { announced: [], spare: [] };
    },
    save(announced, spare) {
      const text = JSON.stringify({ announced: announced.map(toJson), spare: spare.map(toJson) });
      writing = writing.catch(() => undefined).then(() => write(text));
      return writing;
    },
  };
}

const toJson = ({ id, blob }: OwnRoute): { id: string; blob: string } => ({ id, blob: toBase64Url(blob) });

function readRoutes(value: unknown): OwnRoute[] {
  if (!Array.isArray(value)) return [];
  const routes: OwnRoute[] = [];
  for (const item of value.slice(0, MAX_ROUTES)) {
    if (!isMembers(item) || typeof item['id'] !== 'string' || typeof item['blob'] !== 'string' || !ROUTE_ID.test(item['id'])) continue;
    const blob = fromBase64(item['blob'], MAX_BLOB_BYTES);
    if (blob !== null) routes.push({ id: item['id'], blob });
  }
  return routes;
}
