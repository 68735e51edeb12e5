/** What is asked of the desktop over the session bus, beside what Electron asks. Without a bus each answer is the careful one. */
import type { Bus } from '../../../core/key/dbus/bus.ts';
import { isList, isVariant, type Value } from '../../../core/key/dbus/value.ts';

export type SessionBus = Pick<Bus, 'call' | 'onSignal'> & Partial<Pick<Bus, 'close'>>;

const PORTAL = 'org.freedesktop.portal.Desktop';
const PORTAL_PATH = '/org/freedesktop/portal/desktop';
const REQUEST = 'org.freedesktop.portal.Request';
/** Answers that came before it was known which one is ours. */
const MAX_EARLY_ANSWERS = 16;

export const askBus = (bus: SessionBus, member: string, argument: string, signal: AbortSignal): Promise<Value[]> =>
  bus.call(
    {
      destination: 'org.freedesktop.DBus',
      path: '/org/freedesktop/DBus',
      interface: 'org.freedesktop.DBus',
      member,
      signature: 's',
      body: [argument],
    },
    signal,
  );

/** What the notification service can do: Desktop Notifications Specification 1.2, `GetCapabilities`. Rejects where there is none. */
export async function notificationCapabilities(bus: SessionBus, signal: AbortSignal): Promise<string[]> {
  const name = 'org.freedesktop.Notifications';
  const [found] = await bus.call(
    { destination: name, path: '/org/freedesktop/Notifications', interface: name, member: 'GetCapabilities', signature: '', body: [] },
    signal,
  );
  return listOf(found).filter((one) => typeof one === 'string');
}

/** Bodies are read as markup. True where that cannot be asked: escaping too much is ugly, too little lets a stranger in. */
export async function notificationMarkup(bus: SessionBus | null, signal: AbortSignal): Promise<boolean> {
  if (bus === null) return true;
  return notificationCapabilities(bus, signal).then(
    (found) => found.includes('body-markup'),
    () => true,
  );
}

/** Somebody shows tray icons. False where that cannot be asked: a window that is hidden into a tray that is not there would be lost. */
export async function hasTrayWatcher(bus: SessionBus | null, signal: AbortSignal): Promise<boolean> {
  if (bus === null) return false;
  return askBus(bus, 'NameHasOwner', 'org.kde.StatusNotifierWatcher', signal).then(
    ([owned]) => owned === true,
    () => false,
  );
}

/**
 * Asks the Background portal to start this flatpak at login with `command`, or not to any more (org.freedesktop.portal.Background, version 2).
 * The desktop may ask the person, so this may take as long as they do. Resolves with what holds now; rejects where there is no portal.
 */
export async function requestAutostart(
  bus: SessionBus,
  { on, command, signal }: { on: boolean; command: readonly string[]; signal: AbortSignal },
): Promise<boolean> {
  const answers = new Map<string, readonly Value[]>();
  const answered = Promise.withResolvers<readonly Value[]>();
  let request: Value | undefined;
  const end = bus.onSignal(({ interface: name, member, path, body }) => {
    if (name !== REQUEST || member !== 'Response') return;
    if (path === request) answered.resolve(body);
    else if (request === undefined && answers.size < MAX_EARLY_ANSWERS) answers.set(path, body);
  });
  const abort = (): void => {
    answered.reject(new Error('The desktop did not answer.'));
  };
  signal.addEventListener('abort', abort, { once: true });
  answered.promise.catch(() => undefined);
  if (signal.aborted) abort();
  try {
    await askBus(bus, 'AddMatch', `type='signal',sender='${PORTAL}',interface='${REQUEST}',member='Response'`, signal);
    const option = (name: string, type: string, value: Value): Value => [name, { signature: type, value }];
    [request] = await bus.call(
      {
        destination: PORTAL,
        path: PORTAL_PATH,
        interface: 'org.freedesktop.portal.Background',
        member: 'RequestBackground',
        signature: 'sa{sv}',
        body: [
          '',
          [
            option('reason', 's', 'Sotto can start when you log in, so that messages reach you.'),
            option('autostart', 'b', on),
            option('dbus-activatable', 'b', false),
            option('commandline', 'as', command),
          ],
        ],
      },
      signal,
    );
    const early = typeof request === 'string' ? answers.get(request) : undefined;
    const [code, results] = early ?? (await answered.promise);
    // 0: done, 1: the person said no, 2: anything else.
    if (code !== 0) return false;
    return listOf(results).some((entry) => {
      const [name, value] = listOf(entry);
      return name === 'autostart' && isVariant(value) && value.value === true;
    });
  } finally {
    end();
    signal.removeEventListener('abort', abort);
  }
}

const listOf = (value: Value | undefined): readonly Value[] => (isList(value) ? value : []);
