/** Turns an irc entry of the configuration into what the IRC room needs, secrets and certificate fetched. */
import type { IrcServerConfig } from '../config/config.ts';
import { ConfigError } from '../config/errors.ts';
import { resolveSecret, type Secret } from '../config/secret.ts';
import { ContractError } from '../contract/errors.ts';
import type { NetworkOptions } from '../irc/network.ts';
import type { StsStore } from '../irc/options.ts';
import { saslOptions } from './saslOptions.ts';
import { clientCertificate, proxyOf, rootCert } from './transportOptions.ts';

const fetchSecret = async (key: string, from: Secret, signal: AbortSignal): Promise<string> => {
  try {
    return await resolveSecret(from, signal);
  } catch (error) {
    if (error instanceof ConfigError) throw new ContractError('unavailable', `${key}: ${error.message}`, { cause: error });
    throw error;
  }
};
const secret = async (key: string, from: Secret | null, signal: AbortSignal): Promise<string | null> =>
  from === null ? null : fetchSecret(key, from, signal);

/** Throws ContractError with a sentence when a secret or the certificate cannot be had. */
export async function networkOptions(
  config: IrcServerConfig,
  version: string,
  sts: StsStore,
  signal: AbortSignal,
): Promise<Omit<NetworkOptions, 'ctcp'>> {
  if (config.unsupported !== null) throw new ContractError('unavailable', config.unsupported);
  return {
    host: config.server,
    port: config.port,
    tls: config.useTls,
    acceptInvalidCerts: config.dangerouslyAcceptInvalidCerts,
    rootCert: await rootCert(config.rootCertPath, signal),
    pins: config.certificateFingerprints,
    clientCert: await clientCertificate(config.clientCertificate, signal),
    proxy: proxyOf(config.proxy),
    webSocket: config.webSocket && { path: config.webSocket.path, pingSeconds: config.webSocket.pingInterval },
    nick: config.nickname,
    altNicks: [...config.altNicks],
    username: config.username,
    realname: config.realname,
    password: await secret('password', config.password, signal),
    nickPassword: await secret('nick_password', config.nickPassword, signal),
    sasl: await saslOptions(config, (key, from) => fetchSecret(key, from, signal), signal),
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
