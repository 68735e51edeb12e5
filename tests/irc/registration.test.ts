import { describe, expect, it, onTestFinished, test } from 'vitest';
import type { IrcEvent } from '../../src/contract/chat.ts';
import { IrcError } from '../../src/irc/errors.ts';
import type { SaslOptions } from '../../src/irc/options.ts';
import { createCapabilities } from '../../src/irc/session/capabilities.ts';
import { readEnding } from '../../src/irc/session/endings.ts';
import { applyToken, defaultIsupport, isTagAllowed } from '../../src/irc/session/isupport.ts';
import { testClient } from '../support/irc/client.ts';
import { testLinks, type TestLink } from '../support/irc/links.ts';
import { harness, onlineHarness, type SessionHarness } from '../support/irc/session.ts';

const login: SaslOptions = { kind: 'password', account: 'me', password: 'secret-word', plain: true, required: false };
const welcome = [':s 001 me :Welcome', ':s 376 me :End of MOTD'];
const fed = (one: SessionHarness, ...lines: string[]): string[] => {
  const before = one.sent.length;
  one.feed(...lines);
  return one.sent.slice(before);
};

describe('IRCv3 capability-negotiation', () => {
  it('begins with CAP LS 302', () => {
    expect(harness().sent).toEqual(['CAP LS 302', 'NICK me', 'USER sotto 0 * :Sotto test']);
  });
  it('waits for the whole list, takes one that is told twice, and asks for nothing unknown', () => {
    const one = harness();
    expect(fed(one, ':s CAP * LS * :batch poison/bait sasl=PLAIN', ':s CAP * LS * :server-time')).toEqual([]);
    expect(fed(one, ':s CAP * LS :tls sts=duration=9')).toEqual(['CAP REQ :batch server-time']);
    expect(fed(one, ':s CAP * LS :batch server-time')).toEqual([]);
    expect(fed(one, ':s CAP * ACK :batch', ':s CAP * ACK :server-time')).toEqual(['CAP END']);
    expect(fed(one, ':s CAP * LS :batch server-time setname')).toEqual(['CAP REQ setname']);
  });
  it('keeps each request within 510 bytes', () => {
    const names = Array.from({ length: 60 }, (_unused, index) => `vendor.example/capability-with-a-long-name-${index}`);
    const caps = createCapabilities(names);
    const requests = caps.apply(['LS', names.join(' ')]);
    expect(requests.length).toBeGreaterThan(4);
    for (const request of requests) expect(`CAP REQ :${request}`.length).toBeLessThanOrEqual(510);
    expect(requests.join(' ').split(' ')).toEqual(names);
  });
  it('finds the one that spoils a request by halves', () => {
    const names = Array.from({ length: 32 }, (_unused, index) => `c${index}`);
    const caps = createCapabilities(names);
    let requests = caps.apply(['LS', names.join(' ')]);
    let count = requests.length;
    while (requests.length > 0) {
      const next = requests.flatMap((request) => caps.apply([request.split(' ').includes('c20') ? 'NAK' : 'ACK', request]));
      count += next.length;
      requests = next;
    }
    expect(count).toBe(11);
    expect(names.filter((name) => !caps.has(name))).toEqual(['c20']);
    expect(caps.settled()).toBe(true);
  });
  it('asks for nothing the user does not want, with or without its vendor', () => {
    const wanted = ['batch', 'draft/multiline', 'draft/metadata-2', 'message-tags', 'setname'];
    const caps = createCapabilities(wanted, ['multiline', 'metadata', 'setname']);
    expect(caps.apply(['LS', wanted.join(' ')])).toEqual(['batch message-tags']);
  });
  it('never asks for sts or tls, whoever wants them', () => {
    expect(createCapabilities(['sts', 'draft/sts', 'tls', 'batch']).apply(['LS', 'sts=port=1 draft/sts tls batch'])).toEqual(['batch']);
  });
  it('asks for what needs another one only with it, and loses it with it', () => {
    const caps = createCapabilities(['account-notify', 'batch', 'extended-join', 'labeled-response']);
    expect(caps.apply(['LS', 'extended-join labeled-response batch'])).toEqual(['batch labeled-response']);
    caps.apply(['ACK', 'batch labeled-response']);
    expect(caps.apply(['NEW', 'account-notify'])).toEqual(['account-notify extended-join']);
    caps.apply(['DEL', 'batch']);
    expect(caps.has('labeled-response')).toBe(false);
    expect(caps.apply(['NEW', 'batch'])).toEqual(['batch']);
    caps.apply(['ACK', 'batch']);
    expect(caps.has('labeled-response')).toBe(true);
  });
});

