/** Stores lines and messages as fast as it can and prints each id once it is committed, until it is killed. */
import * as v from 'valibot';
import { MessageId, ServerName } from '../../../src/contract/ids.ts';
import type { Message } from '../../../src/contract/message.ts';
import { openStore } from '../../../src/store/store.ts';

const [dataDirectory = '', stateDirectory = ''] = process.argv.slice(2);
const { store } = await openStore({ dataDirectory, stateDirectory });
const channel = await store.openBuffer({ kind: 'channel', server: v.parse(ServerName, 's'), contact: null, key: '#c', name: '#c' });
const contact = await store.insertContact({ nickname: 'a', state: 'active', level: 'not-verified', source: '', created: 1 });
const buffer = await store.openBuffer({ kind: 'private', server: null, contact: contact.id, key: `${contact.id}`, name: 'a' });
let last = await store.lastMessageId();
const line = (of: Message['buffer']): Message => {
  last += 1;
  const id = v.parse(MessageId, last);
  return {
    id,
    buffer: of,
    time: last,
    kind: 'privmsg',
    from: 'a',
    text: `line ${last}`,
    subject: null,
    self: true,
    highlight: false,
    receipt: null,
  };
};

const irc = async (): Promise<never> => {
  for (;;) {
    const messages = Array.from({ length: 20 }, () => line(channel.id));
    await store.appendIrc(messages.map((message) => ({ message, msgid: null })));
    process.stdout.write(messages.map(({ id }) => `irc ${id}\n`).join(''));
  }
};
const direct = async (): Promise<never> => {
  for (let version: number | null = null; ; version = (version ?? 0) + 1) {
    const message = line(buffer.id);
    const mid = `m${message.id}`;
    await store.queue({ contact: contact.id, mid, payload: new Uint8Array(100), message, created: 1 });
    const session = {
      id: `s${contact.id}`,
      expectedVersion: version,
      helloId: null,
      bytes: new TextEncoder().encode(mid),
      created: 1,
      active: true,
    };
    await store.commitSeal({
      contact: contact.id,
      session,
      retire: [],
      mid,
      packet: new TextEncoder().encode(mid),
      ackTag: null,
      sealedAt: 1,
    });
    process.stdout.write(`direct ${message.id}\n`);
  }
};
await Promise.all([irc(), direct()]);
