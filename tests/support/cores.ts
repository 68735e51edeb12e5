/** Whole cores in this process: a real profile on disk each, a client through the real contract, and a shared loopback network. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { BufferId, ContactId } from '../../src/contract/ids.ts';
import type { Message } from '../../src/contract/message.ts';
import { connectClient, type AnyEvent, type Client } from '../../src/contract/rpc/client.ts';
import type { BufferView, ContactView, Snapshot } from '../../src/contract/views.ts';
import { createCore, type Core, type CoreOptions } from '../../src/core/core.ts';
import { createProfileDirectories, profilePaths, type ProfilePaths } from '../../src/core/profile.ts';
import { portPair } from '../../src/host/portPair.ts';

export interface Person {
  name: string;
  core: Core;
  client: Client;
  paths: ProfilePaths;
  directory: string;
  log: string[];
  events: AnyEvent[];
  snapshot(): Promise<Snapshot>;
  /** Lines of a buffer, oldest first. */
  lines(buffer: BufferId): Promise<Message[]>;
  /** Own and their texts of a buffer, with who said them. */
  said(buffer: BufferId): Promise<string[]>;
  contact(id: ContactId): Promise<ContactView>;
  onlyContact(): Promise<ContactView>;
  buffer(name: string): Promise<BufferView>;
  input(buffer: BufferId, text: string): Promise<void>;
  stop(): Promise<void>;
}

const PATIENCE_MS = 20_000;

/** Waits until `check` returns something; the error names what was waited for. */
export async function until<T>(
  what: string,
  check: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  patience = PATIENCE_MS,
): Promise<T> {
  const end = Date.now() + patience;
  let last: unknown = null;
  while (Date.now() < end) {
    try {
      const found = await check();
      if (found !== null && found !== undefined && found !== false) return found;
      last = null;
    } catch (error) {
      last = error;
    }
    await new Promise((done) => setTimeout(done, 20));
  }
  throw new Error(`waited in vain: ${what}`, { cause: last });
}

/** A directory of this test, gone when it ends. */
export async function testDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'sotto-test-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

interface Options {
  name: string;
  config?: string;
  overlay: NonNullable<CoreOptions['overlay']>;
  /** An existing profile, to start it again. */
  directory?: string;
  /** Changes what the store does. */
  openStore?: NonNullable<CoreOptions['openStore']>;
  /** Shorter times. */
  timings?: NonNullable<CoreOptions['timings']>;
  /** Files from and to this computer. */
  transfers?: NonNullable<CoreOptions['transfers']>;
}

export async function startPerson({ name, config, overlay, directory: given, openStore, timings, transfers }: Options): Promise<Person> {
  const directory = given ?? (await testDirectory());
  const paths = profilePaths(directory, {});
  await createProfileDirectories(paths);
  if (config !== undefined) {
    await mkdir(dirname(paths.configFile), { recursive: true });
    await writeFile(paths.configFile, config);
  }
  const log: string[] = [];
  const core = createCore({
    profile: paths,
    version: '0.0.0-test',
    demo: false,
    nodeBuilder: null,
    host: { newPageToken: () => Promise.resolve('none'), quit: () => undefined, keyring: null },
    log: (line) => {
      log.push(line);
    },
    overlay,
    ...(openStore === undefined ? {} : { openStore }),
    ...(timings === undefined ? {} : { timings }),
    ...(transfers === undefined ? {} : { transfers }),
  });
  await core.start();
  const [near, far] = portPair();
  core.attach(far);
  const client = connectClient(near);
  const events: AnyEvent[] = [];
  client.onEvent((event) => {
    events.push(event);
  });
  await client.ready;
  let stopped = false;
  const stop = async (): Promise<void> => {
    if (stopped) return;
    stopped = true;
    await core.stop();
  };
  onTestFinished(stop);

  const snapshot = (): Promise<Snapshot> => client.call('app.snapshot', {});
  const lines = async (buffer: BufferId): Promise<Message[]> =>
    (await client.call('buffer.page', { buffer, before: null, limit: 200 })).messages;
  const contact = async (id: ContactId): Promise<ContactView> => {
    const found = (await snapshot()).contacts.find((candidate) => candidate.id === id);
    if (!found) throw new Error(`no contact ${id}`);
    return found;
  };
  return {
    name,
    core,
    client,
    paths,
    directory,
    log,
    events,
    snapshot,
    lines,
    said: async (buffer) =>
      (await lines(buffer))
        .filter((line) => line.kind === 'privmsg' || line.kind === 'action')
        .map((line) => `${line.self ? 'me' : 'they'}: ${line.text}`),
    contact,
    onlyContact: async () => {
      const [only, ...more] = (await snapshot()).contacts;
      if (!only || more.length > 0) throw new Error('not exactly one contact');
      return only;
    },
    buffer: async (wanted) => {
      const found = (await snapshot()).buffers.find((candidate) => candidate.name === wanted);
      if (!found) throw new Error(`no buffer ${wanted}`);
      return found;
    },
    input: async (buffer, text) => {
      await client.call('buffer.input', { buffer, text });
    },
    stop,
  };
}
