/** Turns an irc entry of the configuration into what the IRC room needs, secrets and certificate fetched. */
import { readFile } from 'node:fs/promises';
import type { IrcServerConfig } from '../config/config.ts';
import { ConfigError } from '../config/errors.ts';
import { resolveSecret, type Secret } from '../config/secret.ts';
import { ContractError } from '../contract/errors.ts';
import type { NetworkOptions } from '../irc/network.ts';

/** A chain of certificates is some kilobytes. */
const MAX_ROOT_CERT_BYTES = 1024 * 1024;

const secret = async (key: string, from: Secret | null, signal: AbortSignal): Promise<string | null> => {
  if (from === null) return null;
  try {
    return await resolveSecret(from, signal);
  } catch (error) {
    if (error instanceof ConfigError) throw new ContractError('unavailable', `${key}: ${error.message}`, { cause: error });
    throw error;
  }
};

const rootCert = async (path: string | null, signal: AbortSignal): Promise<string | null> => {
  if (path === null) return null;
  let text: string;
  try {
    text = await readFile(path, { encoding: 'utf8', signal });
  } catch (error) {
    throw new ContractError('badInput', `The certificate ${path} (root_cert_path) cannot be read.`, { cause: error });
  }
  if (text.length > MAX_ROOT_CERT_BYTES || !text.includes('-----BEGIN CERTIFICATE-----')) {
    throw new ContractError('badInput', `${path} (root_cert_path) is not a PEM certificate.`);
  }
  return text;
};

/** Throws ContractError with a sentence when a secret or the certificate cannot be had. */
export async function networkOptions(config: IrcServerConfig, version: string, signal: AbortSignal): Promise<NetworkOptions> {
  if (config.unsupported !== null) throw new ContractError('unavailable', config.unsupported);
  const saslPassword = await secret('sasl.plain.password', config.sasl?.password ?? null, signal);
  return {
    host: config.server,
    port: config.port,
    tls: config.useTls,
    acceptInvalidCerts: config.dangerouslyAcceptInvalidCerts,
    rootCert: await rootCert(config.rootCertPath, signal),
    nick: config.nickname,
    altNicks: [...config.altNicks],
    username: config.username,
    realname: config.realname,
    password: await secret('password', config.password, signal),
    nickPassword: await secret('nick_password', config.nickPassword, signal),
    sasl:
      config.sasl === null || saslPassword === null
        ? null
        : {
            mechanism: 'PLAIN',
            username: config.sasl.username,
            password: saslPassword,
            disconnectOnFailure: config.sasl.disconnectOnFailure,
          },
    channels: config.channels.map(({ name }) => ({ name, key: config.channelKeys[name] ?? null })),
    onConnect: [...config.onConnect],
    reconnectDelaySeconds: config.reconnectDelay,
    maxAttempts: config.maxConnectionAttempts === 'unlimited' ? null : config.maxConnectionAttempts,
    pingSeconds: config.pingTime,
    pingTimeoutSeconds: config.pingTimeout,
    antiFloodMs: config.antiFlood,
    version,
  };
}
