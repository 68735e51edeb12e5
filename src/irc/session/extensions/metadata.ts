/** What people say about themselves (draft/metadata-2): subscription, own values, values of others, SYNC later. */
import { IrcError } from '../../errors.ts';
import { cleanName } from '../../wire/clean.ts';
import { byteLength } from '../../wire/encode.ts';
import { emitMember, isChannel, isMe, nameParam, param, type Context, type CreateExtension, type Incoming } from '../context.ts';
import { isMetadataKey, METADATA_KEYS, readMetadataValue, skeleton, type MetadataKey } from './metadataValues.ts';

const CAPABILITY = 'draft/metadata-2';
/** Seconds before a SYNC that was put off; a server may say anything, also nothing. */
const MIN_RETRY_S = 1;
const MAX_RETRY_S = 300;
const DEFAULT_RETRY_S = 10;
/** Targets whose SYNC waits at a time, and how often one is asked for. */
const MAX_WAITING = 256;
const MAX_ATTEMPTS = 5;
/** Bytes of an own value where the server names no limit. */
const MAX_OWN_BYTES = 300;

/** Seconds as the server says them, within our bounds. */
export function retrySeconds(text: string): number {
  if (!/^[0-9]{1,20}$/.test(text)) return DEFAULT_RETRY_S;
  return Math.min(MAX_RETRY_S, Math.max(MIN_RETRY_S, Number(text)));
}

/** A limit in the capability's value (`max-subs=50,bar`); null where there is none. */
function limitOf(context: Context, name: string): number | null {
  const words = (context.caps.offered(CAPABILITY) ?? '').split(',', 64);
  const value = words.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1) ?? '';
  return /^[0-9]{1,9}$/.test(value) ? Number(value) : null;
}

