/** What the command line has to do with the key of the history and the desktop's keyring. */
import { closeSync, readSync } from 'node:fs';
import type { Readable } from 'node:stream';
import type { CoreOptions } from '../core/core.ts';
import { secretService } from '../core/key/secretService.ts';
import { MAX_PASSPHRASE_LENGTH } from '../contract/backup.ts';
import type { HostArguments } from './arguments.ts';

/** Bytes of a passphrase or password that is read; four for each code point. */
const MAX_BYTES = 4 * MAX_PASSPHRASE_LENGTH;
/** The keyring may ask somebody to unlock it. */
const KEYRING_MS = 180_000;

/** How a locked profile is opened: the first line of the file that `--passphrase-fd` names, which is closed. Throws with a sentence. */
export function unlockOption({ passphraseFd }: Pick<HostArguments, 'passphraseFd'>): Pick<CoreOptions, 'unlock'> {
  if (passphraseFd === undefined) return {};
  const bytes = new Uint8Array(MAX_BYTES);
  let length = 0;
  try {
    while (length < bytes.length && !bytes.subarray(0, length).includes(10)) {
      const read = readSync(passphraseFd, bytes, length, bytes.length - length, null);
      if (read === 0) break;
      length += read;
    }
    if (passphraseFd > 2) closeSync(passphraseFd);
  } catch (cause) {
    throw new Error(`The passphrase could not be read from file ${passphraseFd}.`, { cause });
  }
  const passphrase = /^[^\r\n]*/.exec(new TextDecoder().decode(bytes.subarray(0, length)))?.[0] ?? '';
  bytes.fill(0);
  if (passphrase === '') throw new Error('The passphrase is empty.');
  return { unlock: { passphrase } };
}

/** Puts the first line of `input` into the keyring. The result is a sentence for the person. Rejects with one. */
export async function setPassword(entry: string, input: Readable, env: Readonly<Record<string, string | undefined>>): Promise<string> {
  let text = '';
  input.setEncoding('utf8');
  for await (const chunk of input) {
    text += String(chunk);
    if (text.includes('\n') || text.length > MAX_BYTES) break;
  }
  const password = /^[^\r\n]*/.exec(text)?.[0] ?? '';
  if (password === '' || password.length > MAX_BYTES)
    throw new Error('Type the password, then Enter. It was not stored: it is empty or too long.');
  await secretService({ env }).passwords?.set(entry, password, AbortSignal.timeout(KEYRING_MS));
  return `Stored in the desktop's keyring as ${entry}.`;
}
