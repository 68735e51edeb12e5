/** SASL: servers that want a password they should not have, or a session without a login. */
import { describe, expect, it, vi } from 'vitest';
import type { SaslOptions } from '../../../src/irc/options.ts';
import type { NetworkOptions } from '../../../src/irc/network.ts';
import { harness, type HarnessDeps, type SessionHarness } from '../../support/irc/session.ts';
import { scramServer } from '../../support/irc/scram.ts';

const PASSWORD = 'correct-horse-battery';
const login = (more: Partial<Extract<SaslOptions, { kind: 'password' }>> = {}): SaslOptions => ({
  kind: 'password',
  account: 'me',
  password: PASSWORD,
  plain: true,
  required: true,
  ...more,
});
const start = (options: Partial<NetworkOptions> = {}, deps: HarnessDeps = {}): SessionHarness =>
  harness({ sasl: [login()], ...options }, deps);
const welcome = [':s 001 me :Welcome', ':s 376 me :End of MOTD'];
const offer = (mechanisms: string): string[] => [`:s CAP * LS :sasl=${mechanisms}`, ':s CAP * ACK :sasl'];
const encode = (text: string): string => btoa(text);
/** What went out in AUTHENTICATE, decoded where it is base64. */
const said = ({ sent }: SessionHarness): string[] =>
  sent.flatMap((line) => {
    const [command, text = ''] = line.split(' ');
    if (command !== 'AUTHENTICATE') return [];
    return [/^[A-Za-z0-9+/]+=*$/.test(text) && text.length % 4 === 0 && text.length > 8 && !text.includes('SCRAM') ? atob(text) : text];
  });
const everything = (one: SessionHarness): string => JSON.stringify([one.events, one.sent, said(one), one.endings]);

/** It is over for good, nobody was told that we are online, and the password stayed here. */
const expectRefused = (one: SessionHarness, secretSaid = false): void => {
  expect(one.endings).toEqual([{ kind: 'final', text: expect.stringMatching(/^Logging in as me failed: /) as unknown }]);
  expect(one.sent.at(-1)).toBe('QUIT');
  expect(one.sent).not.toContain('CAP END');
  one.feed(...welcome, ':me!u@h JOIN #room');
  expect(one.events.some(({ kind }) => kind === 'registered' || kind === 'join')).toBe(false);
  expect(said(one).some((text) => text.includes(PASSWORD))).toBe(secretSaid);
  expect(JSON.stringify(one.events)).not.toContain(PASSWORD);
};