describe('IRCv3 sasl', () => {
  const loggedIn = (): SessionHarness => {
    const one = harness({ sasl: [login] });
    one.feed(':s CAP * LS :cap-notify sasl=PLAIN', ':s CAP * ACK :cap-notify sasl', 'AUTHENTICATE +', ':s 903 me :ok', ...welcome);
    return one;
  };
  it('logs in anew when services come back, and stays where that fails', () => {
    const one = loggedIn();
    expect(fed(one, ':s CAP me DEL :sasl', ':s 901 me me!u@h :You are now logged out')).toEqual([]);
    expect(fed(one, ':s CAP me NEW :sasl=PLAIN')).toEqual(['CAP REQ sasl']);
    expect(fed(one, ':s CAP me ACK :sasl')).toEqual(['AUTHENTICATE PLAIN']);
    expect(fed(one, ':s 904 me :failed')).toEqual([]);
    expect(one.endings).toEqual([]);
    expect(one.session.online()).toBe(true);
  });
  it('goes on without an account where the login is not needed, and says so', () => {
    const one = harness({ sasl: [login] });
    one.feed(':s CAP * LS :sasl=PLAIN', ':s CAP * ACK :sasl', 'AUTHENTICATE +');
    expect(fed(one, ':s 904 me :failed')).toEqual(['CAP END']);
    expect(one.events).toContainEqual(
      expect.objectContaining({ text: 'Logging in as me failed: account or password is wrong. Going on without.' }),
    );
  });
  it('gives up a server that falls silent in the middle', () => {
    const one = harness({ sasl: [{ ...login, required: true }] });
    one.feed(':s CAP * LS :sasl=PLAIN', ':s CAP * ACK :sasl');
    one.clock.advance(30_000);
    expect(one.sent.slice(-2)).toEqual(['AUTHENTICATE *', 'QUIT']);
  });
});

