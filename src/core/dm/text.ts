/** Controls other than tab, newline and mIRC's formatting (bold, colours, reset, monospace, reverse, italic, strike, underline). */
// eslint-disable-next-line no-control-regex -- control characters are what it looks for
const CONTROLS = /[\u0000\u0001\u0005-\u0008\u000b\u000c\u000e\u0010\u0012-\u0015\u0017-\u001c\u007f-\u009f]/g;

/** A text from outside, fit to be stored and shown: every line break is "\n", and nothing steers a terminal or a log. */
export const sanitizeText = (text: string): string =>
  text
    .replace(/\r\n?|\u2028|\u2029/g, '\n')
    .replace(CONTROLS, '')
    .toWellFormed();
