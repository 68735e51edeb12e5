import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { OverlayError } from '../overlay.ts';
import { abortable } from '../wait.ts';

/** The version in veilid-node/Cargo.toml. Another one is a stale binary, whose messages may differ. */
export const NODE_VERSION = '0.2.0';
/** It prints one line at once; a busy disk reads 30 MB first. */
const VERSION_TIMEOUT_MS = 10_000;
const MAX_VERSION_CHARACTERS = 64;

/** What a binary of another version is told as; `found` comes from the binary and is cut short. */
export function staleBinary(found: string): OverlayError {
  return new OverlayError(
    'missing',
    `veilid-node has version ${found.slice(0, MAX_VERSION_CHARACTERS) || 'unknown'} and Sotto needs ${NODE_VERSION}. Build it anew with: node scripts/veilid-node.mjs build --again`,
  );
}

/** Rejects with `missing` unless the binary is there, runs on this computer and has the version of these sources. */
export async function checkBinary(binary: string, signal: AbortSignal): Promise<void> {
  await binaryIsThere(binary);
  const printed = await abortable<string>(signal, (resolve, reject) => {
    const child = execFile(binary, ['--version'], { encoding: 'utf8', timeout: VERSION_TIMEOUT_MS, env: {} }, (cause, stdout) => {
      if (cause === null) resolve(stdout);
      else reject(new OverlayError('missing', 'The veilid-node that is there does not run on this computer.', { cause }));
    });
    return () => {
      child.kill('SIGKILL');
    };
  });
  const found = /^veilid-node (\S+)/.exec(printed)?.[1] ?? '';
  if (found !== NODE_VERSION) throw staleBinary(found);
}

export async function binaryIsThere(binary: string): Promise<void> {
  try {
    await access(binary, constants.X_OK);
  } catch (cause) {
    throw new OverlayError('missing', 'veilid-node is not built yet.', { cause });
  }
}
