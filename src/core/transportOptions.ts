/** The part of an irc entry that says how its server is reached, certificates read from their files. */
import { open } from 'node:fs/promises';
import type { ClientCertificateConfig, ProxyConfig } from '../config/config.ts';
import type { Secret } from '../config/secret.ts';
import { ContractError } from '../contract/errors.ts';
import { readClientCertificate, type ClientCertificate } from '../net/clientCertificate.ts';
import { NetError } from '../net/errors.ts';
import { freshCircuit, type Proxy } from '../net/proxy.ts';

/** A chain of certificates is some kilobytes. */
const MAX_PEM_BYTES = 256 * 1024;

/** `what` names the file in the sentence of the ContractError. */
async function readPem(path: string, what: string, signal: AbortSignal): Promise<string> {
  try {
    signal.throwIfAborted();
    const file = await open(path, 'r');
    try {
      const bytes = new Uint8Array(MAX_PEM_BYTES + 1);
      const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
      if (bytesRead > MAX_PEM_BYTES) throw new ContractError('badInput', `${path} (${what}) is larger than any certificate.`);
      return new TextDecoder().decode(bytes.subarray(0, bytesRead));
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof ContractError) throw error;
    throw new ContractError('badInput', `${path} (${what}) cannot be read.`, { cause: error });
  }
}

export async function rootCert(path: string | null, signal: AbortSignal): Promise<string | null> {
  if (path === null) return null;
  const text = await readPem(path, 'root_cert_path', signal);
  if (!text.includes('-----BEGIN CERTIFICATE-----'))
    throw new ContractError('badInput', `${path} (root_cert_path) is not a PEM certificate.`);
  return text;
}

export async function clientCertificate(config: ClientCertificateConfig | null, signal: AbortSignal): Promise<ClientCertificate | null> {
  if (config === null) return null;
  const cert = await readPem(config.certPath, 'sasl.external.cert', signal);
  const key = config.keyPath === null ? cert : await readPem(config.keyPath, 'sasl.external.key', signal);
  try {
    return readClientCertificate(cert, key);
  } catch (error) {
    if (error instanceof NetError) throw new ContractError('badInput', error.message, { cause: error });
    throw error;
  }
}

/** Each call is a circuit of its own under Tor: one per server and start. */
export async function proxyOf(config: ProxyConfig | null, fetch: (key: string, from: Secret) => Promise<string>): Promise<Proxy | null> {
  if (config === null) return null;
  if (config.kind === 'tor') return { ...config, circuit: freshCircuit() };
  return { ...config, password: config.password && (await fetch(`proxy.${config.kind}.password`, config.password)) };
}
