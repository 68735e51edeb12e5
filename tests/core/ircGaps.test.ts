/** Gaps in histories: marked, kept, filled on demand. Whole cores with their real store, and a server that answers from a history of its own. */
import { expect, test } from 'vitest';
import type { BufferId } from '../../src/contract/ids.ts';
import type { GapView } from '../../src/contract/message.ts';
import { until, type Person } from '../support/cores.ts';
import { startScripted, type Scripted } from '../support/irc/scripted.ts';
import { answer, begin, CAPS, inBatch, lineOf, noTargets, PERSON, room, said, shows, texts, time, unread, welcome } from './histories.ts';

/** Small pages, so that little is much: what is fetched by itself ends after 20 of them. */
const PAGE = 4;
const SMALL = `CHATHISTORY=${PAGE} MSGREFTYPES=timestamp,msgid`;
const AUTOMATIC = 20 * PAGE;
const ANY = /CHATHISTORY (LATEST|BETWEEN|BEFORE) #room/;

/** Lines of one minute each. */
const talk = (from: number, to: number): { minute: number; line: string }[] =>
  Array.from({ length: to - from + 1 }, (_, index) => ({ minute: from + index, line: said(from + index, `at ${from + index}`) }));
const words = (from: number, to: number): string[] => talk(from, to).map(({ minute }) => `at ${minute}`);

/** Answers so many requests as the specification says: the lines nearest to the newer end. Returns the requests. */
async function serve(irc: Scripted, history: readonly { minute: number; line: string }[], requests: number): Promise<string[]> {
  const asked: string[] = [];
  for (let index = 0; index < requests; index += 1) {
    const request = await irc.hear(ANY);
    const label = /label=([^; ]+)/.exec(request)?.[1] ?? '';
    const [kind = '', , first = '', second = ''] = request.replace(/^@\S+ CHATHISTORY /, '').split(' ');
    const at = (point: string): number => Date.parse(point.replace('timestamp=', ''));
    const [newer, older] = kind === 'LATEST' ? [Infinity, at(first)] : kind === 'BETWEEN' ? [at(first), at(second)] : [at(first), 0];
    const found = history.filter(({ minute }) => Date.parse(time(minute)) < newer && Date.parse(time(minute)) > older).slice(-PAGE);
    irc.say(`@label=${label} :irc.test BATCH +h chathistory #room`, ...found.map(({ line }) => inBatch('h', line)), ':irc.test BATCH -h');
    asked.push(request.replace(/^@\S+ /, ''));
  }
  return asked;
}
const gaps = async (person: Person, buffer: BufferId): Promise<GapView[]> => (await person.client.call('buffer.gaps', { buffer })).gaps;
const oneGap = (person: Person, buffer: BufferId): Promise<GapView> =>
  until('one gap', async () => {
    const found = await gaps(person, buffer);
    return found.length === 1 ? found[0] : null;
  });

/** Comes back after `history` was said, of which the newest AUTOMATIC lines are fetched by themselves. */
async function missMuch(
  irc: Scripted,
  history: readonly { minute: number; line: string }[],
): Promise<{ person: Person; buffer: BufferId }> {
  const person = await begin(irc);
  await welcome(irc, CAPS, SMALL);
  await noTargets(irc);
  await answer(irc, ANY, '#room', [said(1, 'before it')]);
  const buffer = await room(person);
  await person.client.call('buffers.show', { buffers: [buffer] });
  await shows(person, buffer, ['before it']);
  irc.cut();
  await welcome(irc, CAPS, SMALL);
  await noTargets(irc);
  await serve(irc, history, 20);
  return { person, buffer };
}

