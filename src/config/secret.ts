/** Where a password comes from, and how to fetch it when it is needed; it is never kept in the configuration longer than the file says. */
import { execFile } from 'node:child_process';
import { open } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from './errors.ts';

export type Secret =
  | StoredSecret
  /** The name of an entry of the desktop's keyring: whoever has one looks there. */
  | { readonly source: 'keyring'; readonly entry: string };

/** What can be fetched here. */
export type StoredSecret =
  | { readonly source: 'text'; readonly text: string }
  | { readonly source: 'file'; readonly path: string; readonly firstLineOnly: boolean }
  | { readonly source: 'command'; readonly command: string };

/** A password file may hold a key, never more. */
const MAX_SECRET_BYTES = 4_096;
const COMMAND_TIMEOUT_MS = 30_000;

async function readBounded(path: string, signal: AbortSignal): Promise<string> {
  signal.throwIfAborted();
  const file = await open(path.startsWith('~/') ? join(homedir(), path.slice(2)) : path, 'r');
  try {
    const bytes = new Uint8Array(MAX_SECRET_BYTES + 1);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
    if (bytesRead > MAX_SECRET_BYTES) throw new ConfigError('secret', 'The password file is larger than 4 KiB.');
    return new TextDecoder().decode(bytes.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}

const runCommand = (command: string, signal: AbortSignal): Promise<string> =>
  new Promise((resolve, reject) => {
    const limits = { signal, timeout: COMMAND_TIMEOUT_MS, maxBuffer: MAX_SECRET_BYTES, encoding: 'utf8' as const };
    execFile('/bin/sh', ['-c', command], limits, (error, stdout) => {
      if (error === null) resolve(stdout);
      // The cause would quote the command, which may itself hold a secret.
      else if (signal.aborted) reject(new ConfigError('secret', 'Fetching the password was cancelled.'));
      else
        reject(new ConfigError('secret', 'The command that should print the password failed, took over 30 seconds or printed too much.'));
    });
  });

/**
 * The password itself: as written, the file's text (first line only where so configured, else trailing line breaks
 * removed), or the trimmed output of `sh -c command`.
 * Throws ConfigError `secret` with a sentence when it cannot be had or holds a line break or NUL.
 */
export async function resolveSecret(secret: StoredSecret, signal: AbortSignal): Promise<string> {
  return usableSecret(await fetchText(secret, signal));
}

/** The same text, where it can be sent. Throws ConfigError `secret`. */
export function usableSecret(text: string): string {
  // eslint-disable-next-line no-control-regex -- exactly what would end or cut an IRC line
  if (/[\r\n\u0000]/.test(text)) throw new ConfigError('secret', 'The password holds a line break or a NUL, which cannot be sent.');
  if (text === '') throw new ConfigError('secret', 'The password is empty.');
  return text;
}

async function fetchText(secret: StoredSecret, signal: AbortSignal): Promise<string> {
  switch (secret.source) {
    case 'text':
      return secret.text;
    case 'command':
      return (await runCommand(secret.command, signal)).trim();
    case 'file': {
      const text = await readBounded(secret.path, signal).catch((error: unknown) => {
        if (error instanceof ConfigError) throw error;
        throw new ConfigError('secret', `The password file ${secret.path} cannot be read.`, { cause: error });
      });
      return secret.firstLineOnly ? (/^[^\r\n]*/.exec(text)?.[0] ?? '') : text.replace(/[\r\n]+$/, '');
    }
  }
}
