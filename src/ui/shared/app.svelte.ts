/** The page's state: where the user is and what is open. Components draw it and call it; the core decides everything else. */
import { createContext, tick } from 'svelte';
import type { ServerFeatures } from '../../contract/chat.ts';
import type { LinkView } from '../../contract/desktop.ts';
import type { BufferId, MessageId } from '../../contract/ids.ts';
import type { Port } from '../../contract/port.ts';
import type { AnyEvent } from '../../contract/rpc/client.ts';
import type { BufferView } from '../../contract/views.ts';
import { createComposer, type Composer } from '../chat/composer.svelte.ts';
import { createLineMenu, type LineMenu } from '../chat/lineMenu.svelte.ts';
import { createLines, type Lines } from '../chat/lines.svelte.ts';
import { createMembers, type Members } from '../chat/members.svelte.ts';
import { sendQuestion } from '../chat/paste.ts';
import { createTyping, type Typing } from '../chat/typing.svelte.ts';
import { createPeople, type People } from '../contacts/people.svelte.ts';
import { createSecure, type Secure } from '../contacts/secure.svelte.ts';
import { neighbour, sidebarContent, walk, type SidebarContent } from '../network/sidebarOrder.ts';
import { createPreferences, type Preferences } from '../settings/preferences.svelte.ts';
import { createConnection, type Connection } from './connection.svelte.ts';
import type { DialogState } from './dialogs.ts';
import { createWebNotifications, type NotificationApi, type WebNotifications } from './webNotifications.svelte.ts';
import { createSounds } from './sounds.ts';
import { createToasts, type Toasts } from './toasts.svelte.ts';
import { createWorld, type World } from './world.svelte.ts';

export type View =
  | { kind: 'buffer'; id: BufferId }
  | { kind: 'requests' }
  | { kind: 'contacts' }
  | { kind: 'files' }
  | { kind: 'welcome' }
  | { kind: 'nothing' };

const LAST_BUFFER_KEY = 'sotto.buffer';

export interface App {
  readonly connection: Connection;
  readonly world: World;
  readonly lines: Lines;
  readonly members: Members;
  readonly composer: Composer;
  readonly typing: Typing;
  readonly lineMenu: LineMenu;
  readonly people: People;
  readonly secure: Secure;
  readonly toasts: Toasts;
  readonly preferences: Preferences;
  readonly view: View;
  /** The buffer on screen. */
  readonly buffer: BufferView | null;
  readonly sidebar: SidebarContent;
  readonly dialog: DialogState | null;
  /** What the server of the buffer on screen can do; null where there is none, or no connection to it. */
  readonly features: ServerFeatures | null;
  /** The last line read before this buffer came on screen, or before the window lost the focus. */
  readonly unreadAfter: MessageId | null;
  /** On small screens the sidebar covers the page. */
  sidebarOpen: boolean;
  topicOpen: boolean;
  /** The newest line is in view. */
  atEnd: boolean;
  go(view: View): void;
  step(step: 1 | -1, onlyUnread: boolean): void;
  closeBuffer(id: BufferId): void;
  ask(dialog: DialogState): void;
  closeDialog: () => void;
  /** Runs an action of the user; a failure becomes a sentence on screen. */
  attempt(action: Promise<unknown>): Promise<boolean>;
  /** The newest line was seen. */
  seen(id: MessageId): void;
  lostFocus: () => void;
  /** The person may look at the page now, or not any more: the core is told. */
  looked: () => void;
  /** Shows what a link of `irc:`, `ircs:` or `sotto:` asks for. `from`: as `contact.connect` takes it. */
  openLink(text: string, from: 'outside' | 'buffer'): void;
  /** Null where the program around the page tells the desktop itself. */
  readonly notifications: WebNotifications | null;
  /** Takes everything anew from the core. */
  refresh: () => void;
  quit: () => void;
}

export const [useApp, provideApp] = createContext<App>();