test('what stays missing in the middle is marked, also after a restart, and is filled page by page on demand', async () => {
  const irc = await startScripted();
  const history = talk(20, 20 + AUTOMATIC + 2 * PAGE);
  const { person, buffer } = await missMuch(irc, history);
  const newest = words(20 + 2 * PAGE + 1, 20 + AUTOMATIC + 2 * PAGE);
  await shows(person, buffer, ['before it', ...newest]);
  const before = Date.parse(time(20 + 2 * PAGE + 1));
  const after = Date.parse(time(1));
  expect(await oneGap(person, buffer)).toMatchObject({ after, before, fetched: null });
  const told = await until('the page is told', () =>
    person.events.find((event) => event.name === 'gaps' && event.payload.gaps.length === 1 && event.payload.gaps[0]?.before === before),
  );
  expect(told).toMatchObject({ payload: { buffer } });
  await person.stop();

  const again = await begin(irc, { directory: person.directory });
  await welcome(irc, CAPS, SMALL);
  await noTargets(irc);
  await serve(irc, history, 1);
  await room(again);
  await again.client.call('buffers.show', { buffers: [buffer] });
  const gap = await oneGap(again, buffer);
  expect(gap).toMatchObject({ after, before });
  const count = await unread(again, buffer);

  const filling = again.client.call('buffer.fillGap', { buffer, gap: gap.id });
  await expect(again.client.call('buffer.fillGap', { buffer, gap: gap.id })).rejects.toMatchObject({ code: 'limit' });
  const asked = await serve(irc, history, 4);
  expect(asked[0]).toBe(
    `CHATHISTORY BETWEEN #room timestamp=${new Date(before).toISOString()} timestamp=${new Date(after - 5_000).toISOString()} ${PAGE}`,
  );
  expect(await filling).toEqual({ lines: 2 * PAGE + 1, isFilled: true });
  expect(await gaps(again, buffer)).toEqual([]);
  await shows(again, buffer, ['before it', ...words(20, 20 + 2 * PAGE), ...newest]);
  // What a person asks for is no news.
  expect(await unread(again, buffer)).toBe(count);
  const progress = again.events.flatMap((event) => (event.name === 'gaps' ? event.payload.gaps.map(({ fetched }) => fetched) : []));
  expect(progress).toEqual(expect.arrayContaining([0, PAGE, 2 * PAGE]));
  expect(again.events.findLast((event) => event.name === 'gaps')?.payload).toEqual({ buffer, gaps: [] });
  await expect(again.client.call('buffer.fillGap', { buffer, gap: gap.id })).rejects.toMatchObject({ code: 'notFound' });
});

test('nothing is marked where all that was missed has come', async () => {
  const irc = await startScripted();
  const history = talk(20, 20 + 2 * PAGE);
  const person = await begin(irc);
  await welcome(irc, CAPS, SMALL);
  await noTargets(irc);
  await answer(irc, ANY, '#room', [said(1, 'before it')]);
  const buffer = await room(person);
  await shows(person, buffer, ['before it']);
  irc.cut();
  await welcome(irc, CAPS, SMALL);
  await noTargets(irc);
  await serve(irc, history, 3);
  await shows(person, buffer, ['before it', ...words(20, 20 + 2 * PAGE)]);
  expect(await gaps(person, buffer)).toEqual([]);
});

test('filling can be stopped, and is cut by the connection; what came is kept and the rest stays marked', async () => {
  const irc = await startScripted();
  const history = talk(20, 20 + AUTOMATIC + 5 * PAGE);
  const { person, buffer } = await missMuch(irc, history);
  const gap = await oneGap(person, buffer);
  const stop = new AbortController();
  const stopped = person.client.call('buffer.fillGap', { buffer, gap: gap.id }, stop.signal);
  const first = await irc.hear(ANY);
  stop.abort();
  const page = history.slice(4 * PAGE + 1, 5 * PAGE + 1);
  irc.say(
    `@label=${/label=([^; ]+)/.exec(first)?.[1] ?? ''} :irc.test BATCH +h chathistory #room`,
    ...page.map(({ line }) => inBatch('h', line)),
    ':irc.test BATCH -h',
  );
  expect(await stopped).toEqual({ lines: PAGE, isFilled: false });
  const left = await until('a smaller gap that nobody fetches', async () => {
    const [one] = await gaps(person, buffer);
    return one !== undefined && one.before < gap.before && one.fetched === null ? one : null;
  });
  expect(left).toMatchObject({ id: gap.id, after: gap.after, before: Date.parse(time(20 + 4 * PAGE + 1)) });
  expect(irc.heard.filter((line) => line.includes('BETWEEN')).length).toBe(20);

  const cut = person.client.call('buffer.fillGap', { buffer, gap: gap.id });
  await serve(irc, history, 1);
  await irc.hear(ANY);
  irc.cut();
  await expect(cut).rejects.toMatchObject({ code: 'unavailable' });
  expect(await oneGap(person, buffer)).toMatchObject({ id: gap.id, before: Date.parse(time(20 + 3 * PAGE + 1)), fetched: null });
  // Without a connection it cannot be asked for, and stays.
  await expect(person.client.call('buffer.fillGap', { buffer, gap: gap.id })).rejects.toMatchObject({ code: 'notConnected' });
  expect(await gaps(person, buffer)).toHaveLength(1);
});

