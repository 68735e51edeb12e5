/** Group 8 of the attack checklist: CTCP and DCC. */
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { refusal } from '../../../src/core/transfers/address.ts';
import { safeFileName } from '../../../src/core/transfers/fileName.ts';
import { partialPath } from '../../../src/core/transfers/target.ts';
import { readDcc } from '../../../src/irc/dcc/dcc.ts';
import { until } from '../../support/cores.ts';
import { handOver, listener, net, origin, transferRig } from '../../support/irc/transfers.ts';
import { onlineHarness } from '../../support/irc/session.ts';

const matching = (pattern: RegExp): unknown => expect.stringMatching(pattern);

const ask = (text: string, from = 'eve!u@h', to = 'me'): string => `:${from} PRIVMSG ${to} :\u0001${text}\u0001`;
const strict = { lan: false, loopback: false };

describe('group 8: CTCP', () => {
  it('attack 8: a flood of CTCP questions', () => {
    const one = onlineHarness({ antiFloodMs: 0 });
    for (let index = 0; index < 10_000; index += 1) one.feed(ask('VERSION', `eve${index}!u@h`));
    one.clock.advance(9_000);
    expect(one.sent).toHaveLength(3);
    expect(one.events.filter(({ kind }) => kind === 'server')).toHaveLength(3);
    one.clock.advance(60 * 60_000);
    for (let index = 0; index < 100; index += 1) one.feed(ask('PING 1'));
    one.clock.advance(1_000);
    expect(one.sent).toHaveLength(6);
  });
  it('attack 8: CTCP to a channel', () => {
    const one = onlineHarness();
    for (const verb of ['VERSION', 'PING 1', 'TIME', 'DCC SEND x 16909060 5000 1', 'SOTTO x'])
      one.feed(ask(verb, 'eve!u@h', '#room'), ask(verb, 'eve!u@h', '@#room'), ask(verb, 'eve!u@h', '$*'));
    one.clock.advance(10_000);
    expect(one.sent).toEqual([]);
    expect(one.events).toEqual([]);
  });
  it('attack 8: nested CTCP delimiters', () => {
    const one = onlineHarness({ antiFloodMs: 0 });
    one.feed(
      ':eve!u@h PRIVMSG me :\u0001PING a\u0001\u0001VERSION\u0001',
      ':eve!u@h PRIVMSG me :\u0001\u0001VERSION\u0001\u0001',
      ':eve!u@h PRIVMSG me :\u0001',
      ':eve!u@h PRIVMSG me :\u0001\u0001',
      ':eve!u@h PRIVMSG me :text \u0001VERSION\u0001',
      ':eve!u@h PRIVMSG me :\u0001ACTION a\u0001VERSION\u0001',
      ':eve!u@h NOTICE me :\u0001VERSION \u0001PING\u0001',
    );
    one.clock.advance(60_000);
    // One request is one answer at most, with one pair of marks.
    expect(one.sent).toEqual(['NOTICE eve :\u0001PING aVERSION\u0001', 'NOTICE eve :\u0001VERSION Sotto 9.9\u0001']);
    for (const event of one.events) expect(JSON.stringify(event)).not.toContain('\\u0001');
  });
  it('attack 8: CTCP answers behind a proxy', () => {
    const one = onlineHarness({ ctcp: () => null });
    for (const verb of ['VERSION', 'PING 1', 'TIME', 'CLIENTINFO', 'SOURCE', 'USERINFO']) one.feed(ask(verb));
    one.clock.advance(60_000);
    expect(one.sent).toEqual([]);
  });
  it('attack 8: an unknown CTCP question', () => {
    const one = onlineHarness();
    for (const verb of [
      'FINGER',
      'ERRMSG x',
      'XYZZY',
      'GENDER',
      'AVATAR',
      '',
      ' ',
      'X'.repeat(100),
      'PAGE a',
      'ä',
      'constructor',
      '__proto__',
      'DCC',
      'DCC XMIT a',
    ])
      one.feed(ask(verb));
    one.clock.advance(60_000);
    expect(one.sent).toEqual([]);
    expect(one.events.filter(({ kind }) => kind === 'text')).toEqual([]);
  });
});