describe('IRCv3 extended-isupport', () => {
  it('asks for 005 before the registration, and takes it in its batch', () => {
    const one = harness();
    one.feed(':s CAP * LS :batch draft/extended-isupport');
    expect(fed(one, ':s CAP * ACK :batch draft/extended-isupport')).toEqual(['ISUPPORT', 'CAP END']);
    one.feed(':s BATCH +x draft/isupport', '@batch=x :s 005 * NETWORK=Example NICKLEN=9 :are supported', ':s BATCH -x');
    expect([one.session.isupport.network, one.session.isupport.nickLength]).toEqual(['Example', 9]);
  });
  it('knows no other tokens than those told, and forgets what is taken back', () => {
    const isupport = defaultIsupport('rfc1459');
    const standard = structuredClone(isupport);
    const tokens = [
      'PREFIX=(qo)~@',
      'CHANTYPES=#',
      'CHANMODES=b,k,l,i',
      'MODES=6',
      'MAXLIST=be:60,I:10',
      'CHATHISTORY=500',
      'MSGREFTYPES=msgid,x,timestamp',
    ];
    tokens.push(
      'MONITOR=100',
      'BOT=B',
      'CLIENTTAGDENY=*,-typing',
      'UTF8ONLY',
      'LINELEN=2048',
      'NICKLEN=20',
      'CHANNELLEN=64',
      'TOPICLEN=390',
      'KICKLEN=300',
    );
    tokens.push(
      'AWAYLEN=200',
      'NAMELEN=150',
      'KEYLEN=23',
      'ELIST=cmnTU',
      'EXTBAN=$,ajrxz',
      'ACCOUNTEXTBAN=a,account',
      'WHOX',
      'BOUNCER_NETID=4',
      'SAFELIST',
    );
    tokens.push(
      'draft/ICON=https://x.test/i.png',
      'soju.im/FILEHOST=https://x.test/up',
      'soju.im/SAFERATE',
      'TARGMAX=PRIVMSG:4,JOIN:,NAMES:1',
      'STATUSMSG=@',
      'NETWORK=Ex\\x20ample',
    );
    for (const token of tokens) applyToken(isupport, token);
    expect(isupport).toMatchObject({
      modes: 6,
      chatHistory: 500,
      msgRefTypes: ['msgid', 'timestamp'],
      monitor: 100,
      bot: 'B',
      utf8Only: true,
      lineLength: 2048,
      nickLength: 20,
      channelLength: 64,
      topicLength: 390,
      kickLength: 300,
      awayLength: 200,
      nameLength: 150,
      keyLength: 23,
      elist: 'CMNTU',
      extban: { prefix: '$', types: 'ajrxz' },
      accountExtban: ['a', 'account'],
      whox: true,
      bouncerNetId: '4',
      safelist: true,
      icon: 'https://x.test/i.png',
      filehost: 'https://x.test/up',
      saferate: true,
      joinTargets: 64,
      statusMsg: '@',
      network: 'Ex ample',
    });
    expect([...isupport.maxList]).toEqual([
      ['b', 60],
      ['e', 60],
      ['I', 10],
    ]);
    expect([...isupport.targets]).toEqual([
      ['PRIVMSG', 4],
      ['JOIN', Infinity],
      ['NAMES', 1],
    ]);
    expect([isTagAllowed(isupport, '+typing'), isTagAllowed(isupport, '+draft/react')]).toEqual([true, false]);
    for (const token of tokens) applyToken(isupport, `-${token.split('=')[0] ?? ''}`);
    expect(isupport).toEqual(standard);
  });
  it('takes no nonsense', () => {
    const isupport = defaultIsupport('rfc1459');
    const standard = structuredClone(isupport);
    for (const token of [
      '',
      '-',
      '=',
      '__proto__=x',
      'constructor',
      'PREFIX=((((',
      'MODES=x',
      'MONITOR=-1',
      'BOT=bot',
      'NICKLEN=0x9',
      'LINELEN=1',
      'EXTBAN=abc',
      `NETWORK=${'x'.repeat(9_000)}`,
    ])
      applyToken(isupport, token);
    expect({ ...isupport, tokens: new Map(), nickLength: 30, modes: 3 }).toEqual(standard);
    for (let index = 0; index < 10_000; index += 1) applyToken(isupport, `T${index}=x`);
    expect(isupport.tokens.size).toBeLessThanOrEqual(256);
  });
  it('needs no pauses between lines where the server slows us down by itself', () => {
    const slow = onlineHarness({ antiFloodMs: 2_000 });
    for (let index = 0; index < 10; index += 1) slow.session.act({ kind: 'whois', nick: `n${index}` });
    expect(slow.sent.length).toBeLessThanOrEqual(4);
    const fast = onlineHarness({ antiFloodMs: 2_000 });
    fast.feed(':irc.test 005 me soju.im/SAFERATE :are supported');
    for (let index = 0; index < 10; index += 1) fast.session.act({ kind: 'whois', nick: `n${index}` });
    expect(fast.sent).toHaveLength(10);
  });
});

describe('IRCv3 pre-away', () => {
  it('comes back away before anybody sees us present, or right after where the server cannot', () => {
    const one = harness({}, { away: () => 'lunch' });
    one.feed(':s CAP * LS :draft/pre-away');
    expect(fed(one, ':s CAP * ACK :draft/pre-away')).toEqual(['AWAY :lunch', 'CAP END']);
    expect(fed(one, ...welcome).filter((line) => line.startsWith('AWAY'))).toEqual([]);
    const old = harness({}, { away: () => 'lunch' });
    expect(fed(old, ':s CAP * LS :')).toEqual(['CAP END']);
    expect(fed(old, ...welcome)).toContain('AWAY :lunch');
  });
});

