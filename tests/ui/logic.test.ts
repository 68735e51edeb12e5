import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ArgumentKind, CommandView } from '../../src/contract/views.ts';
import { complete, usageHint } from '../../src/ui/chat/completion.ts';
import { MAX_SEGMENTS, parseFormatting, stripFormatting } from '../../src/ui/chat/formatting.ts';
import { pieces } from '../../src/ui/chat/links.ts';
import { groupMembers } from '../../src/ui/chat/memberGroups.ts';
import { merge } from '../../src/ui/chat/mergeLines.ts';
import { mircColour } from '../../src/ui/chat/mircColours.ts';
import { nickShades } from '../../src/ui/chat/nickColour.ts';
import { onOneLine, pasteQuestion, secondsWords, sendQuestion } from '../../src/ui/chat/paste.ts';
import { buildRows, MAX_CONDENSED_NAMES, summarise } from '../../src/ui/chat/rows.ts';
import { visible, visibleName } from '../../src/ui/chat/visible.ts';
import { recogniseAddress } from '../../src/ui/contacts/address.ts';
import { neighbour, sidebarContent, walk } from '../../src/ui/network/sidebarOrder.ts';
import { contrast, darkBackground, lightBackground, MIN_CONTRAST, readable } from '../../src/ui/shared/contrast.ts';
import { shortcutFor, shortcuts } from '../../src/ui/shared/shortcuts.ts';
import { buffer, message, messageId, server } from './scenes.ts';

const blob = 'QUJD'.repeat(200);

describe('formatting', () => {
  it('reads every code of mIRC and gives plain text back', () => {
    const parsed = parseFormatting('a\u0002b\u001dc\u001fd\u001ee\u0011f\u000fg');
    expect(parsed.map(({ text }) => text)).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g']);
    expect(parsed[5]?.style).toMatchObject({ bold: true, italic: true, underline: true, strike: true, mono: true });
    expect(parsed[6]?.style).toMatchObject({ bold: false, italic: false, mono: false });
  });

  it('reads colours, their two digits, backgrounds, hex colours and resets', () => {
    const [red, both, kept, hex, none] = parseFormatting('\u00034red\u000304,12both\u000309kept back\u0004ff8800hex\u0003none');
    expect(red).toMatchObject({ text: 'red', style: { foreground: '#ff0000', background: null } });
    expect(both).toMatchObject({ text: 'both', style: { foreground: '#ff0000', background: '#0000fc' } });
    expect(kept?.style).toMatchObject({ foreground: '#00fc00', background: '#0000fc' });
    expect(hex?.style.foreground).toBe('#ff8800');
    expect(none?.style).toMatchObject({ foreground: null, background: null });
  });

  it('knows 99 colours, and treats 99 as the default', () => {
    expect(mircColour(0)).toBe('#ffffff');
    expect(mircColour(16)).toBe('#470000');
    expect(mircColour(98)).toBe('#ffffff');
    expect(mircColour(99)).toBeNull();
  });

  it('stays bounded under ten thousand codes and loses no text', () => {
    const hostile = Array.from({ length: 10_000 }, (_, index) => `\u0002x\u0003${index % 100},5`).join('');
    const parsed = parseFormatting(hostile);
    expect(parsed.length).toBeLessThanOrEqual(MAX_SEGMENTS);
    expect(parsed.map(({ text }) => text).join('')).toBe('x'.repeat(10_000));
  });

  it('never lets a control character through, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
        for (const shown of [stripFormatting(text), ...pieces(text).map((piece) => piece.text)]) {
          // eslint-disable-next-line no-control-regex -- what must not be there
          expect(shown).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
        }
        expect(
          pieces(text)
            .map((piece) => piece.text)
            .join(''),
        ).toBe(
          parseFormatting(text)
            .map((segment) => segment.text)
            .join(''),
        );
      }),
      { numRuns: 300 },
    );
  });

  it('drops directional overrides and shows a line break in a name', () => {
    expect(visible('ab\u202ecd\u0007')).toBe('abcd\u2407');
    expect(visibleName('two\nlines')).toBe('two\u240alines');
  });
});

