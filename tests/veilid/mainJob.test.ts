// needs: inspircd atheme openssl chromium tcpdump
/**
 * The main job, with nothing replaced: two profiles, each a process of its own with a page in Chromium, on InspIRCd with
 * services over TLS and SASL, talking privately over two real veilid-nodes on an isolated network.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect as expectPage } from 'playwright/test';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { connectClient } from '../../src/contract/rpc/client.ts';
import { profilePaths } from '../../src/core/profile.ts';
import { decodeIdentity, expandIdentity, publicIdentity } from '../../src/pq/identity.ts';
import type { ContactRow } from '../../src/store/rows.ts';
import { openStore } from '../../src/store/store.ts';
import { openPage, startBrowser, startHeadless, startServe, type Host, type TestNode } from '../support/hosts.ts';
import { startInspircd, type Lab as IrcLab } from '../support/irc/lab.ts';
import { until } from '../support/cores.ts';
import { labBinary, startLab, type Lab } from '../support/veilid/lab.ts';

const PASSWORDS = { alice: 'correct-horse-alice', bob: 'correct-horse-bob' } as const;
type Who = keyof typeof PASSWORDS;

let directory = '';
let veilid: Lab;
let irc: IrcLab;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sotto-main-'));
  veilid = await startLab({ dir: join(directory, 'lab'), binary: labBinary(), infra: 5 });
  irc = await startInspircd({ services: true });
  await writeFile(join(directory, 'ca.pem'), irc.caPem);
  for (const who of ['alice', 'bob'] as const) await irc.register(who, PASSWORDS[who]);
}, 180_000);

afterAll(async () => {
  await irc.stop();
  await veilid.stop();
  await rm(directory, { recursive: true, force: true });
}, 60_000);

const nodeFor = (index: number): TestNode => {
  const app = veilid.app(index);
  return { binary: labBinary(), netns: app.netns, overrides: app.networkOverrides };
};

const config = (who: Who, more = ''): string => `
[servers.lab]
nickname = "${who}"
server = "localhost"
port = ${irc.tlsPort}
root_cert_path = "${join(directory, 'ca.pem')}"
channels = ["#sotto"]

[servers.lab.sasl.plain]
username = "${who}"
password = "${PASSWORDS[who]}"
${more}`;

/** A repetition starts with fresh profiles. */
let attempt = 0;
beforeEach(() => {
  attempt += 1;
});
const profile = (test: string, who: Who): string => join(directory, `${attempt}-${test}-${who}`);

const sidebar = (page: Page, name: string | RegExp) =>
  page.getByRole('navigation', { name: 'Conversations' }).getByRole('button', { name });
const log = (page: Page) => page.getByRole('log');
const say = async (page: Page, text: string): Promise<void> => {
  const input = page.getByRole('textbox', { name: /^Message to/ });
  await input.fill(text);
  await input.press('Enter');
  await expectPage(input).toHaveValue('', { timeout: 30_000 });
};
const copied = async (page: Page, button: string): Promise<string> => {
  await page.evaluate(() => navigator.clipboard.writeText(''));
  await page.getByRole('button', { name: button, exact: true }).click();
  return until(`the page copied (${button})`, async () => (await page.evaluate(() => navigator.clipboard.readText())) || null, 60_000);
};
const connect = async (page: Page, text: string): Promise<void> => {
  await page.getByRole('button', { name: 'Connect to a person' }).click();
  await page.getByRole('dialog').getByRole('textbox').fill(text);
  await page.getByRole('dialog').getByRole('button', { name: 'Connect', exact: true }).click();
  await expectPage(page.getByRole('dialog')).toHaveCount(0);
};
const accept = async (page: Page, who: Who): Promise<void> => {
  await page.getByRole('button', { name: /^Requests/ }).click({ timeout: 60_000 });
  await page.getByRole('button', { name: `Accept ${who}` }).click();
  await expectPage(page.getByRole('textbox', { name: `Message to ${who}` })).toBeVisible();
};
const safetyNumber = async (page: Page): Promise<string> => {
  await page.getByRole('button', { name: /^Safety:/ }).click();
  const number = await page.getByRole('list', { name: 'Twelve groups of five digits' }).innerText();
  await page.keyboard.press('Escape');
  return number.replace(/\s+/g, ' ').trim();
};
/** Every line of ours carries the mark "delivered", or "read" where the other side looks at it. */
const allDelivered = (page: Page, count: number): Promise<void> =>
  expectPage(log(page).getByText(/^(delivered|read)$/)).toHaveCount(count, { timeout: 90_000 });

