/** What a line is cut into: the facts of ircdocs/parser-tests (msg-split, userhost-split) in cases of our own. */
import { describe, expect, test } from 'vitest';
import { parseLine, source } from '../../../src/irc/wire/parse.ts';

interface Case {
  tags?: Record<string, string>;
  source?: string;
  command: string;
  params?: string[];
}

const cases: [fact: string, line: string, parts: Case][] = [
  ['words are parameters', 'ping one two three', { command: 'PING', params: ['one', 'two', 'three'] }],
  ['a source comes first', ':ada ping one two three', { source: 'ada', command: 'PING', params: ['one', 'two', 'three'] }],
  ['the last parameter may hold spaces', 'ping one two :three four', { command: 'PING', params: ['one', 'two', 'three four'] }],
  ['the last parameter may be empty', 'ping one two :', { command: 'PING', params: ['one', 'two', ''] }],
  ['the last parameter may begin with a colon', 'ping one two ::three', { command: 'PING', params: ['one', 'two', ':three'] }],
  ['source and spaces', ':ada ping one two :three four', { source: 'ada', command: 'PING', params: ['one', 'two', 'three four'] }],
  [
    'spaces at both ends stay',
    ':ada ping one two :  three four ',
    { source: 'ada', command: 'PING', params: ['one', 'two', '  three four '] },
  ],
  ['colons inside the last one stay', ':ada PRIVMSG one :well :) ', { source: 'ada', command: 'PRIVMSG', params: ['one', 'well :) '] }],
  ['source and nothing at the end', ':ada ping one two :', { source: 'ada', command: 'PING', params: ['one', 'two', ''] }],
  ['only spaces at the end', ':ada ping one two :  ', { source: 'ada', command: 'PING', params: ['one', 'two', '  '] }],
  ['tags with and without value', '@x=y;n=32;flag;id=q7 ping', { tags: { x: 'y', n: '32', flag: '', id: 'q7' }, command: 'PING' }],
  ['escapes of tag values', '@x=y\\\\or\\nz;n=7\\s8;d=en\\:d ping', { tags: { x: 'y\\or\nz', n: '7 8', d: 'en;d' }, command: 'PING' }],
  [
    'empty tag values, and a source',
    '@c;h=;a=b :ada ping x',
    { tags: { c: '', h: '', a: 'b' }, source: 'ada', command: 'PING', params: ['x'] },
  ],
  ['a channel without a colon', ':ada JOIN #room', { source: 'ada', command: 'JOIN', params: ['#room'] }],
  ['a channel with a colon', ':ada JOIN :#room', { source: 'ada', command: 'JOIN', params: ['#room'] }],
  ['no parameters', ':ada AWAY', { source: 'ada', command: 'AWAY' }],
  ['a space at the end is no parameter', ':ada AWAY ', { source: 'ada', command: 'AWAY' }],
  ['a tab is part of a word', ':ad\ta ping one two', { source: 'ad\ta', command: 'PING', params: ['one', 'two'] }],
  [
    'colour codes in a host',
    ':ada!al@ho\u00035s\u0003t.name PRIVMSG one :two three',
    { source: 'ada!al@ho\u00035s\u0003t.name', command: 'PRIVMSG', params: ['one', 'two three'] },
  ],
  [
    'more formatting in a host',
    ':ada!~al@h\u0002o\u000305s\u000ft.name PRIVMSG one :two three',
    { source: 'ada!~al@h\u0002o\u000305s\u000ft.name', command: 'PRIVMSG', params: ['one', 'two three'] },
  ],
  [
    'vendors, a source and parameters',
    '@a=v;b;net.example/c=w;org.example/d= :irc.example.org word p q :r s',
    {
      tags: { a: 'v', b: '', 'net.example/c': 'w', 'org.example/d': '' },
      source: 'irc.example.org',
      command: 'WORD',
      params: ['p', 'q', 'r s'],
    },
  ],
  ['a source and parameters', ':irc.example.org word p q :r s', { source: 'irc.example.org', command: 'WORD', params: ['p', 'q', 'r s'] }],
  [
    'vendors and parameters',
    '@a=v;b;net.example/c=w;org.example/d word p q :r s',
    { tags: { a: 'v', b: '', 'net.example/c': 'w', 'org.example/d': '' }, command: 'WORD', params: ['p', 'q', 'r s'] },
  ],
  ['a command alone', 'WORD', { command: 'WORD' }],
  ['many escapes in a row', '@x=\\\\\\\\\\:\\\\s\\s\\r\\n WORD', { tags: { x: '\\\\;\\s \r\n' }, command: 'WORD' }],
  [
    'two spaces between parameters are one',
    ':irc.example.org 432  #room :Bad nick: letters',
    { source: 'irc.example.org', command: '432', params: ['#room', 'Bad nick: letters'] },
  ],
  [
    'a space after the last word',
    ':irc.example.org MODE #room +n ',
    { source: 'irc.example.org', command: 'MODE', params: ['#room', '+n'] },
  ],
  [
    'two spaces after the last word',
    ':irc.example.org MODE #a-b +o ada  ',
    { source: 'irc.example.org', command: 'MODE', params: ['#a-b', '+o', 'ada'] },
  ],
  ['an escaped backslash before n', '@x=val\\\\nue WORD', { tags: { x: 'val\\nue' }, command: 'WORD' }],
  ['an escape that means nothing loses its backslash', '@x=val\\1 WORD', { tags: { x: 'val1' }, command: 'WORD' }],
  ['a backslash at the end goes', '@x=val1\\ WORD', { tags: { x: 'val1' }, command: 'WORD' }],
  ['the last of two tags counts', '@x=1;y=3;z=4;x=5 WORD', { tags: { x: '5', y: '3', z: '4' }, command: 'WORD' }],
  [
    'a vendor makes another key',
    '@x=1;y=3;z=4;x=5;net.example/y=8 WORD',
    { tags: { x: '5', y: '3', z: '4', 'net.example/y': '8' }, command: 'WORD' },
  ],
  ['modes in a last parameter', ':ada MODE #room :+i', { source: 'ada', command: 'MODE', params: ['#room', '+i'] }],
  ['names in a last parameter', ':ada MODE #room +oo bob :cee', { source: 'ada', command: 'MODE', params: ['#room', '+oo', 'bob', 'cee'] }],
  // Beyond the collection.
  ['tag keys are compared as they stand', '@Key=1;key=2 WORD', { tags: { Key: '1', key: '2' }, command: 'WORD' }],
  ['a tag without a key is none', '@=1;;x=2; WORD', { tags: { x: '2' }, command: 'WORD' }],
  ['an equals sign in a value', '@x=a=b WORD', { tags: { x: 'a=b' }, command: 'WORD' }],
  [
    'names of objects are only names',
    '@__proto__=1;constructor=2 WORD',
    { tags: { ['__proto__']: '1', constructor: '2' }, command: 'WORD' },
  ],
];