test('what could not be fetched at all is marked up to the return, once however often that happens, unless the server says that there is nothing', async () => {
  const irc = await startScripted();
  const person = await begin(irc);
  await welcome(irc, CAPS, SMALL);
  await noTargets(irc);
  await answer(irc, ANY, '#room', [said(1, 'before it')]);
  const buffer = await room(person);
  await shows(person, buffer, ['before it']);
  for (let round = 0; round < 2; round += 1) {
    irc.cut();
    await welcome(irc, CAPS, SMALL);
    await noTargets(irc);
    await irc.hear(/CHATHISTORY LATEST #room/);
    // Not while it is on its way.
    expect(await gaps(person, buffer)).toEqual([]);
  }
  irc.cut();
  const gap = await oneGap(person, buffer);
  expect(gap.after).toBe(Date.parse(time(1)));
  expect(gap.before).toBe((await person.lines(buffer)).findLast(({ kind, self }) => kind === 'join' && self)?.time);
  await welcome(irc, CAPS, SMALL);
  await noTargets(irc);
  const label = /label=([^; ]+)/.exec(await irc.hear(ANY))?.[1] ?? '';
  irc.say(`@label=${label} :irc.test FAIL CHATHISTORY INVALID_TARGET LATEST #room :no history here`);
  await until('no mark', async () => {
    const older = person.client.call('buffer.olderFromServer', { buffer });
    await answer(irc, /CHATHISTORY BEFORE/, '#room', []);
    await older;
    return (await gaps(person, buffer)).length === 0;
  });
});

test('a gap with nothing older above it is no gap: older lines are asked for there anyway', async () => {
  const irc = await startScripted();
  const person = await begin(irc);
  await irc.greet({ caps: CAPS, isupport: SMALL });
  const label = /label=([^; ]+)/.exec(await irc.hear(/CHATHISTORY TARGETS/))?.[1] ?? '';
  irc.say(
    `@label=${label} :irc.test BATCH +t draft/chathistory-targets`,
    `@batch=t :irc.test CHATHISTORY TARGETS dora ${time(170)}`,
    ':irc.test BATCH -t',
  );
  for (let page = 0; page < 20; page += 1) {
    const lines = Array.from({ length: PAGE }, (_, index) => {
      const minute = 170 - (page + 1) * PAGE + index;
      return said(minute, `dora ${minute}`, `d${minute}`, 'me').replace(PERSON, 'dora!d@h.test');
    });
    await answer(irc, /CHATHISTORY (LATEST|BETWEEN) dora/, 'dora', lines);
  }
  const { id } = await until('the query', async () => (await person.snapshot()).buffers.find(({ name }) => name === 'dora'));
  await until('all of it', async () => (await texts(person, id)).length === AUTOMATIC);
  expect(await gaps(person, id)).toEqual([]);
});

test('reactions and withdrawals that are told before the line are shown with it, once it is fetched', async () => {
  const irc = await startScripted();
  const person = await begin(irc, { keys: 'automated_chathistory = false' });
  await welcome(irc);
  const buffer = await room(person);
  await person.client.call('buffers.show', { buffers: [buffer] });
  irc.say(
    said(100, 'the newest'),
    '@+reply=m10;+draft/react=👋 :bob!b@h TAGMSG #room',
    '@+reply=m10;+draft/react=lol :bob!b@h TAGMSG #room',
    '@+reply=m10;+draft/unreact=lol :bob!b@h TAGMSG #room',
    ':ann!a@h REDACT #room m11 :mistake',
  );
  await lineOf(person, buffer, 'the newest');
  const older = person.client.call('buffer.olderFromServer', { buffer });
  await answer(irc, /CHATHISTORY BEFORE/, '#room', [said(10, 'waved at'), said(11, 'taken back')]);
  expect(await older).toEqual({ lines: 2, ended: false });
  const waved = { text: 'waved at', details: { reactions: [{ text: '👋', nicks: ['bob'] }] } };
  const gone = { text: '', details: { redacted: { by: 'ann', reason: 'mistake' } } };
  expect((await person.lines(buffer)).filter(({ kind }) => kind === 'privmsg')).toMatchObject([waved, gone, { text: 'the newest' }]);
  const told = person.events.flatMap((event) => (event.name === 'messages' ? event.payload.messages : []));
  expect(told.find(({ text }) => text === 'waved at')).toMatchObject(waved);
  expect(told.some(({ text }) => text === 'taken back')).toBe(false);
});
