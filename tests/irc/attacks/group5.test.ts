/** Group 5 of the attack checklist: nothing that is typed, pasted, configured or received becomes a second line or another parameter. */
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import type { Action } from '../../../src/contract/chat.ts';
import { parseInput } from '../../../src/core/input.ts';
import { writeSend } from '../../../src/irc/dcc/dcc.ts';
import { packJoins } from '../../../src/irc/session/actions.ts';
import type { Context } from '../../../src/irc/session/context.ts';
import { defaultIsupport } from '../../../src/irc/session/isupport.ts';
import { checkOptions } from '../../../src/irc/validate.ts';
import { encodeLine } from '../../../src/irc/wire/encode.ts';
import { baseOptions } from '../../support/irc/client.ts';
import { commandRig } from '../../support/commands.ts';
import { onlineHarness } from '../../support/irc/session.ts';

type LiveAction = Exclude<Action, { kind: 'quit' }>;

/** Every action with the bad text in each of its fields, one at a time. */
function actionsWith(bad: string): LiveAction[] {
  return [
    { kind: 'text', target: '#room', form: 'privmsg', text: bad },
    { kind: 'text', target: '#room', form: 'notice', text: bad },
    { kind: 'text', target: '#room', form: 'action', text: bad },
    { kind: 'text', target: bad, form: 'privmsg', text: 'x' },
    { kind: 'text', target: '#room', form: 'privmsg', text: 'x', replyTo: bad },
    { kind: 'text', target: 'ann', form: 'privmsg', text: 'x', channelContext: bad },
    { kind: 'sotto', target: bad, parts: ['x'] },
    { kind: 'sotto', target: 'ann', parts: [bad] },
    { kind: 'join', channel: `#${bad}`, key: null },
    { kind: 'join', channel: '#x', key: bad },
    { kind: 'part', channel: `#${bad}`, reason: null },
    { kind: 'part', channel: '#room', reason: bad },
    { kind: 'nick', nick: bad },
    { kind: 'topic', channel: `#${bad}`, topic: null },
    { kind: 'topic', channel: '#room', topic: bad },
    { kind: 'away', reason: bad },
    { kind: 'whois', nick: bad },
    { kind: 'whowas', nick: bad },
    { kind: 'who', mask: bad },
    { kind: 'names', channel: `#${bad}` },
    { kind: 'list', pattern: bad },
    { kind: 'mode', target: bad, modes: '+o', params: ['x'] },
    { kind: 'mode', target: '#room', modes: bad, params: [] },
    { kind: 'mode', target: '#room', modes: '+o', params: [bad, 'x'] },
    { kind: 'masks', channel: '#room', mode: bad },
    { kind: 'kick', channel: '#room', nick: bad, reason: null },
    { kind: 'kick', channel: '#room', nick: 'ann', reason: bad },
    { kind: 'invite', nick: bad, channel: '#room' },
    { kind: 'invite', nick: 'ann', channel: `#${bad}` },
    { kind: 'knock', channel: '#room', text: bad },
    { kind: 'rename', channel: '#room', to: `#${bad}`, reason: null },
    { kind: 'rename', channel: '#room', to: '#x', reason: bad },
    { kind: 'monitor', change: 'add', nicks: [bad] },
    { kind: 'setname', realname: bad },
    { kind: 'ctcp', target: bad, command: 'PING', text: '' },
    { kind: 'ctcp', target: 'ann', command: bad, text: '' },
    { kind: 'ctcp', target: 'ann', command: 'PING', text: bad },
    { kind: 'react', target: '#room', msgid: bad, text: 'x', removed: false },
    { kind: 'react', target: '#room', msgid: 'x', text: bad, removed: false },
    { kind: 'redact', target: '#room', msgid: bad, reason: null },
    { kind: 'redact', target: '#room', msgid: 'x', reason: bad },
    { kind: 'typing', target: bad, state: 'active' },
    { kind: 'markRead', target: bad, time: 1 },
    { kind: 'history', target: bad, before: null },
    { kind: 'history', target: '#room', before: { msgid: bad, time: 1 } },
    { kind: 'search', target: '#room', text: bad },
    { kind: 'metadata', target: '*', key: bad, value: 'x' },
    { kind: 'metadata', target: '*', key: 'status', value: bad },
    { kind: 'registerAccount', account: bad, email: null, password: 'x' },
    { kind: 'registerAccount', account: null, email: null, password: bad },
    { kind: 'verifyAccount', account: bad, code: 'x' },
    { kind: 'verifyAccount', account: 'x', code: bad },
    { kind: 'bouncer', change: 'add', id: null, attributes: { name: bad } },
    { kind: 'bouncer', change: 'delete', id: bad, attributes: {} },
    { kind: 'raw', line: bad },
  ];
}