async function talk(alice: Page, bob: Page, tag: string): Promise<void> {
  for (let number = 1; number <= 10; number += 1) {
    await say(alice, `${tag} from alice ${number}.`);
    await say(bob, `${tag} from bob ${number}.`);
  }
  for (let number = 1; number <= 10; number += 1) {
    await expectPage(log(bob).getByText(`${tag} from alice ${number}.`)).toHaveCount(1, { timeout: 60_000 });
    await expectPage(log(alice).getByText(`${tag} from bob ${number}.`)).toHaveCount(1, { timeout: 60_000 });
  }
}

interface Capture {
  stop(): Promise<Uint8Array>;
}

/** Everything that crosses the bridge of the isolated network. */
async function capture(): Promise<Capture> {
  const file = join(directory, 'traffic.pcap');
  const child = spawn('tcpdump', ['-i', 'br0', '-U', '-s', '0', '-Z', 'root', '-w', file], { stdio: ['ignore', 'ignore', 'pipe'] });
  const listening = Promise.withResolvers<undefined>();
  child.stderr.on('data', (text: Uint8Array) => {
    if (new TextDecoder().decode(text).includes('listening on')) listening.resolve(undefined);
  });
  await listening.promise;
  const end = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGINT');
      await once(child, 'exit');
    }
  };
  onTestFinished(end);
  return {
    stop: async () => {
      await end();
      return readFile(file);
    },
  };
}

/** The private and public parts of an identity that must never be seen outside. */
async function identityKeys(folder: string): Promise<Uint8Array[]> {
  const paths = profilePaths(folder, {});
  const { store } = await openStore({ dataDirectory: paths.dataDirectory, stateDirectory: paths.stateDirectory });
  const bytes = await store.getSecret('identity');
  await store.close();
  if (!bytes) throw new Error('no identity');
  const seeds = decodeIdentity(bytes);
  const shown = publicIdentity(expandIdentity(seeds));
  return [seeds.ed, seeds.pq, seeds.x, seeds.k, shown.ed, shown.x, shown.pq.subarray(0, 64), shown.k.subarray(0, 64)];
}

/** The addresses of a person's node: as text, and as a blob holds them. */
function addressesOf(index: number): { texts: string[]; bytes: Buffer } {
  const number = Number(/\d+$/.exec(veilid.app(index).netns)?.[0]);
  const texts = [`192.31.196.${number}`, `2620:4f:8000:${number.toString(16)}00:`];
  return { texts, bytes: Buffer.from([number, 196, 31, 192]) };
}

/** Everything of a profile but the node's own store, whose routing table names nodes and says of none whose it is. */
async function clientFiles(folder: string): Promise<{ name: string; bytes: Uint8Array }[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !`${entry.parentPath}/`.startsWith(join(folder, 'data', 'veilid')));
  return Promise.all(files.map(async ({ parentPath, name }) => ({ name, bytes: await readFile(join(parentPath, name)) })));
}

/** The only contact of a profile that does not run. */
async function storedContact(folder: string): Promise<ContactRow> {
  const paths = profilePaths(folder, {});
  const { store } = await openStore({ dataDirectory: paths.dataDirectory, stateDirectory: paths.stateDirectory });
  const [row] = await store.listContacts();
  await store.close();
  if (!row) throw new Error('no contact');
  return row;
}