export const sentence = (error: unknown): string => (error instanceof Error ? error.message : 'Something went wrong.');

interface Options {
  open: (signal: AbortSignal) => Promise<Port>;
  /** `localStorage` and `sessionStorage` of the browser. */
  local: Pick<Storage, 'getItem' | 'setItem'>;
  session: Pick<Storage, 'getItem' | 'setItem'>;
  /** The browser's `Notification`; null where the program around the page tells the desktop. */
  notification?: NotificationApi | null;
  /** What plays sounds; null: it makes none, or may not yet. */
  audio?: (() => AudioContext | null) | null;
}

export function createApp({ open, local, session, notification = null, audio = null }: Options): App {
  const world = createWorld();
  const toasts = createToasts();
  const preferences = createPreferences(local, document.documentElement);
  let view = $state.raw<View>({ kind: 'nothing' });
  let dialog = $state.raw<DialogState | null>(null);
  let unreadAfter = $state.raw<MessageId | null>(null);
  let sidebarOpen = $state(false);
  let topicOpen = $state(false);
  let atEnd = $state(true);
  let seenUpTo = 0;
  /** What the core was told of the person's eyes. */
  let isWatching: boolean | null = null;
  /** Came while another dialogue was open. */
  let heldLink: LinkView | null = null;

  const buffer = $derived(view.kind === 'buffer' ? (world.buffers.get(view.id) ?? null) : null);
  const featuresOf = (id: BufferId): ServerFeatures | null => {
    const name = world.buffers.get(id)?.server ?? null;
    const server = name === null ? undefined : world.servers.get(name);
    return server?.state.phase === 'online' ? server.features : null;
  };
  const features = $derived(buffer === null ? null : featuresOf(buffer.id));
  const sidebar = $derived(sidebarContent(world.servers.values(), world.buffers.values()));

  const connection = createConnection({
    open,
    onEvent: (event) => {
      receive(event);
    },
    onFresh: () => void attempt(refresh()),
  });
  const lines = createLines(connection);
  const members = createMembers(connection);
  const typing = createTyping({
    connection,
    mayTell: (id) => {
      const known = world.buffers.get(id);
      return (known?.kind === 'channel' || known?.kind === 'query') && known.joined && featuresOf(id)?.typing === true;
    },
  });

  const attempt = async (action: Promise<unknown>): Promise<boolean> => {
    try {
      await action;
      return true;
    } catch (error) {
      if (!(error instanceof DOMException && error.name === 'AbortError')) toasts.say(sentence(error), 'error');
      return false;
    }
  };

  const showBuffer = (id: BufferId): void => {
    void attempt(lines.show(id));
    void attempt(members.show(world.buffers.get(id)?.kind === 'channel' ? id : null));
  };

  const go = (next: View): void => {
    sidebarOpen = false;
    if (next.kind !== 'buffer') {
      view = next;
      return;
    }
    const same = view.kind === 'buffer' && view.id === next.id;
    view = next;
    if (same) return;
    const opened = world.buffers.get(next.id);
    unreadAfter = opened !== undefined && opened.unread > 0 ? opened.readUpTo : null;
    seenUpTo = 0;
    atEnd = true;
    topicOpen = false;
    lineMenu.close();
    session.setItem(LAST_BUFFER_KEY, String(next.id));
    composer.open(next.id, opened?.draft ?? '');
    showBuffer(next.id);
    void tick().then(() => {
      composer.focus();
    });
  };

  /** Where to be after a start, or when the buffer on screen is gone. */
  const settle = (): void => {
    const all = walk(sidebar);
    const last = Number(session.getItem(LAST_BUFFER_KEY));
    const next = all.find(({ id }) => id === last) ?? all.find(({ kind }) => kind !== 'server') ?? all[0];
    if (next !== undefined) go({ kind: 'buffer', id: next.id });
    else if (world.firstRun) go({ kind: 'welcome' });
    else go(world.requests.length > 0 ? { kind: 'requests' } : { kind: 'nothing' });
  };

  const looked = (): void => {
    const focused = document.visibilityState === 'visible' && document.hasFocus();
    if (focused === isWatching) return;
    isWatching = focused;
    // Said again with the next connection.
    connection.call('app.focused', { focused }).catch(() => {
      isWatching = null;
    });
  };

  const refresh = async (): Promise<void> => {
    const key = await connection.call('key.view', {});
    world.key = key;
    // The page to unlock it is shown; the rest follows the event.
    if (key.state !== 'open') return;
    world.load(await connection.call('app.snapshot', {}));
    isWatching = null;
    looked();
    if (world.firstRun) go({ kind: 'welcome' });
    else if (view.kind === 'buffer' && world.buffers.has(view.id)) showBuffer(view.id);
    else if (view.kind !== 'requests' && view.kind !== 'contacts' && view.kind !== 'files') settle();
  };

  const receive = (event: AnyEvent): void => {
    const wasLocked = world.key !== null && world.key.state !== 'open';
    world.apply(event);
    switch (event.name) {
      case 'messages':
        for (const { from } of event.payload.messages) if (from !== null) typing.spoke(event.payload.buffer, from);
        lines.append(event.payload.buffer, event.payload.messages, atEnd);
        return;
      case 'receipt':
        lines.receipt(event.payload.buffer, event.payload.message, event.payload.receipt);
        return;
      case 'messageChanged':
        lines.changed(event.payload.buffer, event.payload.message);
        return;
      case 'messageRemoved':
        lines.removed(event.payload.buffer, event.payload.message);
        return;
      case 'gaps':
        lines.gapsChanged(event.payload.buffer, event.payload.gaps);
        return;
      case 'typing':
        typing.heard(event.payload.buffer, event.payload.nick, event.payload.state);
        return;
      case 'members':
        members.apply(event.payload);
        return;
      case 'notice':
        toasts.say(event.payload.text, event.payload.severity);
        return;
      case 'show':
        if (world.buffers.has(event.payload.buffer)) go({ kind: 'buffer', id: event.payload.buffer });
        return;
      case 'notification':
        notifications?.show(event.payload);
        if (event.payload.sound !== null) void sounds?.play(event.payload.id, event.payload.sound);
        return;
      case 'notificationsClosed':
        notifications?.close(event.payload.ids);
        return;
      case 'key':
        if (event.payload.state === 'open' && wasLocked) void attempt(refresh());
        return;
      case 'link':
        showLink(event.payload.link, 'outside');
        return;
      case 'bufferClosed':
        lines.forget(event.payload.id);
        if (view.kind === 'buffer' && view.id === event.payload.id) {
          view = { kind: 'nothing' };
          settle();
        }
        return;
      case 'buffer':
        if (view.kind === 'nothing' || view.kind === 'welcome') settle();
        return;
      case 'requests':
        if (view.kind === 'requests' && event.payload.requests.length === 0) settle();
        return;
      case 'secure':
      case 'server':
      case 'serverRemoved':
      case 'contact':
      case 'contactRemoved':
      case 'node':
      case 'config':
      case 'transfers':
      case 'attention':
      case 'storage':
    }
  };

  const ask = (next: DialogState): void => {
    dialog = next;
  };
  const showLink = (link: LinkView, from: 'outside' | 'buffer'): void => {
    if (dialog !== null && dialog.kind !== 'palette' && dialog.kind !== 'link') {
      heldLink = link;
      toasts.say('A link was opened. Sotto shows it when this is closed.');
      return;
    }
    ask(link.kind === 'irc' ? { kind: 'link', link } : { kind: 'connect', text: link.text, from });
  };
  const notifications =
    notification === null
      ? null
      : createWebNotifications({
          api: notification,
          storage: local,
          onOpen: ({ buffer: id, kind }) => {
            if (id !== null && world.buffers.has(id)) go({ kind: 'buffer', id });
            else if (kind === 'request' && world.requests.length > 0) go({ kind: 'requests' });
            else if (kind === 'fileTransferRequest') go({ kind: 'files' });
          },
        });
  const sounds =
    audio &&
    createSounds({
      context: audio,
      read: async (name) => (await connection.call('app.sound', { name })).base64,
      storage: local,
      locks: navigator.locks,
      say: (text) => {
        toasts.say(text, 'error');
      },
    });
  const people = createPeople({
    connection,
    world,
    toasts,
    ask,
    attempt,
    openBuffer: (id) => {
      go({ kind: 'buffer', id });
    },
  });
  const secure = createSecure({
    connection,
    world,
    ask,
    attempt,
    composer: () => composer,
    openBuffer: (id) => {
      go({ kind: 'buffer', id });
    },
  });
  const composer = createComposer({
    connection,
    questionFor: (id, text) => {
      const kind = world.buffers.get(id)?.kind;
      return kind === undefined ? null : sendQuestion(text, kind, featuresOf(id)?.multiline === true);
    },
    onEdited: (id, text) => {
      typing.edited(id, text);
    },
    onEnded: (id, why) => {
      typing.ended(id, why);
    },
    onSent: () => {
      unreadAfter = null;
      void attempt(lines.latest());
    },
    onClear: (id) => {
      lines.clear(id);
    },
    onFocus: (id) => {
      go({ kind: 'buffer', id });
    },
    onCopy: (text) => people.copy(text, 'Copied.', 'Copy this text'),
  });
  const lineMenu = createLineMenu({ connection, world, composer: () => composer, people, ask, attempt });

  return {
    connection,
    world,
    lines,
    members,
    composer,
    typing,
    lineMenu,
    people,
    secure,
    toasts,
    preferences,
    get view() {
      return view;
    },
    get buffer() {
      return buffer;
    },
    get features() {
      return features;
    },
    get sidebar() {
      return sidebar;
    },
    get dialog() {
      return dialog;
    },
    get unreadAfter() {
      return unreadAfter;
    },
    get sidebarOpen() {
      return sidebarOpen;
    },
    set sidebarOpen(value) {
      sidebarOpen = value;
    },
    get topicOpen() {
      return topicOpen;
    },
    set topicOpen(value) {
      topicOpen = value;
    },
    get atEnd() {
      return atEnd;
    },
    set atEnd(value) {
      atEnd = value;
    },
    go,
    step: (direction, onlyUnread) => {
      const current = view.kind === 'buffer' ? view.id : null;
      const next = neighbour(walk(sidebar), current, direction, (candidate) => !onlyUnread || candidate.unread > 0);
      if (next !== null) go({ kind: 'buffer', id: next.id });
    },
    closeBuffer: (id) => void attempt(connection.call('buffer.close', { buffer: id })),
    ask,
    closeDialog: () => {
      dialog = null;
      const link = heldLink;
      heldLink = null;
      if (link !== null) showLink(link, 'outside');
    },
    attempt,
    seen: (id) => {
      if (buffer === null || id <= seenUpTo || id <= (buffer.readUpTo ?? 0)) return;
      seenUpTo = id;
      // Only a mark: the next line sets it again if this fails.
      connection.call('buffer.read', { buffer: buffer.id, upTo: id }).catch(() => {
        seenUpTo = 0;
      });
    },
    refresh: () => void attempt(refresh()),
    looked,
    notifications,
    openLink: (text, from) => {
      void attempt(
        connection.call('app.link', { text }).then((link) => {
          showLink(link, from);
        }),
      );
    },
    lostFocus: () => {
      unreadAfter = lines.messages.at(-1)?.id ?? unreadAfter;
    },
    quit: () => {
      void attempt(
        connection.call('app.quit', {}).then(() => {
          connection.stop(true);
        }),
      );
    },
  };
}
