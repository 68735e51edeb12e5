/** Each mechanism by itself, against vectors of the standards or a server's side written apart. */
import { generateKeyPairSync } from 'node:crypto';
import { p256 } from '@noble/curves/nist.js';
import { describe, expect, it, vi } from 'vitest';
import { IrcError } from '../../src/irc/errors.ts';
import type { SaslOptions } from '../../src/irc/options.ts';
import { createEcdsa, readP256Key } from '../../src/irc/session/sasl/ecdsa.ts';
import { createSasl, type Sasl, type SaslStep } from '../../src/irc/session/sasl/exchange.ts';
import { createExternal } from '../../src/irc/session/sasl/external.ts';
import type { Mechanism } from '../../src/irc/session/sasl/mechanism.ts';
import { candidates } from '../../src/irc/session/sasl/mechanisms.ts';
import { createOauthBearer } from '../../src/irc/session/sasl/oauthbearer.ts';
import { createChallenge, fromBase64, toBase64, toChunks, utf8 } from '../../src/irc/session/sasl/payload.ts';
import { createPlain } from '../../src/irc/session/sasl/plain.ts';
import { saslprep } from '../../src/irc/session/sasl/saslprep.ts';
import { createScram } from '../../src/irc/session/sasl/scram.ts';
import { harness } from '../support/irc/session.ts';
import { scramServer } from '../support/irc/scram.ts';

const nothing = new Uint8Array(0);
const answer = async (mechanism: Mechanism, challenge: string): Promise<string> => {
  const step = await mechanism.next(utf8(challenge));
  return step.kind === 'answer' ? new TextDecoder().decode(step.bytes) : step.kind;
};

