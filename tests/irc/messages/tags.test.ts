import { describe, expect, it } from 'vitest';
import { MARKER_INTERVAL_MS } from '../../../src/irc/session/extensions/readMarker.ts';
import { TYPING_INTERVAL_MS } from '../../../src/irc/session/extensions/typing.ts';
import { MAX_MSGID } from '../../../src/irc/session/messageTags.ts';
import { NOW } from '../../support/irc/session.ts';
import { modern } from './support.ts';

describe('IRCv3 msgid', () => {
  it('keeps the id of a message, and takes one that could not be named again for none', () => {
    const { feed, of } = modern();
    const ids = ['63E1033A051D4B41B1AB1FA3CF4B243E', 'x'.repeat(MAX_MSGID + 1), 'with\\sspace', ':colon', 'nul\u0001', ''];
    for (const id of ids) feed(`@msgid=${id} :ann!a@h PRIVMSG #room :x`);
    expect(of('text').map(({ msgid }) => msgid)).toEqual(['63E1033A051D4B41B1AB1FA3CF4B243E', null, null, null, null, null]);
  });
});

describe('IRCv3 reply client tag', () => {
  it('tells which message a text answers, under both names of the tag', () => {
    const { feed, of } = modern();
    feed(
      '@msgid=123 :nick!user@host PRIVMSG #room :Hello!',
      '@msgid=456;+reply=123 :nick2!user2@host2 PRIVMSG #room :Hello to you!',
      '@msgid=457;+draft/reply=123 :nick2!user2@host2 PRIVMSG #room :and again',
    );
    expect(of('text').map(({ tags }) => tags?.replyTo)).toEqual([undefined, '123', '123']);
  });

  it('answers with the tag that the server lets through', () => {
    const made = modern({}, 'labeled-response');
    made.session.act({ kind: 'text', target: '#room', form: 'privmsg', text: 'Hello to you!', replyTo: '123' });
    made.feed(':irc.test 005 me CLIENTTAGDENY=*,-draft/reply :are supported');
    made.session.act({ kind: 'text', target: '#room', form: 'privmsg', text: 'Hello to you!', replyTo: '123' });
    made.feed(':irc.test 005 me CLIENTTAGDENY=* :are supported');
    made.session.act({ kind: 'text', target: '#room', form: 'privmsg', text: 'Hello to you!', replyTo: '123' });
    expect(made.sent).toEqual([
      '@+reply=123 PRIVMSG #room :Hello to you!',
      '@+draft/reply=123 PRIVMSG #room :Hello to you!',
      'PRIVMSG #room :Hello to you!',
    ]);
  });
});

describe('IRCv3 react client tag', () => {
  it('tells reactions and their withdrawal', () => {
    const { feed, of } = modern();
    feed(
      '@msgid=456;+reply=123;+draft/react=lol :nick2!user2@host2 TAGMSG #room',
      '@+reply=123;+draft/react=👋 :nick2!user2@host2 TAGMSG #room',
      '@+reply=123;+draft/unreact=👋 :nick2!user2@host2 TAGMSG #room',
    );
    expect(of('react').map(({ target, msgid, text, removed, self }) => [target, msgid, text, removed, self])).toEqual([
      ['#room', '123', 'lol', false, false],
      ['#room', '123', '👋', false, false],
      ['#room', '123', '👋', true, false],
    ]);
    expect(of('text')).toEqual([]);
  });

  it('takes none without a message, with both tags, too long, or from a server', () => {
    const { feed, events } = modern();
    feed(
      '@+draft/react=lol :ann!a@h TAGMSG #room',
      '@+reply=123;+draft/react=a;+draft/unreact=a :ann!a@h TAGMSG #room',
      `@+reply=123;+draft/react=${'x'.repeat(65)} :ann!a@h TAGMSG #room`,
      '@+reply=123;+draft/react= :ann!a@h TAGMSG #room',
      '@+reply=123;+draft/react=lol :irc.test TAGMSG #room',
    );
    expect(events).toEqual([]);
  });

  it('sends a reaction, and shows it when it comes back or at once where nothing does', () => {
    const made = modern({}, 'labeled-response');
    made.session.act({ kind: 'react', target: '#room', msgid: '123', text: ':)', removed: false });
    expect(made.sent).toEqual(['@+reply=123;+draft/react=:) TAGMSG #room']);
    expect(made.of('react')).toEqual([]);
    made.feed('@msgid=9;+reply=123;+draft/react=:) :me!user@host TAGMSG #room');
    expect(made.of('react')).toMatchObject([{ self: true, msgid: '123' }]);
    const silent = modern({}, 'echo-message');
    silent.session.act({ kind: 'react', target: '#room', msgid: '123', text: ':)', removed: true });
    expect(silent.of('react')).toMatchObject([{ self: true, removed: true }]);
  });

  it('is refused where the server denies the tag', () => {
    const { session, feed } = modern();
    feed(':irc.test 005 me CLIENTTAGDENY=draft/react :are supported');
    expect(() => {
      session.act({ kind: 'react', target: '#room', msgid: '1', text: 'x', removed: false });
    }).toThrow(expect.objectContaining({ code: 'unsupported' }));
  });
});

