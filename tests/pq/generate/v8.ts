/** V8: what must be refused, with the state it meets. Towards the network every refusal is silence. */
import { NOW } from './cast.ts';
import { hex, type Json } from './json.ts';
import { keptJson } from './state.ts';
import { cardCases } from './v8card.ts';
import { helloCases, initiations } from './v8hello.ts';
import { conversation, sessionCases } from './v8session.ts';

export function v8(): Json {
  const talk = conversation();
  const hellos = helloCases();
  const all = {
    ...talk.packets,
    firstAnswer: talk.first.bob.next.packet,
    secondOfFirstChain: talk.first.alice.next.packet,
    ...hellos.packets,
  };
  return {
    about:
      'Each case: a state, a packet in full or as edits of one of `packets` (at `at`, `remove` bytes go and `insert` comes, one edit after the other), and what must happen. Whatever is refused gets no answer and changes nothing; `code` is Sotto’s name for the reason. Randomness does not matter. A few cases that open stand beside those that do not.',
    now: NOW,
    states: {
      bob: keptJson(talk.bob),
      bobWithoutRows: { sameAs: 'bob', replay: [] },
      aliceWaiting: keptJson(talk.first.alice.kept),
      bobAnswering: keptJson(talk.first.bob.kept),
    },
    packets: Object.fromEntries(Object.entries(all).map(([name, bytes]) => [name, hex(bytes)])),
    session: sessionCases(talk),
    hello: hellos.cases,
    initiate: initiations(),
    card: cardCases(),
  };
}
