import { describe, expect, it } from 'vitest';
import { commandRig } from '../../support/commands.ts';

const rigWith = (aliases: Record<string, string>, name = '#here') => {
  const rig = commandRig(name);
  rig.settings = { ...rig.settings, aliases };
  return rig;
};

describe('an alias', () => {
  it('fills in words, the rest, and names', async () => {
    const rig = rigWith({
      hug: '/me hugs $1 in $channel on $server',
      note: '/notice $1 $2- ($nick, $$5)',
      w: '/whois $1',
      maybe: '/topic $1?',
    });
    await rig.type('/hug ann');
    expect(rig.said).toEqual([['#here', 'action', 'hugs ann in #here on net']]);
    expect(await rig.acts('/NOTE ann one two  three')).toMatchObject([{ target: 'ann', text: 'one two three (me, $5)' }]);
    expect(await rig.acts('/maybe')).toMatchObject([{ kind: 'topic', topic: null }]);
    expect(await rig.acts('/maybe x')).toMatchObject([{ kind: 'topic', topic: 'x' }]);
    await expect(rig.type('/w')).rejects.toThrow(/something behind it/);
    await expect(rig.type('/note ann')).rejects.toThrow(/at least 2 words/);
    await expect(rigWith({ hug: '/me hugs in $channel' }, 'net').type('/hug')).rejects.toThrow(/in a channel/);
  });
  it('wins over a command of ours, and is not looked up again', async () => {
    const rig = rigWith({ kick: '/kick $1 in peace', a: '/b', b: '/a' });
    expect(await rig.acts('/kick ann')).toEqual([{ kind: 'kick', channel: '#here', nick: 'ann', reason: 'in peace' }]);
    await expect(rig.type('/a')).rejects.toThrow(/no command \/b/);
  });
  it('fills in once: what was typed is not looked at again', async () => {
    const rig = rigWith({ s: '/say $1-' });
    await rig.type('/s $nick $1 $server');
    expect(rig.said).toEqual([['#here', 'privmsg', '$nick $1 $server']]);
  });
  it('is bounded', async () => {
    const rig = rigWith({ bomb: `/say ${'$1- '.repeat(200)}` });
    await expect(rig.type(`/bomb ${'x'.repeat(100)}`)).rejects.toThrow(/too long/);
  });
});
