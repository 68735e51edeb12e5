/** As much of JSON Schema 2020-12 as the Veilid library's own schema uses. A keyword it does not know throws: nothing passes unread. */
import { isMembers } from '../../src/overlay/veilid/protocol.ts';

type Members = Record<string, unknown>;

/** Say nothing about what is valid. */
const NOTES = ['$schema', '$defs', 'title', 'description', 'default', 'format'];
const MAX_DEPTH = 64;

const isType = (type: unknown, value: unknown): boolean => {
  if (Array.isArray(type)) return type.some((one) => isType(one, value));
  switch (type) {
    case 'null':
      return value === null;
    case 'integer':
      return Number.isInteger(value);
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isMembers(value);
    case 'string':
    case 'number':
    case 'boolean':
      return typeof value === type;
    default:
      throw new Error(`unknown type ${JSON.stringify(type)}`);
  }
};
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** What is wrong with `value`, in words that name the place; empty when it fits. `at`: a `$ref` inside `schema` to begin with. */
export function problems(schema: unknown, value: unknown, at = '#'): string[] {
  const find = (ref: string): unknown =>
    ref
      .split('/')
      .slice(1)
      .reduce<unknown>((found, name) => (isMembers(found) ? found[name] : undefined), schema);

  const check = (rule: unknown, item: unknown, place: string, depth: number): string[] => {
    if (rule === true) return [];
    if (!isMembers(rule) || depth > MAX_DEPTH) throw new Error(`no schema at ${place}`);
    return Object.entries(rule).flatMap(([keyword, wanted]) => one(rule, keyword, wanted, item, place, depth + 1));
  };
  const one = (rule: Members, keyword: string, wanted: unknown, item: unknown, place: string, depth: number): string[] => {
    const wrong = (what: string): string[] => [`${place}: ${what}`];
    switch (keyword) {
      case '$ref':
        return check(find(String(wanted)), item, place, depth);
      case 'type':
        return isType(wanted, item) ? [] : wrong(`is no ${JSON.stringify(wanted)}`);
      case 'const':
        return item === wanted ? [] : wrong(`is not ${JSON.stringify(wanted)}`);
      case 'enum':
        return list(wanted).includes(item) ? [] : wrong('is not one of those allowed');
      case 'minimum':
        return typeof item !== 'number' || item >= Number(wanted) ? [] : wrong('is too small');
      case 'maximum':
        return typeof item !== 'number' || item <= Number(wanted) ? [] : wrong('is too large');
      case 'minItems':
        return !Array.isArray(item) || item.length >= Number(wanted) ? [] : wrong('has too few items');
      case 'maxItems':
        return !Array.isArray(item) || item.length <= Number(wanted) ? [] : wrong('has too many items');
      case 'required':
        return isMembers(item) ? list(wanted).flatMap((name) => (String(name) in item ? [] : wrong(`lacks ${String(name)}`))) : [];
      case 'properties':
        return isMembers(item) && isMembers(wanted)
          ? Object.entries(wanted).flatMap(([name, inner]) => (name in item ? check(inner, item[name], `${place}.${name}`, depth) : []))
          : [];
      case 'additionalProperties':
        if (wanted !== false || !isMembers(item)) return [];
        return Object.keys(item).flatMap((name) =>
          isMembers(rule['properties']) && name in rule['properties'] ? [] : wrong(`has ${name}`),
        );
      case 'prefixItems':
        return Array.isArray(item) ? list(wanted).flatMap((inner, n) => check(inner, item[n], `${place}[${n}]`, depth)) : [];
      case 'items': {
        const first = list(rule['prefixItems']).length;
        return Array.isArray(item) ? item.slice(first).flatMap((inner, n) => check(wanted, inner, `${place}[${first + n}]`, depth)) : [];
      }
      case 'anyOf':
      case 'oneOf': {
        const tried = list(wanted).map((inner) => check(inner, item, place, depth));
        const fit = tried.filter((found) => found.length === 0).length;
        if (fit === 1 || (fit > 1 && keyword === 'anyOf')) return [];
        // the one that came closest says most
        return fit > 1 ? wrong('fits more than one') : ([...tried].sort((a, b) => a.length - b.length)[0] ?? wrong('fits none'));
      }
      default:
        if (NOTES.includes(keyword)) return [];
        throw new Error(`unknown keyword ${keyword}`);
    }
  };
  return check(at === '#' ? schema : find(at), value, at, 0);
}
