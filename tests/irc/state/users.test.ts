import { describe, expect, it } from 'vitest';
import type { Member } from '../../../src/contract/chat.ts';
import { started, type Started } from './start.ts';

const member = (one: Started, nick: string, channel = '#room'): Member | undefined =>
  one.session.members(channel).find((other) => other.nick === nick);
const withRoom = (caps = 'multi-prefix', isupport = ''): Started => {
  const one = started({ caps, isupport });
  one.join('#room');
  one.events.length = 0;
  one.sent.length = 0;
  return one;
};

describe('IRCv3 away-notify', () => {
  it('shows who is away and who is back, in every channel they are in', () => {
    const one = withRoom('away-notify');
    one.join('#other', 'ann');
    one.events.length = 0;
    one.feed(':ann!u@h AWAY :Gone to lunch');
    expect(one.all('member').map(({ channel, member: now }) => `${channel} ${now?.away}`)).toEqual(['#room true', '#other true']);
    one.feed(':ann!u@h AWAY');
    expect(member(one, 'ann')?.away).toBe(false);
  });
});

describe('IRCv3 account-notify', () => {
  it('follows logins and logouts', () => {
    const one = withRoom('account-notify');
    one.feed(':ann!u@h ACCOUNT annie');
    expect(member(one, 'ann')?.account).toBe('annie');
    one.feed(':ann!u@h ACCOUNT *');
    expect(member(one, 'ann')?.account).toBeNull();
  });
});

describe('IRCv3 extended-join', () => {
  it('knows the account of who joins; an asterisk is none', () => {
    const one = withRoom('account-notify extended-join');
    one.feed(':dan!u@h JOIN #room danny :Dan D', ':eve!u@h JOIN #room * :Eve');
    expect([member(one, 'dan')?.account, member(one, 'eve')?.account]).toEqual(['danny', null]);
  });
});

describe('IRCv3 chghost', () => {
  it('takes over user name and host, of others and of ourselves', () => {
    const one = withRoom('chghost');
    one.feed(':ann!u@h JOIN #room', ':ann!u@h CHGHOST newuser new.host', ':me!user@host CHGHOST ~me my.cloak');
    expect(one.session.who('ann')).toMatchObject({ user: 'newuser', host: 'new.host' });
    expect(one.session.who('me')).toMatchObject({ user: '~me', host: 'my.cloak' });
    expect(one.all('user').map(({ host }) => host)).toEqual(['new.host', 'my.cloak']);
  });
});

describe('IRCv3 setname', () => {
  it('is asked for, sends our own and keeps that of others', () => {
    const one = withRoom('setname');
    one.feed(':ann!u@h SETNAME :Ann A');
    expect(one.session.roster.user('ann')?.realname).toBe('Ann A');
    one.session.act({ kind: 'setname', realname: 'Me myself' });
    expect(one.sent).toEqual(['SETNAME :Me myself']);
  });
});

describe('IRCv3 whoami', () => {
  it('learns at the start how others see us, so that long texts are cut where the server would cut them', () => {
    const text = 'x'.repeat(1_000);
    const first = (lines: string[]): number => {
      const one = started({ caps: 'draft/whoami chghost setname' });
      expect(one.sent.find((line) => line.startsWith('CAP REQ'))).toContain('draft/whoami');
      one.feed(...lines);
      one.sent.length = 0;
      one.session.act({ kind: 'text', target: '#room', form: 'privmsg', text });
      return one.sent[0]?.length ?? 0;
    };
    const host = 'a.host.of.thirty.letters.example';
    const rest = ':me!u@ PRIVMSG #room :'.length + host.length + 2;
    expect(first([`:me!u@${host} SETNAME :Me`])).toBe(512 - rest + 'PRIVMSG #room :'.length);
    expect(first([`:me!old@old CHGHOST u ${host}`])).toBe(512 - rest + 'PRIVMSG #room :'.length);
  });
});

