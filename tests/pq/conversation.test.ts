import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyPayload, type Arrived, type Effect } from '../../src/pq/conversation.ts';
import {
  MAX_EMOJI,
  MAX_ENTRIES,
  MAX_WAITING,
  emptyConversation,
  forget,
  type Author,
  type Conversation,
} from '../../src/pq/conversationState.ts';
import type { Body } from '../../src/pq/types.ts';

const TS = 1_790_000_000_000;
const EMOJI = ['👍', '🎉', '👀'] as const;

/** The mid with that number, as bytes and as the state's key. */
const mid = (number: number): Uint8Array => {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setUint32(12, number);
  return bytes;
};
const key = (number: number): string => number.toString(16).padStart(32, '0');

let lastMid = 1_000_000;
const arrived = (from: Author, n: number, body: Body, number = ++lastMid): Arrived => ({
  from,
  position: { session: 0, chain: 0, n },
  mid: mid(number),
  ts: TS,
  body,
});
const text = (words: string): Body => ({ kind: 'text', text: words, action: false });
const edit = (target: number, words: string): Body => ({ kind: 'edit', target: mid(target), text: words });
const remove = (target: number): Body => ({ kind: 'delete', target: mid(target) });
const react = (target: number, emoji: string, add = true): Body => ({ kind: 'reaction', target: mid(target), emoji, add });
const read = (...targets: number[]): Body => ({ kind: 'read', mids: targets.map(mid) });
const presence = (from: Author, n: number, state: 'offline' | 'online' | 'away', number?: number): Arrived =>
  arrived(from, n, { kind: 'presence', state }, number);
const file: Body = { kind: 'file', id: mid(9), name: 'a.txt', mediaType: 'text/plain', size: 3, sha256: new Uint8Array(32) };

/** What a window that only follows the effects shows. */
interface Shown {
  author: Author;
  words: string;
  own: string[];
  peer: string[];
  isRead: boolean;
}
const wordsOf = (effect: Extract<Effect, { kind: 'show' }>): string =>
  effect.content.kind === 'text' ? effect.content.text : effect.content.kind;

function play(payloads: readonly Arrived[], from: Conversation = emptyConversation) {
  let state = from;
  const effects: Effect[] = [];
  const shown = new Map<string, Shown>();
  const change = (at: string, patch: Partial<Shown>): void => {
    const before = shown.get(at);
    if (before) shown.set(at, { ...before, ...patch });
  };
  for (const payload of payloads) {
    const applied = applyPayload(state, payload);
    state = applied.state;
    const { effect } = applied;
    effects.push(effect);
    if (effect.kind === 'show')
      shown.set(effect.mid, { author: effect.author, words: wordsOf(effect), ...effect.reactions, isRead: false });
    if (effect.kind === 'changed') change(effect.mid, { words: effect.text });
    if (effect.kind === 'removed') shown.delete(effect.mid);
    if (effect.kind === 'reacted') change(effect.mid, { [effect.author]: effect.emoji });
    if (effect.kind === 'read') for (const each of effect.mids) change(each, { isRead: true });
  }
  const present = effects.reduce<string | null>((before, effect) => (effect.kind === 'presence' ? effect.state : before), null);
  return { state, effects, shown, present, last: effects.at(-1) };
}