describe('links', () => {
  const targets = (text: string) => pieces(text).flatMap(({ target }) => (target === null ? [] : [target.href]));

  it('finds what may be opened and nothing else', () => {
    expect(targets('see https://a.example/x and irc://irc.example/room')).toEqual(['https://a.example/x', 'irc://irc.example/room']);
    expect(targets('javascript:alert(1) file:///etc/passwd data:text/html,x ftp://a.example')).toEqual([]);
  });

  it('refuses addresses that carry a name before the host', () => {
    expect(targets('https://bank.example@evil.example/')).toEqual([]);
  });

  it('offers to connect for a sotto: link', () => {
    expect(pieces('write me: sotto:abcDEF123').at(-1)?.target).toEqual({ kind: 'address', href: 'sotto:abcDEF123' });
  });

  it('keeps a link whole when its formatting changes inside', () => {
    const linked = pieces('https://a.example/\u0002bold').filter(({ target }) => target !== null);
    expect(linked.map(({ text }) => text)).toEqual(['https://a.example/', 'bold']);
    expect(new Set(linked.map(({ target }) => target?.href)).size).toBe(1);
  });
});

describe('colours', () => {
  it('gives every nick at least 4.5:1 on both pages', () => {
    for (let index = 0; index < 500; index += 1) {
      const shades = nickShades(`nick-${index.toString(36)}`);
      expect(contrast(shades.light, lightBackground)).toBeGreaterThanOrEqual(MIN_CONTRAST);
      expect(contrast(shades.dark, darkBackground)).toBeGreaterThanOrEqual(MIN_CONTRAST);
      // The background of a highlighted line.
      expect(contrast(shades.light, '#fdf3da')).toBeGreaterThanOrEqual(MIN_CONTRAST);
      expect(contrast(shades.dark, '#2f2a1d')).toBeGreaterThanOrEqual(MIN_CONTRAST);
    }
  });

  it('is stable and tells nicks apart, but not a nick from itself with an underscore', () => {
    expect(nickShades('alda')).toEqual(nickShades('Alda_'));
    expect(new Set(Array.from({ length: 200 }, (_, index) => nickShades(`n${index}x`).light)).size).toBeGreaterThan(10);
  });

  it('moves any colour until it can be read', () => {
    for (let code = 0; code < 99; code += 1) {
      const colour = mircColour(code) ?? '';
      for (const background of [lightBackground, darkBackground, '#ff0000', '#00fc00']) {
        expect(contrast(readable(colour, background), background)).toBeGreaterThanOrEqual(MIN_CONTRAST);
      }
    }
  });
});

describe('rows', () => {
  const kinds = (messages: Parameters<typeof buildRows>[0], after: Parameters<typeof buildRows>[1] = null) =>
    buildRows(messages, after).map(({ kind }) => kind);

  it('puts a separator before each day', () => {
    const next = message(2, 1, 'b', 'x', { time: message(1, 1, 'a', 'x').time + 86_400_000 });
    expect(kinds([message(1, 1, 'a', 'x'), next])).toEqual(['date', 'line', 'date', 'line']);
  });

  it('condenses two or more comings and goings, and leaves one alone', () => {
    expect(kinds([message(1, 1, 'a', '', { kind: 'join' }), message(2, 1, 'b', '', { kind: 'quit' }), message(3, 1, 'c', 'hi')])).toEqual([
      'date',
      'condensed',
      'line',
    ]);
    expect(kinds([message(1, 1, 'a', '', { kind: 'join' }), message(3, 1, 'c', 'hi')])).toEqual(['date', 'line', 'line']);
  });

  it('marks the first unread line once, before what somebody else said', () => {
    const rows = buildRows(
      [
        message(1, 1, 'a', 'old'),
        message(2, 1, 'me', 'mine', { self: true }),
        message(3, 1, 'b', '', { kind: 'join' }),
        message(4, 1, 'b', 'new'),
        message(5, 1, 'b', 'newer'),
      ],
      messageId(1),
    );
    expect(rows.map(({ kind }) => kind)).toEqual(['date', 'line', 'line', 'line', 'unread', 'line', 'line']);
  });

  it('sums up who came, went, passed by and came back', () => {
    const move = (id: number, kind: 'join' | 'part' | 'quit', nick: string) => message(id, 1, nick, '', { kind });
    const found = summarise([
      move(1, 'join', 'a'),
      move(2, 'join', 'b'),
      move(3, 'part', 'b'),
      move(4, 'quit', 'c'),
      move(5, 'join', 'c'),
      message(6, 1, 'd', '', { kind: 'nick', subject: 'e' }),
    ]);
    expect(found).toEqual([
      { kind: 'joined', names: ['a'], more: 0 },
      { kind: 'returned', names: ['c'], more: 0 },
      { kind: 'passed', names: ['b'], more: 0 },
      { kind: 'renamed', names: ['d → e'], more: 0 },
    ]);
    const crowd = summarise(Array.from({ length: 40 }, (_, index) => move(index + 1, 'join', `n${index}`)));
    expect(crowd[0]?.names.length).toBe(MAX_CONDENSED_NAMES);
    expect(crowd[0]?.more).toBe(40 - MAX_CONDENSED_NAMES);
  });

  it('merges pages and live lines by place, each once', () => {
    const one = message(1, 1, 'a', 'x');
    const two = message(2, 1, 'a', 'y');
    const three = message(3, 1, 'a', 'z');
    expect(merge([one, three], [two, three]).map(({ id }) => id)).toEqual([1, 2, 3]);
  });
});

