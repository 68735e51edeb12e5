/** What can be done with people: own route and invites, connecting, requests, the contact dialog's actions. */
import type { BufferId, ContactId, MessageId } from '../../contract/ids.ts';
import type { ContactView } from '../../contract/views.ts';
import { visibleName } from '../chat/visible.ts';
import { copyLater, copyText } from '../shared/clipboard.ts';
import type { Connection } from '../shared/connection.svelte.ts';
import type { DialogState } from '../shared/dialogs.ts';
import type { Toasts } from '../shared/toasts.svelte.ts';
import type { World } from '../shared/world.svelte.ts';

export interface People {
  /** A route or an invite is being made. */
  readonly busy: 'route' | 'invite' | null;
  /** Copies, or shows the text to take by hand. */
  copy(text: string, done: string, title: string): Promise<void>;
  /** Both have to be called inside the click. */
  copyRoute(): Promise<void>;
  copyInvite(): Promise<void>;
  copyDirect(): Promise<void>;
  /** Rejects with a sentence; else the conversation is on screen. */
  connect(text: string, from: 'outside' | 'buffer'): Promise<void>;
  /** Shows them for a camera. */
  showRoute(): Promise<void>;
  showInvite(): Promise<void>;
  /** Connects to the person that a line introduces. */
  connectIntroduced(buffer: BufferId, message: MessageId): Promise<void>;
  accept(contact: ContactId): Promise<void>;
  /** The conversation with a contact, opened again if it was closed. */
  open(contact: ContactId): Promise<void>;
  askBlock(contact: ContactId, name: string): void;
  unblock(contact: ContactId): void;
  askRemove(contact: Pick<ContactView, 'id'>): void;
}

interface Options {
  connection: Connection;
  world: World;
  toasts: Toasts;
  ask: (dialog: DialogState) => void;
  attempt: (action: Promise<unknown>) => Promise<boolean>;
  openBuffer: (id: BufferId) => void;
}

const routeNote = 'Give it to the person you want to talk to. Whoever has it can ask to talk to you; it names no network address of yours.';
const when = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long', hour: '2-digit', minute: '2-digit' });

export function createPeople({ connection, world, toasts, ask, attempt, openBuffer }: Options): People {
  let busy = $state.raw<People['busy']>(null);

  const copy = async (text: string, done: string, title: string, note = ''): Promise<void> => {
    if ((await copyText(text)) === 'copied') toasts.say(done);
    else ask({ kind: 'text', title, text, note });
  };

  return {
    get busy() {
      return busy;
    },
    copy,
    copyRoute: async () => {
      const ready = world.node.routes[0];
      const done = 'Your route is copied. Give it to the person you want to talk to.';
      if (ready !== undefined) {
        await copy(ready.text, done, 'Your route', routeNote);
        return;
      }
      if (busy !== null) return;
      busy = 'route';
      toasts.say('Your route is being made; it is copied as soon as it is there.');
      const made = connection.call('route.get', {}).then(({ text }) => text);
      await attempt(
        copyLater(made).then(async (outcome) => {
          if (outcome === 'copied') toasts.say(done);
          else ask({ kind: 'text', title: 'Your route', text: await made, note: routeNote });
        }),
      );
      busy = null;
    },
    copyDirect: async () => {
      const made = connection.call('route.direct', {}).then(({ text }) => text);
      await attempt(
        copyLater(made).then(async (outcome) => {
          if (outcome === 'copied') toasts.say('Your iroh address is copied. Whoever has it can learn where this computer is.');
          else
            ask({ kind: 'text', title: 'Your iroh address', text: await made, note: 'Whoever has it can learn where this computer is.' });
        }),
      );
    },
    copyInvite: async () => {
      if (busy !== null) return;
      busy = 'invite';
      const made = connection.call('invite.create', {});
      await attempt(
        copyLater(made.then(({ text }) => text)).then(async (outcome) => {
          const { text, expires } = await made;
          const limits = `It works once, until ${when.format(expires)}.`;
          if (outcome === 'copied') toasts.say(`An invite is copied. ${limits}`);
          else ask({ kind: 'text', title: 'An invite', text, note: `Give it to one person only. ${limits}` });
        }),
      );
      busy = null;
    },
    connect: async (text, from) => {
      const { buffer } = await connection.call('contact.connect', { text: text.trim(), from });
      openBuffer(buffer);
    },
    showRoute: async () => {
      await attempt(
        connection.call('route.get', {}).then(({ text }) => {
          ask({ kind: 'qr', title: 'Your route', text, note: routeNote });
        }),
      );
    },
    showInvite: async () => {
      await attempt(
        connection.call('invite.create', {}).then(({ text, expires }) => {
          ask({ kind: 'qr', title: 'An invite', text, note: `Let one person scan it. It works once, until ${when.format(expires)}.` });
        }),
      );
    },
    connectIntroduced: async (buffer, message) => {
      await attempt(
        connection.call('contact.introduced', { buffer, message }).then((made) => {
          openBuffer(made.buffer);
        }),
      );
    },
    accept: async (contact) => {
      await attempt(
        connection.call('contact.accept', { contact }).then(({ buffer }) => {
          openBuffer(buffer);
        }),
      );
    },
    open: async (contact) => {
      await attempt(
        connection.call('contact.open', { contact }).then(({ buffer }) => {
          openBuffer(buffer);
        }),
      );
    },
    askBlock: (contact, name) => {
      ask({
        kind: 'confirm',
        title: `Block ${visibleName(name)}?`,
        text: 'Nothing more from this identity is answered or shown. They are not told. Blocking a contact also renews your routes, and your other contacts are told the new ones.',
        action: 'Block',
        run: () => void attempt(connection.call('contact.block', { contact })),
      });
    },
    unblock: (contact) => {
      void attempt(
        connection.call('contact.unblock', { contact }).then(() => {
          toasts.say('Unblocked. What they sent meanwhile arrives when they send it again.');
        }),
      );
    },
    askRemove: ({ id }) => {
      ask({ kind: 'remove', contact: id });
    },
  };
}