describe('what one payload does', () => {
  it('shows texts, actions, files and what is not known, once', () => {
    const { effects } = play([
      arrived('peer', 0, text('hello'), 1),
      arrived('peer', 1, file, 2),
      arrived('peer', 2, { kind: 'unknown', code: 99, bytes: new Uint8Array(3) }, 3),
      arrived('peer', 3, text('hello again'), 1),
    ]);
    expect(effects).toMatchObject([
      { kind: 'show', mid: key(1), author: 'peer', ts: TS, content: { kind: 'text', text: 'hello', quotes: null, isEdited: false } },
      { kind: 'show', mid: key(2), content: { kind: 'file', file: { name: 'a.txt' } } },
      { kind: 'show', mid: key(3), content: { kind: 'unknown', code: 99 } },
      { kind: 'ignored', reason: 'duplicate' },
    ]);
  });

  it('quotes what a reply answers to, and shows a plain text where that is unknown or deleted', () => {
    const reply = (n: number, target: number): Arrived =>
      arrived('peer', n, { kind: 'reply', target: mid(target), text: 'yes', action: false });
    const { effects } = play([arrived('own', 0, text('?'), 1), reply(0, 1), reply(1, 2), arrived('own', 1, remove(1)), reply(2, 1)]);
    expect(effects).toMatchObject([
      { kind: 'show' },
      { kind: 'show', content: { quotes: key(1) } },
      { kind: 'show', content: { quotes: null } },
      { kind: 'removed' },
      { kind: 'show', content: { quotes: null } },
    ]);
  });

  it('edits a text or a reply of the same author, the last of the edits by their place', () => {
    const { effects, shown } = play([
      arrived('peer', 0, text('helo'), 1),
      arrived('peer', 5, edit(1, 'hello!')),
      arrived('peer', 3, edit(1, 'hello')),
      arrived('own', 9, edit(1, 'mine')),
      arrived('peer', 6, file, 2),
      arrived('peer', 7, edit(2, 'a text')),
    ]);
    expect(effects.slice(1)).toMatchObject([
      { kind: 'changed', mid: key(1), text: 'hello!' },
      { kind: 'ignored', reason: 'superseded' },
      { kind: 'ignored', reason: 'notTheirs' },
      { kind: 'show' },
      { kind: 'ignored', reason: 'notEditable' },
    ]);
    expect(shown.get(key(1))?.words).toBe('hello!');
  });

  it('orders by session, then chain, then number, and never by the time that is claimed', () => {
    const at = (session: number, chain: number, n: number, words: string, ts: number): Arrived => ({
      ...arrived('peer', 0, edit(1, words)),
      position: { session, chain, n },
      ts,
    });
    const { effects } = play([
      arrived('peer', 0, text('first'), 1),
      at(0, 1, 0, 'second', TS + 9),
      at(0, 0, 9, 'late', TS + 99),
      at(1, 0, 0, 'third', 0),
      at(0, 8, 9, 'later', TS + 999),
    ]);
    expect(effects.map(({ kind }) => kind)).toEqual(['show', 'changed', 'ignored', 'changed', 'ignored']);
  });

  it('deletes for good: with its reactions, and nothing that comes after changes that', () => {
    const { effects, state } = play([
      arrived('peer', 0, text('oops'), 1),
      arrived('own', 0, react(1, '👍')),
      arrived('own', 1, remove(1)),
      arrived('peer', 1, remove(1)),
      arrived('peer', 2, edit(1, 'again')),
      arrived('own', 2, react(1, '🎉')),
      arrived('peer', 3, remove(1)),
    ]);
    expect(effects.slice(2)).toEqual([
      { kind: 'ignored', reason: 'notTheirs' },
      { kind: 'removed', mid: key(1) },
      { kind: 'ignored', reason: 'deleted' },
      { kind: 'ignored', reason: 'deleted' },
      { kind: 'ignored', reason: 'deleted' },
    ]);
    expect(state.entries.get(key(1))).toMatchObject({ form: 'deleted', edit: null, reactions: { own: new Map(), peer: new Map() } });
  });

  it('deletes a file and what was not understood', () => {
    const { effects } = play([
      arrived('peer', 0, file, 1),
      arrived('peer', 1, { kind: 'unknown', code: 99, bytes: new Uint8Array(3) }, 2),
      arrived('peer', 2, remove(1)),
      arrived('peer', 3, remove(2)),
    ]);
    expect(effects.slice(2)).toEqual([
      { kind: 'removed', mid: key(1) },
      { kind: 'removed', mid: key(2) },
    ]);
  });

  it('keeps one reaction for each author and emoji, the last by its place', () => {
    const { effects } = play([
      arrived('peer', 0, text('news'), 1),
      arrived('own', 0, react(1, '👍')),
      arrived('peer', 4, react(1, '👍')),
      arrived('own', 2, react(1, '👍', false)),
      arrived('own', 1, react(1, '👍')),
      arrived('peer', 5, react(1, '🎉')),
    ]);
    expect(effects.slice(1)).toEqual([
      { kind: 'reacted', mid: key(1), author: 'own', emoji: ['👍'] },
      { kind: 'reacted', mid: key(1), author: 'peer', emoji: ['👍'] },
      { kind: 'reacted', mid: key(1), author: 'own', emoji: [] },
      { kind: 'ignored', reason: 'superseded' },
      { kind: 'reacted', mid: key(1), author: 'peer', emoji: ['👍', '🎉'] },
    ]);
  });

  it('takes receipts for messages of the other side only, and never takes them back', () => {
    const { effects, state } = play([
      arrived('own', 0, text('a'), 1),
      arrived('own', 1, text('b'), 2),
      arrived('peer', 0, text('c'), 3),
      arrived('peer', 1, read(1, 3, 4)),
      arrived('peer', 2, read(1)),
      arrived('peer', 0, read(2, 1)),
      arrived('own', 2, read(3, 1)),
    ]);
    expect(effects.slice(3)).toEqual([
      { kind: 'read', mids: [key(1)] },
      { kind: 'ignored', reason: 'nothingRead' },
      { kind: 'read', mids: [key(2)] },
      { kind: 'read', mids: [key(3)] },
    ]);
    expect([...state.entries.values()].every((entry) => entry.read)).toBe(true);
  });

  it('tells that they type until a newer text of theirs is there, and stores nothing of it', () => {
    const typing = (n: number, from: Author = 'peer'): Arrived => arrived(from, n, { kind: 'typing', state: 'active' });
    const { effects, state } = play([typing(0), arrived('peer', 2, text('done'), 1), typing(1), typing(3), typing(4, 'own')]);
    expect(effects).toMatchObject([
      { kind: 'typing', state: 'active', ms: 6_000 },
      { kind: 'show' },
      { kind: 'ignored', reason: 'superseded' },
      { kind: 'typing' },
      { kind: 'ignored', reason: 'elsewhere' },
    ]);
    expect(state).toEqual(play([arrived('peer', 2, text('done'), 1)]).state);
  });

  it('tells what the peer is now, once: by place, whatever came before, and never from what is stored', () => {
    const { effects, state } = play([
      presence('peer', 4, 'online'),
      presence('peer', 3, 'offline'),
      presence('own', 9, 'away'),
      arrived('peer', 9, text('a text does not make it older'), 1),
      presence('peer', 5, 'away'),
      presence('peer', 5, 'online', 1),
    ]);
    expect(effects).toMatchObject([
      { kind: 'presence', state: 'online' },
      { kind: 'ignored', reason: 'superseded' },
      { kind: 'ignored', reason: 'elsewhere' },
      { kind: 'show' },
      { kind: 'presence', state: 'away' },
      { kind: 'ignored', reason: 'superseded' },
    ]);
    expect(state.entries.size).toBe(1);
    expect(state.presence?.position.n).toBe(5);
    expect(JSON.stringify([...state.entries])).not.toContain('away');
  });

  it('orders presence by session, then chain, then number', () => {
    const at = (session: number, chain: number, n: number, state: 'online' | 'away'): Arrived => ({
      ...presence('peer', 0, state),
      position: { session, chain, n },
    });
    const { effects } = play([
      at(0, 3, 9, 'away'),
      at(0, 4, 0, 'online'),
      at(0, 3, 99, 'away'),
      at(1, 0, 0, 'away'),
      at(0, 9, 9, 'online'),
    ]);
    expect(effects.map((effect) => (effect.kind === 'presence' ? effect.state : effect.kind))).toEqual([
      'away',
      'online',
      'ignored',
      'away',
      'ignored',
    ]);
  });

  it('shows who is introduced, which only the introducer takes back', () => {
    const body: Body = { kind: 'introduction', nickname: 'Carol', fingerprint: new Uint8Array(32), addresses: [new Uint8Array(200)] };
    const { effects } = play([
      arrived('peer', 0, body, 1),
      arrived('own', 0, remove(1)),
      arrived('own', 1, react(1, '👍')),
      arrived('peer', 1, edit(1, 'a text')),
      arrived('peer', 2, remove(1)),
    ]);
    const { kind, ...introduced } = body;
    expect(effects).toMatchObject([
      { kind: 'show', content: { kind, introduced } },
      { kind: 'ignored', reason: 'notTheirs' },
      { kind: 'reacted' },
      { kind: 'ignored', reason: 'notEditable' },
      { kind: 'removed', mid: key(1) },
    ]);
  });

  it.each<Body>([
    { kind: 'dummy' },
    { kind: 'ack' },
    { kind: 'profile', nickname: 'A', addresses: [], recordKey: null },
    { kind: 'addressUpdate', addresses: [] },
    { kind: 'record', recordKey: 'k' },
    { kind: 'identity', entry: new Uint8Array(3) },
  ])('leaves the conversation alone: $kind', (body) => {
    const applied = applyPayload(emptyConversation, arrived('peer', 0, body));
    expect(applied.state).toBe(emptyConversation);
    expect(applied.effect).toEqual({ kind: 'ignored', reason: 'elsewhere' });
  });
});

