/**
 * Many identities over four real nodes: every core is whole, with a store, an identity, routes and records of its own; a quarter
 * of them shares a node through its socket, as people on one veilid-server would. Each one is invited by the next one and writes to
 * it. What it shows: routes and sessions of many do not get mixed up where every arriving call is told to everybody.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Overlay } from '../../src/overlay/overlay.ts';
import { createVeilidOverlay } from '../../src/overlay/veilid/veilid.ts';
import { startPerson, until, type Person } from '../support/cores.ts';
import { labBinary, startLab, type Lab } from '../support/veilid/lab.ts';
import { startSharedNode, type SharedNode } from '../support/veilid/shared.ts';

/** `npm run long -- many` has all hundred. */
const PEOPLE = Number(process.env['SOTTO_PEOPLE'] ?? 24);
const NODES = 4;
/** Started or introduced at the same time. */
const AT_ONCE = 8;
const PATIENCE_MS = 300_000;

let directory = '';
let lab: Lab;
let nodes: SharedNode[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sotto-many-'));
  lab = await startLab({ dir: join(directory, 'lab'), binary: labBinary(), infra: 5 });
  nodes = await Promise.all(Array.from({ length: NODES }, (_, index) => startSharedNode(lab, index, directory)));
}, 120_000);

afterAll(async () => {
  await Promise.all(nodes.map((node) => node.stop()));
  await lab.stop();
  await rm(directory, { recursive: true, force: true });
}, 60_000);

async function inGroups(count: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) await work(index);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

test('many people on four nodes each reach the one who invited them, and nobody else hears it', async () => {
  const people: Person[] = [];
  const invites: string[] = [];
  await inGroups(PEOPLE, async (index) => {
    const address = nodes[index % NODES]?.address ?? '';
    const overlay = (): Overlay => createVeilidOverlay({ source: { kind: 'server', address } });
    const person = await startPerson({ name: `p${index}`, overlay });
    people[index] = person;
    const made = await until(`p${index} has an invite`, () => person.client.call('invite.create', {}).catch(() => null), PATIENCE_MS);
    invites[index] = made.text;
  });
  const next = (index: number): number => (index + 1) % PEOPLE;
  const heard = async (index: number): Promise<string[]> => {
    const person = people[index];
    if (!person) return [];
    const { buffers } = await person.snapshot();
    const lines = await Promise.all(buffers.filter(({ kind }) => kind === 'private').map(({ id }) => person.lines(id)));
    return lines.flat().flatMap((line) => (line.self || line.kind !== 'privmsg' ? [] : [line.text]));
  };
  await inGroups(PEOPLE, async (index) => {
    const to = next(index);
    const { buffer } = (await people[index]?.client.call('contact.connect', { text: invites[to] ?? '' })) ?? {};
    if (buffer === undefined) throw new Error('no buffer');
    await people[index]?.input(buffer, `from ${index} to ${to}`);
    await until(`p${to} hears p${index}`, async () => (await heard(to)).length > 0, PATIENCE_MS);
  });
  for (const index of people.keys()) expect(await heard(index)).toEqual([`from ${(index + PEOPLE - 1) % PEOPLE} to ${index}`]);
});
