/** Times as they are shown, in the language and zone of the browser. */

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const day = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });

/** 14:05 */
export const clockTime = (time: number): string => clock.format(time);
export const dayName = (time: number): string => day.format(time);
export const fullTime = (time: number): string => full.format(time);
/** For `datetime` attributes; a time out of range gives none. */
export const machineTime = (time: number): string | undefined => (Math.abs(time) <= 8.64e15 ? new Date(time).toISOString() : undefined);
