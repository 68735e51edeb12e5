/**
 * Notifications with an answer written inside them for a flatpak, which may not speak to the notification service: version 2 of the Notification portal has
 * buttons with a purpose, and says which ones the desktop knows (`SupportedOptions`; KDE Plasma has answers, GNOME none). Needs no permission.
 * Unlike the service, the portal does not tell when a notification is gone.
 */
import { isList, isVariant, type Value } from '../../../core/key/dbus/value.ts';
import { askBus, type SessionBus } from './sessionBus.ts';
import { REPLY_WORDS, type ShowToast, type ToastContent, type ToastHandlers } from './toast.ts';

const NAME = 'org.freedesktop.portal.Desktop';
const PATH = '/org/freedesktop/portal/desktop';
const INTERFACE = 'org.freedesktop.portal.Notification';
const REPLY_PURPOSE = 'im.reply-with-text';
/** Names that do not begin with `app.`: they come as a signal. */
const OPEN = 'open';
const REPLY = 'reply';
/** Notifications whose press is waited for; older ones of the desktop's list do nothing any more. */
const MAX_SHOWN = 100;

interface Options {
  bus: SessionBus;
  /** A text that no other run has: notifications outlast the program. */
  run: string;
  signal: AbortSignal;
}

const inside = (value: Value | undefined): Value | undefined => (isVariant(value) ? inside(value.value) : value);
/** The value of a key in a dictionary. */
const entryOf = (dictionary: Value | undefined, key: string): Value | undefined => {
  const list = inside(dictionary);
  const entry = isList(list) ? list.find((one) => isList(one) && one[0] === key) : undefined;
  return isList(entry) ? inside(entry[1]) : undefined;
};

/** Null where the desktop behind the portal has no such answers. */
export async function createPortalToasts({ bus, run, signal }: Options): Promise<ShowToast | null> {
  const ask = (name: string, member: string, signature: string, body: readonly Value[]): Promise<Value[]> =>
    bus.call({ destination: NAME, path: PATH, interface: name, member, signature, body }, signal);
  let owner: Value | undefined;
  try {
    const [properties] = await ask('org.freedesktop.DBus.Properties', 'GetAll', 's', [INTERFACE]);
    const purposes = entryOf(entryOf(properties, 'SupportedOptions'), 'button-purpose');
    if (!isList(purposes) || !purposes.includes(REPLY_PURPOSE)) return null;
    await askBus(bus, 'AddMatch', `type='signal',sender='${NAME}',interface='${INTERFACE}',path='${PATH}'`, signal);
  } catch {
    return null;
  }

  const shown = new Map<string, ToastHandlers>();
  bus.onSignal(({ interface: name, path, sender, member, body: [id, action, parameters] }) => {
    if (name !== INTERFACE || path !== PATH || sender !== owner || member !== 'ActionInvoked' || typeof id !== 'string') return;
    const handlers = shown.get(id);
    // What was written is the third, after the button's target and what is for the window system.
    const text = isList(parameters) ? inside(parameters[2]) : undefined;
    if (action === REPLY && typeof text === 'string') handlers?.replied(text);
    else if (action === OPEN || action === REPLY) handlers?.pressed();
  });

  const add = async (id: string, { title, body, quiet, sound, reply }: ToastContent): Promise<void> => {
    [owner] = await askBus(bus, 'GetNameOwner', NAME, signal);
    const entry = (name: string, type: string, value: Value): Value => [name, { signature: type, value }];
    const button = [
      entry('label', 's', REPLY_WORDS),
      entry('action', 's', REPLY),
      entry('target', 's', id),
      entry('purpose', 's', REPLY_PURPOSE),
    ];
    await ask(INTERFACE, 'AddNotification', 'sa{sv}', [
      id,
      [
        entry('title', 's', title),
        // Never markup: that has a key of its own.
        entry('body', 's', body),
        entry('priority', 's', quiet ? 'low' : 'normal'),
        // A sound of the theme cannot be named here.
        entry('sound', 's', sound === null ? 'silent' : 'default'),
        entry('default-action', 's', OPEN),
        ...(reply ? [entry('category', 's', 'im.received'), entry('buttons', 'aa{sv}', [button])] : []),
      ],
    ]);
  };

  let last = 0;
  return (content, handlers) => {
    last += 1;
    const id = `${run}-${last}`;
    shown.set(id, handlers);
    for (const oldest of shown.keys()) {
      if (shown.size <= MAX_SHOWN) break;
      shown.delete(oldest);
    }
    const added = add(id, content).catch((error: unknown) => {
      shown.delete(id);
      handlers.failed(error instanceof Error ? error.message : 'unknown error');
    });
    return {
      close: () => {
        shown.delete(id);
        added
          .then(() => ask(INTERFACE, 'RemoveNotification', 's', [id]))
          .catch(() => {
            // It is gone already, and so is what it was about.
          });
      },
    };
  };
}