describe('what comes before its target', () => {
  it('waits, and is there with it', () => {
    const { effects } = play([
      arrived('peer', 3, react(1, '🎉')),
      arrived('peer', 2, edit(1, 'second')),
      arrived('peer', 1, edit(1, 'first')),
      arrived('own', 7, react(1, '👍')),
      arrived('own', 8, edit(1, 'not mine')),
      arrived('peer', 0, text('zeroth'), 1),
    ]);
    expect(effects).toMatchObject([
      { kind: 'waits', target: key(1) },
      { kind: 'waits', target: key(1) },
      { kind: 'ignored', reason: 'superseded' },
      { kind: 'waits', target: key(1) },
      { kind: 'waits', target: key(1) },
      { kind: 'show', content: { text: 'second', isEdited: true }, reactions: { own: ['👍'], peer: ['🎉'] } },
    ]);
  });

  it('never shows what was deleted before it came, but only its author can do that', () => {
    const late = play([arrived('peer', 1, remove(1)), arrived('peer', 2, edit(1, 'x')), arrived('peer', 0, text('late'), 1)]);
    expect(late.last).toEqual({ kind: 'ignored', reason: 'deleted' });
    expect(late.shown.size).toBe(0);
    const foreign = play([arrived('own', 1, remove(1)), arrived('peer', 0, text('late'), 1)]);
    expect(foreign.last).toMatchObject({ kind: 'show', content: { text: 'late' } });
  });

  it('waits until it is forgotten', () => {
    const waiting = play([arrived('peer', 1, remove(1)), arrived('own', 1, react(1, '👍'))]).state;
    const state = forget(waiting, mid(1));
    expect(state.waiting).toEqual(emptyConversation.waiting);
    expect(waiting.waiting.peer.size).toBe(1);
    expect(play([arrived('peer', 0, text('late'), 1)], state).last).toMatchObject({ kind: 'show' });
  });
});

