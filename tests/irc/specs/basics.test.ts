/** What other specifications stand on, by the facts of their texts. */
import { describe, expect, it } from 'vitest';
import { parseLine } from '../../../src/irc/wire/parse.ts';
import { createLink } from '../../../src/irc/wire/link.ts';
import { createLineReader } from '../../../src/irc/wire/reader.ts';
import { harness, NOW, onlineHarness } from '../../support/irc/session.ts';

const texts = ({ events }: ReturnType<typeof harness>) => events.filter((event) => event.kind === 'text');

describe('IRCv3 message-tags', () => {
  it('takes a section of 8,191 bytes before a line of 512, and knows no tag it need not know', () => {
    const tags = `@+x=${'y'.repeat(8_191 - 5)}`;
    const lines: string[] = [];
    const reader = createLineReader((line) => lines.push(line));
    const rest = `:ann!a@h PRIVMSG #room :${'z'.repeat(512 - 26)}\r\n`;
    expect(reader.push(new TextEncoder().encode(`${tags} ${rest}`))).toBe(true);
    expect(parseLine(lines[0] ?? '')?.params[1]).toHaveLength(486);
    const made = onlineHarness();
    made.feed('@unknown;example.org/also=1;+client=x :ann!a@h PRIVMSG #room :hello', '@+unknown=1 :ann!a@h TAGMSG #room');
    expect(texts(made)).toMatchObject([{ text: 'hello', target: '#room' }]);
    expect(made.events).toHaveLength(1);
  });
  it('sends client tags only where the server takes tags', () => {
    const without = onlineHarness({ typing: () => ({ share: true, show: true }) }, 'batch');
    without.session.act({ kind: 'typing', target: '#room', state: 'active' });
    expect(without.sent.filter((line) => line.startsWith('@'))).toEqual([]);
  });
});

describe('IRCv3 server-time', () => {
  it('shows a line at the time the server gives it, and at its arrival where that cannot be', () => {
    const made = onlineHarness();
    made.feed(
      '@time=2026-05-31T23:59:59.123Z :ann!a@h TOPIC #room :x',
      '@time=2026-13-01T00:00:00.000Z :ann!a@h TOPIC #room :y',
      '@time=1970-01-01T00:00:00.000Z :ann!a@h TOPIC #room :z',
      ':ann!a@h TOPIC #room :now',
    );
    const times = made.events.flatMap((event) => (event.kind === 'topic' ? [event.time] : []));
    expect(times).toEqual([Date.UTC(2026, 4, 31, 23, 59, 59, 123), NOW, NOW, NOW]);
  });
});

describe('IRCv3 msgid and echo-message', () => {
  it('an own text is shown once, by its echo, under the id the server gave it', () => {
    const made = onlineHarness();
    made.session.act({ kind: 'text', target: '#room', form: 'privmsg', text: 'mine' });
    expect(texts(made)).toEqual([]);
    made.feed('@msgid=abc :me!user@host PRIVMSG #room :mine');
    expect(texts(made)).toMatchObject([{ text: 'mine', self: true, msgid: 'abc' }]);
  });
});

describe('IRCv3 cap-notify', () => {
  it('asks for what is offered later, and goes without what is withdrawn', () => {
    const made = onlineHarness({}, 'cap-notify message-tags');
    made.feed(':irc.test CAP me NEW :echo-message inspircd.org/poison');
    expect(made.sent).toContain('CAP REQ echo-message');
    made.feed(':irc.test CAP me ACK :echo-message');
    made.session.act({ kind: 'text', target: '#room', form: 'privmsg', text: 'once' });
    expect(texts(made)).toEqual([]);
    made.feed(':me!user@host PRIVMSG #room :once', ':irc.test CAP me DEL :echo-message');
    made.session.act({ kind: 'text', target: '#room', form: 'privmsg', text: 'at sending' });
    expect(texts(made).map(({ text }) => text)).toEqual(['once', 'at sending']);
    expect(made.sent.join('\n')).not.toContain('poison');
  });
});

describe('IRCv3 utf8only', () => {
  it('everything that is sent is UTF-8, whatever was typed', () => {
    const made = onlineHarness({}, 'message-tags');
    made.feed(':irc.test 005 me UTF8ONLY :are supported');
    made.session.act({ kind: 'text', target: '#room', form: 'privmsg', text: 'a\ud800b gr\u00fc\u00dfe' });
    const bytes: Uint8Array[] = [];
    const nothing = (): void => undefined;
    const link = createLink(
      {
        tls: null,
        onData: nothing,
        onClose: nothing,
        send: (piece) => {
          bytes.push(piece);
        },
        waiting: () => 0,
        close: nothing,
        destroy: nothing,
      },
      { onLine: nothing, onClose: nothing },
    );
    for (const line of made.sent) link.write(line);
    const said = bytes.map((piece) => new TextDecoder('utf-8', { fatal: true }).decode(piece));
    expect(said).toEqual(['PRIVMSG #room :a\ufffdb gr\u00fc\u00dfe\r\n']);
  });
  it('a refusal of what is no UTF-8 is said in words', () => {
    const made = onlineHarness({}, 'standard-replies message-tags');
    made.feed(':irc.test FAIL PRIVMSG INVALID_UTF8 :Your message was not UTF-8');
    expect(made.events).toMatchObject([{ kind: 'server', severity: 'error', text: expect.stringContaining('not UTF-8') as string }]);
  });
});

describe('soju.im/SAFERATE', () => {
  it('does not slow itself down where the server does', () => {
    const many = Array.from({ length: 20 }, (_unused, index) => `line ${index}`);
    const send = (token: string): number => {
      const made = onlineHarness({ antiFloodMs: 2_000 }, 'message-tags');
      made.feed(`:irc.test 005 me ${token} :are supported`);
      for (const text of many) made.session.act({ kind: 'text', target: '#room', form: 'privmsg', text });
      return made.sent.filter((line) => line.startsWith('PRIVMSG')).length;
    };
    expect(send('soju.im/SAFERATE')).toBe(many.length);
    expect(send('NETWORK=x')).toBeLessThan(10);
  });
});
