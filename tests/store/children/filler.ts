/**
 * Fills a small disk until the store refuses, makes room, and goes on. Prints one JSON object. Arguments: folder, kind of
 * limit. 'tmpfs': the folder is a small file system and a ballast file in it is deleted. 'fsize': files of this process may
 * only grow to a limit, which is lifted.
 */
import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { MessageId, ServerName } from '../../../src/contract/ids.ts';
import type { Message } from '../../../src/contract/message.ts';
import { StoreError, openStore } from '../../../src/store/store.ts';

const [folder = '', kind = ''] = process.argv.slice(2);
const ballast = join(folder, 'ballast');
const setLimit = (limit: string): void => {
  execFileSync('prlimit', ['--pid', `${process.pid}`, `--fsize=${limit}:unlimited`]);
};
if (kind === 'tmpfs') writeFileSync(ballast, new Uint8Array(2_000_000));
else setLimit('3000000');
const directories = { dataDirectory: join(folder, 'data'), stateDirectory: join(folder, 'state') };

const first = await openStore(directories);
let { store } = first;
const channel = await store.openBuffer({ kind: 'channel', server: v.parse(ServerName, 's'), contact: null, key: '#c', name: '#c' });
const contact = await store.insertContact({ nickname: 'a', state: 'active', level: 'not-verified', source: '', created: 1 });
const buffer = await store.openBuffer({ kind: 'private', server: null, contact: contact.id, key: `${contact.id}`, name: 'a' });
let last = 0;
const line = (of: Message['buffer']): Message => {
  last += 1;
  const id = v.parse(MessageId, last);
  return {
    id,
    buffer: of,
    time: last,
    kind: 'privmsg',
    from: 'a',
    text: 'x'.repeat(5_000),
    subject: null,
    self: true,
    highlight: false,
    receipt: null,
  };
};
const accepted: { irc: number[]; direct: number[] } = { irc: [], direct: [] };
const append = async (): Promise<void> => {
  const message = line(channel.id);
  await store.appendIrc([{ message, msgid: null }]);
  accepted.irc.push(message.id);
};
const queue = async (): Promise<void> => {
  const message = line(buffer.id);
  await store.queue({ contact: contact.id, mid: `m${message.id}`, payload: new Uint8Array(20_000), message, created: 1 });
  accepted.direct.push(message.id);
};
const refusals: string[] = [];
const until = async (work: () => Promise<void>): Promise<void> => {
  for (let tries = 0; tries < 990; tries += 1) {
    try {
      await work();
    } catch (error) {
      refusals.push(error instanceof StoreError ? error.code : String(error));
      return;
    }
  }
  refusals.push('none');
};
const held = async () => ({
  irc: (await idsOf(channel.id)).sort((a, b) => a - b),
  direct: (await idsOf(buffer.id)).sort((a, b) => a - b),
  outbox: (await store.outbox(contact.id)).map(({ message }) => message),
});
const idsOf = async (of: Message['buffer']): Promise<number[]> => {
  const ids: number[] = [];
  let before: Message | null = null;
  for (;;) {
    const page: { messages: Message[]; more: boolean } = await store.page({ buffer: of, before, limit: 200 });
    ids.push(...page.messages.map(({ id }) => id));
    before = page.messages[0] ?? null;
    if (!page.more) return ids;
  }
};

await until(async () => {
  await append();
  await queue();
});
await until(queue);
await until(append);
const whenFull = { held: await held(), accepted: structuredClone(accepted) };
if (kind === 'tmpfs') rmSync(ballast);
else setLimit('unlimited');
await queue();
await append();
await store.close();
({ store } = await openStore(directories));
const afterwards = { held: await held(), accepted };
await store.close();
process.stdout.write(JSON.stringify({ refusals, whenFull, afterwards }));