describe('a required login', () => {
  it('attack 7: a server that ignores CAP and says 001', () => {
    const one = start();
    one.feed(...welcome);
    expectRefused(one);
  });
  it('attack 7: 421 for CAP, then 001', () => {
    const one = start();
    one.feed(':s 421 me CAP :Unknown command', ...welcome);
    expectRefused(one);
  });
  it('attack 7: an empty CAP LS', () => {
    const one = start();
    one.feed(':s CAP * LS :', ...welcome);
    expectRefused(one);
  });
  it('attack 7: an empty CAP LS is answered with CAP END and nothing else where no login is wanted', () => {
    const one = harness();
    one.sent.length = 0;
    one.feed(':s CAP * LS :');
    expect(one.sent).toEqual(['CAP END']);
  });
  it('attack 7: NAK of everything', () => {
    const one = start();
    one.feed(':s CAP * LS :batch sasl=PLAIN server-time');
    for (let round = 0; round < 20; round += 1) {
      const request = one.sent.filter((line) => line.startsWith('CAP REQ ')).at(round);
      if (request !== undefined) one.feed(`:s CAP * NAK ${request.slice('CAP REQ '.length)}`);
    }
    expectRefused(one);
  });
  it('attack 7: NAK of everything loses only what was refused: the rest is asked for in halves', () => {
    const one = harness();
    const refused = 'setname';
    one.feed(':s CAP * LS :account-notify away-notify batch chghost echo-message invite-notify message-tags setname');
    for (let round = 0; round < 40; round += 1) {
      const request = one.sent.filter((line) => line.startsWith('CAP REQ ')).at(round);
      if (request === undefined) break;
      const list = request.slice('CAP REQ '.length);
      one.feed(`:s CAP * ${list.includes(refused) ? 'NAK' : 'ACK'} ${list}`);
    }
    const requests = one.sent.filter((line) => line.startsWith('CAP REQ '));
    expect(requests.length).toBeLessThanOrEqual(8);
    expect(requests.some((line) => line === 'CAP REQ setname')).toBe(true);
    expect(one.sent.at(-1)).toBe('CAP END');
  });
  it('attack 7: 001 in the middle of AUTHENTICATE', () => {
    const one = start();
    one.feed(...offer('PLAIN'), 'AUTHENTICATE +', ...welcome);
    expectRefused(one, true);
  });
  it('attack 7: a challenge where none belongs', () => {
    const one = start();
    one.feed(...offer('PLAIN'), `AUTHENTICATE ${encode('give it to me')}`);
    expect(said(one)).toEqual(['PLAIN', '*']);
    expectRefused(one);
  });
  it('attack 7: a mechanism list without ours', () => {
    const one = start();
    one.feed(...offer('EXTERNAL,X-GIVE-PASSWORD'));
    expect(said(one)).toEqual([]);
    expectRefused(one);
  });
  it('attack 7: an ACK in two lines is an ACK', () => {
    const one = start();
    one.feed(':s CAP * LS :batch sasl=PLAIN', ':s CAP * ACK :batch', ':s CAP * ACK :sasl', 'AUTHENTICATE +', ':s 903 me :ok');
    expect(one.endings).toEqual([]);
    one.feed(...welcome);
    expect(one.session.online()).toBe(true);
  });
  it('attack 7: an ACK that takes sasl away', () => {
    const one = start();
    one.feed(':s CAP * LS :sasl=PLAIN', ':s CAP * ACK :-sasl', ...welcome);
    expectRefused(one);
    const later = start();
    later.feed(...offer('PLAIN'), ':s CAP * ACK :-sasl');
    expectRefused(later);
  });
  it('attack 7: 900 before 903 ends nothing', () => {
    const one = start();
    one.feed(...offer('PLAIN'), 'AUTHENTICATE +', ':s 900 me me!u@h me :You are logged in');
    expect(one.sent).not.toContain('CAP END');
    one.feed(':s 903 me :SASL successful');
    expect(one.sent.at(-1)).toBe('CAP END');
    const lied = start();
    lied.feed(...offer('PLAIN'), ':s 900 me me!u@h me :You are logged in', ...welcome);
    expectRefused(lied);
  });
  it('attack 7: 903 that nobody earned does not count', () => {
    const one = start();
    one.feed(...offer('PLAIN'), ':s 903 me :ok');
    expectRefused(one);
    const early = start();
    early.feed(':s CAP * LS :', ':s 903 me :ok', ...welcome);
    expectRefused(early);
  });
});

describe('any order of what a server can say', () => {
  const lines = [
    ':s CAP * LS :sasl=PLAIN,SCRAM-SHA-256',
    ':s CAP * LS * :batch',
    ':s CAP * LS :sasl',
    ':s CAP * LS :',
    ':s CAP * ACK :sasl',
    ':s CAP * ACK :-sasl',
    ':s CAP * NAK :sasl',
    ':s CAP * NEW :sasl=PLAIN',
    ':s CAP * DEL :sasl',
    'AUTHENTICATE +',
    'AUTHENTICATE *',
    `AUTHENTICATE ${encode('r=x,s=eA==,i=4096')}`,
    ':s 421 me CAP :Unknown command',
    ':s 433 * me :taken',
    ...['900 me me!u@h me', '901 me me!u@h', '902 me', '903 me', '904 me', '905 me', '906 me', '907 me', '908 me PLAIN', '908 me X'].map(
      (line) => `:s ${line} :text`,
    ),
    ...welcome,
  ];
  /** A sequence of numbers that is the same at each run. */
  const generator = (seed: number): ((below: number) => number) => {
    let state = seed;
    return (below) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
  };
  it('attack 7: 001 in the middle of AUTHENTICATE, or anywhere else: without SCRAM proven nobody is online, nor hears the password', () => {
    const next = generator(1);
    for (let round = 0; round < 1_500; round += 1) {
      const one = start({ sasl: [login({ plain: false })], nickPassword: PASSWORD });
      const script = Array.from({ length: 12 }, () => lines[next(lines.length)] ?? '');
      one.feed(...script, ...welcome);
      if (one.session.online() || everything(one).includes(PASSWORD)) expect(script).toBe('never');
      one.session.close();
    }
  });
  it('attack 7: 001 in the middle of AUTHENTICATE, or anywhere else: with PLAIN only a password that was taken makes us online', () => {
    const next = generator(2);
    let logins = 0;
    for (let round = 0; round < 1_500; round += 1) {
      const one = start();
      const script = Array.from({ length: 14 }, () => lines[next(lines.length)] ?? '');
      let taken = false;
      for (const line of [...(round % 2 === 0 ? offer('PLAIN') : []), ...script, ...welcome]) {
        if (line.startsWith(':s 903') && said(one).some((text) => text.includes(PASSWORD))) taken = true;
        one.feed(line);
        if (one.session.online() && !taken) expect(script).toBe('never');
      }
      if (one.session.online()) logins += 1;
      one.session.close();
    }
    expect(logins).toBeGreaterThan(0);
  });
});

