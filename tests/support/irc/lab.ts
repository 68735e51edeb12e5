/** Real IRC servers on loopback, each start with ports and a folder of its own. As root they step down to nobody. */
import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { answers, end, freePort, giveAway, launch, makeFolder, render, START_LIMIT_MS, until, type Program } from './program.ts';

export { freePort } from './program.ts';

const run = promisify(execFile);

export interface Lab {
  readonly host: string;
  /** Plain TCP. */
  readonly port: number;
  readonly tlsPort: number;
  /** WebSocket without TLS. */
  readonly webPort: number;
  /** The certificate authority that signed the server's certificate (for localhost, irc.test and 127.0.0.1). */
  readonly caPem: string;
  /** SHA-256 of the server's certificate, in hex. */
  readonly fingerprint: string;
  /** Makes a services account. */
  register(nick: string, password: string): Promise<void>;
  /** Has NickServ do something for an account of that name and password; resolves when a notice of it matches. */
  nickServ(nick: string, password: string, command: string, answer: RegExp): Promise<void>;
  /** Kills the IRC server (not the services), as a crash would. */
  kill(): Promise<void>;
  /** Starts it again on the same ports. */
  restart(): Promise<void>;
  /** Services that ended with the server. */
  restartServices(): Promise<void>;
  stop(): Promise<void>;
}

export interface Certificates {
  caPem: string;
  certPem: string;
  keyPem: string;
}