describe('IRCv3 account-registration', () => {
  const caps = (value: string): SessionHarness => {
    const one = harness();
    one.feed(`:s CAP * LS :draft/account-registration=${value}`, ':s CAP * ACK :draft/account-registration', ...welcome);
    one.events.length = 0;
    return one;
  };
  const told = (one: SessionHarness): IrcEvent[] => one.events.filter(({ kind }) => kind === 'accountRegistration');
  const register = { kind: 'registerAccount', account: null, email: 'me@x.test', password: 'secret-word' } as const;

  it('registers, verifies, and believes only answers to what it asked', () => {
    const one = caps('custom-account-name,email-required');
    one.feed('REGISTER SUCCESS me :Welcome');
    expect(told(one)).toEqual([]);
    one.session.act(register);
    expect(one.sent.at(-1)).toBe('REGISTER * me@x.test :secret-word');
    one.feed('REGISTER VERIFICATION_REQUIRED me :Look into your mail');
    one.session.act({ kind: 'verifyAccount', account: 'me', code: '12 34' });
    expect(one.sent.at(-1)).toBe('VERIFY me :12 34');
    one.feed('VERIFY SUCCESS me :Done', 'VERIFY SUCCESS me :Done');
    expect(told(one)).toEqual([
      { kind: 'accountRegistration', state: 'verify', account: 'me', text: 'Look into your mail' },
      { kind: 'accountRegistration', state: 'done', account: 'me', text: 'Done' },
    ]);
  });
  it('tells why the server refuses', () => {
    const one = caps('');
    one.session.act(register);
    one.feed('FAIL REGISTER ACCOUNT_EXISTS me :Account already exists');
    expect(told(one)).toEqual([{ kind: 'accountRegistration', state: 'failed', account: 'me', text: 'Account already exists' }]);
  });
  it('sends nothing that the server says it will refuse, nothing over a bare link, and no line breaks', () => {
    const one = caps('email-required');
    const before = one.sent.length;
    for (const action of [
      { ...register, account: 'other' },
      { ...register, email: null },
      { ...register, password: 'x'.repeat(301) },
      { ...register, password: 'a\r\nQUIT' },
      { ...register, email: 'a b' },
    ])
      expect(() => {
        one.session.act(action);
      }).toThrow(IrcError);
    expect(one.sent).toHaveLength(before);
    const bare = harness({}, { link: { encrypted: false, mayCarrySecrets: false } });
    bare.feed(':s CAP * LS :draft/account-registration', ':s CAP * ACK :draft/account-registration', ...welcome);
    expect(() => {
      bare.session.act(register);
    }).toThrow(/not encrypted/);
  });
  it('works before the registration of the connection where the server says so, and only there', () => {
    const early = harness({ sasl: [{ ...login, required: true }] });
    early.feed(':s CAP * LS :draft/account-registration=before-connect sasl=PLAIN');
    early.session.act(register);
    early.feed('FAIL REGISTER WEAK_PASSWORD me :Too weak');
    expect(told(early)).toHaveLength(1);
    const late = harness();
    late.feed(':s CAP * LS :draft/account-registration');
    expect(() => {
      late.session.act(register);
    }).toThrow(/Not connected/);
  });
});

