import { describe, expect, it } from 'vitest';
import {
  cutForConcat,
  groupPieces,
  MAX_OPEN_MESSAGES,
  multilineLimits,
  MULTILINE_TIMEOUT_MS,
} from '../../../src/irc/session/extensions/multiline.ts';
import { modern } from './support.ts';

const example = [
  '@msgid=xxx;account=account;time=2026-06-01T11:59:00.000Z;+reply=abc :n!u@h BATCH +123 draft/multiline #room',
  '@batch=123 :n!u@h PRIVMSG #room hello',
  '@batch=123 :n!u@h PRIVMSG #room :',
  '@batch=123 :n!u@h PRIVMSG #room :how is ',
  '@batch=123;draft/multiline-concat :n!u@h PRIVMSG #room :everyone?',
  ':irc.test BATCH -123',
];

describe('IRCv3 multiline', () => {
  it('puts a message together when its batch ends, with the tags of the opening line', () => {
    const { feed, of } = modern();
    feed(...example.slice(0, -1));
    expect(of('text')).toEqual([]);
    feed(...example.slice(-1));
    expect(of('text')).toMatchObject([
      {
        target: '#room',
        form: 'privmsg',
        text: 'hello\n\nhow is everyone?',
        msgid: 'xxx',
        from: { nick: 'n', account: 'account' },
        tags: { replyTo: 'abc' },
        time: Date.parse('2026-06-01T11:59:00.000Z'),
        historic: false,
      },
    ]);
  });

  it('does the same with NOTICE, and inside a history', () => {
    const { feed, of } = modern();
    feed(
      ':irc.test BATCH +h chathistory #room',
      ...example.map((line, index) =>
        (index === 0 ? line.replace('@', '@batch=h;') : line.replace('PRIVMSG', 'NOTICE')).replace(
          ':irc.test BATCH -123',
          '@batch=h :irc.test BATCH -123',
        ),
      ),
      ':irc.test BATCH -h',
    );
    expect(of('text')).toMatchObject([{ form: 'notice', text: 'hello\n\nhow is everyone?', historic: true }]);
    expect(of('history')).toMatchObject([{ lines: 1 }]);
  });

  it('sends many lines as one batch, the client tags on its opening line and nothing else inside', () => {
    const { session, sent } = modern();
    session.act({ kind: 'text', target: '#room', form: 'privmsg', text: 'hello\n\nhow are you?', replyTo: 'abc' });
    expect(sent).toEqual([
      '@+reply=abc;label=s1 BATCH +m1 draft/multiline #room',
      '@batch=m1 PRIVMSG #room :hello',
      '@batch=m1 PRIVMSG #room :',
      '@batch=m1 PRIVMSG #room :how are you?',
      'BATCH -m1',
    ]);
  });

  it('lets nothing come between the lines of a batch, however slowly lines may go out', () => {
    const { session, sent, clock } = modern({ antiFloodMs: 2_000 });
    for (let index = 0; index < 6; index += 1) session.act({ kind: 'whois', nick: 'ann' });
    session.act({ kind: 'text', target: '#room', form: 'privmsg', text: 'one\ntwo\nthree' });
    for (let index = 0; index < 60; index += 1) {
      session.receive('PING :x');
      clock.advance(500);
    }
    const from = sent.findIndex((line) => line.includes('BATCH +'));
    const to = sent.findIndex((line) => line.startsWith('BATCH -'));
    expect(from).toBeGreaterThan(0);
    expect(sent.slice(from + 1, to).map((line) => line.split(' ')[0])).toEqual(['@batch=m1', '@batch=m1', '@batch=m1']);
  });

  it('shows its own message once, as it comes back', () => {
    const { session, sent, feed, said } = modern();
    session.act({ kind: 'text', target: '#room', form: 'privmsg', text: 'one\ntwo' });
    const label = /label=([^; ]+)/.exec(sent[0] ?? '')?.[1] ?? '';
    expect(said()).toEqual([]);
    feed(
      `@label=${label};msgid=q :me!user@host BATCH +e draft/multiline #room`,
      '@batch=e :me!user@host PRIVMSG #room :one',
      '@batch=e :me!user@host PRIVMSG #room :two',
      ':irc.test BATCH -e',
    );
    expect(said()).toEqual(['#room <me> one\ntwo']);
    session.close();
    expect(said()).toHaveLength(1);
  });

  it('cuts a long line inside a batch so that the pieces joined are the line, and no blank piece is joined', () => {
    const { session, sent } = modern({}, '', 'max-bytes=4000,max-lines=20');
    const text = `${'word '.repeat(200)}end`;
    session.act({ kind: 'text', target: '#room', form: 'privmsg', text });
    const lines = sent.filter((line) => line.includes('PRIVMSG'));
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.map((line) => line.slice(line.indexOf(' :') + 2)).join('')).toBe(text);
    expect(lines.slice(1).every((line) => line.startsWith('@batch=m1;draft/multiline-concat '))).toBe(true);
    expect(lines.every((line) => !line.endsWith(' :') && line.replace(/^@\S+ /, '').length <= 510)).toBe(true);
    expect(cutForConcat('ééé', 3).map((piece) => piece.text)).toEqual(['é', 'é', 'é']);
  });

  it('keeps to max-lines and max-bytes of the server with several messages, none of them blank', () => {
    const { session, sent } = modern({}, '', 'max-bytes=10,max-lines=2');
    session.act({ kind: 'text', target: '#room', form: 'privmsg', text: 'aaaa\nbbbb\ncccccccc\n\n\n\ndd' });
    const texts = sent.filter((line) => line.includes('PRIVMSG')).map((line) => line.slice(line.indexOf(' :') + 2));
    expect(texts).toEqual(['aaaa', 'bbbb', 'cccccccc', 'dd']);
    expect(sent.filter((line) => line.includes('BATCH +'))).toHaveLength(1);
    expect(
      groupPieces(
        ['', '', ''].map((text) => ({ text, concat: false })),
        { bytes: 10, lines: 5 },
      ),
    ).toEqual([]);
  });

  it('sends one line each where the server has no multiline, an action, or one line only', () => {
    const plain = modern({}, 'draft/multiline labeled-response');
    plain.session.act({ kind: 'text', target: '#room', form: 'privmsg', text: 'one\n\ntwo', replyTo: 'abc' });
    expect(plain.sent).toEqual(['@+reply=abc PRIVMSG #room :one', 'PRIVMSG #room :two']);
    const other = modern({}, 'labeled-response');
    other.session.act({ kind: 'text', target: '#room', form: 'privmsg', text: 'one' });
    other.session.act({ kind: 'text', target: '#room', form: 'action', text: 'waves\nbows' });
    expect(other.sent).toEqual(['PRIVMSG #room :one', 'PRIVMSG #room :\u0001ACTION waves\u0001', 'PRIVMSG #room :\u0001ACTION bows\u0001']);
  });

  it('reads the limits of a server, and takes a value without max-bytes for no offer', () => {
    expect(multilineLimits('max-bytes=4096,max-lines=24,future=1')).toEqual({ bytes: 4096, lines: 24 });
    expect(multilineLimits('max-bytes=100')).toEqual({ bytes: 100, lines: 500 });
    expect(multilineLimits('max-bytes=999999999,max-lines=999999999')).toEqual({ bytes: 40_000, lines: 500 });
    for (const value of [undefined, '', 'max-lines=5', 'max-bytes=0', 'max-bytes=-1', 'max-bytes=many'])
      expect(multilineLimits(value)).toBeNull();
  });

  it('leaves out lines of another target, another command or no text', () => {
    const { feed, said } = modern();
    feed(
      ':n!u@h BATCH +1 draft/multiline #room',
      '@batch=1 :n!u@h PRIVMSG #room :this starts with a PRIVMSG',
      '@batch=1 :n!u@h NOTICE #room :but ends with a NOTICE',
      '@batch=1 :n!u@h PRIVMSG #other :elsewhere',
      '@batch=1 :n!u@h JOIN #room',
      ':irc.test BATCH -1',
    );
    expect(said()).toEqual(['#room <n> this starts with a PRIVMSG']);
  });

  it('names a message that never ends, and forgets it', () => {
    const { feed, of, clock, said } = modern();
    for (let index = 0; index < MAX_OPEN_MESSAGES + 5; index += 1)
      feed(`:n!u@h BATCH +${index} draft/multiline #room`, `@batch=${index} :n!u@h PRIVMSG #room :part`);
    clock.advance(MULTILINE_TIMEOUT_MS + 1);
    expect(of('server')).toHaveLength(MAX_OPEN_MESSAGES);
    feed(':irc.test BATCH -1');
    expect(said()).toEqual([]);
  });
});
