import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { BufferId, ContactId, MessageId, ServerName } from '../../src/contract/ids.ts';
import type { Message } from '../../src/contract/message.ts';
import type { BufferView } from '../../src/contract/views.ts';
import { plain } from '../../src/core/notifications/plain.ts';
import { decide, type Decision, type Happening } from '../../src/core/notifications/policy.ts';
import { BURST, REFILL_MS, createRate } from '../../src/core/notifications/rate.ts';

const NOW = 1_800_000_000_000;
const bufferId = (id: number): BufferId => v.parse(BufferId, id);
const server = v.parse(ServerName, 'libera');
const buffer = (more: Partial<BufferView> = {}): BufferView => ({
  id: bufferId(1),
  kind: 'channel',
  server,
  contact: null,
  name: '#garden',
  topic: '',
  joined: true,
  unread: 1,
  highlights: 0,
  readUpTo: null,
  draft: '',
  muted: false,
  ...more,
});
const message = (more: Partial<Message> = {}): Message => ({
  id: v.parse(MessageId, 5),
  buffer: bufferId(1),
  time: NOW,
  kind: 'privmsg',
  from: 'thistle',
  text: 'how deep?',
  subject: null,
  self: false,
  highlight: false,
  receipt: null,
  ...more,
});
const query = buffer({ kind: 'query', name: 'thistle' });
const sealed = buffer({ kind: 'private', name: 'Ines', server: null, contact: v.parse(ContactId, 1) });

interface Around {
  toml?: string;
  watched?: number[];
  away?: boolean;
}
const told = (happening: Happening, { toml = '', watched = [], away = false }: Around = {}): Decision | null => {
  const { config, problems } = loadConfig(toml);
  expect(problems.filter(({ severity }) => severity !== 'info')).toEqual([]);
  if (config === null) throw new Error('the configuration is broken');
  return decide(happening, { config: config.notifications, watched: new Set(watched.map(bufferId)), away, now: NOW });
};
const line = (where: BufferView, more: Partial<Message> = {}): Happening => ({ kind: 'line', buffer: where, message: message(more) });

describe('what is told', () => {
  it('without a word in the configuration: people who speak to us, without what they say', () => {
    const said = told(line(query))?.view;
    expect(said).toMatchObject({ kind: 'directMessage', toast: true, title: 'thistle', body: 'New message', canReply: true, buffer: 1 });
    expect(told(line(sealed))?.view).toMatchObject({ title: 'thistle', body: 'New private message', contact: 1 });
    expect(told(line(buffer(), { highlight: true }))?.view).toMatchObject({ title: 'thistle in #garden', body: 'You were mentioned' });
    expect(JSON.stringify([told(line(query)), told(line(buffer(), { highlight: true }))])).not.toContain('how deep');
    expect(told(line(buffer()))).toBeNull();
  });

  it('is what was said only where show_content is on, never for a request', () => {
    const toml = '[notifications.direct_message]\nshow_content = true\n[notifications.contact_request]\nshow_content = true';
    expect(told(line(query), { toml })?.view.body).toBe('how deep?');
    expect(told(line(query, { kind: 'action', text: 'waves' }), { toml })?.view.body).toBe('thistle waves');
    const request = { contact: v.parse(ContactId, 3), nickname: 'quiet fox', fingerprint: 'm4ze-9rud', time: NOW, texts: 2 };
    expect(told({ kind: 'request', request }, { toml })?.view).toMatchObject({
      kind: 'request',
      body: 'quiet fox (m4ze-9rud) wants to talk with you.',
      contact: 3,
      canReply: false,
    });
  });

  it.each<[string, Happening, Around]>([
    ['what a focused page shows', line(query), { watched: [1] }],
    ['own lines, also as an echo', line(query, { self: true }), {}],
    ['what a bouncer plays back', line(query, { time: NOW - 61_000 }), {}],
    ['joins and the like', line(query, { kind: 'join' }), {}],
    ['notices of services', line(query, { kind: 'notice' }), {}],
    ['what is muted', line(buffer({ muted: true }), { highlight: true }), {}],
    ['what Sotto itself says', line(sealed, { kind: 'info', from: null }), {}],
    ['anything while away, where that is wanted', line(query), { away: true, toml: '[notifications]\nwhile_away = false' }],
    ['kinds that are switched off', line(query), { toml: '[notifications.direct_message]\nshow_toast = false' }],
  ])('leaves out %s', (_, happening, around) => {
    expect(told(happening, around)).toBeNull();
  });

  it('includes a private message that was under way for a day', () => {
    expect(told(line(sealed, { time: NOW - 86_400_000 }))).not.toBeNull();
    expect(told(line(query), { away: true })).not.toBeNull();
  });

  it.each<[string, boolean]>([
    ['exclude = "all"', false],
    ['exclude = "*"', false],
    ['exclude = ["Thistle"]', false],
    ['exclude = ["#garden"]', false],
    ['exclude = ["#linux", "sorrel"]', true],
    ['exclude = { users = ["thistle"] }', false],
    ['exclude = { servers = ["libera"] }', false],
    ['exclude = { servers = ["oftc"] }', true],
    ['exclude = { criteria = [{ user = "thistle", channel = "#linux" }] }', true],
    ['exclude = { criteria = [{ user = "thistle", channel = "#garden" }] }', false],
    ['exclude = "all"\ninclude = { channels = ["#garden"] }', true],
    ['exclude = { criteria = [{}] }', true],
  ])('follows Halloy’s conditions: %s', (conditions, wanted) => {
    const decision = told(line(buffer(), { highlight: true }), { toml: `[notifications.highlight]\n${conditions}` });
    expect(decision !== null).toBe(wanted);
  });

  it('is every line of a channel that has a rule, but not as a highlight twice', () => {
    const toml = '[notifications.channel."#Garden"]\nshow_toast = true\nshow_content = true\nrequest_attention = true';
    expect(told(line(buffer()), { toml })?.view).toMatchObject({ kind: 'channel', body: 'how deep?', requestAttention: true });
    expect(told(line(buffer(), { highlight: true }), { toml })?.view.kind).toBe('highlight');
  });

  it('may be a sound or a call for attention alone', () => {
    const toml = '[notifications.direct_message]\nshow_toast = false\nsound = "dong"';
    expect(told(line(query), { toml })?.view).toMatchObject({ toast: false, sound: 'dong' });
  });

  it('says who comes, goes, reacts and offers', () => {
    const on = (kind: string): Around => ({ toml: `[notifications.${kind}]\nshow_toast = true\nshow_content = true` });
    const file: Happening = { kind: 'file', server, nick: 'robin', name: 'beans.txt', transfer: 1, buffer: null };
    expect(told(file)?.view).toMatchObject({ title: 'robin offers you a file', body: 'On libera' });
    expect(told(file, on('file_transfer_request'))?.view.body).toBe('beans.txt');
    const state = (kind: 'connected' | 'disconnected' | 'reconnected'): Happening => ({ kind, server, buffer: null });
    expect(told(state('disconnected'))).toBeNull();
    expect(told(state('disconnected'), on('disconnected'))?.view.title).toBe('Disconnected from libera');
    expect(told(state('reconnected'), on('reconnected'))?.view.title).toBe('Connected again to libera');
    const seen: Happening = { kind: 'monitored', online: true, server, nick: 'robin', buffer: null };
    expect(told(seen)).toBeNull();
    expect(told(seen, on('monitored_online'))?.view.title).toBe('robin is online');
    const reaction: Happening = { kind: 'reaction', buffer: buffer(), from: 'robin', text: '👍', to: 'my line' };
    expect(told(reaction)).toBeNull();
    expect(told(reaction, on('reaction'))?.view.body).toBe('👍 to: my line');
  });
});