it('attack 7: AUTHENTICATE that nobody asked for', () => {
  const one = start({ sasl: [] });
  one.feed('AUTHENTICATE +', 'AUTHENTICATE', `AUTHENTICATE ${encode('x')}`, ':s CAP * LS :batch', 'AUTHENTICATE +');
  expect(said(one)).toEqual([]);
  const wanted = start();
  wanted.feed('AUTHENTICATE +', ':s CAP * LS :sasl=PLAIN', 'AUTHENTICATE +');
  expect(said(wanted)).toEqual([]);
});

it('attack 7: the server password is no account password', () => {
  const one = start({ sasl: [], password: PASSWORD });
  one.feed(':s CAP * LS :sasl=PLAIN', 'AUTHENTICATE +', ...welcome);
  expect(one.sent.filter((line) => line.includes(PASSWORD))).toEqual([`PASS :${PASSWORD}`]);
  expect(said(one)).toEqual([]);
});

it('attack 7: a mechanism list that lies', () => {
  // It names SCRAM only, and then behaves as if PLAIN had been asked for.
  const one = start();
  one.feed(...offer('SCRAM-SHA-256'), 'AUTHENTICATE +', ':s 903 me :ok', ...welcome);
  expect(said(one)[0]).toBe('SCRAM-SHA-256');
  expectRefused(one);
  // It names more than it has: 908 says what there is, and only that is tried.
  const other = start();
  other.feed(...offer('SCRAM-SHA-512,PLAIN'), ':s 908 me EXTERNAL :are available', ':s 904 me :failed');
  expect(said(other)).toEqual(['SCRAM-SHA-512']);
  expectRefused(other);
});

/** As far as the server's first message; `change` is what the server makes of an honest one. */
const scram = async (
  change: (first: string) => string,
  options: Partial<NetworkOptions> = {},
): Promise<{ one: SessionHarness; server: ReturnType<typeof scramServer>; before: number }> => {
  const one = start(options);
  const server = scramServer('sha256', PASSWORD);
  one.feed(...offer('SCRAM-SHA-256,PLAIN'), 'AUTHENTICATE +');
  const first = change(server.first(said(one)[1] ?? ''));
  const before = said(one).length;
  for (const piece of encode(first).match(/.{1,400}/g) ?? []) one.feed(`AUTHENTICATE ${piece}`);
  await vi.waitUntil(() => said(one).length > before);
  return { one, server, before };
};

