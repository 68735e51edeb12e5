/** Turns an irc entry of the configuration into what the IRC room needs, secrets and certificate fetched. */
import type { IrcServerConfig } from '../config/config.ts';
import { ConfigError } from '../config/errors.ts';
import { resolveSecret, usableSecret, type Secret } from '../config/secret.ts';
import { ContractError } from '../contract/errors.ts';
import type { NetworkOptions } from '../irc/network.ts';
import type { FreshSecrets, StsStore } from '../irc/options.ts';
import { KeyringError, type KeyringPasswords } from './key/keyring.ts';
import { saslOptions } from './saslOptions.ts';
import { clientCertificate, proxyOf, rootCert } from './transportOptions.ts';

/** Milliseconds that a connection which is made anew waits for the keyring. */
const REFRESH_LIMIT_MS = 5_000;

async function fromKeyring(entry: string, passwords: KeyringPasswords | null, signal: AbortSignal, ask: boolean): Promise<string> {
  const text = await passwords?.get(entry, signal, ask);
  if (text === undefined)
    throw new ConfigError('secret', `It is in the desktop’s keyring (entry ${entry}), and no keyring is reached from here.`);
  if (text === null)
    throw new ConfigError('secret', `The desktop’s keyring has no entry ${entry}. Start Sotto with --set-password '${entry}' to store it.`);
  return usableSecret(text);
}

async function fetchSecret(
  key: string,
  from: Secret,
  passwords: KeyringPasswords | null,
  signal: AbortSignal,
  ask = true,
): Promise<string> {
  try {
    return await (from.source === 'keyring' ? fromKeyring(from.entry, passwords, signal, ask) : resolveSecret(from, signal));
  } catch (error) {
    if (error instanceof KeyringError && from.source === 'keyring')
      throw new ContractError('unavailable', `${key} (entry ${from.entry}): ${error.message}`, { cause: error });
    if (error instanceof ConfigError) throw new ContractError('unavailable', `${key}: ${error.message}`, { cause: error });
    throw error;
  }
}

/** Fetching may wait for somebody who unlocks the keyring. */
export const usesKeyring = (config: IrcServerConfig): boolean =>
  Object.keys(config.channelKeyEntries).length > 0 || hasPasswordThere(config);

const hasPasswordThere = ({ password, nickPassword, sasl, proxy }: IrcServerConfig): boolean =>
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
  /** What is not in the keyring is fetched once: a command may ask somebody. */
  const known = new Map<string, string>();
  const fetch = async (key: string, from: Secret): Promise<string> => {
    const text = await fetchSecret(key, from, passwords, signal);
    if (from.source !== 'keyring') known.set(key, text);
    return text;
  };
  const keyOf = async (channel: string): Promise<string | null> => {
    const entry = config.channelKeyEntries[channel];
    const written = config.channelKeys[channel];
    if (written !== undefined || entry === undefined) return written ?? null;
    const text = await fetch(`channel_keys of ${channel}`, { source: 'keyring', entry });
    // A line of a JOIN: what would cut it is no key.
    if (/[\s,]/.test(text))
      throw new ContractError('unavailable', `channel_keys of ${channel} (entry ${entry}): the key has a space or comma in it.`);
    return text;
  };
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
    channels: await Promise.all(config.channels.map(async ({ name }) => ({ name, key: await keyOf(name) }))),
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
    ...(hasPasswordThere(config) ? { refresh: (ended) => freshSecrets(config, passwords, known, ended) } : {}),
  };
}

/** The secrets as they are now, without asking anybody: a dialog at each reconnect would be worse than an old password. */
async function freshSecrets(
  config: IrcServerConfig,
  passwords: KeyringPasswords | null,
  known: ReadonlyMap<string, string>,
  signal: AbortSignal,
): Promise<FreshSecrets> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(REFRESH_LIMIT_MS)]);
  const fetch = async (key: string, from: Secret): Promise<string> => known.get(key) ?? fetchSecret(key, from, passwords, limited, false);
  return {
    password: config.password && (await fetch('password', config.password)),
    nickPassword: config.nickPassword && (await fetch('nick_password', config.nickPassword)),
    sasl: await saslOptions(config, fetch, limited),
    // Tor's has no password, and keeps its circuit.
    ...(config.proxy === null || config.proxy.kind === 'tor' ? {} : { proxy: await proxyOf(config.proxy, fetch) }),
  };
}