describe('completion', () => {
  const command = (name: string, kinds: ArgumentKind[], aliases: string[] = []): CommandView => ({
    name,
    aliases,
    usage: `/${name} …`,
    help: '',
    arguments: kinds,
  });
  const candidates = {
    nicks: ['thistle', 'thorn', 'Alda'],
    channels: ['#garden', '#games'],
    contacts: ['Theo'],
    commands: [
      command('join', ['channel', 'word'], ['j']),
      command('me', ['text']),
      command('msg', ['target', 'text']),
      command('introduce', ['contact']),
      command('help', ['command']),
      command('mode', ['channel', 'mode', 'nick']),
      command('ban', ['mask', 'text']),
    ],
  };

  it('completes a nick with ": " at the start and " " elsewhere, without minding the case', () => {
    expect(complete('al', 2, candidates, null, 1)).toMatchObject({ text: 'Alda: ', cursor: 6 });
    expect(complete('ask al now', 6, candidates, null, 1)).toMatchObject({ text: 'ask Alda now', cursor: 8 });
  });

  it('cycles both ways and begins anew after a change', () => {
    const first = complete('th', 2, candidates, null, 1);
    expect(first?.text).toBe('thistle: ');
    const second = complete('thistle: ', 9, candidates, first, 1);
    expect(second?.text).toBe('thorn: ');
    expect(complete('thorn: ', 7, candidates, second, 1)?.text).toBe('thistle: ');
    expect(complete('thistle: ', 9, candidates, first, -1)?.text).toBe('thorn: ');
    expect(complete('thistle: a', 10, candidates, first, 1)?.text).toBe('thistle: Alda ');
  });

  it('completes channels and commands, and leaves the rest to the Tab key', () => {
    expect(complete('/join #ga', 9, candidates, null, 1)?.text).toBe('/join #garden ');
    expect(complete('/jo', 3, candidates, null, 1)?.text).toBe('/join ');
    expect(complete('zzz', 3, candidates, null, 1)).toBeNull();
    expect(complete('//jo', 4, candidates, null, 1)).toBeNull();
    expect(complete('', 0, candidates, null, 1)).toBeNull();
  });

  it('completes what a command takes at the place of the cursor', () => {
    const first = (text: string) => complete(text, text.length, candidates, null, 1)?.text ?? null;
    expect(first('/msg th')).toBe('/msg thistle ');
    expect(first('/msg #ga')).toBe('/msg #garden ');
    expect(first('/msg thistle is al')).toBe('/msg thistle is Alda ');
    expect(first('/j ')).toBe('/j #garden ');
    expect(first('/join #garden al')).toBeNull();
    expect(first('/introduce t')).toBe('/introduce Theo ');
    expect(first('/help in')).toBe('/help introduce ');
    expect(first('/mode #garden +')).toBe('/mode #garden +o ');
    expect(first('/mode #garden +o al')).toBe('/mode #garden +o Alda ');
    expect(first('/ban al')).toBe('/ban Alda!*@* ');
    expect(first('/introduce Theo al')).toBeNull();
    expect(first('/unknown al')).toBe('/unknown Alda ');
  });

  it('shows how a command is used while it is typed', () => {
    const usage = (text: string) => usageHint(text, candidates.commands)?.usage ?? null;
    expect([usage('/join'), usage('/J #ga'), usage('/intro'), usage('/help ')]).toEqual(['/join …', '/join …', '/introduce …', '/help …']);
    expect([usage('/m'), usage('/'), usage('//join'), usage('join'), usage('/zzz'), usage('/me a\nb')]).toEqual(Array(6).fill(null));
  });
});

