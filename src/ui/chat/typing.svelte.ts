/** Who is typing (IRCv3 typing): what others do is shown and forgotten, what the user does is told sparingly. */
import { SvelteMap } from 'svelte/reactivity';
import type { TypingState } from '../../contract/chat.ts';
import type { BufferId } from '../../contract/ids.ts';
import type { Connection } from '../shared/connection.svelte.ts';

/** Between two "active" of the user, in milliseconds; the specification's lower limit. */
export const ACTIVE_EVERY = 3_000;
/** Without a key for this long the user has paused. */
export const PAUSE_AFTER = 4_000;
/** Somebody who is not heard of for this long has stopped; the specification's limit for "active". */
export const SHOWN_FOR = 6_000;
/** Nicks remembered for each buffer; those who come later are not shown. */
const MAX_TYPING = 32;
/** Buffers with somebody in them who types. */
const MAX_BUFFERS = 256;

export interface Typing {
  /** Nicks that are typing there, first come first. */
  of(buffer: BufferId): readonly string[];
  heard(buffer: BufferId, nick: string, state: TypingState): void;
  /** They said something: they are no longer typing. */
  spoke(buffer: BufferId, nick: string): void;
  edited(buffer: BufferId, text: string): void;
  ended(buffer: BufferId, why: 'sent' | 'left'): void;
}

interface Options {
  connection: Pick<Connection, 'call'>;
  /** Typing may be told there. */
  mayTell: (buffer: BufferId) => boolean;
}

export function createTyping({ connection, mayTell }: Options): Typing {
  const shown = new SvelteMap<BufferId, readonly string[]>();
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- not drawn
  const timers = new Map<string, ReturnType<typeof setTimeout>>();
  let told: { buffer: BufferId; state: TypingState; at: number } | null = null;
  let pause: ReturnType<typeof setTimeout> | undefined;

  const forget = (buffer: BufferId, nick: string): void => {
    const key = `${buffer} ${nick}`;
    clearTimeout(timers.get(key));
    if (!timers.delete(key)) return;
    const left = (shown.get(buffer) ?? []).filter((other) => other !== nick);
    if (left.length === 0) shown.delete(buffer);
    else shown.set(buffer, left);
  };

  const tell = (buffer: BufferId, state: TypingState): void => {
    told = state === 'done' ? null : { buffer, state, at: Date.now() };
    // Nobody misses it: where it fails the next key says it again.
    connection.call('buffer.typing', { buffer, state }).catch(() => {
      told = null;
    });
  };
  /** Ends what was told of `buffer`, where something was. */
  const stop = (buffer: BufferId, state: 'paused' | 'done'): void => {
    clearTimeout(pause);
    if (told?.buffer !== buffer || told.state === state || !mayTell(buffer)) return;
    tell(buffer, state);
  };

  return {
    of: (buffer) => shown.get(buffer) ?? [],
    heard: (buffer, nick, state) => {
      if (state !== 'active') {
        forget(buffer, nick);
        return;
      }
      const key = `${buffer} ${nick}`;
      const known = shown.get(buffer) ?? [];
      if (!known.includes(nick)) {
        if (known.length >= MAX_TYPING || (known.length === 0 && shown.size >= MAX_BUFFERS)) return;
        shown.set(buffer, [...known, nick]);
      }
      clearTimeout(timers.get(key));
      timers.set(key, setTimeout(forget, SHOWN_FOR, buffer, nick));
    },
    spoke: forget,
    edited: (buffer, text) => {
      if (!mayTell(buffer)) return;
      // A command, or the beginning of one, is nobody's business.
      if (text.trim() === '' || text.trimStart().startsWith('/')) {
        stop(buffer, 'done');
        return;
      }
      clearTimeout(pause);
      pause = setTimeout(stop, PAUSE_AFTER, buffer, 'paused');
      const isFresh = told?.buffer === buffer && told.state === 'active' && Date.now() - told.at < ACTIVE_EVERY;
      if (!isFresh) tell(buffer, 'active');
    },
    ended: (buffer, why) => {
      clearTimeout(pause);
      // What was sent says by itself that it is done.
      if (why === 'left') stop(buffer, 'paused');
      else if (told?.buffer === buffer) told = null;
    },
  };
}

/** "ann is typing…", "ann, bob and 3 others are typing…"; the names are shown by `name`. */
export function typingWords(nicks: readonly string[], name: (nick: string) => string): string {
  const names = nicks.map(name);
  const [one = '', two = '', three = ''] = names;
  switch (names.length) {
    case 0:
      return '';
    case 1:
      return `${one} is typing…`;
    case 2:
      return `${one} and ${two} are typing…`;
    case 3:
      return `${one}, ${two} and ${three} are typing…`;
    default:
      return `${one}, ${two} and ${names.length - 2} others are typing…`;
  }
}
