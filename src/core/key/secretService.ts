/**
 * The Secret Service API draft 0.2 (freedesktop.org) over the session bus: GNOME Keyring, KWallet, KeePassXC. What `wrap` is given becomes
 * an item of the default collection, found again by a random id; passwords are items with the attributes `service` and `username`.
 * Secrets cross the bus in a `plain` session: whoever may watch the bus of this user may also ask the keyring.
 */
import { randomBytes } from 'node:crypto';
import { BusError, connectBus, type Bus } from './dbus/bus.ts';
import { isList, isPath, isVariant, type Value } from './dbus/value.ts';
import { bytesToHex } from './hex.ts';
import { KeyringError, type Keyring } from './keyring.ts';

const NAME = 'org.freedesktop.secrets';
const ROOT = '/org/freedesktop/secrets';
const SERVICE = 'org.freedesktop.Secret.Service';
const COLLECTION = 'org.freedesktop.Secret.Collection';
const ITEM = 'org.freedesktop.Secret.Item';
const PROMPT = 'org.freedesktop.Secret.Prompt';
const PROPERTIES = 'org.freedesktop.DBus.Properties';
/** How long somebody may take over the keyring's own dialog. */
const PROMPT_MS = 180_000;
const ID_BYTES = 16;
const MAX_SECRET_BYTES = 4_096;

const OURS = 'sotto';
/** Where Halloy keeps its passwords: `service` and, as `username`, the name of the entry. */
const HALLOY = 'chat.halloy';

type Attributes = Readonly<Record<string, string>>;

const locked = (cause?: unknown): KeyringError =>
  new KeyringError('locked', 'The desktop’s keyring is locked, and was not unlocked.', { cause });
const gone = (message: string, cause?: unknown): KeyringError => new KeyringError('gone', message, { cause });
const strange = (): KeyringError => new KeyringError('lying', 'The desktop’s keyring gave an answer that makes no sense.');

const explain = (error: unknown): unknown => {
  if (!(error instanceof BusError)) return error;
  const name = error.busName;
  if (name.endsWith('.IsLocked')) return locked(error);
  if (name.endsWith('.AccessDenied') || name.endsWith('.AuthFailed'))
    return new KeyringError('denied', 'The desktop’s keyring refuses Sotto.', { cause: error });
  if (name === 'invalid') return strange();
  if (name === 'none') return gone('There is no desktop session here, so no keyring can be reached.', error);
  if (/\.(ServiceUnknown|NameHasNoOwner|NoReply|Timeout|Disconnected)$|\.Spawn\./.test(name) || name === 'closed')
    return gone('The desktop’s keyring does not answer: none is installed, or it does not run.', error);
  if (/\.(NoSuchObject|UnknownObject|UnknownMethod)$/.test(name))
    return gone('What Sotto kept in the desktop’s keyring is not there any more.', error);
  return new KeyringError('denied', 'The desktop’s keyring refused: it answered with an error.', { cause: error });
};

const paths = (value: Value | undefined): string[] => (isList(value) ? value.filter(isPath) : []);

interface Client {
  create(attributes: Attributes, label: string, secret: Uint8Array): Promise<void>;
  /** Null: there is none. Asks to unlock where it is locked. */
  find(attributes: Attributes, ask?: boolean): Promise<Uint8Array | null>;
  remove(attributes: Attributes): Promise<void>;
}