describe('IRCv3 account-registration before the connection is complete', () => {
  const register = { kind: 'registerAccount', account: null, email: 'me@x.test', password: 'secret-word' } as const;
  const held = (offer: string, link = { encrypted: true, mayCarrySecrets: true }): SessionHarness => {
    const one = harness({}, { hold: () => true, link });
    one.feed(`:s CAP * LS :${offer}`, `:s CAP * ACK :${offer.split('=')[0] ?? ''}`);
    return one;
  };
  const states = (one: SessionHarness): string[] =>
    one.events.flatMap((event) => (event.kind === 'accountRegistration' ? [event.state] : []));

  it('CAP END waits for the account to be made and verified', () => {
    const one = held('draft/account-registration=before-connect');
    expect(one.sent).not.toContain('CAP END');
    expect(states(one)).toEqual(['ready']);
    one.session.act(register);
    expect(one.sent.at(-1)).toBe('REGISTER * me@x.test :secret-word');
    one.feed('FAIL REGISTER WEAK_PASSWORD me :Too weak');
    one.session.act({ ...register, password: 'a better one' });
    one.feed(':s REGISTER VERIFICATION_REQUIRED me :Look at your mail');
    one.session.act({ kind: 'verifyAccount', account: 'me', code: '12' });
    expect(one.sent).not.toContain('CAP END');
    one.feed(':s VERIFY SUCCESS me :Welcome');
    expect(states(one)).toEqual(['ready', 'failed', 'verify', 'done']);
    expect(one.sent.filter((line) => line === 'CAP END')).toHaveLength(1);
    one.feed(...welcome);
    expect(one.session.online()).toBe(true);
  });
  it('is let go by the user, and a refused nick is replaced meanwhile', () => {
    const one = held('draft/account-registration=before-connect,email-required');
    one.feed(':s 433 * me :Nickname is already in use');
    expect(one.sent.at(-1)).toBe('NICK me_');
    one.session.release();
    one.session.release();
    expect(one.sent.filter((line) => line === 'CAP END')).toHaveLength(1);
    one.feed(...welcome);
    one.session.release();
    expect(one.sent.filter((line) => line === 'CAP END')).toHaveLength(1);
  });
  it('is not waited for where the server does not allow it, or the password could be read on its way', () => {
    expect(held('draft/account-registration=email-required').sent).toContain('CAP END');
    expect(held('batch').sent).toContain('CAP END');
    expect(held('draft/account-registration=before-connect', { encrypted: false, mayCarrySecrets: false }).sent).toContain('CAP END');
  });
  it('holds one connection only, five minutes at most, and not one that nobody asked to hold', async () => {
    const net = testLinks();
    const client = testClient({ host: 'irc.test', port: 6697, tls: true }, net.surroundings);
    onTestFinished(() => client.network.stop(null));
    const offer = ':s CAP * LS :draft/account-registration=before-connect';
    const next = async (number: number): Promise<TestLink> => {
      await client.until(() => (net.links[number - 1]?.sent.length ?? 0) > 0);
      const found = net.links[number - 1];
      if (!found) throw new Error('no such link');
      found.say(offer, ':s CAP * ACK :draft/account-registration');
      return found;
    };
    client.network.connectForAccount();
    const first = await next(1);
    expect(client.all('state').at(-1)?.state.phase).toBe('registering');
    expect(client.all('state').at(-1)?.state.text).toMatch(/make an account/);
    net.clock.advance(4 * 60_000);
    expect(first.sent).not.toContain('CAP END');
    net.clock.advance(61_000);
    expect(first.sent).toContain('CAP END');
    // The server has as long as ever for the rest.
    net.clock.advance(61_000);
    await client.until(() => client.all('state').at(-1)?.state.phase === 'waiting');
    net.clock.advance(60 * 60_000);
    expect((await next(2)).sent).toContain('CAP END');
  });
});