export const createMetadata: CreateExtension = (context) => {
  let isSubscribed = false;
  let isReady = false;
  const timers = new Map<string, () => void>();
  const attempts = new Map<string, number>();

  const fits = (value: string): boolean => byteLength(value) <= (limitOf(context, 'max-value-bytes') ?? MAX_OWN_BYTES);

  const subscribe = (): void => {
    if (!isReady || isSubscribed || !context.caps.has(CAPABILITY) || !context.caps.has('batch')) return;
    isSubscribed = true;
    const keys = METADATA_KEYS.slice(0, limitOf(context, 'max-subs') ?? METADATA_KEYS.length);
    if (keys.length > 0) context.send('background', 'METADATA', ['*', 'SUB', ...keys]);
    const own = Object.entries(context.options.metadata).filter(([key, value]) => isMetadataKey(key) && fits(value));
    for (const [key, value] of own.slice(0, limitOf(context, 'max-keys') ?? own.length))
      context.send('background', 'METADATA', ['*', 'SET', key, value]);
  };

  /** Does `work` after so many seconds, once for each name; one that is waiting already stays as it is. */
  const later = (name: string, seconds: number, work: () => void): void => {
    if (timers.has(name) || timers.size >= MAX_WAITING) return;
    timers.set(
      name,
      context.clock.after(seconds * 1_000, () => {
        timers.delete(name);
        work();
      }),
    );
  };
  const again = (name: string): boolean => {
    const count = (attempts.get(name) ?? 0) + 1;
    if (count > MAX_ATTEMPTS || (attempts.size >= MAX_WAITING && !attempts.has(name))) return false;
    attempts.set(name, count);
    return true;
  };

  const take = (target: string, key: MetadataKey, text: string | null): void => {
    const value = text === null ? null : readMetadataValue(key, text);
    if (isChannel(context, target)) {
      if (context.roster.channel(target)) context.emit({ kind: 'metadata', target, key, value });
      return;
    }
    const user = context.roster.user(target);
    const shown = value !== null && key === 'display-name' && isSomebodyElse(context, target, value) ? null : value;
    if (user) {
      if ((user.metadata?.[key] ?? null) === shown) return;
      const rest = Object.entries(user.metadata ?? {}).filter(([name]) => name !== key);
      const all = shown === null ? rest : [...rest, [key, shown] as const];
      if (!context.roster.setMetadata(user, all.length === 0 ? null : Object.fromEntries(all))) return;
      for (const channel of user.channels) emitMember(context, channel, user.nick);
    }
    context.emit({ kind: 'metadata', target, key, value: shown });
  };
  /** `target key visibility [value]`, beginning at parameter `first`. */
  const told = (incoming: Incoming, first: number): void => {
    const name = nameParam(incoming, first);
    const key = param(incoming, first + 1);
    const target = name === '*' ? context.me.nick : name;
    if (target === '' || !isMetadataKey(key)) return;
    take(target, key, incoming.line.params[first + 3] ?? null);
  };

  return {
    onReady: () => {
      isReady = true;
      subscribe();
    },
    onCapabilities: () => {
      if (!context.caps.has(CAPABILITY)) isSubscribed = false;
      subscribe();
    },
    act: (action) => {
      if (action.kind !== 'metadata') return false;
      if (!context.caps.has(CAPABILITY)) throw new IrcError('unsupported', 'This server knows no metadata.');
      if (!/^[a-z0-9_./-]{1,64}$/.test(action.key))
        throw new IrcError('badInput', 'A key is made of small letters, digits and any of _ . / and -.');
      if (action.value !== null && !fits(action.value)) throw new IrcError('tooLong', 'This value is longer than the server takes.');
      const target = isMe(context, action.target) ? '*' : action.target;
      context.send('user', 'METADATA', [target, 'SET', action.key, ...(action.value === null ? [] : [action.value])]);
      return true;
    },
    handlers: {
      METADATA: (_context, incoming) => {
        told(incoming, 0);
      },
      '760': (_context, incoming) => {
        told(incoming, 1);
      },
      '761': (_context, incoming) => {
        told(incoming, 1);
      },
      '766': (_context, incoming) => {
        const [name, key] = [nameParam(incoming, 1), param(incoming, 2)];
        if (name !== '' && isMetadataKey(key)) take(name === '*' ? context.me.nick : name, key, null);
      },
      '770': () => undefined,
      '771': () => undefined,
      '772': () => undefined,
      '774': (_context, incoming) => {
        const target = nameParam(incoming, 1);
        const known = isChannel(context, target) ? context.roster.channel(target) : context.roster.user(target);
        if (!known) return;
        const name = `sync ${target}`;
        later(name, retrySeconds(param(incoming, 2)), () => {
          if (again(name)) context.send('background', 'METADATA', [target, 'SYNC']);
        });
      },
    },
    standardReply: (incoming) => {
      if (param(incoming, 0) !== 'METADATA') return false;
      const code = param(incoming, 1);
      // The server says how many it takes by refusing the rest: those it took are the ones we like most.
      if (code === 'TOO_MANY_SUBS') return true;
      if (code !== 'RATE_LIMITED') return false;
      const [target, key] = [param(incoming, 2), param(incoming, 3)];
      const value = target === '*' || isMe(context, target) ? context.options.metadata[key] : undefined;
      // What was typed is not repeated: it is told that it failed.
      if (value === undefined || !Object.hasOwn(context.options.metadata, key)) return false;
      const name = `set ${key}`;
      if (!again(name)) return false;
      later(name, retrySeconds(param(incoming, 4)), () => {
        context.send('background', 'METADATA', ['*', 'SET', key, value]);
      });
      return true;
    },
    onClose: () => {
      for (const cancel of timers.values()) cancel();
      timers.clear();
    },
  };
};

/** A name by which somebody could be taken for another user of our channels, or for us. */
function isSomebodyElse(context: Context, nick: string, displayName: string): boolean {
  const own = skeleton(nick);
  const shown = skeleton(displayName);
  if (shown === own) return false;
  if (shown === skeleton(context.me.nick)) return !isMe(context, nick);
  const user = context.roster.user(cleanName(displayName.replaceAll(' ', '')));
  if (user) return context.roster.nickKey(user.nick) !== context.roster.nickKey(nick);
  // A look-alike of plain letters is the only kind that can be looked up without comparing it with everybody.
  const similar = context.roster.user(shown);
  return similar !== undefined && context.roster.nickKey(similar.nick) !== context.roster.nickKey(nick);
}
