/** Which keys exist, in Sotto and in Halloy, and which one was probably meant. */
import { isList, isTable, type Table } from './document.ts';
import { halloyKeys } from './halloyKeys.ts';
import { docOf } from './key.ts';
import { sections } from './sections/all.ts';

/** A name further away than this is no help. */
const MAX_DISTANCE = 3;
/** Longer keys are not compared: the work grows with the square of the length. */
const MAX_COMPARED_LENGTH = 40;

interface Known {
  /** Segment -> what may follow; `*` any. */
  next: Map<string, Known>;
  /** Null for a table that holds keys. */
  kind: 'read' | 'unused' | null;
}

const known = (): Known => ({ next: new Map(), kind: null });

const add = (root: Known, path: readonly string[], kind: Known['kind']): void => {
  let nodes = [root];
  for (const segment of path) {
    nodes = nodes.flatMap((node) =>
      segment.split('|').map((name) => {
        const child = node.next.get(name) ?? known();
        node.next.set(name, child);
        return child;
      }),
    );
  }
  for (const node of nodes) node.kind = kind;
};

const buildTree = (): Known => {
  const root = known();
  for (const [section, keys] of Object.entries(halloyKeys)) {
    const path = section === '' ? [] : section.split('.');
    for (const key of keys.split(' ')) add(root, key === '' ? path : [...path, key], 'unused');
  }
  for (const { path, alsoAt = [], entries } of sections) {
    for (const place of [path, ...alsoAt]) {
      for (const [name, schema] of Object.entries(entries)) {
        for (const key of [name, ...docOf(schema).aliases]) add(root, [...place.split('.'), key], 'read');
      }
    }
  }
  return root;
};

const tree = buildTree();

/** Edit distance (Levenshtein), or more than `MAX_DISTANCE`. */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > MAX_DISTANCE || a.length > MAX_COMPARED_LENGTH) return MAX_DISTANCE + 1;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** The candidate nearest to `name`, if one is near enough to be a slip. */
export function nearestName(name: string, candidates: Iterable<string>): string | null {
  let best: string | null = null;
  let bestDistance = Math.min(MAX_DISTANCE, Math.floor(name.length / 2)) + 1;
  for (const candidate of candidates) {
    const far = distance(name.toLowerCase(), candidate.toLowerCase());
    if (candidate !== '*' && far < bestDistance) [best, bestDistance] = [candidate, far];
  }
  return best;
}

export interface Survey {
  /** `path` ends with the key nobody knows. */
  unknown: { path: (string | number)[]; nearest: string | null }[];
  /** Settings of Halloy that this version does not read. */
  unused: number;
}

/** Goes through all keys of a file that is within the limits of `parseDocument`; notes at most `limit` unknown ones. */
export function surveyKeys(root: Table, limit: number): Survey {
  const survey: Survey = { unknown: [], unused: 0 };
  const visit = (value: unknown, node: Known, path: (string | number)[]): void => {
    if (node.kind === 'read') return;
    if (node.kind === 'unused' && (node.next.size === 0 || !isTable(value))) {
      survey.unused += 1;
      return;
    }
    if (isList(value) && value.every(isTable)) {
      value.forEach((item, index) => {
        visit(item, node, [...path, index]);
      });
    } else if (isTable(value)) {
      for (const [name, inner] of Object.entries(value)) {
        const child = node.next.get(name) ?? node.next.get('*');
        if (child) visit(inner, child, [...path, name]);
        else if (survey.unknown.length < limit)
          survey.unknown.push({ path: [...path, name], nearest: nearestName(name, node.next.keys()) });
      }
      // A table that Halloy also accepts as one value: `unread_indicator = "dot"`.
    } else survey.unused += 1;
  };
  visit(root, tree, []);
  return survey;
}
