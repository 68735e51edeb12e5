import { createHash } from 'node:crypto';

/** SHA-256 of the text as UTF-8, in hex: names the state of the file an edit was made from. */
export const hashConfig = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');