describe('group 8: DCC', () => {
  it('attack 8: DCC is never accepted by itself', async () => {
    const rig = await transferRig();
    let connections = 0;
    const port = await listener(() => {
      connections += 1;
    });
    for (const nick of ['ann', 'bob', 'cee']) expect(rig.offer(nick, 'f', port, 5).state).toBe('offered');
    // An ACCEPT or an answer that nobody asked for changes nothing.
    rig.irc({ kind: 'dccResume', from: origin('ann'), verb: 'accept', name: 'f', port, position: 0, token: null, time: 0 });
    rig.irc({ kind: 'dccResume', from: origin('ann'), verb: 'resume', name: 'f', port, position: 0, token: null, time: 0 });
    rig.offer('ann', 'f', port, 5, { token: '1' });
    // Once one was taken by hand, exactly that one has connected.
    const [first] = rig.transfers.views();
    rig.transfers.accept(first?.id ?? 0);
    await until('it connected', () => connections === 1);
    expect(rig.transfers.views().filter(({ state }) => state === 'offered')).toHaveLength(3);
    expect(rig.said).toEqual([]);
  });
  it('attack 8: DCC to private, loopback and multicast addresses', () => {
    const refused =
      '127.0.0.1 127.8.9.10 10.1.2.3 172.16.0.1 172.31.255.255 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.0 0.0.0.1 224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255 192.0.2.1 198.18.0.1 198.51.100.7 203.0.113.9 ::1 :: ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:7f00:1 ::127.0.0.1 ::7f00:1 0:0:0:0:0:0:0:1 0:0:0:0:0:ffff:7f00:1 fc00::1 fd12::1 fe80::1 fec0::1 ff02::1 2001:db8::1 2002:7f00:1:: 64:ff9b::7f00:1 2001::1 localhost 1.2.3 1.2.3.4.5 x';
    for (const address of refused.split(' ')) expect(refusal(address, 5_000, strict), address).not.toBeNull();
    for (const address of ['1.1.1.1', '93.184.216.34', '2606:4700::1111', '::ffff:1.1.1.1'])
      expect(refusal(address, 5_000, strict), address).toBeNull();
    // The key that allows the own network allows nothing else.
    for (const address of ['10.1.2.3', '192.168.1.1', 'fd12::1'])
      expect(refusal(address, 5_000, { lan: true, loopback: false })).toBeNull();
    for (const address of ['127.0.0.1', '::1', '169.254.169.254', '224.0.0.1', 'fe80::1'])
      expect(refusal(address, 5_000, { lan: true, loopback: false })).not.toBeNull();
  });
  it('attack 8: DCC ports 0 and below 1,024, and addresses out of range', async () => {
    for (const port of [0, 1, 22, 25, 80, 1_023]) expect(refusal('1.1.1.1', port, strict)).not.toBeNull();
    expect(refusal('1.1.1.1', 1_024, strict)).toBeNull();
    for (const text of [
      'SEND f 4294967296 5000 1',
      'SEND f -1 5000 1',
      'SEND f 99999999999 5000 1',
      'SEND f 1 65536 1',
      'SEND f 16909060 99999 1',
      'SEND f 1e3 5000 1',
      'SEND f 0x1 5000 1',
    ])
      expect(readDcc(text), text).toBeNull();
    const rig = await transferRig({ allowLoopback: false });
    expect(rig.offer('eve', 'f', 5_000, 1)).toMatchObject({ state: 'failed', text: matching(/this computer itself/) });
    expect(rig.offer('eve', 'f', 80, 1, { address: '1.1.1.1' })).toMatchObject({ state: 'failed', text: matching(/port 80/) });
    // The same for where somebody says they wait for a file of ours.
    const id = await rig.transfers.send(await handOver(rig.transfers, new Uint8Array(5)), net, 'eve', 'f');
    const offer = readDcc(rig.said[0]?.[1] ?? '');
    const token = offer?.verb === 'send' ? offer.offer.token : null;
    rig.irc({ kind: 'dcc', from: origin('eve'), offer: { name: 'f', size: 5, address: '127.0.0.1', port: 5_000, token }, time: 0 });
    await until('it is refused', () => rig.view(id).state === 'failed');
  });
  it('attack 8: DCC file names that leave the folder', async () => {
    const names = [
      '../../.bashrc',
      '..\\..\\x',
      '/etc/passwd',
      'C:\\autoexec.bat',
      'C:x',
      '..',
      '.',
      './',
      '/',
      '\\',
      '....//x',
      'a/../../b',
      '~/.ssh/authorized_keys',
      '.bashrc',
      '-rf',
      'a:b',
      '\u2215etc\u2215passwd',
      '..%2f..%2fx',
      'x\u0000/../../y',
    ];
    for (const name of names) {
      const safe = safeFileName(name);
      expect(safe, name).not.toMatch(/[/\\:\0]|^\.|^-|^~|\.$/);
      expect(safe, name).not.toBe('');
    }
    const rig = await transferRig();
    const { id } = rig.offer('../../eve/..\\x', '../../../escaped.txt', await listener((socket) => void socket.end('hello')), 5);
    rig.transfers.accept(id);
    expect((await rig.reaches(id, 'done')).name).toBe('escaped.txt');
    expect(await readdir(rig.settings.saveDirectory)).toEqual(['escaped.txt']);
    expect((await readdir(rig.directory)).sort()).toEqual(['saved']);
  });
  it('attack 8: DCC names that are reserved, overlong or disguised', () => {
    for (const name of ['CON', 'con.txt', 'NUL', 'Aux.tar.gz', 'COM1', 'lpt9.doc', 'PRN .x'])
      expect(safeFileName(name), name).not.toMatch(/^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i);
    for (const name of ['x.txt.', 'x.txt...', 'x.txt  ', 'x.txt. . .']) expect(safeFileName(name)).toBe('x.txt');
    const long = safeFileName(`${'ä'.repeat(4_096)}.png`);
    expect(new TextEncoder().encode(long).length).toBeLessThanOrEqual(200);
    expect(long.endsWith('.png')).toBe(true);
    expect(safeFileName('x'.repeat(4_096))).toHaveLength(200);
    expect(safeFileName('photo\u202Egpj.exe')).toBe('photogpj.exe');
    expect(safeFileName('a\u200b\u2066\ufeff\u00adb.txt')).toBe('ab.txt');
    expect(safeFileName(`invoice.pdf${' '.repeat(100)}.exe`)).toBe('invoice.pdf .exe');
    expect(safeFileName('bell\u0007 esc\u001b[31m.txt')).toBe('bell esc[31m.txt');
    expect(safeFileName('\ud800x')).not.toMatch(/\ud800/);
    expect(safeFileName('')).toBe('file');
  });
  it('attack 8: DCC sizes that lie and offsets beyond the end', async () => {
    const rig = await transferRig();
    const much = new Uint8Array(500_000).fill(120);
    const more = rig.offer('eve', 'more', await listener((socket) => void socket.end(much)), 10);
    rig.transfers.accept(more.id);
    expect(await rig.reaches(more.id, 'done')).toMatchObject({ done: 10 });
    expect(await readFile(join(rig.settings.saveDirectory, 'more'), 'utf8')).toBe('x'.repeat(10));
    const less = rig.offer('eve', 'less', await listener((socket) => void socket.end('abc')), 10);
    rig.transfers.accept(less.id);
    await until('it is not complete', () => rig.view(less.id).state === 'failed');
    const huge = rig.offer('eve', 'huge', 5_000, Number.MAX_SAFE_INTEGER);
    rig.transfers.accept(huge.id);
    await until('there is no room', () => rig.view(huge.id).state === 'failed');

    // They say it goes on behind the end, or elsewhere than asked: it begins anew.
    const again = rig.offer('eve', 'less', await listener((socket) => void socket.end('0123456789')), 10);
    rig.transfers.accept(again.id);
    await until('it asks', () => rig.said.length === 1);
    rig.irc({
      kind: 'dccResume',
      from: origin('eve'),
      verb: 'accept',
      name: 'less',
      port: Number(rig.said[0]?.[1].split(' ')[2]),
      position: 999,
      token: null,
      time: 0,
    });
    await rig.reaches(again.id, 'done');
    expect(await readFile(join(rig.settings.saveDirectory, 'less'), 'utf8')).toBe('0123456789');
  });
  it('attack 8: DCC overwrites nothing and follows no symbolic link', async () => {
    const rig = await transferRig();
    const { saveDirectory } = rig.settings;
    await mkdir(saveDirectory);
    const precious = join(rig.directory, 'precious');
    await writeFile(precious, 'precious');
    await writeFile(join(saveDirectory, 'a.txt'), 'mine');
    await symlink(precious, join(saveDirectory, 'a (1).txt'));
    await symlink(join(rig.directory, 'dangling'), join(saveDirectory, 'a (2).txt'));
    // Also where the part would lie that a transfer begins with.
    await symlink(precious, partialPath(saveDirectory, { from: JSON.stringify([net, 'eve']), name: 'a.txt', size: 5 }));
    const { id } = rig.offer('eve', 'a.txt', await listener((socket) => void socket.end('hello')), 5);
    rig.transfers.accept(id);
    expect((await rig.reaches(id, 'done')).name).toBe('a (3).txt');
    expect(await readFile(precious, 'utf8')).toBe('precious');
    expect(await readFile(join(saveDirectory, 'a.txt'), 'utf8')).toBe('mine');
    expect(await readFile(join(saveDirectory, 'a (3).txt'), 'utf8')).toBe('hello');
    expect(await readdir(rig.directory)).not.toContain('dangling');
  });
  it('attack 8: DCC under Tor or a proxy', async () => {
    const rig = await transferRig();
    const port = await listener((socket) => void socket.end('hello'));
    const before = rig.offer('ann', 'f', port, 5);
    const page = await handOver(rig.transfers, new Uint8Array(5));
    rig.world.isProxied = true;
    expect(() => {
      rig.transfers.accept(before.id);
    }).toThrow(/proxy or Tor/);
    expect(rig.offer('ann', 'g', port, 5)).toMatchObject({ state: 'failed', text: matching(/proxy or Tor/) });
    await expect(rig.transfers.send(page, net, 'ann', 'f')).rejects.toThrow(/proxy or Tor/);
    // The same for a nick that stands for a contact.
    rig.world.isProxied = false;
    rig.world.privateNicks = ['ann'];
    expect(() => {
      rig.transfers.accept(before.id);
    }).toThrow(/in private/);
    expect(rig.offer('ann', 'h', port, 5)).toMatchObject({ state: 'failed', text: matching(/in private/) });
    await expect(rig.transfers.send(page, net, 'ann', 'f')).rejects.toThrow(/in private/);
    expect(rig.said).toEqual([]);
  });
});
