/** An answer written inside a notification: said in its buffer, or kept there as a draft and told. */
import type { Client } from '../../../contract/rpc/client.ts';
import type { BufferId } from '../../../contract/ids.ts';
import { MAX_INPUT_LENGTH } from '../../../contract/table.ts';

interface Reply {
  buffer: BufferId;
  /** As for `buffer.input`. */
  text: string;
  /** Of the notification, for the sentence. */
  title: string;
}

/** `say` gets a sentence for the person where something has to be told. Never rejects. */
export async function sendReply(client: Client | null, { buffer, text, title }: Reply, say: (sentence: string) => void): Promise<void> {
  if (client === null) {
    say(`Your answer was not sent: Sotto’s core does not run. “${text}”`);
    return;
  }
  try {
    const { note } = await client.call('buffer.input', { buffer, text, replyTo: null });
    if (note !== null) say(note);
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unknown error.';
    const kept = await keep(client, buffer, text).then(
      () => true,
      () => false,
    );
    say(`Your answer to “${title}” was not sent: ${why} ${kept ? 'It waits in the input.' : `“${text}”`}`);
  }
}

/** Beside what is written there already. */
async function keep(client: Client, buffer: BufferId, text: string): Promise<void> {
  const { buffers } = await client.call('app.snapshot', {});
  const draft = buffers.find(({ id }) => id === buffer)?.draft ?? '';
  await client.call('buffer.draft', { buffer, text: (draft === '' ? text : `${draft}\n${text}`).slice(0, MAX_INPUT_LENGTH) });
}
