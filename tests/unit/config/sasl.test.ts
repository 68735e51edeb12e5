import { expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import { isReadOnlyKey } from '../../../src/config/readOnlyKeys.ts';

const minimal = '[servers.a]\nnickname = "bob"\nserver = "irc.example.org"\n';
const load = (text: string): ReturnType<typeof loadConfig> => loadConfig(minimal + text);
const server = (text: string): unknown => {
  const { config, problems } = load(text);
  expect(problems.filter(({ severity }) => severity !== 'info')).toEqual([]);
  return config?.servers[0];
};

it('reads every way to sign in', () => {
  expect(
    server(`[servers.a.sasl.plain]
password = "p"
disconnect_on_failure = false
[servers.a.sasl.scram]
username = "u"
password_file = "/x"
[servers.a.sasl.ecdsa]
key = "/k.pem"
[servers.a.sasl.oauthbearer]
token_command = "print-token"
`),
  ).toMatchObject({
    sasl: [
      { kind: 'plain', username: 'bob', password: { source: 'text', text: 'p' }, disconnectOnFailure: false },
      { kind: 'scram', username: 'u', password: { source: 'file', path: '/x', firstLineOnly: true }, disconnectOnFailure: true },
      { kind: 'ecdsa', username: 'bob', keyPath: '/k.pem', disconnectOnFailure: true },
      { kind: 'oauthbearer', username: '', token: { source: 'command', command: 'print-token' }, disconnectOnFailure: true },
    ],
  });
});

it('reads nick, modes and capabilities as Halloy names them', () => {
  expect(
    server(
      'nick_identify_syntax = "password-nick"\nshould_ghost = true\nghost_sequence = ["GHOST", "RELEASE"]\numodes = "+iw-x"\ndo_not_request = ["sasl", "draft/multiline"]\nallow_unencrypted_passwords = true\n',
    ),
  ).toMatchObject({
    nickIdentifySyntax: 'password-nick',
    shouldGhost: true,
    ghostSequence: ['GHOST', 'RELEASE'],
    umodes: '+iw-x',
    doNotRequest: ['sasl', 'draft/multiline'],
    allowUnencryptedPasswords: true,
  });
});

it.each([
  'sasl.scram = {}',
  'sasl.scram = 5',
  'sasl.ecdsa = {}',
  'sasl.oauthbearer = { token = "a", token_file = "b" }',
  'umodes = "+i QUIT"',
  'ghost_sequence = ["GHOST\\r\\nQUIT"]',
  'nick_identify_syntax = "both"',
  'do_not_request = ["a b"]',
])('refuses %s', (line) => {
  expect(load(`${line}\n`).config).toBeNull();
});

it('a token may be in the keyring', () => {
  const { config } = load('[servers.a.sasl.oauthbearer]\ntoken_keyring = true\n');
  expect(config?.servers[0]).toMatchObject({ sasl: [{ token: { source: 'keyring', entry: 'servers.a.sasl.oauthbearer.token' } }] });
});

it('a page may not name files or programs, nor weaken the link', () => {
  for (const key of ['sasl.ecdsa.key', 'sasl.scram.password_command', 'sasl.oauthbearer.token_file', 'allow_unencrypted_passwords'])
    expect(isReadOnlyKey(['servers', 'a', ...key.split('.')])).toBe(true);
});
