import { describe, expect, it } from 'vitest';
import { started } from './start.ts';

const caps = 'draft/channel-rename';

describe('IRCv3 channel-rename', () => {
  it('keeps members and modes under the new name, and joins that one after a reconnect', () => {
    const one = started({ caps });
    one.join('#coding');
    one.feed(':irc.test MODE #coding +l 20', ':nick!user@host RENAME #coding #programming :');
    expect(one.all('rename')).toEqual([expect.objectContaining({ from: '#coding', to: '#programming', reason: '' })]);
    expect(one.session.members('#programming').map(({ nick }) => nick)).toEqual(['me', 'ann', 'bob', 'cee']);
    expect(one.session.members('#coding')).toEqual([]);
    expect(one.session.roster.channel('#programming')?.modes.get('l')).toBe('20');
    one.feed(':ann!u@h PART #programming');
    expect(one.session.members('#programming').map(({ nick }) => nick)).toEqual(['me', 'bob', 'cee']);
  });
  it('takes a change of case only', () => {
    const one = started({ caps });
    one.join('#boaring');
    one.feed(':nick!user@host RENAME #boaring #Boaring :Typo fix');
    expect(one.session.roster.channels().map(({ name }) => name)).toEqual(['#Boaring']);
  });
  it('believes no rename of a channel it is not in, onto one it is in, or to what is no channel', () => {
    const one = started({ caps });
    one.join('#a');
    one.join('#b');
    one.feed(':x!y@z RENAME #c #d :', ':x!y@z RENAME #a #b :', ':x!y@z RENAME #a nick :', ':x!y@z RENAME #a', ':x!y@z RENAME');
    expect(one.all('rename')).toEqual([]);
    expect(one.session.roster.channels().map(({ name }) => name)).toEqual(['#a', '#b']);
  });
  it('asks for one, and says where the server cannot', () => {
    const one = started({ caps });
    one.sent.length = 0;
    one.session.act({ kind: 'rename', channel: '#boaring', to: '#boring', reason: 'Typo fix' });
    expect(one.sent).toEqual(['RENAME #boaring #boring :Typo fix']);
    expect(() => {
      one.session.act({ kind: 'rename', channel: '#a', to: 'b', reason: null });
    }).toThrow('not the name of a channel');
    expect(() => {
      started().session.act({ kind: 'rename', channel: '#a', to: '#b', reason: null });
    }).toThrow('cannot rename');
  });
  it('follows the PART and JOIN of servers that cannot tell it otherwise', () => {
    const one = started({ caps: '' });
    one.join('#foo');
    one.feed(
      ':me!user@host PART #foo :Changing the channel name',
      ':me!user@host JOIN #bar',
      ':irc.test 353 me = #bar :@me other',
      ':irc.test 366 me #bar :End',
    );
    expect(one.session.roster.channels().map(({ name }) => name)).toEqual(['#bar']);
  });
  it('says where a channel has gone that is joined by its old name', () => {
    const one = started({ caps });
    one.feed(':irc.test FAIL JOIN CHANNEL_RENAMED #foo #bar :The channel has been renamed');
    expect(one.all('server').at(-1)).toMatchObject({ target: '#foo', text: '#foo is called #bar now: /join #bar takes you there.' });
  });
  it('attack 12: a loop of RENAME changes a name and nothing else', () => {
    const one = started({ caps });
    one.join('#a');
    for (let round = 0; round < 5_000; round += 1) one.feed(':x!y@z RENAME #a #b :', ':x!y@z RENAME #b #a :');
    expect(one.session.roster.channels()).toHaveLength(1);
    expect(one.session.members('#a')).toHaveLength(4);
    expect(one.sent.filter((line) => line.startsWith('NAMES') || line.startsWith('JOIN'))).toEqual([]);
  });
});