/** Over the whole conversation: neither side's client came to know where the other is, and no log says who talked to whom. */
async function expectPrivate(test: string, told: Record<Who, { log: string[]; frames: string[] }>): Promise<void> {
  for (const [index, who] of (['alice', 'bob'] as const).entries()) {
    const other = who === 'alice' ? 'bob' : 'alice';
    const folder = profile(test, who);
    const [own, theirs] = [addressesOf(index), addressesOf(1 - index)];
    const { log, frames } = told[who];
    expect(frames.length, 'frames were seen').toBeGreaterThan(20);
    for (const address of theirs.texts) {
      expect(log.join('\n')).not.toContain(address);
      expect(frames.join('\n')).not.toContain(address);
      for (const { name, bytes } of await clientFiles(folder)) expect(holds(bytes, address), name).toBe(false);
    }
    const contact = await storedContact(folder);
    expect(contact.addresses.length).toBeGreaterThan(0);
    for (const address of contact.addresses) {
      expect(holds(address, theirs.bytes), `${who} was given a route that says where ${other} is`).toBe(false);
      expect(holds(address, Uint8Array.of(196, 31, 192)), 'a route names its first hop').toBe(true);
    }
    const secrets = [
      'VLD0:',
      ...own.texts,
      ...theirs.texts,
      ...contact.addresses.map((address) => Buffer.from(address).toString('base64url').slice(0, 80)),
      ...[contact.theirRecord, contact.ownRecord?.key].flatMap((key) => (typeof key === 'string' ? [key.slice(5, 48)] : [])),
      ...(contact.fingerprint === null ? [] : fingerprintForms(contact.fingerprint)),
    ];
    expect(secrets.length).toBeGreaterThan(9);
    for (const secret of secrets) expect(log.join('\n')).not.toContain(secret);
  }
}

const fingerprintForms = (fingerprint: Uint8Array): string[] => {
  const bytes = Buffer.from(fingerprint);
  return [bytes.toString('hex').slice(0, 16), bytes.toString('base64url').slice(0, 16), bytes.toString('hex').slice(0, 16).toUpperCase()];
};

const holds = (haystack: Uint8Array, needle: Uint8Array | string): boolean =>
  Buffer.from(haystack).includes(typeof needle === 'string' ? Buffer.from(needle) : Buffer.from(needle));

