/** Robin: a second, complete Sotto in the same process, driven through the contract by a small script. */
import { setTimeout as delay } from 'node:timers/promises';
import type { BufferId, MessageId } from '../../contract/ids.ts';
import type { Message } from '../../contract/message.ts';
import { connectClient } from '../../contract/rpc/client.ts';
import { ContractError } from '../../contract/errors.ts';
import type { BufferView } from '../../contract/views.ts';
import type { Core } from '../../core/core.ts';
import { portPair } from '../portPair.ts';
import { DEMO_CHANNEL } from './config.ts';
import { answers, greeting } from './talk.ts';

/** A person needs a moment to read and to type. */
const TYPING_MS = 900;

export interface Friend {
  /** Text that makes a connection: pasted by the visitor's side. */
  invite(): Promise<string>;
  say(text: string): Promise<void>;
  leave(): void;
}

/** Drives `core`, which has been started: accepts whoever asks, greets, and answers every private line. `log` gets what goes wrong. */
export async function startFriend(core: Core, log: (line: string) => void): Promise<Friend> {
  const [own, other] = portPair();
  core.attach(own);
  const client = connectClient(other);
  const left = new AbortController();
  const shown = new Map<BufferId, BufferView>();
  let lastSeen: MessageId | null = null;
  let greeted = false;
  let turn = 0;
  /** One thing after the other, so that lines keep their order. */
  let doing: Promise<void> = Promise.resolve();
  const next = (work: () => Promise<void>): void => {
    doing = doing.then(work).catch((error: unknown) => {
      const ended = left.signal.aborted || (error instanceof ContractError && error.code === 'closed');
      if (!ended) log(`demo: ${error instanceof Error ? error.message : 'robin stumbled'}`);
    });
  };

  const type = async (buffer: BufferId, text: string): Promise<void> => {
    await delay(TYPING_MS, undefined, { signal: left.signal });
    await client.call('buffer.input', { buffer, text });
  };
  const answer = async (message: Message): Promise<void> => {
    if (message.self || message.kind !== 'privmsg' || (lastSeen !== null && message.id <= lastSeen)) return;
    lastSeen = message.id;
    await client.call('buffer.read', { buffer: message.buffer, upTo: message.id });
    await type(message.buffer, answers[turn % answers.length] ?? '');
    turn += 1;
  };
  const look = async (view: BufferView): Promise<void> => {
    const known = shown.has(view.id);
    shown.set(view.id, view);
    if (known || view.kind !== 'private') return;
    await client.call('buffers.show', { buffers: [...shown.keys()] });
    const { messages } = await client.call('buffer.page', { buffer: view.id, before: null, limit: 50 });
    if (!greeted && messages.every((message) => !message.self)) for (const line of greeting) await type(view.id, line);
    greeted = true;
    for (const message of messages) await answer(message);
  };

  client.onEvent((event) => {
    if (event.name === 'requests') {
      const waiting = event.payload.requests;
      next(async () => {
        for (const request of waiting) await client.call('contact.accept', { contact: request.contact });
      });
    } else if (event.name === 'buffer') {
      const view = event.payload;
      next(() => look(view));
    } else if (event.name === 'messages' && shown.get(event.payload.buffer)?.kind === 'private') {
      const { messages } = event.payload;
      next(async () => {
        for (const message of messages) await answer(message);
      });
    }
  });
  await client.ready;
  const snapshot = await client.call('app.snapshot', {});
  next(async () => {
    for (const request of snapshot.requests) await client.call('contact.accept', { contact: request.contact });
    for (const view of snapshot.buffers) await look(view);
  });

  return {
    invite: async () => (await client.call('invite.create', {})).text,
    say: async (text) => {
      const channel = [...shown.values()].find((view) => view.kind === 'channel' && view.name === DEMO_CHANNEL && view.joined);
      if (channel) await client.call('buffer.input', { buffer: channel.id, text });
    },
    leave: () => {
      left.abort();
      client.close();
    },
  };
}
