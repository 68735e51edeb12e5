import fc from 'fast-check';
import { expect, it } from 'vitest';
import { replyBytes, verifyReply } from '../../src/pq/session.ts';
import { alice, bob, commit, conversation, counter, look, overBlob, sealBy, side, text, type Side } from './people.ts';

interface Flying {
  to: Side;
  packet: Uint8Array;
  words: string;
  tag: Uint8Array;
}

const step = fc.record({
  what: fc.constantFrom('a sends', 'b sends', 'arrives', 'arrives', 'arrives', 'is lost', 'arrives twice', 'arrives before a crash'),
  pick: fc.nat({ max: 1_000 }),
});
const schedule = fc.record({ fresh: fc.boolean(), steps: fc.array(step, { minLength: 6, maxLength: 16 }) });

// Sessions are never changed in place, so every schedule may begin with the same ones.
const unanswered = overBlob();
const confirmed = conversation();

it('delivers every packet that arrives exactly once, whatever the network does', () => {
  fc.assert(
    fc.property(schedule, ({ fresh, steps }) => {
      const random = counter('schedule');
      const a = fresh ? side(alice, unanswered) : { ...confirmed.a, replay: [...confirmed.a.replay] };
      const b = fresh ? side(bob) : { ...confirmed.b, replay: [...confirmed.b.replay] };
      const flying: Flying[] = [];
      const shown = new Set<string>();
      let sent = 0;

      const send = (from: Side, to: Side): void => {
        if (!from.session) return;
        const words = `message ${sent++}`;
        const { packet, ackTag } = sealBy(from, text(words), random);
        flying.push({ to, packet, words, tag: ackTag });
      };
      const deliver = ({ to, packet, words, tag }: Flying): void => {
        const arrived = look(to, packet, random);
        if (arrived.kind === 'duplicate') {
          expect(shown.has(words)).toBe(true);
          expect(arrived.tag).toEqual(tag);
          return;
        }
        expect(arrived.payload.body).toEqual(text(words));
        expect(shown.has(words)).toBe(false);
        expect(verifyReply(replyBytes(arrived.ackTag, random), tag)).toBe(true);
        commit(to, arrived);
        shown.add(words);
      };
      const at = (pick: number): number => pick % flying.length;

      for (const { what, pick } of steps) {
        const next = flying.length > 0 ? flying[at(pick)] : undefined;
        if (what === 'a sends') send(a, b);
        else if (what === 'b sends') send(b, a);
        else if (!next) send(a, b);
        else if (what === 'arrives before a crash') look(next.to, next.packet, random);
        else {
          if (what !== 'arrives twice') flying.splice(at(pick), 1);
          if (what !== 'is lost') deliver(next);
        }
      }
      // Whatever is still under way arrives in the end, and the two can go on.
      for (const late of flying) deliver(late);
      flying.length = 0;
      for (const [from, to] of [
        [a, b],
        [b, a],
        [a, b],
      ] as const) {
        send(from, to);
        const last = flying.pop();
        if (last) deliver(last);
      }
      expect([a.session?.confirmed, b.session?.confirmed]).toEqual([true, true]);
    }),
    { numRuns: 200 },
  );
});
