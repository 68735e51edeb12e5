import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Action, ListedChannel } from '../../src/contract/chat.ts';
import { MAX_LISTED_CHANNELS } from '../../src/contract/table.ts';
import { createIrcMonitor } from '../../src/core/ircMonitor.ts';
import { createIrcQueries } from '../../src/core/ircQueries.ts';
import { createNetsplits } from '../../src/core/netsplits.ts';

const lower = (name: string): string => name.toLowerCase();
const row = (index: number): ListedChannel => ({ name: `#c${index}`, users: index, topic: '' });
const never = new AbortController().signal;

function queries(silence = 30_000) {
  const acted: Action[] = [];
  return { acted, ...createIrcQueries({ act: (action) => acted.push(action), fold: lower, silence }) };
}

describe('a list of channels', () => {
  it('is the largest of them, most users first, and says how many there were', async () => {
    const one = queries();
    const wanted = one.channels('', never);
    expect(one.acted).toEqual([{ kind: 'list', pattern: null }]);
    one.take({ kind: 'list', channels: [row(3), row(9)], done: false });
    one.take({ kind: 'list', channels: [row(5)], done: true });
    await expect(wanted).resolves.toEqual({ channels: [row(9), row(5), row(3)], total: 3 });
  });
  it('attack 12: a LIST of 60,000 channels keeps the largest only', async () => {
    const one = queries();
    const wanted = one.channels('', never);
    for (let index = 0; index < 60_000; index += 500)
      one.take({ kind: 'list', channels: Array.from({ length: 500 }, (_unused, n) => row(index + n)), done: index === 59_500 });
    const { channels, total } = await wanted;
    expect([channels.length, total, channels[0]?.users, channels.at(-1)?.users]).toEqual([MAX_LISTED_CHANNELS, 60_000, 59_999, 50_000]);
  });
  it('is one at a time, and is given up with a sentence when the server is silent', async () => {
    const one = queries(20);
    const wanted = one.channels('x', never);
    await expect(one.channels('y', never)).rejects.toMatchObject({ code: 'limit' });
    await expect(wanted).rejects.toMatchObject({ code: 'unavailable' });
    const again = one.channels('y', never);
    one.disconnected();
    await expect(again).rejects.toMatchObject({ code: 'notConnected' });
  });
  it('that nobody waits for any more is not shown either', async () => {
    const one = queries();
    const abort = new AbortController();
    const wanted = one.channels('', abort.signal);
    abort.abort();
    await expect(wanted).rejects.toThrow();
    expect(one.take({ kind: 'list', channels: [row(1)], done: true })).toBeNull();
  });
  it('that was typed as a command is handed back', () => {
    const one = queries();
    expect(one.take({ kind: 'list', channels: [row(1)], done: false })).toBeNull();
    expect(one.take({ kind: 'list', channels: [row(2)], done: true })).toEqual({
      kind: 'channels',
      list: { channels: [row(2), row(1)], total: 2 },
    });
  });
});

describe('a list of masks', () => {
  const masks = [{ mask: '*!*@x', by: 'ann', time: 1 }];
  it('answers all who wait for it, and asks once', async () => {
    const one = queries();
    const both = [one.masks('#Room', 'b', never), one.masks('#room', 'b', never)];
    expect(one.acted).toHaveLength(1);
    expect(one.take({ kind: 'masks', channel: '#ROOM', mode: 'b', masks })).toBeNull();
    await expect(Promise.all(both)).resolves.toEqual([masks, masks]);
  });
  it('fails with what the server says', async () => {
    const one = queries();
    const wanted = one.masks('#room', 'b', never);
    one.failed('#other', 'x');
    one.failed('#ROOM', 'Only operators of #room may do that.');
    await expect(wanted).rejects.toMatchObject({ code: 'unavailable', message: 'Only operators of #room may do that.' });
  });
  it('that was typed as a command is handed back', () => {
    expect(queries().take({ kind: 'masks', channel: '#room', mode: 'e', masks })).toMatchObject({ kind: 'masks' });
  });
});