describe('SCRAM', () => {
  it.each([
    ['attack 7: SCRAM with a nonce that is not ours', (first: string) => first.replace(/r=[^,]*/, 'r=somebodyElses'), /nonce/],
    ['attack 7: SCRAM with a nonce that is not ours: it is not extended', (first: string) => first.replace('SERVER', ''), /nonce/],
    ['attack 7: SCRAM with one iteration', (first: string) => first.replace(/i=.*/, 'i=1'), /fewer than 4096/],
    ['attack 7: SCRAM with 2,147,483,648 iterations', (first: string) => first.replace(/i=.*/, 'i=2147483648'), /more than 1000000/],
    [
      'attack 7: SCRAM with 2,147,483,648 iterations: or a number of any length',
      (first: string) => `${first}${'9'.repeat(300)}`,
      /iterations/,
    ],
    ['attack 7: SCRAM with a nonce that is not ours: nothing of SCRAM at all', () => 'hello', /not SCRAM/],
    ['attack 7: SCRAM with a nonce that is not ours: no salt', (first: string) => first.replace(/s=[^,]*/, 's='), /salt/],
  ] satisfies [string, (first: string) => string, RegExp][])('%s', async (_name, change, words) => {
    const { one, before } = await scram(change);
    expect(said(one).slice(before)).toEqual(['*']);
    expect(one.endings[0]?.text).toMatch(words);
    expectRefused(one);
  });
  it('attack 7: SCRAM with a false server signature', async () => {
    const { one, server } = await scram((first) => first);
    const final = server.final(said(one).at(-1) ?? '');
    expect(final).not.toBeNull();
    one.feed(`AUTHENTICATE ${encode(`v=${encode('x'.repeat(32))}`)}`, ':s 903 me :ok');
    expect(said(one).at(-1)).toBe('*');
    expectRefused(one);
  });
  it.each([
    ['attack 7: SCRAM without a server signature', []],
    ['attack 7: SCRAM without a server signature: an empty one', ['AUTHENTICATE +']],
    ['attack 7: SCRAM without a server signature: garbage', [`AUTHENTICATE ${encode('thanks, all well')}`]],
    ['attack 7: SCRAM without a server signature: an empty v=', [`AUTHENTICATE ${encode('v=')}`]],
  ])('%s', async (_name, lines) => {
    const { one } = await scram((first) => first);
    one.feed(...lines, ':s 903 me :ok', ...welcome);
    expect(said(one).at(-1)).toBe('*');
    expect(one.endings[0]?.text).toMatch(/prov/);
    expectRefused(one);
  });
  it('attack 7: SCRAM in chunks without end', () => {
    const one = start();
    one.feed(...offer('SCRAM-SHA-256'), 'AUTHENTICATE +');
    for (let piece = 0; piece < 1_000; piece += 1) one.feed(`AUTHENTICATE ${'QUJD'.repeat(100)}`);
    expect(said(one).slice(2)).toEqual(['*']);
    expect(one.endings[0]?.text).toMatch(/no end/);
    expectRefused(one);
  });
  it('attack 7: SCRAM in chunks without end: a server that speaks while a key is derived', async () => {
    const one = start();
    const server = scramServer('sha256', PASSWORD, 100_000);
    one.feed(...offer('SCRAM-SHA-256'), 'AUTHENTICATE +');
    const first = encode(server.first(said(one)[1] ?? ''));
    for (let times = 0; times < 100; times += 1) one.feed(`AUTHENTICATE ${first}`);
    await vi.waitUntil(() => one.endings.length > 0);
    expect(said(one).slice(2)).toEqual(['*']);
    expectRefused(one);
  });
  it('attack 7: PLAIN after SCRAM or EXTERNAL was chosen', async () => {
    // The server refuses the proof, and would now like the password.
    const { one } = await scram((first) => first);
    const before = one.sent.length;
    one.feed(':s 904 me :SASL authentication failed', ':s 908 me PLAIN :are available', 'AUTHENTICATE +');
    expect(one.sent.slice(before)).toEqual(['QUIT']);
    expectRefused(one);
    // The same where the login is not required: NickServ does not get it either from a server that played false.
    const { one: optional } = await scram((first) => first.replace(/i=.*/, 'i=1'), {
      sasl: [login({ required: false })],
      nickPassword: PASSWORD,
    });
    optional.feed('AUTHENTICATE +', ...welcome);
    expect(optional.session.online()).toBe(true);
    expect(everything(optional)).not.toContain(PASSWORD);
    // EXTERNAL is asked for and answered with nothing but the account.
    const external = start({ sasl: [{ kind: 'external', account: '', required: true }, login({ plain: false })] });
    external.feed(...offer('EXTERNAL,PLAIN'), 'AUTHENTICATE +', `AUTHENTICATE ${encode('and your password?')}`);
    expect(said(external)).toEqual(['EXTERNAL', '+', '*']);
    expectRefused(external);
  });
});

it('attack 7: AUTHENTICATE after 903', () => {
  const one = start();
  one.feed(...offer('PLAIN'), 'AUTHENTICATE +', ':s 903 me :ok');
  const before = said(one).length;
  one.feed('AUTHENTICATE +', ':s 904 me :no', ...welcome, 'AUTHENTICATE +', 'AUTHENTICATE PLAIN', ':s 908 me PLAIN :x');
  expect(said(one)).toHaveLength(before);
  expect(one.session.online()).toBe(true);
  expect(one.endings).toEqual([]);
});

