/** The name of a buffer for plain IRC beside a private conversation (design §6.4). No nick has a space in it. */
const MARK = ' (IRC)';

export const markedName = (nick: string): string => `${nick}${MARK}`;
/** The nick a query stands for, marked or not. */
export const nickOfQuery = (name: string): string => (name.endsWith(MARK) ? name.slice(0, -MARK.length) : name);
