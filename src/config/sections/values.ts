/**
 * The kinds of values that keys take, each with its bounds. Whatever reaches an IRC line is free of CR, LF and NUL here
 * already (RFC 2812 §2.3.1 ends a line there); the session checks again.
 */
import { homedir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';

export const MAX_NICK_LENGTH = 64;
export const MAX_CHANNEL_LENGTH = 200;
export const MAX_LIST_LENGTH = 1_000;
const MAX_PASSWORD_LENGTH = 4_096;
const MAX_LINE_LENGTH = 2_048;
const MAX_PATH_LENGTH = 4_096;
const MAX_HOST_LENGTH = 255;
const MAX_REALNAME_LENGTH = 256;
/** A route blob as bytes; 712–1,100 is usual. */
const MIN_BLOB_BYTES = 200;
const MAX_BLOB_BYTES = 4_096;

/* eslint-disable no-control-regex -- control characters are exactly what must not pass */
const oneLine = /^[^\r\n\u0000]+$/;
const noControls = /^[^\u0000-\u001f\u007f]+$/;
const nickShape = /^[^\s\u0000-\u001f\u007f!@,*?:#&$~%+.][^\s\u0000-\u001f\u007f!@,*?:]*$/;
const userShape = /^[^\s\u0000-\u001f\u007f@!]+$/;
const channelShape = /^[^\s,\u0000-\u0007\r\n:][^\s,\u0000\u0007\r\n]*$/;
const hostShape = /^[^\s/@\u0000-\u001f\u007f]+$/;
/* eslint-enable no-control-regex */

export const text = (shape: RegExp, max: number, words: string) =>
  v.pipe(v.string(words), v.maxLength(max, `${words} of at most ${max} characters`), v.regex(shape, words));

export const flag = v.boolean('true or false');
export const whole = (min: number, max: number, unit = '') => {
  const words = `a whole number from ${min} to ${max}${unit}`;
  return v.pipe(v.number(words), v.integer(words), v.minValue(min, words), v.maxValue(max, words));
};
export const listOf = <const S extends v.GenericSchema>(item: S, words: string, max = MAX_LIST_LENGTH) =>
  v.pipe(v.array(item, words), v.maxLength(max, `${words} with at most ${max} entries`));

export const nickname = text(
  nickShape,
  MAX_NICK_LENGTH,
  'a nickname (a text without spaces or any of !@,*?: and not starting with #&$~%+.)',
);
export const username = text(userShape, MAX_NICK_LENGTH, 'a text without spaces, @ and !');
export const realname = text(noControls, MAX_REALNAME_LENGTH, 'a text without line breaks');
export const password = text(oneLine, MAX_PASSWORD_LENGTH, 'a text without line breaks that is not empty');
export const line = text(oneLine, MAX_LINE_LENGTH, 'a text without line breaks');
export const channel = text(channelShape, MAX_CHANNEL_LENGTH, 'a channel name such as "#sotto", without spaces and commas');
export const channelKey = text(/^[^\s,\0]+$/, MAX_CHANNEL_LENGTH, 'a channel key without spaces and commas');
export const host = v.pipe(
  text(hostShape, MAX_HOST_LENGTH, 'a host name such as "irc.libera.chat", without scheme'),
  v.check((name) => !/^[^:]*:\d*$/.test(name), 'a host name only: the port goes into the key `port`'),
);
/** `~/` is the home directory. */
export const path = v.pipe(
  text(/^[^\0\r\n]+$/, MAX_PATH_LENGTH, 'the path of a file'),
  v.transform((name) => (name.startsWith('~/') ? join(homedir(), name.slice(2)) : name)),
);
export const program = text(/^[^\0]+$/, MAX_LINE_LENGTH, 'a shell command');
/** Halloy: true uses the default entry, a text names one. */
export const keyring = v.union(
  [v.boolean(), text(noControls, MAX_PATH_LENGTH, 'the name of an entry')],
  'true, false or the name of an entry',
);

const blobBytes = (blob: string): number => Math.floor((blob.replace(/=+$/, '').length * 3) / 4);

/** Shape only: whether it is a live route shows when it is used. Standard base64 and base64url, padded or not. */
export const routeBlob = v.pipe(
  v.string('the text that Copy route puts on the clipboard'),
  v.check(
    (blob) => /^[A-Za-z0-9+/_-]*={0,2}$/.test(blob) && blob.replace(/=+$/, '').length % 4 !== 1,
    'a whole route. This one has been damaged (a character is missing or was changed): ask for it again',
  ),
  v.check(
    (blob) => blobBytes(blob) >= MIN_BLOB_BYTES && blobBytes(blob) <= MAX_BLOB_BYTES,
    'a whole route. This one has the wrong length, perhaps not all of it was copied: ask for it again',
  ),
);