/** Makes ca.pem, server.key, chain.pem in `folder`; `names` is the subjectAltName, `days` may be negative for an expired one. */
export async function makeCertificates(
  folder: string,
  names = 'DNS:localhost,DNS:irc.test,IP:127.0.0.1',
  expired = false,
): Promise<Certificates> {
  const openssl = (...parameters: string[]): Promise<unknown> => run('openssl', parameters, { cwd: folder });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  await openssl(
    'req',
    '-x509',
    ...key,
    '-days',
    '30',
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-subj',
    '/CN=test CA',
    '-addext',
    'basicConstraints=critical,CA:TRUE',
  );
  await openssl('req', ...key, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=test server');
  await writeFile(join(folder, 'server.ext'), `subjectAltName=${names}\nbasicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n`);
  if (expired) {
    // `openssl x509` of version 3.0 cannot set dates in the past; `openssl ca` can.
    await writeFile(join(folder, 'index.txt'), '');
    await writeFile(
      join(folder, 'ca.conf'),
      '[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nnew_certs_dir=.\nrand_serial=yes\ndefault_md=sha256\npolicy=p\nunique_subject=no\n[p]\ncommonName=supplied\n',
    );
    const dates = ['-startdate', '20200101000000Z', '-enddate', '20200201000000Z'];
    await openssl(
      'ca',
      '-batch',
      '-config',
      'ca.conf',
      '-cert',
      'ca.pem',
      '-keyfile',
      'ca.key',
      '-in',
      'server.csr',
      '-out',
      'server.pem',
      '-extfile',
      'server.ext',
      '-notext',
      ...dates,
    );
  } else
    await openssl(
      'x509',
      '-req',
      '-in',
      'server.csr',
      '-CA',
      'ca.pem',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-days',
      '30',
      '-out',
      'server.pem',
      '-extfile',
      'server.ext',
    );
  const read = (name: string): Promise<string> => readFile(join(folder, name), 'utf8');
  const [caPem, certPem, keyPem] = await Promise.all([read('ca.pem'), read('server.pem'), read('server.key')]);
  await writeFile(join(folder, 'chain.pem'), certPem + caPem);
  return { caPem, certPem, keyPem };
}

export interface RawClient {
  send(line: string): void;
  /** Resolves with the text received since the last call, once that matches. */
  until(wanted: RegExp): Promise<string>;
  close(): void;
}

/** A registered client that shares no code with Sotto: a second opinion. */
export async function rawClient(port: number, nick: string): Promise<RawClient> {
  const socket = createConnection(port, '127.0.0.1');
  const send = (line: string): void => {
    socket.write(`${line}\r\n`);
  };
  let text = '';
  let look: () => void = () => undefined;
  socket.on('data', (chunk) => {
    const received = chunk.toString();
    for (const ping of received.matchAll(/^PING (.*?)\r$/gm)) send(`PONG ${ping[1] ?? ''}`);
    text += received;
    look();
  });
  socket.on('error', () => undefined);
  const until = (wanted: RegExp): Promise<string> =>
    new Promise((done, fail) => {
      const timer = setTimeout(() => {
        fail(new Error(`no ${String(wanted)} in: ${text.slice(-2_000)}`));
      }, START_LIMIT_MS);
      look = () => {
        if (!wanted.test(text)) return;
        clearTimeout(timer);
        look = () => undefined;
        const seen = text;
        text = '';
        done(seen);
      };
      look();
    });
  send(`NICK ${nick}`);
  send(`USER ${nick} 0 * :${nick}`);
  await until(/ (376|422) /);
  return {
    send,
    until,
    close: () => {
      socket.destroy();
    },
  };
}

const fingerprintOf = (pem: string): string => new X509Certificate(pem).fingerprint256.replaceAll(':', '').toLowerCase();

/** A self-signed certificate for SASL EXTERNAL, and its SHA-256 fingerprint as InspIRCd writes it. */
export async function makeClientCertificate(): Promise<{ certPem: string; keyPem: string; fingerprint: string }> {
  const folder = await makeFolder();
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  await run('openssl', ['req', '-x509', ...key, '-days', '30', '-keyout', 'client.key', '-out', 'client.pem', '-subj', '/CN=alice'], {
    cwd: folder,
  });
  const [certPem, keyPem] = await Promise.all(['client.pem', 'client.key'].map((name) => readFile(join(folder, name), 'utf8')));
  await rm(folder, { recursive: true, force: true });
  if (certPem === undefined || keyPem === undefined) throw new Error('openssl made no certificate');
  return { certPem, keyPem, fingerprint: fingerprintOf(certPem) };
}

export async function startInspircd({ services = false }: { services?: boolean } = {}): Promise<Lab> {
  const folder = await makeFolder();
  const ports = { PLAIN: await freePort(), TLS: await freePort(), LINK: await freePort(), WEB: await freePort() };
  const { caPem, certPem } = await makeCertificates(folder);
  await writeFile(join(folder, 'inspircd.conf'), await render('inspircd.conf', ports));
  await writeFile(join(folder, 'atheme.conf'), await render('atheme.conf', ports));
  await giveAway(folder);

  const running: { server?: Program; services?: Program } = {};
  const start = async (): Promise<void> => {
    const server = launch('/usr/sbin/inspircd', ['--config', join(folder, 'inspircd.conf'), '--nofork', '--nopid'], folder);
    running.server = server;
    await until('InspIRCd', server, () => answers(ports.TLS));
  };
  const startServices = async (): Promise<void> => {
    const parameters = [
      '-n',
      '-c',
      join(folder, 'atheme.conf'),
      '-l',
      join(folder, 'atheme.log'),
      '-p',
      join(folder, 'atheme.pid'),
      '-D',
      folder,
    ];
    const program = launch('/usr/bin/atheme-services', parameters, folder);
    running.services = program;
    await until('Atheme', program, () => program.output().includes('finished synching'));
  };
  const stop = async (): Promise<void> => {
    if (running.services) await end(running.services, 'SIGTERM');
    if (running.server) await end(running.server, 'SIGTERM');
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await start();
    if (services) await startServices();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    host: 'localhost',
    port: ports.PLAIN,
    tlsPort: ports.TLS,
    webPort: ports.WEB,
    caPem,
    fingerprint: fingerprintOf(certPem),
    register: async (nick, password) => {
      const client = await rawClient(ports.PLAIN, nick);
      client.send(`PRIVMSG NickServ :REGISTER ${password} ${nick}@example.org`);
      await client.until(/is now registered|already registered/);
      client.close();
    },
    nickServ: async (nick, password, command, answer) => {
      const client = await rawClient(ports.PLAIN, nick);
      client.send(`PRIVMSG NickServ :IDENTIFY ${password}`);
      await client.until(/ 900 |now identified/);
      client.send(`PRIVMSG NickServ :${command}`);
      await client.until(answer);
      client.close();
    },
    kill: async () => {
      if (running.server) await end(running.server, 'SIGKILL');
    },
    restart: start,
    restartServices: async () => {
      if (running.services) await end(running.services, 'SIGTERM');
      await startServices();
    },
    stop,
  };
}

/** The old server: no SASL, no tags, only multi-prefix. Plain TCP. */
export async function startNgircd(): Promise<Pick<Lab, 'host' | 'port' | 'stop'>> {
  const folder = await makeFolder();
  const port = await freePort();
  await writeFile(join(folder, 'ngircd.conf'), await render('ngircd.conf', { PLAIN: port }));
  await giveAway(folder);
  const program = launch('/usr/sbin/ngircd', ['-n', '-f', join(folder, 'ngircd.conf')], folder);
  const stop = async (): Promise<void> => {
    await end(program, 'SIGTERM');
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await until('ngIRCd', program, () => answers(port));
  } catch (error) {
    await stop();
    throw error;
  }
  return { host: '127.0.0.1', port, stop };
}

export interface Bouncer {
  readonly host: string;
  readonly port: number;
  readonly tlsPort: number;
  /** SHA-256 of the certificate on the TLS port, in hex: nobody signed it that anybody knows. */
  readonly fingerprint: string;
  /** The server password that attaches to the network `test`, which is the server at `upstream`; it is in #test. */
  readonly password: string;
  stop(): Promise<void>;
}

/** ZNC 1.8 before a server that runs already. */
export async function startZnc(upstream: number): Promise<Bouncer> {
  const folder = await makeFolder();
  const ports = { PLAIN: await freePort(), TLS: await freePort(), UPSTREAM: upstream, FOLDER: folder };
  const { certPem } = await makeCertificates(folder);
  await mkdir(join(folder, 'configs'));
  await writeFile(join(folder, 'configs', 'znc.conf'), await render('znc.conf', ports));
  await giveAway(folder);
  const program = launch('/usr/bin/znc', ['-f', '-d', folder], folder);
  const stop = async (): Promise<void> => {
    await end(program, 'SIGTERM');
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await until('ZNC', program, () => answers(ports.TLS));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    host: '127.0.0.1',
    port: ports.PLAIN,
    tlsPort: ports.TLS,
    fingerprint: fingerprintOf(certPem),
    password: 'u/test:znc-pass',
    stop,
  };
}
