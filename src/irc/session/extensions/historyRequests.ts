/** The words of a CHATHISTORY request (IRCv3 draft/chathistory). Pure. */
import type { HistoryPoint } from '../../../contract/chat.ts';
import type { Isupport } from '../isupport.ts';

/** Lines asked for at a time where the server takes as many. */
export const HISTORY_PAGE = 100;
/** What a server that names no maximum is asked for. */
const UNTOLD_PAGE = 50;
/** The clocks of a network are taken to differ by no more than this. */
export const FUZZ_MS = 5_000;

export type HistoryRange =
  | { kind: 'latest'; after: HistoryPoint | null }
  | { kind: 'before'; before: HistoryPoint }
  | { kind: 'after'; after: HistoryPoint }
  | { kind: 'around'; around: HistoryPoint }
  /** Counted from `from` towards `to`, both left out. */
  | { kind: 'between'; from: HistoryPoint; to: HistoryPoint };

type Told = Pick<Isupport, 'chatHistory' | 'msgRefTypes'>;

/** Lines one request may ask for: `CHATHISTORY=0` means that there is no limit. */
export const pageSize = ({ chatHistory }: Told): number =>
  chatHistory === null ? UNTOLD_PAGE : chatHistory === 0 ? HISTORY_PAGE : Math.min(HISTORY_PAGE, chatHistory);

export const timestamp = (time: number): string => `timestamp=${new Date(time).toISOString()}`;

/** A point as the server prefers it; null where it takes none that we know. */
export function reference({ msgRefTypes }: Told, { msgid, time }: HistoryPoint): string | null {
  const types = msgRefTypes.length === 0 ? (['msgid', 'timestamp'] as const) : msgRefTypes;
  for (const type of types) {
    if (type === 'timestamp') return timestamp(time);
    if (msgid !== null) return `msgid=${msgid}`;
  }
  return null;
}

/** Parameters of CHATHISTORY; null where the server cannot be told the point. A lower bound by time is taken a little earlier. */
export function historyParams(told: Told, target: string, range: HistoryRange): string[] | null {
  const limit = `${pageSize(told)}`;
  const point = (at: HistoryPoint): string | null => reference(told, at);
  const floor = (at: HistoryPoint): string | null => reference(told, { msgid: null, time: at.time - FUZZ_MS }) ?? reference(told, at);
  const words = (subcommand: string, ...points: (string | null)[]): string[] | null => {
    const known = points.filter((one) => one !== null);
    return known.length < points.length ? null : [subcommand, target, ...known, limit];
  };
  switch (range.kind) {
    case 'latest':
      return words('LATEST', range.after === null ? '*' : (floor(range.after) ?? '*'));
    case 'before':
      return words('BEFORE', point(range.before));
    case 'after':
      return words('AFTER', floor(range.after));
    case 'around':
      return words('AROUND', point(range.around));
    case 'between':
      return words('BETWEEN', point(range.from), floor(range.to));
  }
}

/** CHATHISTORY TARGETS: conversations whose newest line lies between the two times. */
export const targetsParams = (told: Told, since: number, until: number): string[] => [
  'TARGETS',
  timestamp(since),
  timestamp(until),
  `${pageSize(told)}`,
];
