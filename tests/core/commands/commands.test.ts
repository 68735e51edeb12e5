import { describe, expect, it } from 'vitest';
import type { Message } from '../../../src/contract/message.ts';
import { allCommands } from '../../../src/core/commands/all.ts';
import { commandRig, bufferId, messageId } from '../../support/commands.ts';

const matching = (pattern: RegExp): unknown => expect.stringMatching(pattern);

/** Halloy's list (39 parsed, 8 sent as typed), less what docs/KNOWN-ISSUES.md names: exec, upload. */
const ofHalloy =
  'away chathistory clear cleartopic ct connect ctcp delay detach format f format-me format-msg format-notice hop rejoin invite join j kick list massmessage me describe mode m monitor motd msg query nick notice part leave plain p plain-me plain-msg plain-notice quit disconnect raw reconnect setname sysinfo topic t whois names who whowas knock userip cnotice cprivmsg';
const ofOthers =
  'op deop voice devoice ignore unignore ban kickban unban quiet unquiet banlist cycle back react unreact redact reply rename metadata search history register verify bouncer dcc quote help close';

describe('the list of commands', () => {
  it('has every name of Halloy, and those its users miss', () => {
    const known = new Set(allCommands.flatMap(({ name, aliases }) => [name, ...aliases]));
    expect(`${ofHalloy} ${ofOthers}`.split(' ').filter((name) => !known.has(name))).toEqual([]);
  });
  it('has each name once, with words on how to use it', () => {
    const names = allCommands.flatMap(({ name, aliases }) => [name, ...aliases]);
    expect(new Set(names).size).toBe(names.length);
    for (const { name, usage, help } of allCommands) {
      expect(usage.startsWith(`/${name}`)).toBe(true);
      expect(help).toMatch(/^[A-Z/].*\.$/);
    }
  });
  it('shows usage and help of all', async () => {
    const rig = commandRig();
    await rig.type('/help');
    expect(rig.shown).toHaveLength(allCommands.length);
    await rig.type('/help cycle');
    expect(rig.shown.at(-1)).toMatch(/^\/hop .*\/cycle/);
  });
});

describe('what is no command', () => {
  it('never reaches the server, and says how it could', async () => {
    const rig = commandRig();
    await expect(rig.type('/indentify hunter2')).rejects.toThrow(/no command \/indentify.*\/raw/);
    await expect(rig.type('/whosi ann')).rejects.toThrow(/Did you mean \/whois/);
    expect(rig.actions).toEqual([]);
  });
});

describe('commands of a channel take this one, or the one that is named', () => {
  it.each([
    ['/part', [{ kind: 'part', channel: '#here', reason: null }]],
    ['/part #there bye now', [{ kind: 'part', channel: '#there', reason: 'bye now' }]],
    ['/topic', [{ kind: 'topic', channel: '#here', topic: null }]],
    ['/topic #there new words', [{ kind: 'topic', channel: '#there', topic: 'new words' }]],
    ['/ct', [{ kind: 'topic', channel: '#here', topic: '' }]],
    ['/kick ann', [{ kind: 'kick', channel: '#here', nick: 'ann', reason: null }]],
    ['/k #there ann no more', [{ kind: 'kick', channel: '#there', nick: 'ann', reason: 'no more' }]],
    ['/names', [{ kind: 'names', channel: '#here' }]],
    ['/who', [{ kind: 'who', mask: '#here' }]],
    ['/who ann %na', [{ kind: 'raw', line: 'WHO ann %na' }]],
    ['/invite bob', [{ kind: 'invite', nick: 'bob', channel: '#here' }]],
    ['/invite bob #there', [{ kind: 'invite', nick: 'bob', channel: '#there' }]],
    ['/knock #there let me in', [{ kind: 'knock', channel: '#there', text: 'let me in' }]],
    ['/mode', [{ kind: 'mode', target: '#here', modes: '', params: [] }]],
    ['/m +k secret', [{ kind: 'mode', target: '#here', modes: '+k', params: ['secret'] }]],
    ['/mode me +i', [{ kind: 'mode', target: 'me', modes: '+i', params: [] }]],
    ['/banlist', [{ kind: 'masks', channel: '#here', mode: 'b' }]],
    [
      '/hop',
      [
        { kind: 'part', channel: '#here', reason: null },
        { kind: 'join', channel: '#here', key: null },
      ],
    ],
    ['/op ann', [{ kind: 'mode', target: '#here', modes: '+o', params: ['ann'] }]],
    ['/devoice #there ann bob', [{ kind: 'mode', target: '#there', modes: '-vv', params: ['ann', 'bob'] }]],
    ['/detach', []],
  ])('%s', async (text, actions) => {
    const rig = commandRig('#here', text === '/detach' ? [] : []);
    if (text === '/detach') {
      await expect(rig.type(text)).rejects.toThrow(/no bouncer/);
      rig.server.features.bouncer = true;
      expect(await rig.acts(text)).toEqual([{ kind: 'part', channel: '#here', reason: 'detach' }]);
    } else expect(await rig.acts(text)).toEqual(actions);
  });
  it('joins what one was thrown out of, without leaving it first', async () => {
    const rig = commandRig();
    rig.buffer = { ...rig.buffer, joined: false };
    expect(await rig.acts('/rejoin')).toEqual([{ kind: 'join', channel: '#here', key: null }]);
  });
  it('and outside a channel they need one', async () => {
    for (const text of ['/part', '/topic x', '/kick ann', '/names', '/who', '/invite bob', '/banlist', '/hop', '/op ann', '/ban ann'])
      await expect(commandRig('ann').type(text)).rejects.toThrow(/^Usage/);
  });
});

