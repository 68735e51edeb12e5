/** Turns lines into the rows that are drawn: day separators, the unread mark, condensed comings and goings. Pure. */
import type { MessageId } from '../../contract/ids.ts';
import { countsAsUnread, type Message, type MessageKind } from '../../contract/message.ts';

export type Row =
  | { kind: 'date'; key: string; time: number }
  | { kind: 'unread'; key: string }
  /** Before the first line: older ones can be asked of the server. */
  | { kind: 'server'; key: string }
  | { kind: 'line'; key: string; message: Message }
  | { kind: 'condensed'; key: string; messages: Message[] };

const condensable: ReadonlySet<MessageKind> = new Set(['join', 'part', 'quit', 'nick']);

const dayOf = (time: number): number => new Date(time).setHours(0, 0, 0, 0);

/** `unreadAfter`: the last line read before the buffer was opened; null draws no mark. Lines come in order. */
export function buildRows(messages: readonly Message[], unreadAfter: MessageId | null): Row[] {
  const rows: Row[] = [];
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
  for (const message of messages) {
    const itsDay = dayOf(message.time);
    if (itsDay !== day) {
      flush();
      day = itsDay;
      rows.push({ kind: 'date', key: `d${itsDay}`, time: message.time });
    }
    if (!marked && unreadAfter !== null && message.id > unreadAfter && countsAsUnread(message.kind) && !message.self) {
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
