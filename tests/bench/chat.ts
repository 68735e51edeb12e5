/** IRC lines through the whole core into the encrypted store, beside the store alone. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { MessageId, ServerName } from '../../src/contract/ids.ts';
import { connectClient } from '../../src/contract/rpc/client.ts';
import { createCore } from '../../src/core/core.ts';
import { createProfileDirectories, profilePaths } from '../../src/core/profile.ts';
import { portPair } from '../../src/host/portPair.ts';
import { openStore } from '../../src/store/store.ts';
import { round, type Figure } from './figures.ts';

const LINES = 60_000;
const CHUNK = 500;
const text = (index: number): string => `line ${index} of a channel in which people talk about this and that`;

async function storeAlone(directory: string): Promise<number> {
  const paths = profilePaths(join(directory, 'floor'), {});
  const { store } = await openStore({ dataDirectory: paths.dataDirectory, stateDirectory: paths.stateDirectory });
  const buffer = await store.openBuffer({ kind: 'channel', server: v.parse(ServerName, 'lab'), contact: null, key: '#c', name: '#c' });
  const begin = performance.now();
  const commits: Promise<void>[] = [];
  for (let at = 0; at < LINES; at += 1_000) {
    const batch = Array.from({ length: 1_000 }, (_, offset) => ({
      message: {
        id: v.parse(MessageId, at + offset + 1),
        buffer: buffer.id,
        time: 1_700_000_000_000 + at + offset,
        kind: 'privmsg' as const,
        from: 'nick',
        text: text(at + offset),
        subject: null,
        self: false,
        highlight: false,
        receipt: null,
      },
      msgid: null,
    }));
    commits.push(store.appendIrc(batch));
  }
  await Promise.all(commits);
  const seconds = (performance.now() - begin) / 1_000;
  await store.close();
  return LINES / seconds;
}

async function wholeCore(directory: string): Promise<number> {
  const started = Promise.withResolvers<number>();
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.setEncoding('utf8');
    let flooding = false;
    socket.on('data', (data: string) => {
      if (data.includes('CAP LS')) socket.write(':bench CAP * LS :server-time message-tags\r\n');
      if (/CAP REQ :(.*)\r\n/.exec(data)) socket.write(`:bench CAP * ACK :${/CAP REQ :(.*)\r\n/.exec(data)?.[1] ?? ''}\r\n`);
      if (data.includes('CAP END'))
        socket.write(':bench 001 me :Welcome\r\n:bench 005 me CHANTYPES=# PREFIX=(ov)@+ :are supported\r\n:bench 376 me :End\r\n');
      for (const [, token] of data.matchAll(/PING :?(\S+)/g)) socket.write(`:bench PONG bench :${token ?? ''}\r\n`);
      if (/JOIN :?#c/.test(data) && !flooding) {
        flooding = true;
        socket.write(':me!u@h JOIN #c\r\n:bench 353 me = #c :me nick\r\n:bench 366 me #c :End\r\n');
        started.resolve(performance.now());
        let sent = 0;
        // After the lines of joining, so that the flood's last line is the newest.
        const stamp = new Date(Date.now() + 1_000).toISOString();
        const flood = (): void => {
          while (sent < LINES) {
            const lines = Array.from(
              { length: CHUNK },
              (_, offset) => `@time=${stamp};msgid=m${sent + offset} :nick!user@host.example PRIVMSG #c :${text(sent + offset)}\r\n`,
            );
            sent += CHUNK;
            if (!socket.write(lines.join(''))) {
              socket.once('drain', flood);
              return;
            }
          }
        };
        flood();
      }
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const paths = profilePaths(join(directory, 'core'), {});
  await createProfileDirectories(paths);
  await mkdir(join(directory, 'core', 'config'), { recursive: true });
  await writeFile(
    paths.configFile,
    `[servers.lab]\nserver = "127.0.0.1"\nport = ${address.port}\nuse_tls = false\nnickname = "me"\nchannels = ["#c"]\n[veilid]\nenabled = false\n`,
  );
  const core = createCore({
    profile: paths,
    version: '0.0.0',
    demo: false,
    nodeBuilder: null,
    host: { newPageToken: () => Promise.resolve(''), quit: () => undefined, keyring: null },
    log: () => undefined,
  });
  await core.start();
  const [near, far] = portPair();
  core.attach(far);
  const client = connectClient(near);
  const begin = await started.promise;
  const last = text(LINES - 1);
  let buffer = (await client.call('app.snapshot', {})).buffers.find((candidate) => candidate.name === '#c')?.id;
  while (buffer === undefined) buffer = (await client.call('app.snapshot', {})).buffers.find((candidate) => candidate.name === '#c')?.id;
  for (;;) {
    // A page is answered after everything before it is committed.
    const { messages } = await client.call('buffer.page', { buffer, before: null, limit: 1 });
    if (messages.at(-1)?.text === last) break;
    await new Promise((done) => setTimeout(done, 20));
  }
  const seconds = (performance.now() - begin) / 1_000;
  await core.stop();
  server.close();
  return LINES / seconds;
}

export async function benchChat(): Promise<Figure[]> {
  const directory = await mkdtemp(join(tmpdir(), 'sotto-bench-'));
  try {
    const floor = await storeAlone(directory);
    const whole = await wholeCore(directory);
    return [
      {
        name: 'IRC lines through the whole core into the store',
        value: round(whole),
        unit: 'lines/s',
        aim: '>= 20000',
        beside: `store alone ${round(floor)} lines/s`,
      },
    ];
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
