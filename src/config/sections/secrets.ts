/** A password and the four places it may come from; exactly as Halloy names them. */
import * as v from 'valibot';
import { key, unset } from '../key.ts';
import type { Secret } from '../secret.ts';
import { flag, keyring, password, path, program } from './values.ts';

const only = (name: string): string => `Only one of \`${name}\`, \`${name}_file\`, \`${name}_command\` and \`${name}_keyring\` may be set.`;
const text = (name: string, what: string) => key(unset(password), { type: 'text', default: 'not set', meaning: `${what}. ${only(name)}` });
const file = key(unset(path), { type: 'path', default: 'not set', meaning: 'The password is read from this file.', readOnly: true });
const firstLine = key(v.optional(flag, true), {
  type: 'true or false',
  default: 'true',
  meaning: 'Only the first line of the file counts.',
  readOnly: true,
});
const command = key(unset(program), {
  type: 'text',
  default: 'not set',
  meaning: 'The password is what `sh -c` of this prints, without space around it.',
  readOnly: true,
});
const fromKeyring = key(v.optional(keyring, false), {
  type: 'true, false or text',
  default: 'false',
  meaning:
    'The password is in the desktop’s keyring: `true` means the entry that is named as the key without `_keyring`, such as `servers.libera.password`; a text names another one.',
  readOnly: true,
});

export const passwordKeys = (what: string) => ({
  password: text('password', what),
  password_file: file,
  password_file_first_line_only: firstLine,
  password_command: command,
  password_keyring: fromKeyring,
});

export const nickPasswordKeys = {
  nick_password: text('nick_password', 'Your NickServ password'),
  nick_password_file: file,
  nick_password_file_first_line_only: firstLine,
  nick_password_command: command,
  nick_password_keyring: fromKeyring,
};

export const tokenKeys = {
  token: text('token', 'The token'),
  token_file: file,
  token_file_first_line_only: firstLine,
  token_command: command,
  token_keyring: fromKeyring,
};

/** The entry of the keyring that belongs to a key, as Halloy names it: the names as they are, with dots between them. */
export const entryOf = (path: readonly (string | number)[]): string => path.join('.');

interface Sources {
  text: string | null;
  file: string | null;
  firstLineOnly: boolean;
  command: string | null;
  keyring: boolean | string;
  /** The entry that `true` stands for. */
  entry: string;
}

export interface ReadSecret {
  secret: Secret | null;
  /** Suffixes of the sources that are set, in Halloy's order: more than one is an error. */
  used: readonly ('' | '_file' | '_command' | '_keyring')[];
}

export function readSecret({ text, file, firstLineOnly, command, keyring, entry }: Sources): ReadSecret {
  const used: ReadSecret['used'][number][] = [];
  if (text !== null) used.push('');
  if (file !== null) used.push('_file');
  if (command !== null) used.push('_command');
  if (keyring !== false) used.push('_keyring');
  const from = (): Secret | null => {
    if (text !== null) return { source: 'text', text };
    if (file !== null) return { source: 'file', path: file, firstLineOnly };
    if (command !== null) return { source: 'command', command };
    return keyring === false ? null : { source: 'keyring', entry: keyring === true ? entry : keyring };
  };
  return { secret: from(), used };
}
