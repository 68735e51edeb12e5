import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { Worker } from 'node:worker_threads';
import { expect, test, vi } from 'vitest';
import * as v from 'valibot';
import { connect } from '../../src/store/connection.ts';
import { BufferId } from '../../src/contract/ids.ts';
import { createStore } from '../../src/store/proxy.ts';
import { MAX_APPEND_LINES, MAX_WAITING_LINES, type Store } from '../../src/store/store.ts';
import { line, newFolder, open, type Folder } from './support.ts';

const child = (name: string): string => join(import.meta.dirname, 'children', name);

const runAndKill = async ({ dataDirectory, stateDirectory }: Folder, lines: number): Promise<string[]> => {
  const writer = spawn(process.execPath, [child('writer.ts'), dataDirectory, stateDirectory], { stdio: ['ignore', 'pipe', 'inherit'] });
  const printed: string[] = [];
  for await (const text of createInterface({ input: writer.stdout })) {
    printed.push(text);
    if (printed.length === lines) writer.kill('SIGKILL');
  }
  return printed;
};
const idsOf = async (store: Store, buffer: BufferId): Promise<Set<number>> => {
  const ids = new Set<number>();
  let page = await store.page({ buffer, before: null, limit: 200 });
  for (;;) {
    for (const { id } of page.messages) ids.add(id);
    if (!page.more) return ids;
    page = await store.page({ buffer, before: page.messages[0] ?? null, limit: 200 });
  }
};

test('what was committed before the process was killed is there, whole, however often that happens', async () => {
  const folder = newFolder();
  const printed: string[] = [];
  for (let round = 0; round < 3; round += 1) printed.push(...(await runAndKill(folder, 150 + 60 * round)));
  const { store, ircDamaged, rolledBack } = await open(folder);
  expect({ ircDamaged, rolledBack }).toEqual({ ircDamaged: false, rolledBack: false });

  const buffers = await store.listBuffers();
  const stored = { irc: new Set<number>(), direct: new Set<number>() };
  for (const { id, kind } of buffers) {
    for (const message of await idsOf(store, id)) stored[kind === 'private' ? 'direct' : 'irc'].add(message);
  }
  const ids = (kind: string) => printed.filter((text) => text.startsWith(kind)).map((text) => Number(text.slice(kind.length + 1)));
  expect(ids('irc').length).toBeGreaterThan(0);
  expect(ids('direct').length).toBeGreaterThan(0);
  expect(ids('irc').filter((id) => !stored.irc.has(id))).toEqual([]);
  expect(ids('direct').filter((id) => !stored.direct.has(id))).toEqual([]);

  const rows = await store.outbox(null);
  expect(new Set(rows.map(({ message }) => message))).toEqual(stored.direct);
  const sealed = new Map(rows.map((row) => [row.mid, row]));
  for (const id of ids('direct')) expect(sealed.get(`m${id}`)?.packet).toEqual(new TextEncoder().encode(`m${id}`));
  // The session is never behind the last packet that was sealed by it.
  for (const session of await store.listSessions(null)) {
    const own = rows.filter((row) => row.session === session.id && row.contact === session.contact && row.packet !== null);
    expect(new TextDecoder().decode(session.bytes)).toBe(own.at(-1)?.mid);
    expect(session.version).toBe(own.length);
  }
});

const Ids = v.array(v.number());
const Held = v.object({ irc: Ids, direct: Ids, outbox: Ids });
const Moment = v.object({ held: Held, accepted: v.object({ irc: Ids, direct: Ids }) });
const Report = v.object({ refusals: v.array(v.string()), whenFull: Moment, afterwards: Moment });

/** Where a name space of our own may be made, a file system of six megabytes; else a limit on the size of files. */
const smallDisk = (folder: string): { command: string; args: string[] } => {
  const script = `mount -t tmpfs -o size=6m tmpfs '${folder}' && exec "$@"`;
  const inside = ['-rm', 'sh', '-c', script, 'sh'];
  try {
    execFileSync('unshare', [...inside, 'true'], { stdio: 'ignore' });
    return { command: 'unshare', args: [...inside, process.execPath, child('filler.ts'), folder, 'tmpfs'] };
  } catch {
    return { command: process.execPath, args: [child('filler.ts'), folder, 'fsize'] };
  }
};

test('a full disk refuses cleanly, keeps every accepted message, and is over when there is room again', () => {
  const folder = dirname(newFolder().dataDirectory);
  mkdirSync(folder, { recursive: true });
  const { command, args } = smallDisk(folder);
  const { refusals, whenFull, afterwards } = v.parse(Report, JSON.parse(execFileSync(command, args, { encoding: 'utf8' })));
  expect(refusals).toHaveLength(3);
  for (const code of refusals) expect(['diskFull', 'io']).toContain(code);
  expect(whenFull.accepted.direct.length).toBeGreaterThan(10);
  expect(whenFull.accepted.irc.length).toBeGreaterThan(10);
  for (const { held, accepted } of [whenFull, afterwards]) {
    expect(held.irc).toEqual(accepted.irc);
    expect(held.direct).toEqual(accepted.direct);
    expect(held.outbox).toEqual(accepted.direct);
  }
  expect(afterwards.accepted.direct.length).toBe(whenFull.accepted.direct.length + 1);
});

test('a worker that ends by itself rejects what waits, and everything later, as closed', async () => {
  const workerData = newFolder();
  const worker = new Worker(new URL('../../src/store/worker.ts', import.meta.url), { workerData });
  const onCrash = vi.fn();
  const connection = connect(worker, () => undefined, onCrash);
  await connection.opened;
  // Those given before may still be answered; those given after its end has begun cannot be.
  const calls = (): Promise<unknown>[] => Array.from({ length: 20 }, () => connection.call('listBuffers'));
  const before = calls();
  const ended = worker.terminate();
  const outcomes = Promise.allSettled([...before, ...calls()]);
  const codes = (await outcomes).filter(({ status }) => status === 'rejected');
  await ended;
  expect(codes.length).toBeGreaterThanOrEqual(20);
  for (const outcome of codes) expect(outcome).toMatchObject({ reason: { code: 'closed' } });
  await expect(connection.call('listBuffers')).rejects.toMatchObject({ code: 'closed' });
  await connection.close();
  expect(onCrash).toHaveBeenCalledTimes(1);
});

test('closing commits the lines that were given before, and later calls are refused', async () => {
  const folder = newFolder();
  const { store } = await open(folder);
  const buffer = await store.openBuffer({ kind: 'query', server: null, contact: null, key: 'a', name: 'a' });
  const appended = store.appendIrc([{ message: line(buffer.id, 'last words'), msgid: null }]);
  await store.close();
  await appended;
  await expect(store.listBuffers()).rejects.toMatchObject({ code: 'closed' });
  await store.close();
  const again = await open(folder);
  expect((await again.store.page({ buffer: buffer.id, before: null, limit: 5 })).messages).toMatchObject([{ text: 'last words' }]);
});

test('lines that a stalled worker does not take are bounded', async () => {
  const store = createStore({
    opened: new Promise(() => undefined),
    call: () => new Promise(() => undefined),
    close: () => Promise.resolve(),
  });
  const id = v.parse(BufferId, 1);
  const lines = Array.from({ length: MAX_APPEND_LINES }, () => ({ message: line(id, 'x'), msgid: null }));
  for (let taken = 0; taken < MAX_WAITING_LINES; taken += lines.length) void store.appendIrc(lines);
  await expect(store.appendIrc(lines.slice(0, 1))).rejects.toMatchObject({ code: 'limit' });
});