test('two people meet in a channel, one pastes the other’s route, and they talk privately; a crash loses nothing', async () => {
  const traffic = await capture();
  const browser = await startBrowser();
  const [a, b] = await Promise.all([
    startServe({ directory: profile('blob', 'alice'), config: config('alice'), node: nodeFor(0) }),
    startServe({ directory: profile('blob', 'bob'), config: config('bob'), node: nodeFor(1) }),
  ]);
  const frames: Record<Who, string[]> = { alice: [], bob: [] };
  const [alice, bob] = [await openPage(browser, a.url, frames.alice), await openPage(browser, b.url, frames.bob)];

  for (const page of [alice, bob]) await sidebar(page, /^#sotto/).click({ timeout: 60_000 });
  await expectPage(alice.getByRole('complementary', { name: 'People' }).getByText('bob')).toBeVisible({ timeout: 60_000 });
  await say(alice, 'hello channel, alice here');
  await expectPage(log(bob).getByText('hello channel, alice here')).toBeVisible();
  await say(bob, 'hello alice, bob here');
  await expectPage(log(alice).getByText('hello alice, bob here')).toBeVisible();

  const route = await copied(alice, 'Copy route');
  expect(route).toMatch(/^[A-Za-z0-9_-]{600,5500}$/);
  const noted = (): Promise<string> => readFile(join(profile('blob', 'alice'), 'state', 'route'), 'utf8');
  await until('the file holds the route', async () => (await noted()).trim() === route, 30_000);
  await connect(bob, route);
  await accept(alice, 'bob');
  await expectPage(bob.getByRole('textbox', { name: 'Message to alice' })).toBeVisible({ timeout: 60_000 });
  await talk(alice, bob, 'needle');
  await allDelivered(alice, 10);
  await allDelivered(bob, 10);
  for (const page of [alice, bob]) await expectPage(page.getByRole('button', { name: 'Safety: not verified' })).toBeVisible();
  const [ours, theirs] = [await safetyNumber(alice), await safetyNumber(bob)];
  expect(ours).toMatch(/^(\d{5} ){11}\d{5}$/);
  expect(theirs).toBe(ours);

  // Bob's program dies in the middle of ten messages.
  for (let number = 1; number <= 10; number += 1) {
    await say(alice, `through the crash ${number}.`);
    if (number === 5) await b.kill();
  }
  await bob.context().close();
  const again = await startServe({ directory: profile('blob', 'bob'), node: nodeFor(1) });
  const bobAgain = await openPage(browser, again.url, frames.bob);
  await sidebar(bobAgain, /^alice/).click({ timeout: 60_000 });
  for (let number = 1; number <= 10; number += 1) {
    await expectPage(log(bobAgain).getByText(`through the crash ${number}.`)).toHaveCount(1, { timeout: 120_000 });
  }
  await allDelivered(alice, 20);

  expect(await a.stop()).toBe(0);
  expect(await again.stop()).toBe(0);
  const seen = await traffic.stop();
  expect(seen.length).toBeGreaterThan(500_000);
  const logs = [...a.log, ...b.log, ...again.log].join('\n');
  for (const text of ['needle from', 'through the crash']) {
    expect(holds(seen, text)).toBe(false);
    expect(logs).not.toContain(text);
  }
  for (const who of ['alice', 'bob'] as const) {
    for (const key of await identityKeys(profile('blob', who))) {
      expect(holds(seen, key)).toBe(false);
      expect(logs).not.toContain(Buffer.from(key).toString('hex'));
      expect(logs).not.toContain(Buffer.from(key).toString('base64url'));
    }
    const data = join(profile('blob', who), 'data');
    for (const file of await readdir(data, { recursive: true, withFileTypes: true })) {
      if (file.isFile()) expect(holds(await readFile(join(file.parentPath, file.name)), 'needle from'), file.name).toBe(false);
    }
    expect(logs).not.toContain(PASSWORDS[who]);
  }
  await expectPrivate('blob', { alice: { log: a.log, frames: frames.alice }, bob: { log: [...b.log, ...again.log], frames: frames.bob } });
});

test('the same with an invite: no request, and the identity is pinned', async () => {
  const browser = await startBrowser();
  const [a, b] = await Promise.all([
    startServe({ directory: profile('invite', 'alice'), config: config('alice'), node: nodeFor(0) }),
    startServe({ directory: profile('invite', 'bob'), config: config('bob'), node: nodeFor(1) }),
  ]);
  const [alice, bob] = [await openPage(browser, a.url), await openPage(browser, b.url)];
  await copied(alice, 'Copy route');
  const invite = await copied(alice, 'Copy invite');
  expect(invite).toMatch(/^sotto:/);
  await connect(bob, invite);
  await sidebar(alice, /^bob/).click({ timeout: 90_000 });
  await expectPage(bob.getByRole('textbox', { name: 'Message to alice' })).toBeVisible({ timeout: 60_000 });
  await talk(alice, bob, 'invited');
  await expectPage(bob.getByRole('button', { name: 'Safety: invite-pinned' })).toBeVisible({ timeout: 60_000 });
  expect(await safetyNumber(bob)).toBe(await safetyNumber(alice));
});

test('the same with the route in the configuration', async () => {
  const browser = await startBrowser();
  const a = await startServe({ directory: profile('config', 'alice'), config: config('alice'), node: nodeFor(0) });
  const alice = await openPage(browser, a.url);
  const route = await copied(alice, 'Copy route');
  const entry = `\n[servers.friend]\nprotocol = "veilid"\nveilid_route_blob = "${route}"\n`;
  const b = await startServe({ directory: profile('config', 'bob'), config: config('bob', entry), node: nodeFor(1) });
  const bob = await openPage(browser, b.url);
  await accept(alice, 'bob');
  await sidebar(bob, /^alice/).click({ timeout: 60_000 });
  await talk(alice, bob, 'configured');
  expect(await safetyNumber(bob)).toBe(await safetyNumber(alice));
});

test('two headless cores hold the same conversation over JSON lines', async () => {
  const [a, b] = await Promise.all([
    startHeadless({ directory: profile('headless', 'alice'), config: '', node: nodeFor(0) }),
    startHeadless({ directory: profile('headless', 'bob'), config: '', node: nodeFor(1) }),
  ]);
  const { text } = await until('alice has a route', () => a.client.call('route.get', {}).catch(() => null), 90_000);
  const { buffer: bobs } = await b.client.call('contact.connect', { text });
  await b.client.call('buffer.input', { buffer: bobs, text: 'over pipes 0' });
  const request = await until('a request', async () => (await a.client.call('app.snapshot', {})).requests[0], 60_000);
  const { buffer: alices } = await a.client.call('contact.accept', { contact: request.contact });
  for (let number = 1; number < 10; number += 1) {
    await b.client.call('buffer.input', { buffer: bobs, text: `over pipes ${number}` });
    await a.client.call('buffer.input', { buffer: alices, text: `back over pipes ${number}` });
  }
  const texts = async (client: ReturnType<typeof connectClient>, buffer: typeof bobs): Promise<string[]> =>
    (await client.call('buffer.page', { buffer, before: null, limit: 100 })).messages
      .filter((line) => !line.self && line.kind === 'privmsg')
      .map((line) => line.text);
  await until('all of bob’s lines', async () => (await texts(a.client, alices)).length === 10, 60_000);
  await until('all of alice’s lines', async () => (await texts(b.client, bobs)).length === 9, 60_000);
  expect((await texts(a.client, alices)).sort()).toEqual(Array.from({ length: 10 }, (_, number) => `over pipes ${number}`));

  // Alice's node loses everything it kept: her routes are other ones, and Bob finds them in the record she made for him.
  expect(await a.stop()).toBe(0);
  await rm(join(profile('headless', 'alice'), 'data', 'veilid'), { recursive: true });
  await rm(join(profile('headless', 'alice'), 'state', 'veilid'), { recursive: true });
  await b.client.call('buffer.input', { buffer: bobs, text: 'while your node is new' });
  const again = await startHeadless({ directory: profile('headless', 'alice'), node: nodeFor(0) });
  await until('it arrived by the record', async () => (await texts(again.client, alices)).includes('while your node is new'), 120_000);
  const newest = (await again.client.call('app.snapshot', {})).node.routes.map((route) => route.text);
  expect(newest).not.toContain(text);

  // A route with one character changed in its middle, and one that nobody answers any more, say so and are no contact.
  const middle = Math.floor(text.length / 2);
  const changed = `${text.slice(0, middle)}${text[middle] === 'A' ? 'B' : 'A'}${text.slice(middle + 1)}`;
  const broken = await b.client.call('contact.connect', { text: changed });
  const status = async (contact: typeof broken.contact): Promise<string> =>
    (await b.client.call('app.snapshot', {})).contacts.find((candidate) => candidate.id === contact)?.status ?? '';
  await until('bob is told', async () => /Trying again in \d+ s\.$/.test(await status(broken.contact)), 60_000);
  expect(b.process.exitCode).toBe(null);

  const hosts: Host[] = [again, b];
  for (const host of hosts) expect(await host.stop()).toBe(0);
});