describe('IRCv3 typing client tag', () => {
  const typing = (share: boolean, show = true) => ({ typing: () => ({ share, show }) });

  it('tells who is writing, in channels and in private', () => {
    const { feed, of } = modern();
    feed(
      '@+typing=active :ann!a@h TAGMSG #room',
      '@+typing=paused :bob!b@h TAGMSG me',
      '@+typing=done :bob!b@h TAGMSG me',
      '@+typing=x :ann!a@h TAGMSG #room',
    );
    expect(of('typing').map(({ target, from, state }) => [target, from.nick, state])).toEqual([
      ['#room', 'ann', 'active'],
      ['bob', 'bob', 'paused'],
      ['bob', 'bob', 'done'],
    ]);
  });

  it('tells nothing where it is not wanted, of ourselves, or of a history', () => {
    const off = modern(typing(false, false));
    off.feed('@+typing=active :ann!a@h TAGMSG #room');
    expect(off.of('typing')).toEqual([]);
    const on = modern();
    on.feed(
      '@+typing=active :me!user@host TAGMSG #room',
      ':irc.test BATCH +h chathistory #room',
      '@batch=h;+typing=active :ann!a@h TAGMSG #room',
    );
    expect(on.of('typing')).toEqual([]);
  });

  it('is sent only where the configuration says so and the server lets it through', () => {
    const off = modern(typing(false));
    off.session.act({ kind: 'typing', target: '#room', state: 'active' });
    expect(off.sent).toEqual([]);
    const on = modern(typing(true));
    on.session.act({ kind: 'typing', target: '#room', state: 'active' });
    expect(on.sent).toEqual(['@+typing=active TAGMSG #room']);
    const denied = modern(typing(true));
    denied.feed(':irc.test 005 me CLIENTTAGDENY=typing :are supported');
    denied.session.act({ kind: 'typing', target: '#room', state: 'active' });
    expect(denied.sent).toEqual([]);
  });

  it('never says anything within three seconds of the last time, and paused and done once', () => {
    const { session, sent, clock } = modern(typing(true));
    const act = (state: 'active' | 'paused' | 'done'): void => {
      session.act({ kind: 'typing', target: '#room', state });
    };
    act('active');
    act('active');
    clock.advance(1_000);
    act('done');
    expect(sent).toHaveLength(1);
    clock.advance(TYPING_INTERVAL_MS);
    expect(sent).toEqual(['@+typing=active TAGMSG #room', '@+typing=done TAGMSG #room']);
    act('done');
    act('paused');
    clock.advance(TYPING_INTERVAL_MS);
    expect(sent).toHaveLength(2);
    act('active');
    expect(sent).toHaveLength(3);
  });

  it('says nothing more of a text that was sent', () => {
    const { session, sent, clock } = modern(typing(true), 'labeled-response');
    session.act({ kind: 'typing', target: '#room', state: 'active' });
    session.act({ kind: 'typing', target: '#room', state: 'done' });
    session.act({ kind: 'text', target: '#room', form: 'privmsg', text: 'said' });
    clock.advance(TYPING_INTERVAL_MS * 2);
    expect(sent).toEqual(['@+typing=active TAGMSG #room', 'PRIVMSG #room :said']);
  });
});

