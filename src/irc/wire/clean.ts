/** Control characters other than mIRC formatting (bold 02, colour 03, hex colour 04, reset 0f, mono 11, reverse 16, italic 1d, strike 1e, underline 1f). */
// eslint-disable-next-line no-control-regex -- control characters are what is removed
const CONTROLS = /[\u0000\u0001\u0005-\u000e\u0010\u0012-\u0015\u0017-\u001c\u007f-\u009f]/g;
// eslint-disable-next-line no-control-regex -- control characters are what is removed
const ALL_CONTROLS = /[\u0000-\u001f\u007f-\u009f]/g;

/** Longest name kept, in UTF-16 units; the contract's names have the same limit. */
const MAX_NAME = 256;

/** Text of the network as it may be shown and stored: formatting stays, other control characters go. */
export const cleanText = (text: string): string => text.replace(CONTROLS, '').toWellFormed();

/**
 * A nick, channel, account or host: no control characters at all, at most MAX_NAME long. The result does not keep the line
 * it was cut from in memory (V8 would, for slices of 13 units or more).
 */
export const cleanName = (text: string): string => ` ${text.slice(0, MAX_NAME).replace(ALL_CONTROLS, '').toWellFormed()}`.slice(1);
