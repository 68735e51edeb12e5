/** `YYYY-MM-DDThh:mm:ss.sssZ` (IRCv3 server-time); a leap second may end in :60. */
const FORM = /^([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?Z$/;

/** 1988-08-01: there was no IRC before. */
const EARLIEST = Date.UTC(1988, 7, 1);
/** A server's clock may be this far ahead of ours. */
const MAX_AHEAD_MS = 24 * 60 * 60 * 1_000;

/** Milliseconds since 1970 of a `time` tag; `now` where there is none, or one that cannot be. */
export function serverTime(tag: string | undefined, now: number): number {
  const found = tag === undefined ? null : FORM.exec(tag);
  if (!found) return now;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found.slice(1, 7).map(Number);
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60) return now;
  const milliseconds = Number((found[7] ?? '').padEnd(3, '0').slice(0, 3));
  const time = Date.UTC(year, month - 1, day, hour, minute, Math.min(second, 59), milliseconds);
  return time < EARLIEST || time > now + MAX_AHEAD_MS ? now : time;
}
