/** The configured logins with their secrets fetched. */
import { open } from 'node:fs/promises';
import type { IrcServerConfig, SaslConfig } from '../config/config.ts';
import type { Secret } from '../config/secret.ts';
import { ContractError } from '../contract/errors.ts';
import { IrcError } from '../irc/errors.ts';
import type { SaslOptions } from '../irc/options.ts';
import { readP256Key } from '../irc/session/sasl/ecdsa.ts';

/** A PEM key with its parameters is some hundred bytes. */
const MAX_KEY_BYTES = 16 * 1024;

async function ecdsaKey(path: string, signal: AbortSignal): Promise<string> {
  signal.throwIfAborted();
  let pem: string;
  try {
    const file = await open(path, 'r');
    try {
      const bytes = new Uint8Array(MAX_KEY_BYTES);
      const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
      pem = new TextDecoder().decode(bytes.subarray(0, bytesRead));
    } finally {
      await file.close();
    }
  } catch (error) {
    throw new ContractError('badInput', `The key ${path} (sasl.ecdsa.key) cannot be read.`, { cause: error });
  }
  try {
    readP256Key(pem);
  } catch (error) {
    throw new ContractError('badInput', `${path} (sasl.ecdsa.key): ${error instanceof IrcError ? error.message : 'no usable key'}`, {
      cause: error,
    });
  }
  return pem;
}

/** Throws ContractError with a sentence when a password, token or key cannot be had. `fetch` gets the secret of a key such as `sasl.plain.password`. */
export async function saslOptions(
  { sasl, clientCertificate }: Pick<IrcServerConfig, 'sasl' | 'clientCertificate'>,
  fetch: (key: string, from: Secret) => Promise<string>,
  signal: AbortSignal,
): Promise<SaslOptions[]> {
  const one = async (login: SaslConfig): Promise<SaslOptions> => {
    const { username: account, disconnectOnFailure: required } = login;
    switch (login.kind) {
      case 'plain':
      case 'scram': {
        const password = await fetch(`sasl.${login.kind}.password`, login.password);
        return { kind: 'password', account, password, plain: login.kind === 'plain', required };
      }
      case 'ecdsa':
        return { kind: 'ecdsa', account, key: await ecdsaKey(login.keyPath, signal), required };
      case 'oauthbearer':
        return { kind: 'oauthbearer', account, token: await fetch('sasl.oauthbearer.token', login.token), required };
    }
  };
  const external: SaslOptions[] = clientCertificate
    ? [{ kind: 'external', account: '', required: clientCertificate.disconnectOnFailure }]
    : [];
  return [...external, ...(await Promise.all(sasl.map(one)))];
}