const TARGETS = 5;
interface Drawn {
  from: Author;
  what: number;
  target: number;
  emoji: number;
  add: boolean;
}
const author = fc.constantFrom<Author>('own', 'peer');
/** Who writes the messages 0 to 4, what they are, and what is done to them. */
const drawn = fc.record({
  entries: fc.array(fc.record({ from: author, isFile: fc.boolean() }), { minLength: TARGETS, maxLength: TARGETS }),
  actions: fc.array(
    fc.record<Drawn>({ from: author, what: fc.nat(11), target: fc.nat(TARGETS), emoji: fc.nat(EMOJI.length - 1), add: fc.boolean() }),
    { maxLength: 25 },
  ),
  shuffles: fc.array(fc.nat(1_000), { minLength: 60, maxLength: 60 }),
});
const bodyOf = ({ what, target, emoji, add }: Drawn, index: number): Body => {
  if (what < 3) return edit(target, `edit ${index}`);
  if (what < 4) return remove(target);
  if (what < 8) return react(target, EMOJI[emoji] ?? '👍', add);
  if (what < 10) return what < 9 ? read(target) : { kind: 'typing', state: 'active' };
  return { kind: 'presence', state: add ? 'online' : what < 11 ? 'away' : 'offline' };
};
const payloadsOf = ({ entries, actions }: { entries: { from: Author; isFile: boolean }[]; actions: Drawn[] }): Arrived[] => [
  ...entries.map(({ from, isFile }, index) => arrived(from, index, isFile ? file : text(`text ${index}`), index)),
  ...actions.map((action, index) => ({
    ...arrived(action.from, 0, bodyOf(action, index), 100 + index),
    position: { session: index % 2, chain: index % 3, n: 10 + index },
  })),
];
/** In the order of random keys. Nobody has read what is not there, so receipts come after what they name. */
const shuffled = (payloads: readonly Arrived[], keys: readonly number[]): Arrived[] => {
  const order = payloads.map((payload, index) => ({ payload, at: keys[index] ?? 0 }));
  const arrivalOf = new Map(order.map(({ payload, at }) => [payload.mid.join(), at]));
  const at = ({ payload, at: own }: { payload: Arrived; at: number }): number =>
    payload.body.kind === 'read' ? Math.max(own, ...payload.body.mids.map((each) => (arrivalOf.get(each.join()) ?? 0) + 0.5)) : own;
  return order.sort((a, b) => at(a) - at(b)).map(({ payload }) => payload);
};

