/** `YYYY-MM-DDThh:mm:ss.sssZ` (IRCv3 server-time); a leap second may end in :60. */
const FORM = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?Z$/;
/** Where the fraction of a second begins, if there is one. */
const FRACTION = 20;

/** 1988-08-01: there was no IRC before. */
const EARLIEST = Date.UTC(1988, 7, 1);
/** A server's clock may be this far ahead of ours. */
const MAX_AHEAD_MS = 24 * 60 * 60 * 1_000;

/** Milliseconds since 1970; null for what is no time of IRC. The last second of a minute with a leap second is told as its 59th. */
export function readTime(text: string | undefined): number | null {
  if (text === undefined || !FORM.test(text)) return null;
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 7);
  const day = digits(text, 8, 10);
  const hour = digits(text, 11, 13);
  const minute = digits(text, 14, 16);
  const second = digits(text, 17, 19);
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 60) return null;
  const milliseconds = digits(text, FRACTION, FRACTION + 3);
  const time = Date.UTC(year, month - 1, day, hour, minute, Math.min(second, 59), milliseconds);
  // The 31st of February would be a day in March; all months have 28.
  const isDay = day <= 28 || new Date(time).getUTCDate() === day;
  return !isDay || time < EARLIEST ? null : time;
}

/** A decimal number; what stands behind the last digit counts as zeros. Each line of a server has a time: this costs no memory. */
function digits(text: string, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at += 1) {
    const digit = text.charCodeAt(at) - 48;
    value = value * 10 + (digit >= 0 && digit <= 9 ? digit : 0);
  }
  return value;
}

/** Milliseconds since 1970 of a `time` tag; `now` where there is none, or one that cannot be. */
export function serverTime(tag: string | undefined, now: number): number {
  const time = readTime(tag);
  return time === null || time > now + MAX_AHEAD_MS ? now : time;
}
