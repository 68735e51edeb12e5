import { expect, it } from 'vitest';
import type { IrcServerConfig } from '../../../src/config/config.ts';
import { loadConfig } from '../../../src/config/load.ts';

const minimal = '[servers.a]\nnickname = "bob"\nserver = "irc.example.org"\n';
const irc = (text: string): IrcServerConfig => {
  const { config, problems } = loadConfig(text);
  const [server] = config?.servers ?? [];
  if (server?.protocol !== 'irc') throw new Error(problems.map(({ message }) => message).join('\n'));
  return server;
};
const problem = (text: string): string | undefined => loadConfig(text).problems.find(({ severity }) => severity === 'error')?.message;

it('reads whom to watch and how often to ask who is away', () => {
  expect(irc(`${minimal}monitor = ["ann", "bob"]\nwho_poll_enabled = false\nwho_poll_interval = 60\n`)).toMatchObject({
    monitor: ['ann', 'bob'],
    whoPollEnabled: false,
    whoPollInterval: 60,
  });
  expect(problem(`${minimal}monitor = ["a b"]\n`)).toContain('a nickname');
  expect(problem(`${minimal}who_poll_interval = 0\n`)).toContain('from 1 to 3600');
});

it('reads own metadata by the keys there are', () => {
  const text = '[servers.a.metadata]\ndisplay-name = "Bob B"\ncolor = "#0088cc"\navatar = "https://example.org/{size}.png"\n';
  expect(irc(minimal + text).metadata).toEqual({
    'display-name': 'Bob B',
    color: '#0088cc',
    avatar: 'https://example.org/{size}.png',
  });
  expect(problem(`${minimal}[servers.a.metadata]\ncolor = "red"\n`)).toBe('`servers.a.metadata.color` must be a colour such as "#0088cc".');
  expect(problem(`${minimal}[servers.a.metadata]\navatar = "http://example.org/x.png"\n`)).toContain('https://');
  expect(problem(`${minimal}metadata = 3\n`)).toContain('must be a table');
});

it('reads what differs for the networks of a bouncer, whatever letters they are written in', () => {
  const text =
    '[servers.a.networks.Libera]\nchannels = ["#sotto"]\n[servers.a.networks.OFTC]\nenabled = false\n[servers.a.networks.OFTC.metadata]\nstatus = "x"\n';
  expect(irc(minimal + text).networks).toEqual({
    libera: {
      enabled: true,
      channels: [{ name: '#sotto', mute: false }],
      onConnect: null,
      monitor: null,
      whoPollEnabled: null,
      metadata: null,
    },
    oftc: { enabled: false, channels: null, onConnect: null, monitor: null, whoPollEnabled: null, metadata: { status: 'x' } },
  });
  expect(problem(`${minimal}[servers.a.networks.x]\nenabled = "no"\n`)).toBe('`servers.a.networks.x.enabled` must be true or false.');
});