describe('IRCv3 invite-notify', () => {
  it('tells of invitations of others as well as our own', () => {
    const one = withRoom('invite-notify');
    one.feed(':ann!u@h INVITE bob #room', ':ann!u@h INVITE me #secret');
    expect(one.all('invite').map(({ nick, channel }) => `${nick} ${channel}`)).toEqual(['bob #room', 'me #secret']);
  });
});

describe('IRCv3 multi-prefix', () => {
  it('keeps all status characters, the highest first', () => {
    const one = started({ caps: 'multi-prefix', isupport: 'PREFIX=(qaohv)~&@%+' });
    one.join('#room', '+@~ann');
    expect(member(one, 'ann')?.prefix).toBe('~@+');
  });
  it('loses no lower status to a list without it', () => {
    const one = started({ caps: '' });
    one.join('#room', '@ann bob');
    one.feed(':irc.test MODE #room +v ann', ':irc.test 353 me = #room :@ann bob', ':irc.test 366 me #room :End');
    expect(member(one, 'ann')?.prefix).toBe('@+');
    one.feed(':irc.test 353 me = #room :ann bob', ':irc.test 366 me #room :End');
    expect(member(one, 'ann')?.prefix).toBe('');
  });
});

describe('IRCv3 userhost-in-names', () => {
  it('takes user and host out of the list', () => {
    const one = started({ caps: 'userhost-in-names' });
    one.join('#room', '@Rylee!rylai@localhost somasonic!andrew@somasonic.org');
    expect(one.session.who('rylee')).toMatchObject({ user: 'rylai', host: 'localhost' });
    expect(one.session.members('#room').map(({ nick, prefix }) => prefix + nick)).toEqual(['me', '@Rylee', 'somasonic']);
  });
});

describe('IRCv3 no-implicit-names', () => {
  it.each(['no-implicit-names', 'draft/no-implicit-names', 'soju.im/no-implicit-names'])(
    'asks for lists itself, one after the other (%s)',
    (name) => {
      const one = started({ caps: name });
      one.sent.length = 0;
      one.feed(':me!u@h JOIN #a', ':me!u@h JOIN #b', ':me!u@h JOIN #c', ':me!u@h PART #c');
      expect(one.sent).toEqual(['NAMES :#a']);
      one.feed(':irc.test 353 me = #a :me ann', ':irc.test 366 me #a :End');
      expect(one.sent).toEqual(['NAMES :#a', 'NAMES :#b']);
      expect(one.session.members('#a').map(({ nick }) => nick)).toEqual(['me', 'ann']);
      one.clock.advance(60_000);
      expect(one.sent).toEqual(['NAMES :#a', 'NAMES :#b']);
    },
  );
  it('asks for none where the server sends them', () => {
    const one = started();
    one.sent.length = 0;
    one.join('#a');
    expect(one.sent.filter((line) => line.startsWith('NAMES'))).toEqual([]);
  });
});

describe('IRCv3 bot-mode', () => {
  it('marks bots by the flag of WHO, by the tag and by what WHOIS says', () => {
    const one = started({ caps: 'message-tags', isupport: 'BOT=b WHOX', options: { whoPoll: { enabled: true, seconds: 2 } } });
    one.join('#chat', 'robodan alice');
    one.clock.advance(2_000);
    one.feed(
      ':irc.test 354 me 152 #chat ~u 198.51.100.103 alice H 0 :not a bot',
      ':irc.test 354 me 152 #chat ~u 203.0.113.22 robodan Hb 0 :bot',
      ':irc.test 315 me #chat :End of WHO list',
      '@bot :other!u@h JOIN #chat',
    );
    expect(one.session.members('#chat').map(({ nick, bot }) => `${nick} ${bot ?? false}`)).toEqual([
      'me false',
      'robodan true',
      'alice false',
      'other true',
    ]);
    one.feed(':irc.test 335 me robodan robodan :is a Bot on IRCv3');
    expect(one.said().at(-1)).toBe('robodan is a Bot on IRCv3');
  });
});