describe('text in a notification', () => {
  it.each([
    ['\u0002bold\u000f \u000304,01red\u0003 \u001ditalic', 'bold red italic'],
    ['a\r\nb\tc\u0000d\u001be', 'a b c d e'],
    ['safe\u202etxt.exe\u2066x\u200f', 'safetxt.exex'],
    ['a\u200bb\ufeffc\u{e0041}', 'abc'],
    ['<b onclick=x>&amp;</b>', '<b onclick=x>&amp;</b>'],
    ['👩‍👩‍👧 ok', '👩‍👩‍👧 ok'],
    ['half \ud800 pair', 'half \ufffd pair'],
    [`z${'\u0301'.repeat(40)}`, `z${'\u0301'.repeat(4)}`],
    ['   ', ''],
  ])('is tame: %j', (text, wanted) => {
    expect(plain(text, 50)).toBe(wanted);
  });

  it('is short, and no character of it is cut in two', () => {
    expect(plain('x'.repeat(10_000), 20)).toBe(`${'x'.repeat(19)}…`);
    expect(plain('😀'.repeat(30), 20)).toBe(`${'😀'.repeat(19)}…`);
    const long = told(line(buffer({ name: `#${'y'.repeat(200)}` }), { highlight: true, from: 'n'.repeat(200), text: 'z'.repeat(9_000) }), {
      toml: '[notifications.highlight]\nshow_content = true',
    })?.view;
    expect(long?.title.length).toBeLessThanOrEqual(100);
    expect(long?.body.length).toBeLessThanOrEqual(200);
  });
});

it('is bounded by place and in all', () => {
  let time = 0;
  const may = createRate(() => time);
  expect([may('a', 500), may('a', 500), may('b', 500)]).toEqual([true, false, true]);
  time = 500;
  expect(may('a', 500)).toBe(true);
  const taken = Array.from({ length: 50 }, (_, index) => may(`c${index}`, 0)).filter(Boolean).length;
  expect(taken).toBe(BURST - 3);
  time += REFILL_MS;
  expect([may('d', 0), may('e', 0)]).toEqual([true, false]);
});
