/**
 * Sets a passphrase on a plain profile that holds lines, and is killed on the way. Arguments: data directory, state directory, moment.
 * `made`: it only makes the profile and prints how many lines it holds.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import * as v from 'valibot';
import { MessageId, ServerName } from '../../../src/contract/ids.ts';
import { createKeyControl } from '../../../src/core/key/keyControl.ts';
import { openStore } from '../../../src/store/store.ts';

const [dataDirectory = '', stateDirectory = '', moment = ''] = process.argv.slice(2);
const die = (): never => {
  process.kill(process.pid, 'SIGKILL');
  throw new Error('still here');
};
const file = (name: string): string => join(dataDirectory, name);
const head = (name: string): string => readFileSync(file(name)).subarray(0, 16).toString('hex');
const size = (name: string): number => (existsSync(file(name)) ? (statSync(file(name), { throwIfNoEntry: false })?.size ?? 0) : 0);

const { store } = await openStore({ dataDirectory, stateDirectory });
if (moment === 'made') {
  const channel = await store.openBuffer({ kind: 'channel', server: v.parse(ServerName, 's'), contact: null, key: '#c', name: '#c' });
  const id = (value: number) => v.parse(MessageId, value);
  for (let from = 1; from <= 2_000; from += 500) {
    const lines = Array.from({ length: 500 }, (_, index) => ({
      msgid: null,
      message: {
        id: id(from + index),
        buffer: channel.id,
        time: from + index,
        kind: 'privmsg' as const,
        from: 'a',
        text: randomBytes(1_500).toString('hex'),
        subject: null,
        self: false,
        highlight: false,
        receipt: null,
      },
    }));
    await store.appendIrc(lines);
  }
  for (let index = 0; index < 100; index += 1) await store.putSecret(`s${index}`, new Uint8Array(60_000).fill(index));
  await store.close();
  process.stdout.write('made');
  process.exit(0);
}

const before = { private: head('private.db'), irc: head('irc.db') };
/** The worker re-encrypts in a thread of its own: this one looks on. */
const watch = (): void => {
  const there =
    (moment === 'in private.db' && size('private.db-journal') > 1_000_000) ||
    (moment === 'between' && head('private.db') !== before.private && head('irc.db') === before.irc && size('irc.db-journal') < 100_000) ||
    (moment === 'in irc.db' && size('irc.db-journal') > 1_000_000);
  if (there) die();
  setImmediate(watch);
};
const key = createKeyControl({
  stateDirectory,
  keyring: null,
  derive: ({ message, salt, memory, passes, lanes }) =>
    Promise.resolve(new Uint8Array(createHash('sha256').update(message).update(salt).update(`${memory} ${passes} ${lanes}`).digest())),
  random: (length) => new Uint8Array(randomBytes(length)),
  now: () => Date.now(),
  onView: () => undefined,
  log: () => undefined,
  onUnlocked: () => Promise.resolve(),
});
key.read();
key.opened({
  rekey: async (next) => {
    if (moment === 'before the rekey') die();
    watch();
    await store.rekey(next);
    if (moment === 'after the rekey') die();
  },
});
await key.setPassphrase({ old: null, new: 'seven quiet herons', alone: false }, new AbortController().signal);
process.stdout.write('not killed');
process.exit(3);
