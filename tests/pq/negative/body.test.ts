/** The content of each kind of payload: a field less, a field more, or one of another type is refused, and so is any code but its own. */
import { describe, expect, it } from 'vitest';
import { decodeBody, encodeBody } from '../../../src/pq/payload.ts';
import { bodies } from '../fuzz/bodies.ts';
import { array, byteString, copy, integer, item, read, write, type Item } from '../fuzz/tree.ts';
import { outcomeOf } from './changes.ts';

const EMPTY = ['dummy', 'ack'];
const known = Object.entries(bodies).filter(([name]) => name !== 'unknown');

/** `[code, content]` with its content as a tree. */
function coded(name: keyof typeof bodies): { whole: Item; content: Item } {
  const whole = read(encodeBody(bodies[name]));
  const content = whole?.items[1]?.inner;
  if (!whole || !content) throw new Error('not an array of a code and an array');
  return { whole, content };
}
const withContent = (whole: Item, content: Item): Uint8Array =>
  write({ ...copy(whole), items: [whole.items[0] ?? whole, { ...byteString(new Uint8Array(0)), inner: content }] });

describe.each(known)('%s', (name, body) => {
  it('opens as what was encoded', () => {
    expect(decodeBody(encodeBody(body))).toEqual(body);
  });

  it('is nothing but its code and its content', () => {
    const whole = read(encodeBody(body));
    const content = whole?.items[1]?.bytes ?? new Uint8Array(0);
    const code = whole?.items[0] ?? integer(0n);
    for (const changed of [
      array(code),
      array(code, byteString(content), integer(0n)),
      array(integer(2n ** 32n), byteString(content)),
      array(code, integer(1n)),
      array(item({ major: 7 }), byteString(content)),
    ])
      expect(outcomeOf(() => decodeBody(write(changed)))).toBe('malformed');
    for (const changed of [Uint8Array.of(...content, 0), content.slice(0, -1)])
      if (changed.length !== content.length) expect(outcomeOf(() => decodeBody(write(array(code, byteString(changed)))))).toBe('malformed');
  });

  it('has fields of its kind only', () => {
    if (EMPTY.includes(name)) return;
    const found = Object.keys(bodies).find((candidate): candidate is keyof typeof bodies => candidate === name);
    if (!found) throw new Error('no such body');
    const { whole, content } = coded(found);
    const refusedContents = [
      { ...content, items: [...content.items, integer(0n)] },
      ...content.items.map((_, at) => ({
        ...content,
        items: content.items.map((field, index) => (index === at ? array(array(field)) : field)),
      })),
      ...content.items.map((field, at) => ({
        ...content,
        items: content.items.map((other, index) =>
          index === at ? (field.major === 0 ? byteString(new Uint8Array(1)) : integer(9n)) : other,
        ),
      })),
      ...content.items.flatMap((field, at) =>
        (field.major === 0 ? [2n ** 53n, 2n ** 64n - 1n] : []).map((value) => ({
          ...content,
          items: content.items.map((other, index) => (index === at ? integer(value) : other)),
        })),
      ),
    ];
    for (const changed of refusedContents) expect(outcomeOf(() => decodeBody(withContent(whole, changed)))).toBe('malformed');
    // Lists may be shorter; all else has its number of fields.
    if (name !== 'addressUpdate' && name !== 'read')
      expect(outcomeOf(() => decodeBody(withContent(whole, { ...content, items: content.items.slice(0, -1) })))).toBe('malformed');
    expect(outcomeOf(() => decodeBody(withContent(whole, content)))).toBe('accepted');
  });
});
