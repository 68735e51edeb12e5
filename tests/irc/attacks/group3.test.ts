import { describe, expect, it } from 'vitest';
import { MAX_BATCH_DEPTH, MAX_OPEN_BATCHES } from '../../../src/irc/session/batches.ts';
import { modern } from '../messages/support.ts';

const settled = '2026-06-01T11:00:00.000Z';

describe('batches and labels in hostile hands', () => {
  it('attack 3: a batch that is never closed', () => {
    const { feed, said, endings, events, session } = modern();
    feed(':irc.test BATCH +open example.com/foo');
    for (let index = 0; index < 5_000; index += 1) feed(`@batch=open :ann!a@h PRIVMSG #room :${index}`);
    // Nothing is held back for it, and what is said outside goes on.
    expect(said()).toHaveLength(5_000);
    feed(':ann!a@h PRIVMSG #room :outside');
    expect(said().at(-1)).toBe('#room <ann> outside');
    events.length = 0;
    for (let index = 0; index < MAX_OPEN_BATCHES; index += 1) feed(`:irc.test BATCH +b${index} draft/multiline #room`);
    expect(endings).toHaveLength(1);
    session.close();
  });

  it('attack 3: a batch closed twice', () => {
    const { feed, said, of } = modern();
    feed(':irc.test BATCH +1 chathistory #room', `@batch=1;time=${settled} :ann!a@h PRIVMSG #room :once`);
    feed(
      ':irc.test BATCH -1',
      ':irc.test BATCH -1',
      ':irc.test BATCH -never',
      ':irc.test BATCH -',
      ':irc.test BATCH +',
      ':irc.test BATCH x',
    );
    expect(said()).toEqual(['#room <ann> once']);
    expect(of('history')).toHaveLength(1);
    feed(':n!u@h BATCH +2 draft/multiline #room', '@batch=2 :n!u@h PRIVMSG #room :twice?', ':irc.test BATCH -2', ':irc.test BATCH -2');
    expect(said()).toHaveLength(2);
  });

  it('attack 3: a batch of unknown type', () => {
    const { feed, said, session } = modern();
    feed(
      ':irc.test BATCH +1 __proto__ a b c',
      '@batch=1 :ann!a@h PRIVMSG #room :said',
      '@batch=1 :ann!a@h NICK anna',
      ':irc.test BATCH -1',
    );
    feed(':irc.test BATCH +2', '@batch=2 :bob!b@h PRIVMSG #room :no type', ':irc.test BATCH -2');
    expect(said()).toEqual(['#room <ann> said', '#room <bob> no type']);
    expect(session.members('#room').map(({ nick }) => nick)).toContain('anna');
  });

  it('attack 3: batches nested 50 deep', () => {
    const { feed, of, session } = modern();
    feed(':irc.test BATCH +n0 example.com/foo');
    for (let depth = 1; depth < 50; depth += 1) feed(`@batch=n${depth - 1} :irc.test BATCH +n${depth} example.com/foo`);
    feed('@batch=n1 :ann!a@h PRIVMSG #room :near', '@batch=n49 :ann!a@h PRIVMSG #room :far', '@batch=n49 :ann!a@h KICK #room me :out');
    // Nobody nests like that: what stands so deep changes nothing.
    expect(of('text').map(({ text, historic }) => [text, historic])).toEqual([
      ['near', false],
      ['far', true],
    ]);
    expect(MAX_BATCH_DEPTH).toBeLessThan(49);
    expect(session.members('#room')).not.toEqual([]);
    for (let depth = 49; depth >= 0; depth -= 1) feed(`:irc.test BATCH -n${depth}`);
    feed(':ann!a@h PRIVMSG #room :after');
    expect(of('text').at(-1)).toMatchObject({ text: 'after', historic: false });
  });

  it('attack 3: a batch id used again', () => {
    const { feed, session, of } = modern();
    feed(
      ':irc.test BATCH +1 chathistory #room',
      ':irc.test BATCH +1 example.com/live',
      '@batch=1 :me!u@h NICK taken',
      '@batch=1 :ann!a@h QUIT :gone',
    );
    expect(session.nick()).toBe('me');
    expect(session.members('#room').map(({ nick }) => nick)).toContain('ann');
    feed(':irc.test BATCH -1', ':irc.test BATCH +1 example.com/live', '@batch=1 :ann!a@h PRIVMSG #room :live now', ':irc.test BATCH -1');
    expect(of('text')).toMatchObject([{ text: 'live now', historic: false }]);
  });

  it('attack 3: a batch called __proto__ or constructor', () => {
    const { feed, of } = modern();
    for (const id of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      feed(`@batch=${id} :ann!a@h PRIVMSG #room :before`);
      feed(
        `:irc.test BATCH +${id} chathistory #room`,
        `@batch=${id};time=${settled} :ann!a@h PRIVMSG #room :inside`,
        `:irc.test BATCH -${id}`,
      );
    }
    expect(of('text').every(({ historic }) => historic)).toBe(true);
    expect(of('history').map(({ lines }) => lines)).toEqual([1, 1, 1, 1]);
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it('attack 3: own NICK, KICK and MODE inside a history', () => {
    const { feed, session, events, sent } = modern();
    const before = session.members('#room');
    feed(':irc.test BATCH +h chathistory #room');
    for (const line of [
      ':me!u@h NICK notme',
      ':ann!a@h KICK #room me :out',
      ':me!u@h PART #room',
      ':ann!a@h MODE #room +o-v bob bob',
      ':irc.test MODE me +o',
      ':irc.test 001 other :Welcome again',
      ':irc.test 005 me CASEMAPPING=ascii CHANTYPES=! PREFIX= :are supported',
      ':irc.test 353 me = #room :nobody',
      ':irc.test CAP me DEL :echo-message',
      ':ann!a@h ACCOUNT other',
      ':me!u@h CHGHOST x y',
      'PING :answer',
      'ERROR :closed',
      ':irc.test 433 me me :taken',
      'AUTHENTICATE +',
    ])
      feed(`@batch=h;time=${settled} ${line}`);
    feed(':irc.test BATCH -h');
    expect(session.nick()).toBe('me');
    expect(session.members('#room')).toEqual(before);
    expect(session.isupport.chanTypes).toBe('#');
    expect(sent).toEqual([]);
    expect(events.filter((event) => 'historic' in event && !event.historic)).toEqual([]);
    expect(events.some(({ kind }) => kind === 'members' || kind === 'member' || kind === 'user' || kind === 'folding')).toBe(false);
  });

  it('attack 3: a message tagged with a batch that is not open', () => {
    const { feed, of, session } = modern();
    feed('@batch=nowhere :me!u@h NICK taken', '@batch=nowhere :ann!a@h KICK #room me :out', '@batch=nowhere :ann!a@h PRIVMSG #room :text');
    expect(session.nick()).toBe('me');
    expect(session.members('#room')).not.toEqual([]);
    expect(of('text')).toMatchObject([{ historic: true }]);
    feed('@batch=nowhere :irc.test BATCH +inner example.com/foo', '@batch=inner :me!u@h NICK taken', ':irc.test BATCH -inner');
    expect(session.nick()).toBe('me');
  });

  it('attack 3: a multiline batch of more lines than were advertised', () => {
    const { feed, of } = modern({}, '', 'max-bytes=4000,max-lines=5');
    feed(':n!u@h BATCH +1 draft/multiline #room');
    for (let index = 0; index < 10_000; index += 1) feed(`@batch=1 :n!u@h PRIVMSG #room :${index % 10}`);
    feed(':irc.test BATCH -1');
    expect(of('text').map(({ text }) => text)).toEqual(['0\n1\n2\n3\n4']);
    expect(of('server')).toHaveLength(1);
  });

  it('attack 3: a multiline batch of more bytes than were advertised', () => {
    const { feed, of } = modern({}, '', 'max-bytes=1000,max-lines=100');
    feed(':n!u@h BATCH +1 draft/multiline #room');
    for (let index = 0; index < 200; index += 1) feed(`@batch=1;draft/multiline-concat :n!u@h PRIVMSG #room :${'é'.repeat(200)}`);
    feed(':irc.test BATCH -1');
    const [shown] = of('text');
    expect(shown && new TextEncoder().encode(shown.text).length).toBe(800);
    expect(of('server')).toHaveLength(1);
    // A server that names no limit, or one without sense, is held to ours.
    const greedy = modern({}, '', 'max-bytes=999999999');
    greedy.feed(':n!u@h BATCH +1 draft/multiline #room');
    for (let index = 0; index < 400; index += 1) greedy.feed(`@batch=1 :n!u@h PRIVMSG #room :${'x'.repeat(300)}`);
    greedy.feed(':irc.test BATCH -1');
    expect(greedy.of('text')[0]?.text.length).toBeLessThanOrEqual(40_000);
  });

  it('attack 3: a label used again', () => {
    const { feed, session, of, lastSent } = modern();
    session.act({ kind: 'text', target: '#room', form: 'privmsg', text: 'mine' });
    const label = lastSent('PRIVMSG').label ?? '';
    for (let index = 0; index < 3; index += 1) feed(`@label=${label} :me!user@host PRIVMSG #room :mine`);
    feed(`@label=${label} :irc.test 404 me #room :Cannot send`);
    // The first is the answer. The rest is what it looks like: texts of another client of ours, and an error about no text of ours.
    expect(of('text')).toHaveLength(3);
    expect(of('server').map(({ text }) => text.includes('Not sent'))).toEqual([false]);
    session.act({ kind: 'history', target: '#room', before: null });
    const asked = lastSent('CHATHISTORY').label ?? '';
    expect(asked).not.toBe(label);
    for (const id of ['a', 'b'])
      feed(
        `@label=${asked} :irc.test BATCH +${id} chathistory #room`,
        `@batch=${id};time=${settled} :ann!a@h PRIVMSG #room :${id}`,
        `:irc.test BATCH -${id}`,
      );
    expect(of('history').map(({ lines }) => lines)).toEqual([1, 1]);
  });

  it('attack 3: labels nobody asked for', () => {
    const { feed, session, said, of } = modern();
    for (const label of ['x', '__proto__', 's1', 's999', 'y'.repeat(300), '']) feed(`@label=${label} :ann!a@h PRIVMSG #room :hi`);
    feed(
      '@label=foreign :irc.test ACK',
      '@label=foreign :irc.test BATCH +l labeled-response',
      '@batch=l :me!u@h NICK other',
      ':irc.test BATCH -l',
    );
    expect(said()).toHaveLength(6);
    expect(session.nick()).toBe('other');
    feed('@label=foreign :irc.test FAIL REDACT UNKNOWN_MSGID ann x1 :No such message');
    expect(of('server').at(-1)).toMatchObject({ target: null });
  });
});
