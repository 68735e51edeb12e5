/** What page and core agree on about backups. */

/** Code points of a passphrase; there is no other rule. Five random words or twelve random characters are enough, one word never is. */
export const MIN_PASSPHRASE_LENGTH = 12;
export const MAX_PASSPHRASE_LENGTH = 1_024;
/** UTF-16 units of base64 in one part of a file; a whole message is at most 1 MiB. */
export const MAX_PART_LENGTH = 700_000;
