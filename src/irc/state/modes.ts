/** Modes of a channel as 005 has them: which take a parameter, and what is set. */
import { cleanName } from '../wire/clean.ts';

/** Modes looked at in one line, and kept of one channel. */
const MAX_MODES_A_LINE = 100;
const MAX_KEPT = 64;
const MODE = /^[A-Za-z]$/;

/** PREFIX and CHANMODES of 005. Modes by kind: lists, always with parameter, with parameter when set, without. */
export interface ModeTypes {
  prefixes: readonly { mode: string; symbol: string }[];
  chanModes: { list: string; always: string; whenSet: string; never: string };
}

export interface ModeChange {
  adding: boolean;
  mode: string;
  /** What it stands for: the status of a person, an entry of a list, or a setting of the channel. */
  kind: 'status' | 'list' | 'setting';
  param: string | null;
}

/** `+ov-k ann bob key`: each change with its parameter, by PREFIX and CHANMODES. A missing parameter is null. */
export function readModes({ prefixes, chanModes }: ModeTypes, params: readonly string[]): ModeChange[] {
  const changes: ModeChange[] = [];
  let adding = true;
  let next = 1;
  for (const mode of (params[0] ?? '').slice(0, MAX_MODES_A_LINE)) {
    if (mode === '+' || mode === '-') {
      adding = mode === '+';
      continue;
    }
    const isStatus = prefixes.some((prefix) => prefix.mode === mode);
    const isList = !isStatus && chanModes.list.includes(mode);
    const takes = isStatus || isList || chanModes.always.includes(mode) || (adding && chanModes.whenSet.includes(mode));
    const param = takes ? (params[next] ?? null) : null;
    if (takes) next += 1;
    changes.push({ adding, mode, kind: isStatus ? 'status' : isList ? 'list' : 'setting', param });
  }
  return changes;
}

/** Applies what concerns the channel itself to what is kept of it. */
export function keepModes(kept: Map<string, string | null>, changes: readonly ModeChange[]): void {
  for (const { adding, mode, kind, param } of changes) {
    if (kind !== 'setting' || !MODE.test(mode)) continue;
    if (!adding) kept.delete(mode);
    else if (kept.size < MAX_KEPT || kept.has(mode)) kept.set(mode, param === null ? null : cleanName(param));
  }
}

/** `+lnt 20`; '' where none is known. */
export function modesText(kept: ReadonlyMap<string, string | null>): string {
  if (kept.size === 0) return '';
  const sorted = [...kept].sort(([one], [two]) => (one < two ? -1 : 1));
  return [`+${sorted.map(([mode]) => mode).join('')}`, ...sorted.flatMap(([, param]) => (param === null ? [] : [param]))].join(' ');
}