describe('IRCv3 channel-context client tag', () => {
  it('tells the channel that a private text is about', () => {
    const { feed, of } = modern();
    feed('@+channel-context=#room :bob!bot@bot NOTICE me :I’m helping.');
    expect(of('text')).toMatchObject([{ target: 'bob', tags: { channelContext: '#room' } }]);
  });

  it('is ignored in a channel, for a channel we are not in, and from somebody who is not in it', () => {
    const { feed, of } = modern();
    feed(
      '@+channel-context=#room :bob!b@h PRIVMSG #room :x',
      '@+channel-context=#other :bob!b@h NOTICE me :x',
      '@+channel-context=#room :stranger!s@h NOTICE me :x',
      '@+channel-context=nochannel :bob!b@h NOTICE me :x',
    );
    expect(of('text').map(({ tags }) => tags)).toEqual([undefined, undefined, undefined, undefined]);
  });
});

describe('IRCv3 bot mode, relaymsg and oper-tag', () => {
  it('marks texts of bots, relayed ones, those of operators and those to a status only', () => {
    const { feed, of } = modern();
    feed(
      ':irc.test 005 me STATUSMSG=@+ :are supported',
      '@bot :rob!r@h PRIVMSG #room :beep',
      '@draft/relaymsg=bridge :ann/discord!relay@h PRIVMSG #room :from afar',
      '@draft/oper=launchd :lunchd!l@h PRIVMSG me :it’s me!',
      '@draft/oper :lunchd!l@h PRIVMSG me :you can see I’m an oper',
      ':ann!a@h PRIVMSG @#room :for operators',
    );
    expect(of('text').map(({ target, from, tags }) => [target, from.nick, tags])).toEqual([
      ['#room', 'rob', { bot: true }],
      ['#room', 'ann/discord', { relayedBy: 'bridge' }],
      ['lunchd', 'lunchd', { oper: 'launchd' }],
      ['lunchd', 'lunchd', { oper: '' }],
      ['#room', 'ann', { status: '@' }],
    ]);
  });
});

describe('IRCv3 account-tag', () => {
  it('believes the tag of each line rather than what was known of the nick', () => {
    const { feed, of } = modern();
    feed(':ann!a@h ACCOUNT annie', '@account=other :ann!a@h PRIVMSG #room :in', ':ann!a@h PRIVMSG #room :out');
    expect(of('text').map(({ from }) => from.account)).toEqual(['other', null]);
    // Without the capability nothing is said by a tag that is missing.
    const old = modern({}, 'account-tag');
    old.feed(':ann!a@h ACCOUNT annie', ':ann!a@h PRIVMSG #room :in');
    expect(old.of('text').map(({ from }) => from.account)).toEqual(['annie']);
  });
});

