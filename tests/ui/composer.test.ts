/** The input: typing notices, many lines, command completion with its hint. */
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { ContractError } from '../../src/contract/errors.ts';
import { createTyping, PAUSE_AFTER, SHOWN_FOR, typingWords } from '../../src/ui/chat/typing.svelte.ts';
import { bufferId, message, modernCore, server, allFeatures } from './scenes.ts';
import { accessible, calls, stage } from './stage.ts';

const input = () => page.getByRole('textbox', { name: /^Message to/ });

describe('who is typing', () => {
  it('stands above the input until they say something, stop, or are not heard of', async () => {
    const core = modernCore();
    await stage(core);
    await expect.element(input()).toBeVisible();
    const place = input().element().getBoundingClientRect().top;
    const hear = (nick: string, state: 'active' | 'paused' | 'done'): void => {
      core.emit('typing', { buffer: bufferId(2), nick, state });
    };
    hear('wren', 'active');
    await expect.element(page.getByText(/^\u2068wren\u2069 is typing…$/)).toBeVisible();
    hear('alda', 'active');
    hear('brisk', 'active');
    await expect.element(page.getByText(/wren\u2069, \u2068alda\u2069 and \u2068brisk\u2069 are typing…/)).toBeVisible();
    expect(input().element().getBoundingClientRect().top).toBe(place);
    await accessible();
    core.emit('messages', { buffer: bufferId(2), messages: [message(50, 2, 'wren', 'said')] });
    hear('alda', 'done');
    await expect.element(page.getByText(/^\u2068brisk\u2069 is typing…$/)).toBeVisible();
    await expect.element(page.getByText(/is typing…/), { timeout: SHOWN_FOR + 4_000 }).not.toBeInTheDocument();
  });

  it('is said of any number in one line, and no flood of nicks is remembered', () => {
    const name = (nick: string): string => nick;
    expect(typingWords([], name)).toBe('');
    expect(typingWords(['ann', 'bob'], name)).toBe('ann and bob are typing…');
    expect(typingWords(['ann', 'bob', 'cat', 'dan'], name)).toBe('ann, bob and 2 others are typing…');
    const typing = createTyping({ connection: { call: () => Promise.reject(new Error('not asked')) }, mayTell: () => true });
    for (let index = 0; index < 10_000; index += 1) typing.heard(bufferId(1), `n${index}`, 'active');
    for (let index = 0; index < 10_000; index += 1) typing.heard(bufferId(index + 2), 'ann', 'active');
    expect(typing.of(bufferId(1)).length).toBeLessThan(100);
    expect(typing.of(bufferId(9_000))).toEqual([]);
  });
});

describe('typing notices of one’s own', () => {
  const told = (core: ReturnType<typeof modernCore>) => calls(core, 'buffer.typing');

  it('are few, pause by themselves, end with the text, and never tell of a command', async () => {
    const core = modernCore();
    await stage(core);
    await input().fill('');
    await userEvent.keyboard('/msg NickServ identify');
    await input().fill('');
    expect(told(core)).toEqual([]);
    await userEvent.keyboard('good morning');
    await expect.poll(() => told(core)).toEqual([{ buffer: 2, state: 'active' }]);
    await expect
      .poll(() => told(core), { timeout: PAUSE_AFTER + 4_000 })
      .toEqual([
        { buffer: 2, state: 'active' },
        { buffer: 2, state: 'paused' },
      ]);
    await userEvent.keyboard('!');
    await expect.poll(() => told(core)).toHaveLength(3);
    await input().fill('');
    await expect.poll(() => told(core).at(-1)).toEqual({ buffer: 2, state: 'done' });
    await userEvent.keyboard('sent{Enter}');
    await expect.poll(() => calls(core, 'buffer.input')).toHaveLength(1);
    // What was sent says that it is done.
    expect(told(core).slice(4)).toEqual([{ buffer: 2, state: 'active' }]);
  });

  it('pause when another buffer is opened', async () => {
    const core = modernCore();
    const app = await stage(core);
    await input().fill('half');
    await expect.poll(() => told(core)).toEqual([{ buffer: 2, state: 'active' }]);
    app.go({ kind: 'buffer', id: bufferId(3) });
    await expect.poll(() => told(core).at(-1)).toEqual({ buffer: 2, state: 'paused' });
  });

  it('are not sent in private conversations, nor where the server does not know them', async () => {
    const core = modernCore();
    const app = await stage(core);
    app.go({ kind: 'buffer', id: bufferId(6) });
    await expect.element(page.getByRole('heading', { name: 'Ines' })).toBeVisible();
    await userEvent.keyboard('for you alone');
    core.emit('server', server({ features: { ...allFeatures, typing: false } }));
    app.go({ kind: 'buffer', id: bufferId(2) });
    await expect.element(page.getByRole('heading', { name: '#gardening' })).toBeVisible();
    await userEvent.keyboard('for all');
    await expect.element(input()).toHaveValue('for all');
    expect(told(core)).toEqual([]);
  });
});