it('attack 7: 900 for another account is told', () => {
  const one = start();
  one.feed(...offer('PLAIN'), 'AUTHENTICATE +', ':s 900 me me!u@h mallory :You are now logged in as mallory', ':s 903 me :ok');
  expect(one.events).toContainEqual(
    expect.objectContaining({ kind: 'server', severity: 'error', text: 'The server says that you are logged in as mallory, not as me.' }),
  );
});

describe('a link that is not encrypted', () => {
  const bare: HarnessDeps = { link: { encrypted: false, mayCarrySecrets: false } };
  it('attack 7: a password over plain TCP: not by PLAIN or a token', () => {
    for (const sasl of [[login()], [{ kind: 'oauthbearer', account: 'me', token: PASSWORD, required: true }]] satisfies SaslOptions[][]) {
      const one = start({ sasl }, bare);
      one.feed(...offer('PLAIN,OAUTHBEARER'), 'AUTHENTICATE +');
      expect(said(one)).toEqual([]);
      expect(one.endings[0]?.text).toContain('not encrypted');
      expectRefused(one);
    }
  });
  it('attack 7: a password over plain TCP: not by PASS', () => {
    const one = start({ sasl: [], password: PASSWORD }, bare);
    expect(one.sent).toEqual(['CAP LS 302']);
    one.feed(':s CAP * LS :batch');
    expect(one.endings).toEqual([{ kind: 'final', text: expect.stringContaining('not encrypted') as unknown }]);
    expect(everything(one)).not.toContain(PASSWORD);
  });
  it('attack 7: a password over plain TCP: not to NickServ', () => {
    const one = start({ sasl: [], nickPassword: PASSWORD }, bare);
    one.feed(':s CAP * LS :', ...welcome);
    expect(one.session.online()).toBe(true);
    expect(everything(one)).not.toContain(PASSWORD);
    expect(one.events).toContainEqual(
      expect.objectContaining({ text: expect.stringContaining('NickServ password was not sent') as unknown }),
    );
  });
  it('attack 7: a password over plain TCP: SCRAM goes, and with consent everything does, with a warning', () => {
    const one = start({}, bare);
    one.feed(...offer('PLAIN,SCRAM-SHA-256'), 'AUTHENTICATE +');
    expect(said(one)[0]).toBe('SCRAM-SHA-256');
    const agreed = start({ password: PASSWORD }, { link: { encrypted: false, mayCarrySecrets: true } });
    agreed.feed(...offer('PLAIN'), 'AUTHENTICATE +');
    expect(agreed.sent).toContain(`PASS :${PASSWORD}`);
    expect(said(agreed).at(-1)).toContain(PASSWORD);
    expect(agreed.events).toContainEqual(expect.objectContaining({ text: expect.stringContaining('can be read on its way') as unknown }));
  });
});

it('attack 7: secrets in the raw log, errors and events', async () => {
  const key = '-----BEGIN EC PRIVATE KEY-----\nTHEKEYOFMINE\n-----END EC PRIVATE KEY-----\n';
  const one = start({
    nickPassword: 'nick-secret-word',
    sasl: [
      login({ required: false }),
      { kind: 'ecdsa', account: 'me', key, required: false },
      { kind: 'oauthbearer', account: 'me', token: 'token-secret-word', required: false },
    ],
  });
  one.feed(...offer('SCRAM-SHA-256,ECDSA-NIST256P-CHALLENGE,OAUTHBEARER,PLAIN'), 'AUTHENTICATE +');
  const first = scramServer('sha256', 'another password').first(said(one)[1] ?? '');
  const before = said(one).length;
  one.feed(`AUTHENTICATE ${encode(first)}`);
  await vi.waitUntil(() => said(one).length > before);
  // Each is refused, so that each says why.
  one.feed(':s 904 me :no', 'AUTHENTICATE +', `AUTHENTICATE ${encode('c'.repeat(32))}`, ':s 906 me :aborted', 'AUTHENTICATE +');
  expect(said(one).at(-1)).toContain('token-secret-word');
  one.feed(':s 904 me :no', ...welcome, ':s 421 me NICKSERV :Unknown command', ':s 401 me NickServ :No such nick', 'FAIL * X :y');
  const shown = JSON.stringify([one.events, one.endings]);
  for (const secret of [PASSWORD, 'nick-secret-word', 'token-secret-word', 'THEKEYOFMINE', encode(PASSWORD)])
    expect(shown).not.toContain(secret);
  expect(said(one).some((text) => text.includes(PASSWORD))).toBe(false);
});