describe('SCRAM', () => {
  it('says what RFC 7677 says', async () => {
    const scram = createScram({ hash: 'sha256', account: 'user', password: 'pencil', nonce: 'rOprNGfwEbeRWgbNEkqO' });
    expect(await answer(scram, '')).toBe('n,,n=user,r=rOprNGfwEbeRWgbNEkqO');
    expect(await answer(scram, 'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096')).toBe(
      'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
    );
    expect(scram.complete()).toBe(false);
    expect(await answer(scram, 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=')).toBe('');
    expect(scram.complete()).toBe(true);
  });
  it.each(['sha256', 'sha512'] as const)('%s: both sides prove that they know the password, whatever it is made of', async (hash) => {
    for (const [account, password] of [
      ['user', 'pencil'],
      ['a=b,c', 'x=y,z'],
      ['jürgen', 'pass\u00a0wort\u00ad ﬁn'],
    ] as const) {
      const scram = createScram({ hash, account, password, nonce: 'abc' });
      const server = scramServer(hash, saslprep(password) ?? '', 5_000);
      const first = await answer(scram, '');
      expect(first).toBe(`n,,n=${account.replaceAll('=', '=3D').replaceAll(',', '=2C')},r=abc`);
      const final = server.final(await answer(scram, server.first(first)));
      expect(await answer(scram, final ?? '')).toBe('');
      expect(scram.complete()).toBe(true);
      const wrong = createScram({ hash, account, password: `${password}!`, nonce: 'abc' });
      expect(server.final(await answer(wrong, server.first(await answer(wrong, ''))))).toBeNull();
    }
  });
  it('waits for 904 where the server says e=', async () => {
    const scram = createScram({ hash: 'sha256', account: 'user', password: 'pencil', nonce: 'abc' });
    const server = scramServer('sha256', 'other');
    await answer(scram, server.first(await answer(scram, '')));
    expect(await scram.next(utf8('e=invalid-proof'))).toEqual({ kind: 'refused', reason: 'the server refused the login (invalid-proof)' });
    expect(scram.complete()).toBe(false);
  });
  it('does not begin with a password that it cannot carry', () => {
    const scram = createScram({ hash: 'sha256', account: 'user', password: 'a\u0007b', nonce: 'abc' });
    expect(scram.next(nothing)).toMatchObject({ kind: 'failed', hostile: false });
  });
});

it('SASLprep maps, normalises and refuses as RFC 4013 shows', () => {
  expect(['I\u00adX', 'user', 'USER', '\u00aa', '\u2168', '\u0007', 'a\u00a0b', '\u00ad'].map(saslprep)).toEqual([
    'IX',
    'user',
    'USER',
    'a',
    'IX',
    null,
    'a b',
    null,
  ]);
});

it('SASLprep locks nobody out of a password that a server took: newer characters and mixed directions stay as they are', () => {
  const kept = ['\u{1fae0}melting', '\u05d0\u05d1abc', '\u0627\u0031', '\u0221'];
  expect(kept.map(saslprep)).toEqual(kept);
});

describe('ECDSA-NIST256P-CHALLENGE', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const jwk = publicKey.export({ format: 'jwk' });
  const coordinate = (text = ''): number[] => [...(fromBase64(`${text.replaceAll('-', '+').replaceAll('_', '/')}=`) ?? [])];
  const point = Uint8Array.from([4, ...coordinate(jwk.x), ...coordinate(jwk.y)]);
  const sec1 = privateKey.export({ type: 'sec1', format: 'pem' }).toString();
  const parameters = '-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n';
  const challenge = new Uint8Array(32).map((_byte, index) => index * 7);

  it.each([
    ['PKCS#8', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()],
    ['SEC 1', sec1],
    ['SEC 1 behind its parameters', parameters + sec1],
  ])('names the account, then signs the 32 bytes as they are, with a key in %s', async (_form, pem) => {
    const ecdsa = createEcdsa('me', pem);
    expect(await answer(ecdsa, '')).toBe('me');
    expect(ecdsa.complete()).toBe(false);
    const step = await ecdsa.next(challenge);
    if (step.kind !== 'answer') throw new Error(step.kind);
    expect(p256.verify(step.bytes, challenge, point, { prehash: false, format: 'der', lowS: false })).toBe(true);
    expect(p256.verify(step.bytes, challenge, point, { prehash: true, format: 'der', lowS: false })).toBe(false);
    expect(ecdsa.complete()).toBe(true);
  });
  it('signs nothing that is no challenge, and does it once', async () => {
    for (const length of [0, 31, 33, 64]) {
      const ecdsa = createEcdsa('me', sec1);
      await ecdsa.next(nothing);
      expect(await ecdsa.next(new Uint8Array(length))).toMatchObject({ kind: 'failed', hostile: true });
    }
    const ecdsa = createEcdsa('me', sec1);
    await ecdsa.next(nothing);
    await ecdsa.next(challenge);
    expect(await ecdsa.next(challenge)).toMatchObject({ kind: 'failed', hostile: true });
  });
  it('refuses other keys without repeating them', () => {
    const others = [
      'no key',
      parameters,
      generateKeyPairSync('ec', { namedCurve: 'secp384r1' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    ];
    for (const pem of others) expect(() => readP256Key(pem)).toThrow(IrcError);
  });
});

it('EXTERNAL says nothing, or the account', async () => {
  expect(await answer(createExternal(''), '')).toBe('');
  expect(await answer(createExternal('me'), '')).toBe('me');
  expect(toChunks(nothing)).toEqual(['+']);
});

it('PLAIN is account, account, password in UTF-8', async () => {
  expect(await answer(createPlain('jürgen', 'pässwörd'), '')).toBe('jürgen\0jürgen\0pässwörd');
});

it('OAUTHBEARER carries the token as RFC 7628 says, and acknowledges a refusal', async () => {
  const bearer = createOauthBearer({
    account: 'user@example.com',
    token: 'vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==',
    host: 'server.example.com',
    port: 143,
  });
  expect(await answer(bearer, '')).toBe(
    'n,a=user@example.com,\x01host=server.example.com\x01port=143\x01auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\x01\x01',
  );
  expect(bearer.complete()).toBe(true);
  expect(await answer(bearer, '{"status":"invalid_token","scope":"x"}')).toBe('\x01');
  expect(bearer.complete()).toBe(false);
  expect(await answer(createOauthBearer({ account: '', token: 't', host: 'h', port: 1 }), '')).toBe(
    'n,,\x01host=h\x01port=1\x01auth=Bearer t\x01\x01',
  );
});

describe('the payload', () => {
  it('is cut into pieces of 400, and an exact multiple is closed with +', () => {
    for (const [length, lengths] of [
      [1, [4]],
      [299, [400, 1]],
      [300, [400, 1]],
      [301, [400, 4]],
      [600, [400, 400, 1]],
    ] as const) {
      const chunks = toChunks(new Uint8Array(length));
      expect(chunks.map((chunk) => chunk.length)).toEqual(lengths);
    }
  });
  it('is put together again, and bounded', () => {
    for (const length of [0, 1, 299, 300, 301, 1_000]) {
      const bytes = new Uint8Array(length).map((_byte, index) => index);
      const challenge = createChallenge();
      const results = toChunks(bytes).map((chunk) => challenge.push(chunk));
      expect(results.at(-1)).toEqual(bytes);
      expect(results.slice(0, -1).every((result) => result === null)).toBe(true);
    }
    for (const bad of ['x'.repeat(401), '=', 'a', 'YQ', '!!!!', 'YQ==YQ==']) expect(createChallenge().push(bad)).toBe('broken');
  });
});

describe('the order of mechanisms', () => {
  const key = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey.export({ type: 'sec1', format: 'pem' }).toString();
  const logins: SaslOptions[] = [
    { kind: 'password', account: 'me', password: 'secret', plain: true, required: true },
    { kind: 'oauthbearer', account: 'me', token: 'token', required: true },
    { kind: 'ecdsa', account: 'me', key, required: true },
    { kind: 'external', account: '', required: true },
  ];
  const link = { host: 'irc.test', port: 6697, encrypted: true, mayCarrySecrets: true };
  const random = (length: number): Uint8Array => new Uint8Array(length);
  const make = (mechanisms: string): { sasl: Sasl; first: SaslStep } => {
    const { usable, withheld } = candidates(logins, link, random);
    const sasl = createSasl({ candidates: usable, withheld });
    return { sasl, first: sasl.start(mechanisms) };
  };
  const name = (step: SaslStep | Promise<SaslStep>): string =>
    'kind' in step && step.kind === 'send' ? (step.lines[0] ?? '') : 'kind' in step ? step.kind : 'later';

  it('is EXTERNAL, SCRAM, ECDSA, OAUTHBEARER, PLAIN, each after the one before was refused as a mechanism', () => {
    const { sasl, first } = make('');
    const tried = [name(first)];
    for (let times = 0; times < 6; times += 1) tried.push(name(sasl.numeric('904', ['me', 'no'])));
    expect(tried).toEqual(['EXTERNAL', 'SCRAM-SHA-512', 'SCRAM-SHA-256', 'ECDSA-NIST256P-CHALLENGE', 'OAUTHBEARER', 'PLAIN', 'failed']);
  });
  it('holds to what the server offers, in LS and in 908', () => {
    const { sasl, first } = make('PLAIN,EXTERNAL,ECDSA-NIST256P-CHALLENGE');
    expect(name(first)).toBe('EXTERNAL');
    expect(sasl.numeric('908', ['me', 'PLAIN', 'are available'])).toEqual({ kind: 'nothing' });
    expect(name(sasl.numeric('904', ['me', 'no']))).toBe('PLAIN');
  });
  it('a refused certificate is no refused password: the next login is tried', () => {
    const { sasl } = make('EXTERNAL,PLAIN');
    expect(name(sasl.challenge('+'))).toBe('+');
    expect(name(sasl.numeric('904', ['me', 'no']))).toBe('PLAIN');
  });
  it('a login that was refused is tried by no other mechanism, and no password is said once SCRAM has failed', () => {
    const both: SaslOptions[] = [
      { kind: 'password', account: 'one', password: 'secret', plain: true, required: true },
      { kind: 'password', account: 'two', password: 'other', plain: true, required: true },
    ];
    const { usable } = candidates(both, link, random);
    const sasl = createSasl({ candidates: usable, withheld: [] });
    const tried = [name(sasl.start(''))];
    for (let times = 0; times < 4; times += 1) {
      const answered = sasl.challenge('+');
      const next = sasl.numeric('904', ['me', 'no']);
      tried.push(`${name(answered) === 'nothing' ? '' : 'said, '}${name(next)}`);
      if (name(next) === 'failed') break;
    }
    // The second account by SCRAM-SHA-512, and then neither SCRAM-SHA-256 nor PLAIN of either.
    expect(tried).toEqual(['SCRAM-SHA-512', 'said, SCRAM-SHA-512', 'said, failed']);
  });
  it('without TLS there is no EXTERNAL, and nothing that says a secret', () => {
    const { usable, withheld } = candidates(logins, { ...link, encrypted: false, mayCarrySecrets: false }, random);
    expect(usable.map((one) => one.name)).toEqual(['SCRAM-SHA-512', 'SCRAM-SHA-256', 'ECDSA-NIST256P-CHALLENGE']);
    expect(withheld).toEqual(['EXTERNAL', 'OAUTHBEARER', 'PLAIN']);
  });
});

it('a whole login by SCRAM ends in CAP END, after the server has proved itself and said 903', async () => {
  const one = harness({ sasl: [{ kind: 'password', account: 'me', password: 'pencil', plain: false, required: true }] });
  const server = scramServer('sha512', 'pencil');
  const sent = (): string => atob((one.sent.at(-1) ?? '').replace('AUTHENTICATE ', '').replace(/^\+$/, ''));
  one.feed(':s CAP * LS :sasl=SCRAM-SHA-512,PLAIN', ':s CAP * ACK :sasl', 'AUTHENTICATE +');
  one.feed(`AUTHENTICATE ${toBase64(utf8(server.first(sent())))}`);
  await vi.waitUntil(() => sent().startsWith('c='));
  one.feed(`AUTHENTICATE ${toBase64(utf8(server.final(sent()) ?? ''))}`);
  expect(one.sent.at(-1)).toBe('AUTHENTICATE +');
  one.feed(':s 900 me me!u@h me :You are now logged in', ':s 903 me :SASL authentication successful');
  expect(one.sent.at(-1)).toBe('CAP END');
});
