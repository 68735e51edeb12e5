/** `/secure` with nothing replaced: a query on a real IRC server goes on over two real nodes. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { BufferId } from '../../src/contract/ids.ts';
import type { Snapshot } from '../../src/contract/views.ts';
import { until } from '../support/cores.ts';
import { startInspircd } from '../support/irc/lab.ts';
import { labBinary, startLab } from '../support/veilid/lab.ts';
import { createLabPerson, type LabPerson } from '../support/veilid/people.ts';

const PATIENCE_MS = 90_000;

const config = (nick: string, port: number): string =>
  `[servers.lab]\nserver = "127.0.0.1"\nport = ${port}\nuse_tls = false\nnickname = "${nick}"\nchannels = ["#room"]\n`;

test('an offer accepted on a real IRC server leads to a private conversation over Veilid', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'sotto-secure-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const lab = await startLab({ dir: join(directory, 'lab'), binary: labBinary(), infra: 5 });
  onTestFinished(() => lab.stop());
  const irc = await startInspircd();
  onTestFinished(() => irc.stop());
  const alice = await createLabPerson(lab, 0, directory, 'alice', config('alice', irc.port));
  const bob = await createLabPerson(lab, 1, directory, 'bob', config('bob', irc.port));
  for (const person of [alice, bob]) {
    await person.start();
    onTestFinished(() => person.stop());
  }
  const snapshot = (person: LabPerson): Promise<Snapshot> => person.sotto().client.call('app.snapshot', {});
  const bufferOf = async (person: LabPerson, kind: string): Promise<BufferId | undefined> =>
    (await snapshot(person)).buffers.find((buffer) => buffer.kind === kind && buffer.joined)?.id;
  const server = await until('alice is on the server', () => bufferOf(alice, 'server'), PATIENCE_MS);
  for (const person of [alice, bob]) await until(`${person.name} is in the channel`, () => bufferOf(person, 'channel'), PATIENCE_MS);

  const { focus: query } = await alice.sotto().client.call('buffer.input', { buffer: server, text: '/query bob' });
  if (query === null) throw new Error('no query');
  await alice.sotto().client.call('buffer.input', { buffer: query, text: 'in the open' });
  await until('bob has it', () => bufferOf(bob, 'query'), PATIENCE_MS);
  await until('alice has a route', () => alice.route(), PATIENCE_MS);
  await alice.sotto().client.call('buffer.input', { buffer: query, text: '/secure' });
  const offered = async () => (await snapshot(bob)).secure.find(({ kind }) => kind === 'offered');
  const offer = await until('bob sees the offer', offered, PATIENCE_MS);
  await bob.sotto().client.call('secure.answer', { buffer: offer.buffer, accept: true });
  for (const person of [alice, bob]) {
    const sure = async (): Promise<boolean> => (await snapshot(person)).contacts[0]?.shield === 'not-verified';
    await until(`${person.name} is sure`, sure, PATIENCE_MS);
  }
  await alice.say('now between us');
  await bob.hears('now between us');
  await bob.say('as it should be');
  await alice.hears('as it should be');
  await alice.delivered('now between us');
  expect((await snapshot(alice)).buffers.find(({ id }) => id === query)?.kind).toBe('private');
});
