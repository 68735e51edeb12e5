/** Whole headless Sottos on nodes of the lab, and what tests do with them. */
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BufferId, ContactId } from '../../../src/contract/ids.ts';
import type { Message } from '../../../src/contract/message.ts';
import { profilePaths } from '../../../src/core/profile.ts';
import { openStore } from '../../../src/store/store.ts';
import type { ContactRow } from '../../../src/store/rows.ts';
import type { Client } from '../../../src/contract/rpc/client.ts';
import { CALM, KILL_ROUTES, type CoreSpec } from '../../chaos/spec.ts';
import { spawnHeadless, type Host } from '../headless.ts';
import { until } from '../cores.ts';
import { labBinary, type Lab } from './lab.ts';

const CORE = fileURLToPath(new URL('../../chaos/core.ts', import.meta.url));
const PATIENCE_MS = 90_000;

export interface Sotto extends Host {
  client: Client;
}

export interface LabPerson {
  readonly name: string;
  readonly directory: string;
  /** The running core. */
  sotto(): Sotto;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Ends the core as a crash does. */
  kill(): Promise<void>;
  /** All own routes die, and the node says so some seconds later. */
  killRoutes(): Promise<void>;
  route(): Promise<string>;
  /** The only contact's buffer. */
  buffer(): Promise<BufferId>;
  say(text: string): Promise<void>;
  lines(): Promise<Message[]>;
  /** Their texts that begin with `tag`, as often as they stand there. */
  heard(tag: string): Promise<string[]>;
  hears(...texts: string[]): Promise<void>;
  /** Waits until own texts are delivered. */
  delivered(...texts: string[]): Promise<void>;
  /** The contact as it is stored; only while the core is not running. */
  stored(): Promise<ContactRow>;
}

/** A person on app `index`, not started. Their node stands behind a proxy that does nothing but kill routes when told to. */
export async function createLabPerson(lab: Lab, index: number, folder: string, name: string, config = ''): Promise<LabPerson> {
  const directory = join(folder, name);
  const orders = join(folder, `${name}-orders`);
  await mkdir(orders, { recursive: true });
  await writeFile(join(orders, CALM), '');
  const app = lab.app(index);
  const spec: CoreSpec = {
    binary: labBinary(),
    netns: app.netns,
    overrides: app.networkOverrides,
    proxy: { seed: name, name, directory: orders, marker: 'nobody looks', routeDeathEvery: 1, nodeDeathEvery: 1 },
    kill: null,
  };
  let running: Sotto | null = null;
  let begun = false;
  const sotto = (): Sotto => {
    if (running === null) throw new Error(`${name} does not run`);
    return running;
  };
  const client = (): Client => sotto().client;
  const contactId = async (): Promise<ContactId> => {
    const [contact] = (await client().call('app.snapshot', {})).contacts;
    if (!contact) throw new Error(`${name} has no contact`);
    return contact.id;
  };
  const buffer = async (): Promise<BufferId> => (await client().call('contact.open', { contact: await contactId() })).buffer;
  const lines = async (): Promise<Message[]> =>
    (await client().call('buffer.page', { buffer: await buffer(), before: null, limit: 200 })).messages;
  const heard = async (tag: string): Promise<string[]> =>
    (await lines()).filter((line) => !line.self && line.kind === 'privmsg' && line.text.startsWith(tag)).map((line) => line.text);

  return {
    name,
    directory,
    sotto,
    start: async () => {
      running = await spawnHeadless({ directory, program: [CORE, JSON.stringify(spec)], ...(begun ? {} : { config }) });
      begun = true;
    },
    stop: async () => {
      const code = await running?.stop();
      running = null;
      if (code !== undefined && code !== 0) throw new Error(`${name} ended with ${code ?? 'a signal'}`);
    },
    kill: async () => {
      await sotto().kill();
      running = null;
    },
    killRoutes: async () => {
      const order = join(orders, `${name}${KILL_ROUTES}`);
      await writeFile(order, '');
      await until('the routes are dead', () => !existsSync(order));
    },
    route: async () =>
      (
        await until(
          `${name} has a route`,
          () =>
            client()
              .call('route.get', {})
              .catch(() => null),
          PATIENCE_MS,
        )
      ).text,
    buffer,
    say: async (text) => {
      await client().call('buffer.input', { buffer: await buffer(), text });
    },
    lines,
    heard,
    hears: async (...texts) => {
      const all = async (): Promise<boolean> => {
        const there = (await lines()).filter((line) => !line.self).map((line) => line.text);
        const times = texts.map((text) => there.filter((other) => other === text).length);
        if (times.some((count) => count > 1)) throw new Error(`${name} was shown a text twice`);
        return times.every((count) => count === 1);
      };
      await until(`${name} hears ${texts[0]?.slice(0, 40) ?? ''}`, all, PATIENCE_MS);
    },
    delivered: async (...texts) => {
      const all = async (): Promise<boolean> => {
        const own = (await lines()).filter((line) => line.self);
        return texts.every((text) => {
          const states = own.filter((line) => line.text === text).map((line) => line.receipt?.state);
          return states.length === 1 && (states[0] === 'delivered' || states[0] === 'read');
        });
      };
      await until(`${name} knows that ${texts[0]?.slice(0, 40) ?? ''} arrived`, all, PATIENCE_MS);
    },
    stored: async () => {
      const paths = profilePaths(directory, {});
      const { store } = await openStore({ dataDirectory: paths.dataDirectory, stateDirectory: paths.stateDirectory });
      const [row] = await store.listContacts();
      await store.close();
      if (!row) throw new Error(`${name} has no contact`);
      return row;
    },
  };
}

/** `b` pastes `a`'s route, `a` accepts, and both are sure of each other. */
export async function meet(a: LabPerson, b: LabPerson): Promise<void> {
  await b.sotto().client.call('contact.connect', { text: await a.route() });
  const asked = async () => (await a.sotto().client.call('app.snapshot', {})).requests[0];
  const request = await until(`${a.name} is asked`, asked, PATIENCE_MS);
  await a.sotto().client.call('contact.accept', { contact: request.contact });
  for (const person of [a, b]) {
    const sure = async (): Promise<boolean> => {
      const [contact] = (await person.sotto().client.call('app.snapshot', {})).contacts;
      return contact?.shield === 'not-verified' && !contact.waiting;
    };
    await until(`${person.name} is sure`, sure, PATIENCE_MS);
  }
}
