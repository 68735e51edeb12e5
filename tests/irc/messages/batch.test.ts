import { describe, expect, it } from 'vitest';
import { MAX_OPEN_BATCHES } from '../../../src/irc/session/batches.ts';
import { LABEL_TIMEOUT_MS, MAX_LABELS } from '../../../src/irc/session/labels.ts';
import { modern } from './support.ts';

describe('IRCv3 batch', () => {
  it('shows the lines of interleaved batches and those outside of them', () => {
    const { feed, said } = modern();
    feed(
      ':irc.host BATCH +1 example.com/foo',
      '@batch=1 :nick!user@host PRIVMSG #room :Message 1',
      ':irc.host BATCH +2 example.com/foo',
      '@batch=1 :nick!user@host PRIVMSG #room :Message 2',
      '@batch=2 :nick!user@host PRIVMSG #room :Message 4',
      ':nick!user@host PRIVMSG #room :This is not in batch, so processed immediately',
      '@batch=1 :nick!user@host PRIVMSG #room :Message 3',
      ':irc.host BATCH -1',
      '@batch=2 :nick!user@host PRIVMSG #room :Message 5',
      ':irc.host BATCH -2',
    );
    expect(said().map((line) => line.replace(/^#room <nick> (?:Message )?/, ''))).toEqual([
      '1',
      '2',
      '4',
      'This is not in batch, so processed immediately',
      '3',
      '5',
    ]);
  });

  it('lets the users of a netsplit batch leave', () => {
    const { feed, of, session } = modern();
    feed(
      ':irc.host BATCH +yXNAbvnRHTRBv netsplit irc.hub other.host',
      '@batch=yXNAbvnRHTRBv :ann!a@a QUIT :irc.hub other.host',
      '@batch=yXNAbvnRHTRBv :bob!b@b QUIT :irc.hub other.host',
      ':irc.host BATCH -yXNAbvnRHTRBv',
    );
    expect(of('quit').map(({ from, historic }) => [from.nick, historic])).toEqual([
      ['ann', false],
      ['bob', false],
    ]);
    expect(session.members('#room').map(({ nick }) => nick)).toEqual(['me', 'cee']);
  });

  it('reads a history inside another batch as history, and a batch inside a history too', () => {
    const { feed, of } = modern();
    feed(
      ':irc.host BATCH +outer labeled-response',
      '@batch=outer :irc.host BATCH +inner chathistory #room',
      '@batch=inner :irc.host BATCH +innermost example.com/foo',
      '@batch=innermost;time=2026-05-01T10:00:00.000Z :ann!a@h PRIVMSG #room :Hi',
      '@batch=inner :irc.host BATCH -innermost',
      '@batch=outer :irc.host BATCH -inner',
      ':irc.host BATCH -outer',
    );
    expect(of('text')).toMatchObject([{ text: 'Hi', historic: true, target: '#room' }]);
    expect(of('history')).toMatchObject([{ target: '#room', lines: 2 }]);
  });

  it('ends the connection of a server that opens batches without end', () => {
    const { feed, endings } = modern();
    for (let index = 0; index <= MAX_OPEN_BATCHES; index += 1) feed(`:irc.host BATCH +b${index} example.com/foo`);
    expect(endings).toMatchObject([{ kind: 'slow' }]);
  });
});

describe('IRCv3 labeled-response', () => {
  it('knows its own text by the label, also when the server changed it', () => {
    const { feed, session, said, of, lastSent } = modern();
    session.act({ kind: 'text', target: '#room', form: 'privmsg', text: '\u0002Hello!\u0002' });
    const { label } = lastSent('PRIVMSG');
    expect(label).not.toBeNull();
    // The same words from another client of ours do not stand for ours.
    feed(':me!user@host PRIVMSG #room :Hello from afar', `@label=${label ?? ''} :me!user@host PRIVMSG #room :Hello!`);
    expect(said()).toEqual(['#room <me> Hello from afar', '#room <me> Hello!']);
    session.close();
    expect(said()).toHaveLength(2);
    expect(of('server')).toEqual([]);
  });

  it('does not take the words of another client of ours for its own', () => {
    const { feed, session, of, lastSent } = modern();
    session.act({ kind: 'text', target: '#room', form: 'privmsg', text: 'mine' });
    feed(':me!user@host PRIVMSG #room :of the other', `@label=${lastSent('PRIVMSG').label ?? ''} :irc.host 404 me #room :Cannot send`);
    expect(of('server').map(({ text }) => text)).toEqual([expect.stringContaining('Not sent: mine')]);
  });

  it('says which text was refused, and where', () => {
    const { feed, session, of, sent } = modern();
    session.act({ kind: 'text', target: '#room', form: 'privmsg', text: 'first' });
    session.act({ kind: 'text', target: '#room', form: 'privmsg', text: 'second' });
    const label = /label=(\S+)/.exec(sent.at(-1) ?? '')?.[1] ?? '';
    feed(`@label=${label} :irc.host 404 me #room :Cannot send`);
    expect(of('server').at(-1)).toMatchObject({ target: '#room', severity: 'error' });
    expect(of('server').at(-1)?.text).toContain('Not sent: second');
  });

  it('shows the answer to a request in the conversation it was made in', () => {
    const { feed, session, of, lastSent } = modern();
    session.act({ kind: 'redact', target: 'ann', msgid: 'x1', reason: null });
    feed(`@label=${lastSent('REDACT').label ?? ''} :irc.host FAIL REDACT UNKNOWN_MSGID ann x1 :This message does not exist or is too old`);
    expect(of('server')).toMatchObject([{ target: 'ann', severity: 'error' }]);
    feed(':irc.host FAIL REDACT UNKNOWN_MSGID ann x1 :This message does not exist or is too old');
    expect(of('server')[1]).toMatchObject({ target: null });
  });

  it('shows why it was refused where it was asked to change a topic, and labels no more than has an answer to wait for', () => {
    const { feed, session, of, lastSent } = modern();
    session.act({ kind: 'topic', channel: '#room', topic: 'new' });
    feed(`@label=${lastSent('TOPIC').label ?? ''} :irc.host FAIL TOPIC FORBIDDEN :Not today`);
    expect(of('server')).toMatchObject([{ target: '#room', severity: 'error' }]);
    session.act({ kind: 'away', reason: null });
    expect(lastSent('AWAY').label).toBeNull();
  });

  it('takes ACK for a complete answer and forgets requests that nobody answers', () => {
    const { feed, session, lastSent, clock } = modern();
    for (let index = 0; index < MAX_LABELS + 5; index += 1)
      session.act({ kind: 'react', target: '#room', msgid: 'x', text: 'a', removed: false });
    expect(lastSent('TAGMSG').label).toBeNull();
    feed('@label=s1 :irc.host ACK');
    session.act({ kind: 'react', target: '#room', msgid: 'x', text: 'a', removed: false });
    expect(lastSent('TAGMSG').label).not.toBeNull();
    session.act({ kind: 'react', target: '#room', msgid: 'x', text: 'a', removed: false });
    expect(lastSent('TAGMSG').label).toBeNull();
    clock.advance(LABEL_TIMEOUT_MS + 1);
    session.act({ kind: 'react', target: '#room', msgid: 'x', text: 'a', removed: false });
    expect(lastSent('TAGMSG').label).not.toBeNull();
  });

  it('sends no labels where the server has none', () => {
    const { session, sent } = modern({}, 'labeled-response');
    session.act({ kind: 'text', target: '#room', form: 'privmsg', text: 'plain' });
    expect(sent).toEqual(['PRIVMSG #room :plain']);
  });
});

describe('IRCv3 echo-message', () => {
  it('shows a text to oneself once, whichever of the two lines comes first', () => {
    const { feed, session, said, lastSent } = modern();
    session.act({ kind: 'text', target: 'me', form: 'privmsg', text: 'note' });
    const label = lastSent('PRIVMSG').label ?? '';
    feed(`@label=${label} :me!user@host PRIVMSG me :note`, ':me!user@host PRIVMSG me :note');
    expect(said()).toEqual(['me <me> note']);
    session.act({ kind: 'text', target: 'me', form: 'privmsg', text: 'again' });
    feed(':me!user@host PRIVMSG me :again', `@label=${lastSent('PRIVMSG').label ?? ''} :me!user@host PRIVMSG me :again`);
    expect(said()).toEqual(['me <me> note', 'me <me> again']);
  });

  it('reports a text whose echo never came', () => {
    const { session, of } = modern();
    session.act({ kind: 'text', target: '#room', form: 'privmsg', text: 'lost' });
    session.close();
    expect(of('server').map(({ text }) => text)).toEqual(['The connection ended before this was known to have arrived: lost']);
  });
});