describe('nicks and services', () => {
  const online = (options: Parameters<typeof harness>[0], nick: string): SessionHarness => {
    const one = harness({ nick: 'sparrow', ...options });
    one.feed(':s CAP * LS :', `:s 001 ${nick} :Welcome`, ':s 376 x :End');
    return one;
  };
  const toServices = ({ sent }: SessionHarness): string[] => sent.filter((line) => /^NICKSERV|NickServ/.test(line));

  it('tries the other nicks in their order, then makes some up, and gives up after that', () => {
    const one = harness({ nick: 'sparrow', altNicks: ['wren', 'finch'] });
    for (let times = 0; times < 12; times += 1) one.feed(':s 433 * x :Nickname is already in use');
    const tried = one.sent.filter((line) => line.startsWith('NICK ')).map((line) => line.slice(5));
    expect(tried.slice(0, 4)).toEqual(['sparrow', 'wren', 'finch', 'sparrow_']);
    expect(one.endings).toEqual([expect.objectContaining({ kind: 'slow' })]);
  });
  it.each([
    [{}, 'sparrow', 'NICKSERV IDENTIFY :pw'],
    [{}, 'sparrow_', 'NICKSERV IDENTIFY sparrow :pw'],
    [{ nickIdentifySyntax: 'nick-password' }, 'sparrow', 'NICKSERV IDENTIFY sparrow :pw'],
    [{ nickIdentifySyntax: 'password-nick' }, 'sparrow', 'NICKSERV IDENTIFY pw :sparrow'],
  ] as const)('IDENTIFY, %o as %s', (options, nick, line) => {
    expect(toServices(online({ nickPassword: 'pw', ...options }, nick))).toEqual([line]);
  });
  it('takes its nick back by the commands that are configured, then asks for it until it has it', () => {
    const one = online({ nickPassword: 'pw', shouldGhost: true, ghostSequence: ['GHOST', 'RELEASE', 'BAD\r\nQUIT'] }, 'sparrow_');
    expect(toServices(one)).toEqual(['NICKSERV IDENTIFY sparrow :pw', 'NICKSERV GHOST sparrow :pw', 'NICKSERV RELEASE sparrow :pw']);
    one.clock.advance(3_000);
    expect(one.sent.at(-1)).toBe('NICK sparrow');
    one.feed(':sparrow_!u@h NICK :sparrow');
    const before = one.sent.length;
    one.clock.advance(60_000);
    expect(one.sent).toHaveLength(before);
  });
  it('takes nothing back unasked, and without a login', () => {
    expect(toServices(online({ shouldGhost: false, nickPassword: null }, 'sparrow_'))).toEqual([]);
    expect(toServices(online({ shouldGhost: true, ghostSequence: ['REGAIN'] }, 'sparrow_'))).toEqual([]);
  });
  it('sends no password while REGAIN needs none', () => {
    const one = harness({ nick: 'sparrow', sasl: [login], shouldGhost: true, ghostSequence: ['REGAIN'], nickPassword: 'pw' });
    one.feed(
      ':s CAP * LS :sasl=PLAIN',
      ':s CAP * ACK :sasl',
      'AUTHENTICATE +',
      ':s 903 x :ok',
      ':s 001 sparrow_ :Welcome',
      ':s 376 x :End',
    );
    expect(toServices(one)).toEqual(['NICKSERV REGAIN :sparrow']);
  });
  it('sets its modes before it joins', () => {
    const one = online({ umodes: '+iw-x', channels: [{ name: '#room', key: null }] }, 'sparrow');
    const at = (start: string): number => one.sent.findIndex((line) => line.startsWith(start));
    expect(at('MODE sparrow :+iw-x')).toBeGreaterThan(0);
    expect(at('MODE')).toBeLessThan(at('JOIN'));
    expect(online({ umodes: '+i\r\nQUIT' }, 'sparrow').sent.join()).not.toContain('QUIT');
  });
});

describe('the end of a connection', () => {
  test.each([
    ['Closing Link: 1.2.3.4 (K-Lined)', 'final'],
    ['Closing link: (x@y) [G-Lined: bad]', 'final'],
    ['You are banned from this server', 'final'],
    ['Closing Link: host (SASL access only)', 'final'],
    ['You need to identify via SASL to use this server', 'final'],
    ['Closing Link: x (Use TLS to connect)', 'final'],
    ['Closing Link: x (Bad Password)', 'final'],
    ['Access denied by configuration', 'final'],
    ['Reconnecting too fast, throttled.', 'slow'],
    ['Trying to reconnect too fast.', 'slow'],
    ['Too many connections from your host', 'slow'],
    ['No more connections allowed in your connection class', 'slow'],
    ['Closing Link: me[1.2.3.4] (Ping timeout: 240 seconds)', 'retry'],
    ['Closing Link: me (Excess Flood)', 'retry'],
    ['Server shutting down: the proxy list is fine', 'retry'],
  ])('%s: %s', (text, kind) => {
    expect(readEnding(text)).toEqual({ kind, text: expect.stringContaining(text) as unknown });
  });
  it('464 and 465 are final whatever ERROR says after them; 464 for OPER ends nothing', () => {
    const one = harness({ password: 'secret-word' });
    one.feed(':s 464 me :Password incorrect', 'ERROR :Closing Link');
    expect(one.session.close()).toEqual({ kind: 'final', text: 'The server password is wrong: Password incorrect' });
    const oper = onlineHarness();
    oper.feed(':irc.test 464 me :Password incorrect', 'ERROR :Closing Link: (Ping timeout)');
    expect(oper.session.close()).toMatchObject({ kind: 'retry' });
  });
});