describe('IRCv3 message-redaction', () => {
  it('tells what was taken back, in channels, in private and in a history', () => {
    const { feed, of } = modern();
    feed(
      ':nick!u@h REDACT #room 123 :bad example',
      ':bob!b@h REDACT me 124',
      ':irc.test BATCH +h chathistory #room',
      '@batch=h;time=2026-01-01T10:00:00.000Z :chanop!u@h REDACT #room 125 spam',
      ':irc.test BATCH -h',
    );
    expect(of('redact').map(({ target, msgid, from, reason, historic }) => [target, msgid, from.nick, reason, historic])).toEqual([
      ['#room', '123', 'nick', 'bad example', false],
      ['bob', '124', 'bob', '', false],
      ['#room', '125', 'chanop', 'spam', true],
    ]);
  });

  it('takes back with a reason, without one, and not where the server cannot', () => {
    const made = modern({}, 'labeled-response');
    made.session.act({ kind: 'redact', target: '#room', msgid: '123', reason: 'bad example' });
    made.session.act({ kind: 'redact', target: '#room', msgid: '123', reason: null });
    expect(made.sent).toEqual(['REDACT #room 123 :bad example', 'REDACT #room :123']);
    const old = modern({}, 'draft/message-redaction');
    expect(() => {
      old.session.act({ kind: 'redact', target: '#room', msgid: '123', reason: null });
    }).toThrow(expect.objectContaining({ code: 'unsupported' }));
  });
});

describe('IRCv3 read-marker', () => {
  const at = Date.parse('2019-01-04T14:33:26.123Z');

  it('tells the time of the last message that was read, once in a while and only forward', () => {
    const { session, sent, clock, feed, of } = modern();
    session.act({ kind: 'markRead', target: '#room', time: at - 1_000 });
    session.act({ kind: 'markRead', target: '#room', time: at });
    session.act({ kind: 'markRead', target: '#room', time: at - 500 });
    expect(sent).toEqual([]);
    clock.advance(MARKER_INTERVAL_MS);
    expect(sent).toEqual(['MARKREAD #room timestamp=2019-01-04T14:33:26.123Z']);
    feed(':irc.test MARKREAD #room timestamp=2019-01-04T14:33:26.123Z');
    expect(of('readMarker')).toEqual([]);
    session.act({ kind: 'markRead', target: '#room', time: at - 5 });
    clock.advance(MARKER_INTERVAL_MS);
    expect(sent).toHaveLength(1);
  });

  it('takes over what another client has read, which only rises', () => {
    const { feed, of } = modern();
    feed(
      ':irc.test MARKREAD #room *',
      ':irc.test MARKREAD #room timestamp=2019-01-04T14:33:26.123Z',
      ':irc.test MARKREAD #ROOM timestamp=2019-01-04T14:33:25.000Z',
      ':irc.test MARKREAD #room timestamp=2999-01-04T14:33:26.123Z',
      ':irc.test MARKREAD #room timestamp=NaN',
      ':ann!a@h MARKREAD #room timestamp=2026-06-01T11:00:00.000Z',
    );
    expect(of('readMarker').map(({ time }) => time)).toEqual([null, at, NOW]);
  });

  it('asks for the marker of a conversation with one person', () => {
    const { session, sent } = modern();
    session.act({ kind: 'markRead', target: 'target', time: null });
    expect(sent).toEqual(['MARKREAD target']);
  });
});

describe('soju.im/search', () => {
  it('shows what the bouncer found where it was asked, and nothing of it as new', () => {
    const { session, feed, of, lastSent } = modern();
    session.act({ kind: 'search', target: '#room', text: 'a needle; x' });
    const { line, label } = lastSent('SEARCH');
    expect(line).toBe('SEARCH :in=#room;text=a\\sneedle\\:\\sx;limit=50');
    feed(
      `@label=${label ?? ''} :irc.test BATCH +s soju.im/search`,
      '@batch=s;msgid=a;time=2020-01-01T00:00:00.000Z :bob!u@h PRIVMSG #room :old needle',
      '@batch=s :bob!u@h JOIN #room',
      ':irc.test BATCH -s',
    );
    expect(of('text')).toEqual([]);
    expect(of('server').map(({ target, text }) => [target, text])).toEqual([
      ['#room', 'Found for “a needle; x” (times in UTC):'],
      ['#room', '2020-01-01 00:00 #room <bob> old needle'],
    ]);
    // What nobody asked for is not shown.
    feed(':irc.test BATCH +t soju.im/search', '@batch=t :bob!u@h PRIVMSG #room :unasked', ':irc.test BATCH -t');
    expect(of('server')).toHaveLength(2);
  });
});
