/** A small reader of well-formed XML as our metainfo is: elements, attributes, text. No DTD, no CDATA. Throws where tags do not match. */
export interface Element {
  name: string;
  attributes: Readonly<Record<string, string>>;
  children: Element[];
  /** Its own text and that of all below, entities resolved. */
  text: string;
}

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
const unescape = (text: string): string => text.replace(/&(\w+);/g, (whole, name: string) => entities[name] ?? whole);

export function parseXml(source: string): Element {
  const top: Element = { name: '', attributes: {}, children: [], text: '' };
  const open = [top];
  for (const [, tag, text] of source.replace(/<!--[^]*?-->|<\?[^]*?\?>/g, '').matchAll(/<([^>]+)>|([^<]+)/g)) {
    if (text !== undefined) {
      for (const element of open) element.text += unescape(text);
      continue;
    }
    if (tag === undefined) continue;
    if (tag.startsWith('/')) {
      if (open.pop()?.name !== tag.slice(1).trim()) throw new Error(`</${tag.slice(1)}> closes nothing`);
      continue;
    }
    const [name = ''] = tag.split(/[\s/]/, 1);
    const attributes = Object.fromEntries(
      [...tag.matchAll(/([\w:-]+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, unescape(value)]),
    );
    const element: Element = { name, attributes, children: [], text: '' };
    open.at(-1)?.children.push(element);
    if (!tag.endsWith('/')) open.push(element);
  }
  const [root] = top.children;
  if (open.length !== 1 || root === undefined) throw new Error('a tag is not closed');
  return root;
}

export const all = (element: Element, name: string): Element[] => element.children.filter((child) => child.name === name);
export const one = (element: Element, name: string): Element | null => all(element, name)[0] ?? null;
export const textOf = (element: Element, name: string): string => one(element, name)?.text.trim() ?? '';
