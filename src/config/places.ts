/** Where each key and value of a text stands. */
import { parseTOML, type AST } from 'toml-eslint-parser';
import { withoutMark } from './document.ts';

export type Path = readonly (string | number)[];

/** Line and column from 1. */
export interface Place {
  line: number;
  column: number;
}

export interface Places {
  /** Of the value; of the header for a table; of the nearest table around it where the path does not exist. */
  value(path: Path): Place;
  /** Of the key, with the same fallbacks. */
  key(path: Path): Place;
}

const start: Place = { line: 1, column: 1 };
const id = (path: Path): string => JSON.stringify(path);
const at = ({ loc }: AST.HasLocs): Place => ({ line: loc.start.line, column: loc.start.column + 1 });
export const keyNames = (key: AST.TOMLKey): string[] => key.keys.map((part) => (part.type === 'TOMLBare' ? part.name : part.value));

/** The syntax tree, or null where the parser of ranges gives up on what is valid TOML (strings above some 100,000 characters). */
export function syntaxTree(text: string): AST.TOMLTopLevelTable | null {
  try {
    return parseTOML(withoutMark(text), { tomlVersion: '1.1' }).body[0];
  } catch {
    return null;
  }
}

/** `text` is valid TOML within the limits of `parseDocument`. */
export function findPlaces(text: string): Places {
  const values = new Map<string, Place>();
  const keys = new Map<string, Place>();
  const note = (path: Path, key: Place, value: Place): void => {
    const name = id(path);
    if (!keys.has(name)) keys.set(name, key);
    if (!values.has(name)) values.set(name, value);
  };
  const content = (path: Path, node: AST.TOMLContentNode): void => {
    if (node.type === 'TOMLArray') {
      node.elements.forEach((element, index) => {
        note([...path, index], at(element), at(element));
        content([...path, index], element);
      });
    } else if (node.type === 'TOMLInlineTable')
      node.body.forEach((pair) => {
        keyValue(path, pair);
      });
  };
  const keyValue = (base: Path, { key, value }: AST.TOMLKeyValue): void => {
    const names = keyNames(key);
    for (let length = 1; length < names.length; length++) note([...base, ...names.slice(0, length)], at(key), at(key));
    note([...base, ...names], at(key), at(value));
    content([...base, ...names], value);
  };
  for (const node of syntaxTree(text)?.body ?? []) {
    if (node.type === 'TOMLKeyValue') keyValue([], node);
    else {
      note(node.resolvedKey, at(node), at(node));
      for (const pair of node.body) keyValue(node.resolvedKey, pair);
    }
  }
  // A header may come after tables inside it; those above that have no header of their own share the first one inside.
  for (const [name, place] of [...keys]) {
    const path: unknown = JSON.parse(name);
    if (Array.isArray(path)) for (let length = path.length - 1; length > 0; length--) note(path.slice(0, length), place, place);
  }
  const nearest = (map: ReadonlyMap<string, Place>, path: Path): Place => {
    for (let length = path.length; length > 0; length--) {
      const found = map.get(id(path.slice(0, length)));
      if (found) return found;
    }
    return start;
  };
  return { value: (path) => nearest(values, path), key: (path) => nearest(keys, path) };
}
