/** Turns an irc entry of the configuration into what the IRC room needs, secrets and certificate fetched. */
import type { IrcServerConfig } from '../config/config.ts';
import { ConfigError } from '../config/errors.ts';
import { resolveSecret, usableSecret, type Secret } from '../config/secret.ts';
import { ContractError } from '../contract/errors.ts';
import type { NetworkOptions } from '../irc/network.ts';
import type { StsStore } from '../irc/options.ts';
import { KeyringError, type KeyringPasswords } from './key/keyring.ts';
import { saslOptions } from './saslOptions.ts';
import { clientCertificate, proxyOf, rootCert } from './transportOptions.ts';

async function fromKeyring(entry: string, passwords: KeyringPasswords | null, signal: AbortSignal): Promise<string> {
  const text = await passwords?.get(entry, signal);
  if (text === undefined)
    throw new ConfigError('secret', `It is in the desktop’s keyring (entry ${entry}), and no keyring is reached from here.`);
  if (text === null)
    throw new ConfigError('secret', `The desktop’s keyring has no entry ${entry}. Start Sotto with --set-password '${entry}' to store it.`);
  return usableSecret(text);
}

async function fetchSecret(key: string, from: Secret, passwords: KeyringPasswords | null, signal: AbortSignal): Promise<string> {
  try {
    return await (from.source === 'keyring' ? fromKeyring(from.entry, passwords, signal) : resolveSecret(from, signal));
  } catch (error) {
    if (error instanceof KeyringError && from.source === 'keyring')
      throw new ContractError('unavailable', `${key} (entry ${from.entry}): ${error.message}`, { cause: error });
    if (error instanceof ConfigError) throw new ContractError('unavailable', `${key}: ${error.message}`, { cause: error });
    throw error;
  }
}

/** Fetching may wait for somebody who unlocks the keyring. */
export const usesKeyring = ({ password, nickPassword, sasl, proxy }: IrcServerConfig): boolean =>
  [
    password,
    nickPassword,
    proxy === null || proxy.kind === 'tor' ? null : proxy.password,
    ...sasl.map((login) => ('password' in login ? login.password : 'token' in login ? login.token : null)),
  ].some((from) => from?.source === 'keyring');

/** Throws ContractError with a sentence when a secret or the certificate cannot be had. */
export async function networkOptions(
  config: IrcServerConfig,
  version: string,
  sts: StsStore,
  passwords: KeyringPasswords | null,
  signal: AbortSignal,
): Promise<Omit<NetworkOptions, 'ctcp'>> {
  const fetch = (key: string, from: Secret): Promise<string> => fetchSecret(key, from, passwords, signal);
  return {
    host: config.server,
    port: config.port,
    tls: config.useTls,
    acceptInvalidCerts: config.dangerouslyAcceptInvalidCerts,
    rootCert: await rootCert(config.rootCertPath, signal),
    pins: config.certificateFingerprints,
    clientCert: await clientCertificate(config.clientCertificate, signal),
    proxy: await proxyOf(config.proxy, fetch),
    webSocket: config.webSocket && { path: config.webSocket.path, pingSeconds: config.webSocket.pingInterval },
    nick: config.nickname,
    altNicks: [...config.altNicks],
    username: config.username,
    realname: config.realname,
    password: config.password && (await fetch('password', config.password)),
    nickPassword: config.nickPassword && (await fetch('nick_password', config.nickPassword)),
    sasl: await saslOptions(config, fetch, signal),
    allowUnencryptedPasswords: config.allowUnencryptedPasswords,
    sts,
    doNotRequest: [...config.doNotRequest],
    umodes: config.umodes,
    nickIdentifySyntax: config.nickIdentifySyntax,
    shouldGhost: config.shouldGhost,
    ghostSequence: [...config.ghostSequence],
    channels: config.channels.map(({ name }) => ({ name, key: config.channelKeys[name] ?? null })),
    onConnect: [...config.onConnect],
    reconnectDelaySeconds: config.reconnectDelay,
    maxAttempts: config.maxConnectionAttempts === 'unlimited' ? null : config.maxConnectionAttempts,
    pingSeconds: config.pingTime,
    pingTimeoutSeconds: config.pingTimeout,
    antiFloodMs: config.antiFlood,
    version,
    monitor: [...config.monitor],
    typing: () => ({ share: false, show: true }),
    metadata: config.metadata,
    whoPoll: { enabled: config.whoPollEnabled, seconds: config.whoPollInterval },
    bouncerNetwork: null,
  };
}
