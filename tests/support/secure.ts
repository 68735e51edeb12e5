/** `/secure` between two running cores that are on one IRC server, whatever overlay they have: offer, answer, one text each way. */
import type { BufferId } from '../../src/contract/ids.ts';
import type { Client } from '../../src/contract/rpc/client.ts';
import type { Snapshot } from '../../src/contract/views.ts';
import { until } from './cores.ts';

export interface Side {
  name: string;
  client: Client;
}

const snapshot = ({ client }: Side): Promise<Snapshot> => client.call('app.snapshot', {});
const has = async ({ client }: Side, buffer: BufferId, text: string): Promise<boolean> =>
  (await client.call('buffer.page', { buffer, before: null, limit: 200 })).messages.some((line) => !line.self && line.text === text);

/**
 * `from` offers to the nick of `to`, who accepts. Resolves to the two buffers of the private conversation once a text has come through
 * each way. `patience` in milliseconds for each step: on a network of real nodes a first contact takes its time.
 */
export async function goSecure(from: Side, to: Side, nick: string, patience = 20_000): Promise<{ ours: BufferId; theirs: BufferId }> {
  const server = await until(`${from.name} is on IRC`, async () => (await snapshot(from)).buffers.find(({ kind }) => kind === 'server'));
  const { focus: ours } = await from.client.call('buffer.input', { buffer: server.id, text: `/query ${nick}` });
  if (ours === null) throw new Error('no query was opened');
  await from.client.call('buffer.input', { buffer: ours, text: '/secure' });
  const offer = await until(
    `${to.name} sees the offer`,
    async () => (await snapshot(to)).secure.find(({ kind }) => kind === 'offered'),
    patience,
  );
  const { buffer: theirs } = await to.client.call('secure.answer', { buffer: offer.buffer, accept: true });
  await until(
    `${from.name} is told that it was accepted`,
    async () => (await snapshot(from)).secure.find(({ kind, buffer }) => kind === 'bound' && buffer === ours),
    patience,
  );
  await from.client.call('buffer.input', { buffer: ours, text: 'off the record' });
  await until(`${to.name} reads it`, () => has(to, theirs, 'off the record'), patience);
  await to.client.call('buffer.input', { buffer: theirs, text: 'and back' });
  await until(`${from.name} reads it`, () => has(from, ours, 'and back'), patience);
  return { ours, theirs };
}