function clientOf(bus: Bus, signal: AbortSignal): Client {
  const call = (path: string, iface: string, member: string, signature: string, ...body: Value[]): Promise<Value[]> =>
    bus.call({ destination: NAME, path, interface: iface, member, signature, body }, signal);
  const pairs = (attributes: Attributes): Value => Object.entries(attributes);

  /** Shows the keyring's own dialog. Throws `locked` where it is dismissed or nobody answers. */
  const prompt = async (path: Value | undefined): Promise<Value | null> => {
    if (!isPath(path)) throw strange();
    if (path === '/') return null;
    const match = `type='signal',interface='${PROMPT}',member='Completed',path='${path}'`;
    const daemon = { destination: 'org.freedesktop.DBus', path: '/org/freedesktop/DBus', interface: 'org.freedesktop.DBus' };
    await bus.call({ ...daemon, member: 'AddMatch', signature: 's', body: [match] }, signal);
    const completed = Promise.withResolvers<Value[]>();
    completed.promise.catch(() => undefined);
    const end = bus.onSignal((message) => {
      if (message.interface === PROMPT && message.member === 'Completed' && message.path === path) completed.resolve(message.body);
    });
    const stop = (): void => {
      completed.reject(signal.reason instanceof Error ? signal.reason : new DOMException('Cancelled.', 'AbortError'));
    };
    const timer = setTimeout(() => {
      completed.reject(locked());
    }, PROMPT_MS);
    signal.addEventListener('abort', stop, { once: true });
    try {
      await call(path, PROMPT, 'Prompt', 's', '');
      const [dismissed, result] = await completed.promise;
      if (dismissed !== false) throw locked();
      return result ?? null;
    } catch (error) {
      // The dialog must not stay behind; whoever cancelled does not wait for it.
      bus
        .call({ destination: NAME, path, interface: PROMPT, member: 'Dismiss', signature: '', body: [] }, AbortSignal.timeout(1_000))
        .catch(() => undefined);
      throw error;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      end();
    }
  };
  const unlock = async (path: string): Promise<void> => {
    const [unlocked, asking] = await call(ROOT, SERVICE, 'Unlock', 'ao', [path]);
    if (paths(unlocked).includes(path)) return;
    await prompt(asking);
  };
  const collection = async (): Promise<string> => {
    const [known] = await call(ROOT, SERVICE, 'ReadAlias', 's', 'default');
    if (!isPath(known)) throw strange();
    if (known !== '/') return known;
    const label: Value = [`${COLLECTION}.Label`, { signature: 's', value: 'Default keyring' }];
    const [made, asking] = await call(ROOT, SERVICE, 'CreateCollection', 'a{sv}s', [label], 'default');
    if (isPath(made) && made !== '/') return made;
    const result = await prompt(asking);
    const path = result !== null && isVariant(result) ? result.value : undefined;
    if (!isPath(path)) throw strange();
    return path;
  };
  const search = async (attributes: Attributes): Promise<{ unlocked: string[]; locked: string[] }> => {
    const [open, closed] = await call(ROOT, SERVICE, 'SearchItems', 'a{ss}', pairs(attributes));
    return { unlocked: paths(open), locked: paths(closed) };
  };
  const session = async (): Promise<string> => {
    const [, path] = await call(ROOT, SERVICE, 'OpenSession', 'sv', 'plain', { signature: 's', value: '' });
    if (!isPath(path)) throw strange();
    return path;
  };

  return {
    create: async (attributes, label, secret) => {
      const path = await collection();
      const [state] = await call(path, PROPERTIES, 'Get', 'ss', COLLECTION, 'Locked');
      if (isVariant(state) && state.value === true) await unlock(path);
      const properties: Value = [
        [`${ITEM}.Label`, { signature: 's', value: label }],
        [`${ITEM}.Attributes`, { signature: 'a{ss}', value: pairs(attributes) }],
      ];
      const value: Value = [await session(), new Uint8Array(0), secret, 'text/plain'];
      const [item, asking] = await call(path, COLLECTION, 'CreateItem', 'a{sv}(oayays)b', properties, value, true);
      if (item === '/') await prompt(asking);
    },
    find: async (attributes, ask = true) => {
      const found = await search(attributes);
      const [item = found.locked[0]] = found.unlocked;
      if (item === undefined) return null;
      if (found.unlocked.length === 0) {
        if (!ask) throw locked();
        await unlock(item);
      }
      const [secret] = await call(item, ITEM, 'GetSecret', 'o', await session());
      const value: Value | undefined = isList(secret) ? secret[2] : undefined;
      if (!(value instanceof Uint8Array) || value.length > MAX_SECRET_BYTES) throw strange();
      return value;
    },
    remove: async (attributes) => {
      const found = await search(attributes);
      for (const item of [...found.unlocked, ...found.locked]) {
        const [asking] = await call(item, ITEM, 'Delete', '');
        await prompt(asking);
      }
    },
  };
}

interface Options {
  /** `DBUS_SESSION_BUS_ADDRESS` and `XDG_RUNTIME_DIR` are read. */
  env: Readonly<Record<string, string | undefined>>;
}

/** Connects for each use: a keyring that is started, unlocked or replaced later is found. */
export function secretService({ env }: Options): Keyring {
  const use = async <T>(signal: AbortSignal, work: (client: Client) => Promise<T>): Promise<T> => {
    let bus: Bus | null = null;
    try {
      bus = await connectBus(env, signal);
      return await work(clientOf(bus, signal));
    } catch (error) {
      signal.throwIfAborted();
      throw explain(error);
    } finally {
      bus?.close();
    }
  };
  const keyItem = (id: Uint8Array): Attributes => ({ service: OURS, kind: 'store-key', id: bytesToHex(id) });
  const password = (entry: string, service = OURS): Attributes => ({ service, username: entry });

  return {
    name: 'Secret Service',
    wrap: async (bytes, signal) => {
      const id = new Uint8Array(randomBytes(ID_BYTES));
      // As hex: some keyrings show and export items as text.
      const text = new TextEncoder().encode(bytesToHex(bytes));
      await use(signal, (client) => client.create(keyItem(id), 'Sotto: key of the history', text));
      return id;
    },
    unwrap: async (id, signal) => {
      const text = await use(signal, (client) => client.find(keyItem(id)));
      if (text === null)
        throw gone('What Sotto kept in the desktop’s keyring is not there any more: it was removed, or this is another keyring.');
      const hex = new TextDecoder('latin1').decode(text);
      // What is no hex is another value: whoever asked finds that it does not fit.
      return /^(?:[0-9a-f]{2})*$/.test(hex) ? Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)) : text;
    },
    forget: (id, signal) => use(signal, (client) => client.remove(keyItem(id))),
    passwords: {
      get: async (entry, signal, ask) => {
        const found = await use(
          signal,
          async (client) => (await client.find(password(entry), ask)) ?? (await client.find(password(entry, HALLOY), ask)),
        );
        return found === null ? null : new TextDecoder().decode(found);
      },
      set: (entry, text, signal) =>
        use(signal, (client) => client.create(password(entry), `Sotto: ${entry}`, new TextEncoder().encode(text))),
      remove: (entry, signal) => use(signal, (client) => client.remove(password(entry))),
    },
  };
}