describe('every order of arrival', () => {
  it('ends in the same state and shows the same, which is what the rules say', () => {
    fc.assert(
      fc.property(drawn, (draw) => {
        const payloads = payloadsOf(draw);
        const straight = play(payloads);
        const mixed = play(shuffled(payloads, draw.shuffles));
        expect(mixed.state).toEqual(straight.state);
        expect(mixed.shown).toEqual(straight.shown);

        const by = (from: Author, target: number, kind: Body['kind']): Arrived[] =>
          payloads
            .filter(({ body, ...each }) => each.from === from && body.kind === kind && 'target' in body && body.target.at(-1) === target)
            .sort(({ position: a }, { position: b }) => a.session - b.session || a.chain - b.chain || a.n - b.n);
        const expected = draw.entries.flatMap(({ from, isFile }, target): [string, Shown][] => {
          if (by(from, target, 'delete').length > 0) return [];
          const last = by(from, target, 'edit').at(-1)?.body;
          const emojiOf = (who: Author): string[] => {
            const set = new Set<string>();
            for (const { body } of by(who, target, 'reaction')) {
              if (body.kind !== 'reaction') continue;
              set.delete(body.emoji);
              if (body.add) set.add(body.emoji);
            }
            return [...set];
          };
          const isRead = payloads.some(({ from: who, body }) => who !== from && body.kind === 'read' && body.mids[0]?.at(-1) === target);
          const words = isFile ? 'file' : last?.kind === 'edit' ? last.text : `text ${target}`;
          return [[key(target), { author: from, words, own: emojiOf('own'), peer: emojiOf('peer'), isRead }]];
        });
        expect(mixed.shown).toEqual(new Map(expected));

        const [newest] = payloads
          .filter(({ from, body }) => from === 'peer' && body.kind === 'presence')
          .sort(({ position: a }, { position: b }) => b.session - a.session || b.chain - a.chain || b.n - a.n);
        expect(mixed.present).toBe(newest?.body.kind === 'presence' ? newest.body.state : null);
      }),
      { numRuns: 300 },
    );
  });

  it('is the same with every payload arriving twice', () => {
    fc.assert(
      fc.property(drawn, (draw) => {
        const payloads = payloadsOf(draw);
        expect(play(shuffled([...payloads, ...payloads], draw.shuffles)).state).toEqual(play(payloads).state);
      }),
      { numRuns: 100 },
    );
  });

  it('keeps the same emoji of an author who sets more than there may be', () => {
    const emoji = Array.from({ length: MAX_EMOJI + 4 }, (_, index) => String.fromCodePoint(0x1f600 + index));
    const payloads = [arrived('peer', 0, text('x'), 1), ...emoji.map((each, index) => arrived('peer', 1 + index, react(1, each)))];
    const straight = play(payloads);
    const backwards = play(payloads.toReversed());
    expect(straight.shown.get(key(1))?.peer).toEqual(emoji.slice(4));
    expect(backwards.effects.at(-2)).toEqual({ kind: 'ignored', reason: 'superseded' });
    expect(backwards.state).toEqual(straight.state);
    expect(backwards.shown).toEqual(straight.shown);
  });
});

