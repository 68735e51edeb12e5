/** V8, card requests and answers. */
import { openCardAnswer, openCardRequest, sealCardAnswer, sealCardRequest, verifyCardGate } from '../../../src/pq/cardRequest.ts';
import { encodeCbor } from '../../../src/pq/cbor.ts';
import { label, prefixed } from '../../../src/pq/labels.ts';
import { hmac } from '../../../src/pq/primitives.ts';
import { cards, invite } from './cast.ts';
import { badModulus, check, ending, flips, lowOrder, shapes, wasted } from './damage.ts';
import { draws } from './draws.ts';
import { hex, type Json } from './json.ts';
import { difference, edited, editJson, itemSpans, refusal, spanOf, type Edit } from './outcome.ts';

const REQUEST_ITEMS = ['version', 'x', 'k', 'invite', 'gate', 'zeros'];
const ANSWER_ITEMS = ['version', 'x', 'ct', 'box'];

export function cardCases(): Json {
  const asks = draws('card request negatives', ['x', 'k']);
  const { packet, pending } = sealCardRequest(asks.random, { invite });
  const answer = sealCardAnswer(draws('card answer negatives', ['x', 'm']).random, openCardRequest(packet), cards.bobInvite);
  const spans = itemSpans(packet, REQUEST_ITEMS);
  const at = (name: string, head: number): number => spanOf(spans, name).at + head;
  const end = packet.findLastIndex((byte) => byte !== 0) + 1;
  const x = packet.slice(at('x', 2), at('x', 2) + 32);
  const k = packet.slice(at('k', 3), at('k', 3) + 1_568);
  const ask = (bytes: Uint8Array): Json => {
    return ending(() => {
      const request = openCardRequest(bytes);
      if (!verifyCardGate(request, invite.secret)) return { result: 'refused', code: 'gate' };
      sealCardAnswer(wasted(), request, cards.bobInvite);
      return { result: 'opened' };
    });
  };
  const regated = (x: Uint8Array, key: Uint8Array): Edit[] => {
    const gate = hmac(invite.secret, prefixed(label('card request'), x, key, invite.id)).slice(0, 16);
    return [
      { at: at('x', 2), remove: 32, insert: x },
      { at: at('k', 3), remove: 2, insert: key.slice(0, 2) },
      { at: at('gate', 1), remove: 16, insert: gate },
    ];
  };
  const without = (name: 'invite' | 'gate'): Uint8Array => {
    const none = new Uint8Array(0);
    const request = pending.request.invite;
    if (!request) throw new Error('no invite');
    const fields = [1, x, k, name === 'invite' ? none : request.id, name === 'gate' ? none : request.gate];
    const bare = encodeCbor([...fields, none]).length - 1;
    return encodeCbor([...fields, new Uint8Array(packet.length - bare - 3)]);
  };
  const requests: [string, Edit[], string?][] = [
    ...flips(
      packet,
      spans.filter(({ name }) => name !== 'zeros'),
      'request',
    ),
    ...shapes(packet),
    ['an invite without its gate', difference(packet, without('gate'))],
    ['a gate without its invite', difference(packet, without('invite'))],
    ['a one in the last of the zeros', [{ at: packet.length - 1, remove: 1, insert: Uint8Array.of(1) }]],
    ...lowOrder.map(([name, low]): [string, Edit[], string] => [
      `x of low order, ${name}, and a gate made anew`,
      regated(low, k),
      'malformed',
    ]),
    ['an ML-KEM key that fails the modulus check, and a gate made anew', regated(x, badModulus(k)), 'malformed'],
  ];
  const answers: [string, Edit[]][] = [...flips(answer, itemSpans(answer, ANSWER_ITEMS), 'answer'), ...shapes(answer)];
  return {
    about: 'Requests arrive at Bob, who holds the invite; answers arrive at the requester with the seeds given.',
    request: { begins: hex(packet.slice(0, end)), length: packet.length },
    badRequests: requests.map(([name, edits, code = 'refused']): Json => {
      const expect = ask(edits.reduce(edited, packet));
      check(name, expect, code);
      return { name, edits: edits.map(editJson), expect };
    }),
    seeds: { x: hex(pending.x), k: hex(pending.k) },
    answer: hex(answer),
    badAnswers: answers.map(([name, edits]): Json => {
      const code = refusal(() => openCardAnswer(edits.reduce(edited, answer), pending));
      return { name, edits: edits.map(editJson), expect: { result: 'refused', code } };
    }),
  };
}