describe('other commands', () => {
  it.each([
    [
      '/join sotto,#b key1,key2',
      [
        { kind: 'join', channel: '#sotto', key: 'key1' },
        { kind: 'join', channel: '#b', key: 'key2' },
      ],
    ],
    ['/nick new', [{ kind: 'nick', nick: 'new' }]],
    ['/away gone fishing', [{ kind: 'away', reason: 'gone fishing' }]],
    ['/away', [{ kind: 'away', reason: null }]],
    ['/back', [{ kind: 'away', reason: null }]],
    ['/list *sotto*', [{ kind: 'list', pattern: '*sotto*' }]],
    ['/whowas ann', [{ kind: 'whowas', nick: 'ann' }]],
    ['/setname New Name', [{ kind: 'setname', realname: 'New Name' }]],
    ['/raw  MODE #x +b', [{ kind: 'raw', line: 'MODE #x +b' }]],
    ['/quote PING x', [{ kind: 'raw', line: 'PING x' }]],
    ['/motd', [{ kind: 'raw', line: 'MOTD' }]],
    ['/stats u', [{ kind: 'raw', line: 'STATS u' }]],
    ['/cnotice ann #here :hello there', [{ kind: 'raw', line: 'CNOTICE ann #here :hello there' }]],
    ['/userip ann', [{ kind: 'raw', line: 'USERIP ann' }]],
    ['/ctcp ann version', [{ kind: 'ctcp', target: 'ann', command: 'VERSION', text: '' }]],
    ['/notice ann hi', [{ kind: 'text', target: 'ann', form: 'notice', text: 'hi' }]],
    ['/msg #there hi', [{ kind: 'text', target: '#there', form: 'privmsg', text: 'hi' }]],
  ])('%s', async (text, actions) => {
    expect(await commandRig().acts(text)).toEqual(actions);
  });
  it('take no more and no less than they need', async () => {
    const wrong =
      '/nick|/nick a b|/back now|/whowas|/monitor|/monitor +|/monitor list x|/ctcp ann|/ctcp ann a!b|/setname|/raw|/kick|/ban|/unignore|/register a b|/verify a|/rename #a|/metadata|/metadata set|/metadata clear a b|/react|/reply|/delay|/reconnect x|/clear x|/dcc get|/dcc foo 1|/knock ann|/join|/stats|/cnotice a b|/userip|/ns|/say|/format|/plain|/list a b|/search|/chathistory latest x';
    for (const text of wrong.split('|')) {
      const rig = commandRig();
      await expect(rig.type(text), text).rejects.toThrow(/^Usage|works only/);
      expect([rig.actions, rig.said]).toEqual([[], []]);
    }
  });
  it('keep the limits that the server told', async () => {
    const rig = commandRig('#here', [
      'NICKLEN=5',
      'CHANNELLEN=6',
      'KEYLEN=3',
      'TOPICLEN=4',
      'KICKLEN=4',
      'AWAYLEN=4',
      'NAMELEN=4',
      'MONITOR=1',
      'MODES=2',
    ]);
    for (const text of [
      '/nick toolong',
      '/join #toolong',
      '/join #a longkey',
      '/topic words',
      '/kick ann words',
      '/away words',
      '/setname words',
      '/topic ääää',
    ])
      await expect(rig.type(text), text).rejects.toThrow(/bytes on this server/);
    await expect(rig.type('/monitor + a,b')).rejects.toThrow(/1 nicks/);
    await expect(rig.type('/mode +oooo a b c d')).rejects.toThrow(/2 modes/);
    expect(rig.actions).toEqual([]);
    expect(await rig.acts('/op a b c')).toEqual([
      { kind: 'mode', target: '#here', modes: '+oo', params: ['a', 'b'] },
      { kind: 'mode', target: '#here', modes: '+o', params: ['c'] },
    ]);
  });
  it('give a status only where the server has it', async () => {
    await expect(commandRig().type('/halfop ann')).rejects.toThrow(/no mode for it/);
    expect(await commandRig('#here', ['PREFIX=(qaohv)~&@%+']).acts('/halfop ann')).toMatchObject([{ modes: '+h' }]);
  });
  it('leave with the reasons of the configuration', async () => {
    const rig = commandRig();
    rig.settings = { ...rig.settings, quitReason: 'off', partReason: 'away' };
    expect(await rig.acts('/part')).toMatchObject([{ reason: 'away' }]);
    await rig.type('/quit');
    await rig.type('/quit so long');
    expect(rig.deeds).toEqual(['disconnect off', 'disconnect so long']);
    await expect(rig.type('/raw QUIT')).rejects.toThrow(/Use \/quit/);
  });
  it('say and format texts', async () => {
    const rig = commandRig();
    await rig.type('/format **b** *i* __u__ ~~s~~ `**m**` $c4,1red$r snake_case_name 2*3*4');
    await rig.type('/plain-me **b**');
    await rig.type('/say /not a command');
    await rig.type('/format-msg ann **hi**');
    await rig.type('/ns help');
    await rig.type('/sysinfo');
    expect(rig.said.slice(0, 5)).toEqual([
      [
        '#here',
        'privmsg',
        '\u0002b\u0002 \u001di\u001d \u001fu\u001f \u001es\u001e \u0011**m**\u0011 \u00034,1red\u000f snake_case_name 2*3*4',
      ],
      ['#here', 'action', '**b**'],
      ['#here', 'privmsg', '/not a command'],
      ['ann', 'privmsg', '\u0002hi\u0002'],
      ['NickServ', 'privmsg', 'help'],
    ]);
    expect(rig.said[5]?.[2]).toMatch(/cores/);
    rig.settings = { ...rig.settings, sysinfo: { cpu: false, memory: false, os: false, uptime: false } };
    await expect(rig.type('/sysinfo')).rejects.toThrow(/switched off/);
  });
  it('ask by CTCP with the time in a PING; an action is a text', async () => {
    const rig = commandRig();
    const [ping] = await rig.acts('/ping ann');
    expect(ping).toMatchObject({ kind: 'ctcp', command: 'PING', text: matching(/^\d{13}$/) });
    expect(await rig.acts('/ctcp ann ACTION waves')).toEqual([]);
    expect(rig.said).toEqual([['ann', 'action', 'waves']]);
    await expect(rig.type('/ctcp ann DCC SEND x 1 1')).rejects.toThrow(/\/dcc/);
    await expect(rig.type('/ctcp held VERSION')).rejects.toThrow('held');
  });
  it('refer to the newest line that can be referred to', async () => {
    const line = (id: number, self: boolean, isReferable: boolean): Message => ({
      id: messageId(id),
      buffer: bufferId(1),
      time: id,
      kind: 'privmsg',
      from: self ? 'me' : 'ann',
      text: 'x',
      subject: null,
      self,
      highlight: false,
      receipt: null,
      ...(isReferable ? { isReferable: true } : {}),
    });
    const rig = commandRig();
    await expect(rig.type('/react 👍')).rejects.toThrow(/no line here/);
    rig.lines = [line(1, false, true), line(2, true, true), line(3, false, true), line(4, true, false), line(5, false, false)];
    for (const text of ['/react 👍', '/unreact 👍', '/redact slip', '/reply yes']) await rig.type(text);
    expect(rig.deeds).toEqual(['react 3 👍 false', 'react 3 👍 true', 'redact 2 slip']);
    expect(rig.said).toEqual([['#here', 'privmsg', 'yes → 3']]);
    expect(await rig.type('/history')).toMatchObject({ note: '3 older lines were fetched. The server has no more.' });
  });
  it('need a server that can do it', async () => {
    const rig = commandRig();
    const able = [
      '/rename #here #new',
      '/metadata set status hi',
      '/search words',
      '/register * * pw',
      '/verify me 1',
      '/bouncer list',
      '/chathistory latest #here * 5',
      '/monitor list',
    ];
    for (const text of able) await expect(rig.type(text), text).rejects.toThrow(/server/);
    Object.assign(rig.server.features, {
      rename: true,
      metadata: true,
      search: true,
      accountRegistration: true,
      bouncer: true,
      history: true,
    });
    rig.isupport.monitor = Infinity;
    for (const text of able) await rig.type(text);
    expect(rig.deeds).toEqual(['register   pw', 'verify me 1']);
    expect(await rig.type('/verify me 1')).toMatchObject({ note: 'confirmed' });
    await rig.type('/bouncer add host=irc.example name=Example');
    expect(rig.actions).toEqual([
      { kind: 'rename', channel: '#here', to: '#new', reason: null },
      { kind: 'metadata', target: '*', key: 'status', value: 'hi' },
      { kind: 'search', target: '#here', text: 'words' },
      { kind: 'raw', line: 'CHATHISTORY LATEST #here * 5' },
      { kind: 'monitor', change: 'list', nicks: [] },
      { kind: 'bouncer', change: 'add', id: null, attributes: { host: 'irc.example', name: 'Example' } },
    ]);
  });
  it('connect again, empty the view, and wait only where commands run by themselves', async () => {
    const rig = commandRig();
    await rig.type('/reconnect');
    await rig.type('/connect');
    expect(rig.deeds).toEqual(['reconnect', 'reconnect']);
    expect(await rig.type('/clear')).toMatchObject({ clear: true });
    await expect(rig.type('/connect ircs://irc.libera.chat')).rejects.toThrow(/configuration/);
    await expect(rig.type('/delay 1')).rejects.toThrow(/on_connect/);
    rig.isOnConnect = true;
    await rig.type('/delay 0.01');
    await expect(rig.type('/delay 9999')).rejects.toThrow(/300/);
  });
  it('list, take and end files', async () => {
    const rig = commandRig();
    await rig.type('/dcc');
    expect(rig.shown).toEqual(['No file is on its way.']);
    await rig.type('/dcc get 4');
    await rig.type('/dcc close 4');
    expect(rig.deeds).toEqual(['accept 4', 'cancel 4']);
  });
});