describe('a hostile peer', () => {
  it('changes nothing of our messages but its own reactions and receipts', () => {
    fc.assert(
      fc.property(drawn, (draw) => {
        const payloads = payloadsOf(draw);
        const own = payloads.filter(({ from }) => from === 'own');
        // Also texts under our own mids.
        const forged = own.map(({ mid: same }, index) => ({ ...arrived('peer', 500 + index, text('forged')), mid: same }));
        const of = (state: Conversation) =>
          new Map(
            [...state.entries]
              .filter(([, entry]) => entry.author === 'own')
              .map(([at, { form, edit: last, reactions }]) => [at, { form, last, own: reactions.own }]),
          );
        const alone = play(own);
        const attacked = play(
          [
            ...shuffled(
              payloads.filter(({ from }) => from === 'peer'),
              draw.shuffles,
            ),
            ...forged,
          ],
          alone.state,
        );
        expect(of(attacked.state)).toEqual(of(alone.state));
      }),
      { numRuns: 150 },
    );
  });

  it('fills no more than its own share of memory, and pushes out nothing of ours', () => {
    const own = play([arrived('own', 0, text('mine'), 1), arrived('own', 1, edit(2, 'waits')), arrived('own', 2, react(3, '👍'))]).state;
    const flood = [
      ...Array.from({ length: MAX_ENTRIES + 50 }, (_, index) => arrived('peer', index, text('x'), 10_000 + index)),
      ...Array.from({ length: MAX_WAITING + 50 }, (_, index) => arrived('peer', 5_000 + index, remove(50_000 + index))),
      ...Array.from({ length: MAX_EMOJI + 50 }, (_, index) =>
        arrived('peer', 9_000 + index, react(1, String.fromCodePoint(0x1f300 + index))),
      ),
    ];
    const { state } = play(flood, own);
    expect(state.entries.size).toBe(MAX_ENTRIES + 1);
    expect(state.entries.has(key(10_049))).toBe(false);
    expect(state.entries.has(key(10_050))).toBe(true);
    expect(state.waiting.peer.size).toBe(MAX_WAITING);
    expect(state.entries.get(key(1))?.reactions.peer.size).toBe(MAX_EMOJI);
    expect(state.entries.get(key(1))).toMatchObject({ author: 'own', form: 'text' });
    expect(state.waiting.own).toEqual(own.waiting.own);
  });
});
