/** Dialling in tests: options with defaults, names that lead to loopback, and failures as values. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readClientCertificate, type ClientCertificate } from '../../../src/net/clientCertificate.ts';
import { dial, type DialOptions } from '../../../src/net/dial.ts';
import { NetError } from '../../../src/net/errors.ts';
import type { Resolve } from '../../../src/net/tcp.ts';

/** Every name is on this computer. */
export const everywhereHere: Resolve = () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]);

export const dialOptions = (port: number, more: Partial<DialOptions> = {}): DialOptions => ({
  host: 'localhost',
  port,
  tls: true,
  rootCert: null,
  acceptInvalidCerts: false,
  pins: [],
  clientCert: null,
  proxy: null,
  webSocket: null,
  signal: new AbortController().signal,
  resolve: everywhereHere,
  ...more,
});

export async function failureOf(options: DialOptions): Promise<NetError> {
  try {
    (await dial(options)).destroy();
  } catch (error) {
    if (error instanceof NetError) return error;
    throw error;
  }
  throw new Error('it connected');
}

const run = promisify(execFile);

/** A client certificate under the common name `me`, made by openssl in `folder`. */
export async function makeClientCertificate(folder: string): Promise<ClientCertificate> {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  await run('openssl', ['req', '-x509', ...key, '-days', '30', '-keyout', 'me.key', '-out', 'me.pem', '-subj', '/CN=me'], { cwd: folder });
  const [cert, secret] = await Promise.all(['me.pem', 'me.key'].map((name) => readFile(join(folder, name), 'utf8')));
  return readClientCertificate(cert ?? '', secret ?? '');
}