const full = (origin: ReturnType<typeof source> | null): string | undefined =>
  origin === null
    ? undefined
    : `${origin.nick}${origin.user === null ? '' : `!${origin.user}`}${origin.host === null ? '' : `@${origin.host}`}`;

describe('splitting lines', () => {
  test.each(cases)('%s', (_fact, line, expected) => {
    const parsed = parseLine(line);
    expect(parsed).not.toBeNull();
    expect([...(parsed?.tags ?? [])].sort()).toEqual(Object.entries(expected.tags ?? {}).sort());
    expect(full(parsed?.source ?? null)).toBe(expected.source);
    expect([parsed?.command, parsed?.params]).toEqual([expected.command, expected.params ?? []]);
  });
  test('a tag section of 8,191 characters is read, a longer one is refused', () => {
    const tag = `@x=${'y'.repeat(8_191 - 4)}`;
    expect(parseLine(`${tag} WORD`)?.tags.get('x')).toHaveLength(8_187);
    expect(parseLine(`${tag}y WORD`)).toBeNull();
  });
  test('no more than 64 parameters are kept', () => {
    expect(parseLine(`WORD ${'x '.repeat(4_000)}`)?.params).toHaveLength(64);
  });
});

describe('splitting sources', () => {
  test.each([
    ['ada', 'ada', null, null],
    ['ada!al@127.0.0.1', 'ada', 'al', '127.0.0.1'],
    ['ada!~al@localhost', 'ada', '~al', 'localhost'],
    ['ada@127.0.0.1', 'ada', null, '127.0.0.1'],
    ['ada!al', 'ada', 'al', null],
    ['ada!al@ho\u00035s\u0003t.name', 'ada', 'al', 'ho\u00035s\u0003t.name'],
    ['ada!~al@h\u0002o\u000305s\u000ft.name', 'ada', '~al', 'h\u0002o\u000305s\u000ft.name'],
  ])('%j', (text, nick, user, host) => {
    expect(source(text)).toEqual({ nick, user, host, server: false });
  });
});