describe('masks', () => {
  it('are made of what is known: account where the server bans by account, host, nick', async () => {
    const rig = commandRig('#here', ['EXTBAN=$,arx', 'ACCOUNTEXTBAN=a']);
    rig.users = { ann: { user: 'u', host: 'h.example', account: 'annie' }, bob: { user: 'u', host: 'b.example', account: null } };
    expect(await rig.acts('/ban ann bob cee *!*@evil $a:mallory dave@*')).toEqual([
      { kind: 'mode', target: '#here', modes: '+bbb', params: ['$a:annie', '*!*@b.example', 'cee!*@*'] },
      { kind: 'mode', target: '#here', modes: '+bbb', params: ['*!*@evil', '$a:mallory', '*!dave@*'] },
    ]);
    const plain = commandRig();
    plain.users = rig.users;
    expect(await plain.acts('/unban ann')).toEqual([{ kind: 'mode', target: '#here', modes: '-b', params: ['*!*@h.example'] }]);
    expect(await plain.acts('/kickban ann out with you')).toEqual([
      { kind: 'mode', target: '#here', modes: '+b', params: ['*!*@h.example'] },
      { kind: 'kick', channel: '#here', nick: 'ann', reason: 'out with you' },
    ]);
  });
  it('silence as the server does it', async () => {
    expect(await commandRig('#here', ['CHANMODES=bq,k,l,imnpst']).acts('/quiet ann')).toMatchObject([{ modes: '+q', params: ['ann!*@*'] }]);
    expect(await commandRig('#here', ['EXTBAN=,mU']).acts('/unquiet ann')).toMatchObject([{ modes: '-b', params: ['m:ann!*@*'] }]);
    expect(await commandRig('#here', ['EXTBAN=~,qj']).acts('/quiet ann')).toMatchObject([{ modes: '+b', params: ['~q:ann!*@*'] }]);
    await expect(commandRig('#here', ['PREFIX=(qov)~@+', 'CHANMODES=bq,k,l,imn']).type('/quiet ann')).rejects.toThrow(/cannot silence/);
    await expect(commandRig('#here').type('/banlist q')).rejects.toThrow(/lists are: b/);
  });
});

describe('/ignore', () => {
  it('lists, adds and takes away, and never everybody', async () => {
    const rig = commandRig();
    await rig.type('/ignore');
    rig.ignored = [
      { user: 'eve', channel: null },
      { user: 'mal', channel: '#x' },
    ];
    await rig.type('/ignore');
    expect(rig.shown).toEqual(['Nobody is ignored on this server.', 'eve', 'mal in #x']);
    expect(await rig.type('/ignore eve')).toMatchObject({ note: 'eve is ignored. /unignore eve takes it back.' });
    expect(await rig.type('/ignore known')).toMatchObject({ note: 'known is ignored already.' });
    await rig.type('/unignore eve');
    await expect(rig.type('/unignore known')).rejects.toThrow(/not in the list/);
    for (const all of ['*', '*!*@*', '?*']) await expect(rig.type(`/ignore ${all}`)).rejects.toThrow(/Name a nick/);
    expect(rig.deeds).toEqual(['ignore eve', 'ignore known', 'unignore eve', 'unignore known']);
  });
});