describe('whom a server watches', () => {
  afterEach(() => {
    vi.useRealTimers();
  });
  function monitor(configured: string[] = ['boss']) {
    vi.useFakeTimers();
    const acted: string[] = [];
    let open = ['ann', 'bob'];
    let bound: string[] = ['carol'];
    const made = createIrcMonitor({
      act: (action) => {
        if (action.kind === 'monitor') acted.push(`${action.change} ${action.nicks.join(',')}`);
      },
      fold: lower,
      bound: () => bound,
      conversations: () => open,
      configured,
    });
    return {
      ...made,
      take: () => acted.splice(0),
      set: (next: { open?: string[]; bound?: string[] }) => {
        open = next.open ?? open;
        bound = next.bound ?? bound;
        made.changed();
        vi.advanceTimersByTime(1_000);
      },
    };
  }
  it('are nicks that stand for a contact first, then those of open conversations', () => {
    const one = monitor();
    one.set({});
    expect(one.take()).toEqual([]);
    one.ready();
    expect(one.take()).toEqual(['add carol', 'add carol,ann,bob']);
  });
  it('follow conversations that are opened and closed', () => {
    const one = monitor();
    one.ready();
    one.take();
    one.set({ open: ['ANN', 'dan', 'boss'] });
    expect(one.take()).toEqual(['remove bob', 'add dan']);
  });
  it('are asked for again after a reconnect, with those of /monitor', () => {
    const one = monitor();
    one.ready();
    one.acted({ kind: 'monitor', change: 'add', nicks: ['eve', 'fay'] });
    one.acted({ kind: 'monitor', change: 'remove', nicks: ['FAY'] });
    one.disconnected();
    one.take();
    one.ready();
    expect(one.take()).toEqual(['add carol', 'add eve', 'add carol,ann,bob']);
  });
  it('are told of in their conversation when that is news, and in the server buffer where they were asked for', () => {
    const one = monitor();
    one.ready();
    expect(one.told('ann', true)).toEqual({ server: false, conversation: false });
    expect(one.told('Ann', false)).toEqual({ server: false, conversation: true });
    expect(one.told('boss', false)).toEqual({ server: false, conversation: false });
    expect(one.told('boss', true)).toEqual({ server: true, conversation: true });
  });
});

describe('a netsplit', () => {
  const from = (nick: string) => ({ nick, user: null, host: null, account: null, server: false });
  function splits() {
    const lines: string[] = [];
    const made = createNetsplits({
      fold: lower,
      tell: (channel, _time, text) => lines.push(`${channel} ${text}`),
      tellOne: (channel, kind, nick) => lines.push(`${channel} ${kind} ${nick}`),
    });
    return {
      lines,
      ...made,
      quit: (nick: string, channels: string[], reason = 'a.example.net b.example.net') =>
        made.take({ kind: 'quit', from: from(nick), channels, reason, time: 1, historic: false }),
      join: (nick: string, channel: string) =>
        made.take({ kind: 'join', channel, from: from(nick), self: false, time: 2, historic: false }),
    };
  }
  it('attack 12: a netsplit of 5,000 and the return are one line a channel each', () => {
    const one = splits();
    const channels = Array.from({ length: 20 }, (_unused, index) => `#c${index}`);
    for (let index = 0; index < 5_000; index += 1) expect(one.quit(`n${index}`, channels)).toBe(true);
    one.flush();
    expect(one.lines).toHaveLength(20);
    expect(one.lines[0]).toBe(
      '#c0 5000 people left in a netsplit (a.example.net b.example.net): n0, n1, n2, n3, n4, n5, n6, n7, n8, n9 and 4990 more',
    );
    for (let index = 0; index < 5_000; index += 1) one.join(`N${index}`, '#c3');
    one.flush();
    expect(one.lines.slice(20)).toEqual([expect.stringContaining('#c3 5000 people are back from a netsplit')]);
  });
  it('of a few is told one by one, and other reasons are none', () => {
    const one = splits();
    expect(one.quit('ann', ['#a'], 'Quit: good night')).toBe(false);
    expect(one.quit('ann', ['#a'], 'Ping timeout')).toBe(false);
    expect(one.join('ann', '#a')).toBe(false);
    one.quit('bob', ['#a', '#b']);
    one.flush();
    expect(one.lines).toEqual(['#a quit bob', '#b quit bob']);
  });
});
