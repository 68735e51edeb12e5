/**
 * Notifications with an answer written inside them, on desktops whose notification service can do that (capability `inline-reply`: KDE
 * Plasma and others; it has no specification but is the same everywhere). Electron cannot ask for it on Linux, so Sotto speaks to the
 * service itself (Desktop Notifications Specification 1.2, "D-BUS Protocol"). A flatpak may not: see portalToasts.ts.
 */
import type { Value } from '../../../core/key/dbus/value.ts';
import { askBus, notificationCapabilities, type SessionBus } from './sessionBus.ts';
import { escapeMarkup, REPLY_WORDS, type ShowToast, type ToastContent, type ToastHandlers } from './toast.ts';

const NAME = 'org.freedesktop.Notifications';
const PATH = '/org/freedesktop/Notifications';
const LOW = 0;
const NORMAL = 1;
/** The server decides how long it is shown. */
const SERVERS_CHOICE = -1;
const DEFAULT_ACTION = 'default';
const REPLY_ACTION = 'inline-reply';

interface Options {
  bus: SessionBus;
  appId: string;
  /** Ends the waiting for answers of the bus; notifications that are shown stay. */
  signal: AbortSignal;
}

/** Null where the service has no such answers, or there is none. */
export async function createBusToasts({ bus, appId, signal }: Options): Promise<ShowToast | null> {
  const ask = (member: string, signature: string, body: readonly Value[]): Promise<Value[]> =>
    bus.call({ destination: NAME, path: PATH, interface: NAME, member, signature, body }, signal);
  /** Anybody on the bus can send a signal of this name: only the service's count, and it may have been started anew. */
  let owner: Value | undefined;
  let markup: boolean;
  try {
    const capabilities = await notificationCapabilities(bus, signal);
    if (!capabilities.includes(REPLY_ACTION)) return null;
    markup = capabilities.includes('body-markup');
    await askBus(bus, 'AddMatch', `type='signal',sender='${NAME}',interface='${NAME}',path='${PATH}'`, signal);
  } catch {
    return null;
  }

  const shown = new Map<Value, ToastHandlers>();
  bus.onSignal(({ interface: name, path, sender, member, body: [id, what] }) => {
    if (name !== NAME || path !== PATH || sender !== owner || id === undefined) return;
    const handlers = shown.get(id);
    if (member === 'ActionInvoked' && what === DEFAULT_ACTION) handlers?.pressed();
    else if (member === 'NotificationReplied' && typeof what === 'string') handlers?.replied(what);
    else if (member === 'NotificationClosed') {
      shown.delete(id);
      handlers?.closed();
    }
  });

  const notify = async ({ title, body, quiet, sound, reply }: ToastContent): Promise<Value> => {
    [owner] = await askBus(bus, 'GetNameOwner', NAME, signal);
    const hint = (name: string, type: string, value: Value): Value => [name, { signature: type, value }];
    const [id] = await ask('Notify', 'susssasa{sv}i', [
      'Sotto',
      0,
      appId,
      title,
      markup ? escapeMarkup(body) : body,
      [DEFAULT_ACTION, 'Open', ...(reply ? [REPLY_ACTION, REPLY_WORDS] : [])],
      [
        hint('desktop-entry', 's', appId),
        hint('urgency', 'y', quiet ? LOW : NORMAL),
        sound === null ? hint('suppress-sound', 'b', true) : hint('sound-name', 's', sound),
        ...(reply ? [hint('category', 's', 'im.received'), hint('x-kde-reply-placeholder-text', 's', REPLY_WORDS)] : []),
      ],
      SERVERS_CHOICE,
    ]);
    if (typeof id !== 'number') throw new Error('The notification service gave no id.');
    return id;
  };

  return (content, handlers) => {
    let closed = false;
    let id: Value | null = null;
    const close = (): void => {
      closed = true;
      if (id === null) return;
      shown.delete(id);
      ask('CloseNotification', 'u', [id]).catch(() => {
        // It is gone already, and so is what it was about.
      });
    };
    notify(content).then(
      (given) => {
        id = given;
        if (closed) close();
        else shown.set(id, handlers);
      },
      (error: unknown) => {
        handlers.failed(error instanceof Error ? error.message : 'unknown error');
      },
    );
    return { close };
  };
}