const everything =
  'batch draft/channel-rename draft/chathistory draft/message-redaction draft/metadata-2 draft/multiline=max-bytes=4096,max-lines=20 draft/read-marker echo-message labeled-response message-tags multi-prefix server-time setname soju.im/bouncer-networks soju.im/search draft/account-registration';

/** Lines that left the session when it was told to do this; [] where it refused. */
function sentBy(action: LiveAction): string[] {
  const one = onlineHarness({ antiFloodMs: 0 }, everything);
  one.feed(':irc.test 005 me MONITOR=100 CHATHISTORY=100 MSGREFTYPES=msgid,timestamp :are supported');
  one.sent.length = 0;
  try {
    one.session.act(action);
  } catch {
    return [];
  }
  one.clock.advance(120_000);
  return one.sent;
}

/** Commands of the lines, tags apart. */
const commandsOf = (lines: readonly string[]): string[] => lines.map((line) => line.replace(/^@\S+ /, '').split(' ')[0] ?? '');

describe('group 5', () => {
  it('attack 5: CR, LF and NUL in every field', () => {
    for (const bad of ['a\rQUIT', 'a\nQUIT', 'a\r\nQUIT :x', '\r\nQUIT', 'a\0QUIT'])
      for (const action of actionsWith(bad)) {
        const lines = sentBy(action);
        // eslint-disable-next-line no-control-regex -- exactly these three are meant
        for (const line of lines) expect(line, action.kind).not.toMatch(/[\r\n\u0000]/);
        expect(commandsOf(lines), action.kind).not.toContain('QUIT');
      }
  });
  it('attack 5: a leading colon or a space in every field', () => {
    for (const bad of [':x', ' x', 'x y', ''])
      for (const action of actionsWith(bad)) {
        const lines = sentBy(action);
        for (const line of lines) {
          const [head = ''] = line.replace(/^@\S+ /, '').split(' :', 1);
          // What stands before the last parameter are words we made: none is missing, none begins with a colon.
          if (action.kind !== 'raw')
            expect(
              head.split(' ').every((word) => word !== '' && !word.startsWith(':')),
              line,
            ).toBe(true);
        }
      }
    for (const params of [
      ['#a b', 'x'],
      [':a', 'x'],
      ['', 'x'],
    ])
      expect(() => encodeLine('KICK', params)).toThrow();
    expect(encodeLine('TOPIC', ['#c', ''])).toBe('TOPIC #c :');
    expect(encodeLine('TOPIC', ['#c', ' :x'])).toBe('TOPIC #c : :x');
  });
  it('attack 5: a channel of an irc:// address', async () => {
    const channel = decodeURIComponent('#x%0d%0aQUIT');
    expect(sentBy({ kind: 'join', channel, key: null })).toEqual([]);
    const rig = commandRig();
    await expect(rig.type(`/join ${channel}`)).rejects.toThrow(/one line/);
    await expect(rig.type(`/connect irc://irc.example/${channel.replace('\r\n', '')}`)).rejects.toThrow(/configuration/);
    expect(rig.actions).toEqual([]);
  });
  it('attack 5: pasted and dropped text', async () => {
    const rig = commandRig();
    for (const text of [
      '/join #a\n/quit',
      'hello\n /msg NickServ identify hunter2',
      ' /msg NickServ identify hunter2',
      'x\n'.repeat(201),
      '\u2003/msg x y',
    ])
      await expect(rig.type(text), text).rejects.toThrow();
    for (const text of [
      'msg nickserv identify hunter2',
      'ns identify hunter2',
      'identify hunter2',
      '  Query ChanServ@services.x op #a',
      'ok\nnickserv identify hunter2',
    ])
      await expect(rig.type(text), text).rejects.toThrow(/\/say/);
    expect(rig.actions).toEqual([]);
    expect(rig.said).toEqual([]);
    // In the middle of a paste a line with a slash is text.
    expect(parseInput('one\n/quit')).toMatchObject({ kind: 'text', lines: ['one', '/quit'] });
    expect(parseInput('notice server is down, and I serve tea')).toMatchObject({ kind: 'text' });
    await rig.type('/say identify yourself');
    expect(rig.said).toEqual([['#here', 'privmsg', 'identify yourself']]);
    expect(sentBy({ kind: 'text', target: '#room', form: 'privmsg', text: '\u0001DCC SEND x 1 1\u0001' }).join()).not.toContain('\u0001');
  });
  it('attack 5: tag keys and values', () => {
    for (const key of ['a b', 'a;b', 'a=b', '', '+', 'a\r\n', 'a\u0000', '@x', 'ä'])
      expect(() => encodeLine('TAGMSG', ['#c'], 510, { [key]: 'x' }), key).toThrow();
    expect(() => encodeLine('TAGMSG', ['#c'], 510, { '+a': 'x\u0000' })).toThrow();
    const line = encodeLine('TAGMSG', ['#c'], 510, { '+a': 'x; +b=1\r\nQUIT \\ :x' });
    expect(line).toBe('@+a=x\\:\\s+b=1\\r\\nQUIT\\s\\\\\\s:x TAGMSG #c');
    for (const action of actionsWith('x; +evil=1 QUIT'))
      for (const sent of sentBy(action))
        if (sent.startsWith('@'))
          expect((sent.slice(1).split(' ')[0] ?? '').split(';').filter((tag) => tag.startsWith('+evil'))).toEqual([]);
  });
  it('attack 5: the list of channels to join', () => {
    const names = ['#a\r\nQUIT', '#b c', '#d,0', 'e', '', '#f', '#g\u0000'];
    const context: Pick<Context, 'isupport'> = { isupport: defaultIsupport('ascii') };
    for (const name of names) {
      const problem = checkOptions({ ...baseOptions, port: 6_667, channels: [{ name, key: null }] });
      if (problem !== null) continue;
      // What passes is left out or a single, whole line.
      for (const line of packJoins(context, [{ name, key: null }])) expect(line).toMatch(/^JOIN [^\r\n\0 ,]+$/);
    }
    for (const key of ['a b', 'a,b', 'a\r\nQUIT']) {
      let lines: string[] = [];
      try {
        lines = packJoins(context, [{ name: '#f', key }]);
      } catch {
        // Refused is as good as left out.
      }
      expect(lines).toEqual([]);
    }
  });
  it('attack 5: the real name', () => {
    for (const realname of ['x\r\nQUIT', 'x\nQUIT', 'x\u0000']) {
      const text = `[servers.a]\nnickname = "n"\nserver = "h"\nrealname = ${JSON.stringify(realname)}\n`;
      expect(loadConfig(text).config, realname).toBeNull();
      expect(checkOptions({ ...baseOptions, port: 6_667, realname })).not.toBeNull();
    }
  });
  it('attack 5: aliases', async () => {
    for (const alias of ['/say x\\r\\n/quit', '/say \\u0000', 'say x', '//x']) {
      const { problems } = loadConfig(`[buffer.commands.aliases]\nx = "${alias}"\n`);
      expect(problems[0]?.severity, alias).toBe('error');
    }
    const rig = commandRig();
    rig.settings = { ...rig.settings, aliases: { greet: '/notice $1 hi' } };
    await expect(rig.type('/greet ann\nQUIT')).rejects.toThrow(/one line/);
    expect(await rig.acts('/greet ann :QUIT')).toEqual([{ kind: 'text', target: 'ann', form: 'notice', text: 'hi' }]);
  });
  it('attack 5: DCC names', () => {
    const hostile = 'a" 2130706433 22 1\r\nQUIT :"b';
    const text = writeSend({ name: hostile, size: 1, address: '1.2.3.4', port: 5_000, token: null });
    expect(sentBy({ kind: 'ctcp', target: 'ann', command: 'DCC', text })).toEqual([]);
    expect(writeSend({ name: 'a" 1 2 "b', size: 1, address: '1.2.3.4', port: 5_000, token: null })).toBe(
      'SEND "a\' 1 2 \'b" 16909060 5000 1',
    );
    const one = onlineHarness();
    one.feed(':ann!u@h PRIVMSG me :\u0001DCC SEND \u0001QUIT\u0001 1 5000 1\u0001');
    expect(one.sent).toEqual([]);
  });
});