describe('addresses and pastes', () => {
  it('recognises a blob in both alphabets, broken lines and links, and no ordinary text', () => {
    expect(recogniseAddress(` ${blob}\n`)).toBe(blob);
    expect(recogniseAddress(`${blob.slice(0, 300)}\n${blob.slice(300)}`)).toBe(blob);
    expect(recogniseAddress('sotto:abc')).toBe('sotto:abc');
    expect(recogniseAddress('an ordinary sentence')).toBeNull();
    expect(recogniseAddress('https://a.example/')).toBeNull();
    expect(recogniseAddress('A'.repeat(20_000))).toBeNull();
  });

  it('asks before a route or many lines go into a conversation', () => {
    expect(pasteQuestion(blob)).toBe(blob);
    expect(pasteQuestion('1\n2\n3\n4\n5\n')).toBeNull();
    const six = '1\n2\n\n3\r\n4\n5\n6\n';
    expect(sendQuestion(six, 'channel', false)).toEqual({ lines: 6, seconds: 4, isOne: false });
    expect(sendQuestion(six, 'query', true)).toEqual({ lines: 6, seconds: 0, isOne: true });
    expect(sendQuestion('1\n2\n3\n4\n5\n', 'channel', false)).toBeNull();
    expect(sendQuestion(six, 'private', false)).toBeNull();
    expect(sendQuestion(`/me ${six}`, 'channel', false)).toBeNull();
    expect(sendQuestion(`//${six}`, 'channel', false)).not.toBeNull();
    expect([secondsWords(1), secondsWords(59), secondsWords(60), secondsWords(125)]).toEqual([
      'about 1 second',
      'about 59 seconds',
      'about 1 minute',
      'about 2 minutes and 5 seconds',
    ]);
    expect(onOneLine('a \n b\r\nc\n')).toBe('a b c');
  });
});

describe('lists', () => {
  it('groups people by their status and sorts them by name', () => {
    const member = (nick: string, prefix = '') => ({ nick, prefix, away: false, account: null });
    const rows = groupMembers([member('zoe'), member('Bob', '@+'), member('al'), member('eve', '+')]);
    expect(rows.map((row) => (row.kind === 'heading' ? row.words : row.member.nick))).toEqual([
      'Operators',
      'Bob',
      'Voiced',
      'eve',
      'People',
      'al',
      'zoe',
    ]);
  });

  it('walks the sidebar from top to bottom and around its ends', () => {
    const list = walk(
      sidebarContent(
        [server()],
        [
          buffer(3, '#b'),
          buffer(2, '#a', { unread: 1 }),
          buffer(1, 'Libera', { kind: 'server' }),
          buffer(9, 'Ines', { kind: 'private', server: null }),
        ],
      ),
    );
    expect(list.map(({ name }) => name)).toEqual(['Libera', '#a', '#b', 'Ines']);
    const all = () => true;
    expect(neighbour(list, 9, 1, all)?.id).toBe(1);
    expect(neighbour(list, 1, -1, all)?.id).toBe(9);
    expect(neighbour(list, 9, 1, ({ unread }) => unread > 0)?.id).toBe(2);
    expect(neighbour(list, null, 1, all)?.id).toBe(1);
    expect(neighbour(list, null, -1, all)?.id).toBe(9);
    expect(neighbour([], null, 1, all)).toBeNull();
  });

  it('binds every shortcut once and finds each by its keys', () => {
    expect(new Set(shortcuts.map(({ keys }) => keys)).size).toBe(shortcuts.length);
    for (const { id, keys } of shortcuts) {
      const parts = keys.split('+');
      const last = parts.at(-1) ?? '';
      const letter = /^[A-Z]$/.test(last);
      expect(
        shortcutFor({
          key: letter && !parts.includes('Shift') ? last.toLowerCase() : last,
          code: letter ? `Key${last}` : last,
          ctrlKey: parts.includes('Ctrl'),
          altKey: parts.includes('Alt'),
          shiftKey: parts.includes('Shift'),
          metaKey: false,
        }),
      ).toBe(id);
    }
    const plain = { key: 'k', code: 'KeyK', ctrlKey: false, altKey: false, shiftKey: false, metaKey: false };
    expect(shortcutFor(plain)).toBeNull();
    expect(shortcutFor({ ...plain, ctrlKey: true, shiftKey: true, key: 'K' })).toBeNull();
  });
});
