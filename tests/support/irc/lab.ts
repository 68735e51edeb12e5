/** Real IRC servers on loopback, each start with ports and a folder of its own. As root they step down to nobody. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { chmod, chown, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const NOBODY = 65_534;
const START_LIMIT_MS = 20_000;
const run = promisify(execFile);
const isRoot = process.getuid?.() === 0;

export interface Lab {
  readonly host: string;
  /** Plain TCP. */
  readonly port: number;
  readonly tlsPort: number;
  /** The certificate authority that signed the server's certificate (for localhost, irc.test and 127.0.0.1). */
  readonly caPem: string;
  /** Makes a services account. */
  register(nick: string, password: string): Promise<void>;
  /** Kills the IRC server (not the services), as a crash would. */
  kill(): Promise<void>;
  /** Starts it again on the same ports. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
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

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sotto-irc-'));
  await chmod(folder, 0o755);
  return folder;
}

async function giveAway(folder: string): Promise<void> {
  if (!isRoot) return;
  for (const name of await readdir(folder)) await chown(join(folder, name), NOBODY, NOBODY);
  await chown(folder, NOBODY, NOBODY);
}

async function render(name: string, values: Record<string, number>): Promise<string> {
  const text = await readFile(join(import.meta.dirname, 'config', name), 'utf8');
  return text.replace(/@([A-Z]+)@/g, (_all, key: string) => String(values[key]));
}

interface Program {
  child: ChildProcess;
  output: () => string;
  exited: Promise<void>;
}

function launch(command: string, parameters: string[], folder: string): Program {
  const child = spawn(command, parameters, {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(isRoot ? { uid: NOBODY, gid: NOBODY } : {}),
  });
  // A test run that breaks off leaves no server behind.
  const reap = (): void => {
    child.kill('SIGKILL');
  };
  process.once('exit', reap);
  let output = '';
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-10_000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const exited = new Promise<void>((done) => {
    child.once('exit', () => {
      process.off('exit', reap);
      done();
    });
    child.once('error', (error) => {
      output += error.message;
      done();
    });
  });
  return { child, output: () => output, exited };
}

async function end(program: Program, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  program.child.kill(signal);
  const gone = program.exited.then(() => true);
  if (await Promise.race([gone, delay(3_000, false, { ref: false })])) return;
  program.child.kill('SIGKILL');
  await program.exited;
}

async function until(what: string, program: Program, check: () => Promise<boolean> | boolean): Promise<void> {
  const { child } = program;
  const deadline = Date.now() + START_LIMIT_MS;
  while (!(await check())) {
    if (child.pid === undefined || child.exitCode !== null || Date.now() > deadline)
      throw new Error(`${what} did not start: ${program.output()}`);
    await delay(50);
  }
}

const answers = (port: number): Promise<boolean> =>
  new Promise((done) => {
    const socket = createConnection(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      done(true);
    });
    socket.once('error', () => {
      done(false);
    });
  });

export interface RawClient {
  send(line: string): void;
  /** Resolves once the text received since the last call matches. */
  until(wanted: RegExp): Promise<void>;
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
  const until = (wanted: RegExp): Promise<void> =>
    new Promise((done, fail) => {
      const timer = setTimeout(() => {
        fail(new Error(`no ${String(wanted)} in: ${text.slice(-2_000)}`));
      }, START_LIMIT_MS);
      look = () => {
        if (!wanted.test(text)) return;
        clearTimeout(timer);
        look = () => undefined;
        text = '';
        done();
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

export async function startInspircd({ services = false }: { services?: boolean } = {}): Promise<Lab> {
  const folder = await makeFolder();
  const ports = { PLAIN: await freePort(), TLS: await freePort(), LINK: await freePort() };
  const { caPem } = await makeCertificates(folder);
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
    caPem,
    register: async (nick, password) => {
      const client = await rawClient(ports.PLAIN, nick);
      client.send(`PRIVMSG NickServ :REGISTER ${password} ${nick}@example.org`);
      await client.until(/is now registered|already registered/);
      client.close();
    },
    kill: async () => {
      if (running.server) await end(running.server, 'SIGKILL');
    },
    restart: start,
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
