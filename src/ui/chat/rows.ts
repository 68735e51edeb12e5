/** Turns lines into the rows that are drawn: day separators, the unread mark, condensed comings and goings. Pure. */
import type { MessageId } from '../../contract/ids.ts';
import { countsAsUnread, type GapView, type Message, type MessageKind } from '../../contract/message.ts';

export type Row =
  | { kind: 'date'; key: string; time: number }
  | { kind: 'unread'; key: string }
  /** Before the first line: older ones can be asked of the server. */
  | { kind: 'server'; key: string }
  | { kind: 'gap'; key: string; gap: GapView }
  | { kind: 'line'; key: string; message: Message }
  | { kind: 'condensed'; key: string; messages: Message[] };

const condensable: ReadonlySet<MessageKind> = new Set(['join', 'part', 'quit', 'nick']);

const dayOf = (time: number): number => new Date(time).setHours(0, 0, 0, 0);

/** What the lines are a part of. `more`: older ones exist that are not among them; `detached`: newer ones do. */
export interface Surroundings {
  gaps: readonly GapView[];
  more: boolean;
  detached: boolean;
}
const whole: Surroundings = { gaps: [], more: false, detached: false };

/** Where gaps stand: by the index of the line after them. Those whose place is not among these lines are left out. */
function placeGaps(messages: readonly Message[], { gaps, more, detached }: Surroundings): Map<number, GapView[]> {
  const places = new Map<number, GapView[]>();
  for (const gap of gaps) {
    const found = messages.findIndex(({ time }) => time >= gap.before);
    if (found === -1 ? detached : found === 0 && more) continue;
    const index = found === -1 ? messages.length : found;
    places.set(index, [...(places.get(index) ?? []), gap]);
  }
  return places;
}

/** `unreadAfter`: the last line read before the buffer was opened; null draws no mark. Lines come in order. */
export function buildRows(messages: readonly Message[], unreadAfter: MessageId | null, around = whole): Row[] {
  const rows: Row[] = [];
  const places = placeGaps(messages, around);
  /** Lines of a history have higher ids than those that were read, and stand above them. */
  const read = unreadAfter === null ? -1 : messages.findIndex(({ id }) => id === unreadAfter);
  let day = Number.NaN;
  let marked = unreadAfter === null;
  let group: Message[] = [];
  const flush = (): void => {
    const [first] = group;
    if (first === undefined) return;
    if (group.length === 1) rows.push({ kind: 'line', key: `m${first.id}`, message: first });
    else rows.push({ kind: 'condensed', key: `c${first.id}`, messages: group });
    group = [];
  };
  const gapsBefore = (index: number): void => {
    const here = places.get(index);
    if (here === undefined) return;
    flush();
    for (const gap of here) rows.push({ kind: 'gap', key: `g${gap.id}`, gap });
  };
  for (const [index, message] of messages.entries()) {
    gapsBefore(index);
    const itsDay = dayOf(message.time);
    if (itsDay !== day) {
      flush();
      day = itsDay;
      rows.push({ kind: 'date', key: `d${itsDay}`, time: message.time });
    }
    if (!marked && unreadAfter !== null && index > read && message.id > unreadAfter && countsAsUnread(message.kind) && !message.self) {
      flush();
      marked = true;
      rows.push({ kind: 'unread', key: 'unread' });
    }
    if (condensable.has(message.kind)) {
      group.push(message);
      continue;
    }
    flush();
    rows.push({ kind: 'line', key: `m${message.id}`, message });
  }
  flush();
  gapsBefore(messages.length);
  return rows;
}

/** Names of one kind shown before "and N more". */
export const MAX_CONDENSED_NAMES = 5;

export interface Movement {
  kind: 'joined' | 'left' | 'passed' | 'returned' | 'renamed';
  /** For `renamed` "old → new". */
  names: string[];
  more: number;
}

/** What a condensed group comes to: who is here now, who went, who only passed by. */
export function summarise(messages: readonly Message[]): Movement[] {
  const first = new Map<string, 'in' | 'out'>();
  const last = new Map<string, 'in' | 'out'>();
  const renamed: string[] = [];
  for (const { kind, from, subject } of messages) {
    if (from === null) continue;
    if (kind === 'nick') {
      renamed.push(`${from} → ${subject ?? '?'}`);
      continue;
    }
    const way = kind === 'join' ? 'in' : 'out';
    if (!first.has(from)) first.set(from, way);
    last.set(from, way);
  }
  const names: Record<Movement['kind'], string[]> = { joined: [], left: [], passed: [], returned: [], renamed };
  for (const [nick, now] of last) {
    const before = first.get(nick);
    if (now === 'in') names[before === 'in' ? 'joined' : 'returned'].push(nick);
    else names[before === 'out' ? 'left' : 'passed'].push(nick);
  }
  const kinds: Movement['kind'][] = ['joined', 'returned', 'left', 'passed', 'renamed'];
  return kinds
    .filter((kind) => names[kind].length > 0)
    .map((kind) => ({
      kind,
      names: names[kind].slice(0, MAX_CONDENSED_NAMES),
      more: Math.max(0, names[kind].length - MAX_CONDENSED_NAMES),
    }));
}
