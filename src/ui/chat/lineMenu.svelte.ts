/** What is open beside a line, and what its menu does. */
import { assertNever } from '../../contract/chat.ts';
import type { Message } from '../../contract/message.ts';
import type { People } from '../contacts/people.svelte.ts';
import type { Connection } from '../shared/connection.svelte.ts';
import type { DialogState } from '../shared/dialogs.ts';
import type { World } from '../shared/world.svelte.ts';
import type { Composer } from './composer.svelte.ts';
import { copiedText, lineActions, type LineAction, type LineActionId } from './lineActions.ts';

/** `anchor`: what it opens beside, and what gets the focus back. */
export interface OpenMenu {
  message: Message;
  anchor: HTMLElement;
  kind: 'menu' | 'react';
}

export interface LineMenu {
  readonly open: OpenMenu | null;
  actions(message: Message): LineAction[];
  /** The message may be reacted to here and now. */
  canReact(message: Message): boolean;
  show(message: Message, anchor: HTMLElement): void;
  close: () => void;
  /** Does it; false where it is not offered for this line. */
  run(id: LineActionId, message: Message, anchor: HTMLElement): boolean;
  /** Adds the user's own reaction, or takes it away. */
  react(message: Message, text: string, removed: boolean): void;
}

interface Options {
  connection: Connection;
  world: World;
  composer: () => Composer;
  people: People;
  ask: (dialog: DialogState) => void;
  attempt: (action: Promise<unknown>) => Promise<boolean>;
}

export function createLineMenu({ connection, world, composer, people, ask, attempt }: Options): LineMenu {
  let open = $state.raw<OpenMenu | null>(null);

  const actions = (message: Message): LineAction[] => {
    const buffer = world.buffers.get(message.buffer);
    if (buffer === undefined) return [];
    const server = buffer.server === null ? undefined : world.servers.get(buffer.server);
    return lineActions(message, buffer, server?.state.phase === 'online' ? server.features : null);
  };

  return {
    get open() {
      return open;
    },
    actions,
    canReact: (message) => actions(message).some(({ id }) => id === 'react'),
    show: (message, anchor) => {
      open = actions(message).length === 0 ? null : { message, anchor, kind: 'menu' };
    },
    close: () => {
      open = null;
    },
    run: (id, message, anchor) => {
      if (!actions(message).some((action) => action.id === id)) return false;
      open = null;
      const place = { buffer: message.buffer, message: message.id };
      switch (id) {
        case 'reply':
          composer().answer(message);
          return true;
        case 'react':
          open = { message, anchor, kind: 'react' };
          return true;
        case 'copy':
          void people.copy(copiedText(message), 'Copied.', 'Copy this text');
          return true;
        case 'takeBack':
          ask({ kind: 'takeBack', message });
          return true;
        case 'retry':
          void attempt(connection.call('message.retry', place));
          return true;
        case 'giveUp':
          void attempt(connection.call('message.giveUp', place));
          return true;
        case 'remove':
          void attempt(connection.call('message.remove', place));
          return true;
        default:
          return assertNever(id);
      }
    },
    react: (message, text, removed) => {
      open = null;
      void attempt(connection.call('message.react', { buffer: message.buffer, message: message.id, text, removed }));
    },
  };
}