describe('many lines', () => {
  const six = 'one\ntwo\nthree\nfour\nfive\nsix';

  it('are asked about with their number and time; Enter sends, Escape goes back', async () => {
    const core = modernCore();
    await stage(core);
    await input().fill(six);
    await userEvent.keyboard('{Enter}');
    const question = page.getByRole('alertdialog', { name: 'Many lines' });
    await expect
      .element(question.getByText('Send 6 lines to #gardening? Each is a message of its own; it takes about 4 seconds.'))
      .toBeVisible();
    await expect.element(page.getByRole('button', { name: 'Send 6 lines' })).toHaveFocus();
    await accessible();
    await userEvent.keyboard('{Escape}');
    await expect.element(question).not.toBeInTheDocument();
    await expect.element(input()).toHaveFocus();
    await expect.element(input()).toHaveValue(six);
    expect(calls(core, 'buffer.input')).toEqual([]);
    await userEvent.keyboard('{Enter}');
    await expect.element(page.getByRole('button', { name: 'Send 6 lines' })).toHaveFocus();
    await userEvent.keyboard('{Enter}');
    await expect.poll(() => calls(core, 'buffer.input')).toEqual([{ buffer: 2, text: six, replyTo: null }]);
    await expect.element(input()).toHaveValue('');
  });

  it('may become one, and are one message where the server takes them so', async () => {
    const core = modernCore({ ...allFeatures, multiline: true });
    await stage(core);
    await input().fill(six);
    await userEvent.keyboard('{Enter}');
    await expect.element(page.getByText('They go out as one message.', { exact: false })).toBeVisible();
    await page.getByRole('button', { name: 'Make it one line' }).click();
    await expect.element(input()).toHaveValue('one two three four five six');
    await userEvent.keyboard('{Enter}');
    await expect.poll(() => calls(core, 'buffer.input')).toHaveLength(1);
  });
});

describe('a command', () => {
  it('is completed by what it takes, and says how it is used meanwhile', async () => {
    await stage(modernCore());
    await input().fill('/who');
    await expect.element(page.getByText('/whois nick')).toBeVisible();
    await expect.element(page.getByText('Asks the server about a nick.')).toBeVisible();
    await accessible();
    await userEvent.keyboard('{Tab}fen{Tab}');
    await expect.element(input()).toHaveValue('/whois fennel ');
    await input().fill('/msg #l');
    await userEvent.keyboard('{Tab}');
    await expect.element(input()).toHaveValue('/msg #linux ');
    await input().fill('no command');
    await expect.element(page.getByText('/whois nick')).not.toBeInTheDocument();
  });
});

describe('what is typed', () => {
  it('is neither stored as a draft nor given back where it tells a password', async () => {
    const core = modernCore();
    await stage(core);
    await input().fill('/register account mail@example.org hunter2');
    await userEvent.keyboard('{Enter}');
    await expect.poll(() => calls(core, 'buffer.input').length).toBe(1);
    await input().fill('/msg NickServ identify hunter2');
    await userEvent.keyboard('{Enter}');
    await expect.poll(() => calls(core, 'buffer.input').length).toBe(2);
    await input().fill('something harmless');
    await expect.poll(() => JSON.stringify(calls(core, 'buffer.draft'))).toContain('something harmless');
    await userEvent.keyboard('{Enter}');
    await expect.poll(() => calls(core, 'buffer.input').length).toBe(3);
    await userEvent.keyboard('{ArrowUp}{ArrowUp}{ArrowUp}');
    const element = input().element();
    expect(element instanceof HTMLTextAreaElement && element.value).toBe('something harmless');
    expect(JSON.stringify(calls(core, 'buffer.draft'))).not.toContain('hunter2');
  });

  it('may empty the view, which is full again when the conversation is opened anew', async () => {
    const core = modernCore();
    core.handlers['buffer.input'] = () => Promise.resolve({ focus: null, copy: null, note: null, clear: true });
    core.messages.set(bufferId(2), [message(40, 2, 'wren', 'an old line')]);
    await stage(core);
    await expect.element(page.getByText('an old line')).toBeVisible();
    await input().fill('/clear');
    await userEvent.keyboard('{Enter}');
    await expect.element(page.getByText('an old line')).not.toBeInTheDocument();
    await page.getByRole('button', { name: /^#linux/ }).click();
    await page.getByRole('button', { name: /^#gardening/ }).click();
    await expect.element(page.getByText('an old line')).toBeVisible();
  });
});

describe('sending faster than the core answers', () => {
  const sent = (core: ReturnType<typeof modernCore>) =>
    calls(core, 'buffer.input').map((call) => v.parse(v.object({ text: v.string() }), call).text);
  const result = { focus: null, copy: null, note: null };

  it('sends each text once, in the order it was typed', async () => {
    const core = modernCore();
    const first = Promise.withResolvers<undefined>();
    core.handlers['buffer.input'] = async ({ text }) => {
      if (text === 'one') await first.promise;
      return result;
    };
    await stage(core);
    await input().fill('one');
    await userEvent.keyboard('{Enter}two{Enter}three{Enter}');
    await expect.element(input()).toHaveValue('');
    expect(sent(core)).toEqual(['one']);
    first.resolve(undefined);
    await expect.poll(() => sent(core)).toEqual(['one', 'two', 'three']);
  });

  it('gives back what was not sent, in its order, when the first of them fails', async () => {
    const core = modernCore();
    const first = Promise.withResolvers<typeof result>();
    core.handlers['buffer.input'] = () => first.promise;
    await stage(core);
    await input().fill('one');
    await userEvent.keyboard('{Enter}two{Enter}half');
    await expect.poll(() => sent(core)).toEqual(['one']);
    first.reject(new ContractError('unavailable', 'Not connected.'));
    await expect.element(input()).toHaveValue('one\ntwo\nhalf');
    await expect.element(page.getByText('Not connected.', { exact: false })).toBeVisible();
    expect(sent(core)).toEqual(['one']);
  });
});
