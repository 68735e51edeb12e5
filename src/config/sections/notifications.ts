import * as v from 'valibot';
import { key, unset, type Section } from '../key.ts';
import { flag, listOf, text, whole } from './values.ts';

const MAX_CONDITIONS = 1_000;
const MAX_NAME_LENGTH = 200;
const MAX_SOUND_LENGTH = 200;
/** Milliseconds: an hour. */
const MAX_DELAY = 3_600_000;

const name = text(/^[^\r\n\0]+$/, MAX_NAME_LENGTH, 'a name');
const names = listOf(name, 'a list of names', MAX_CONDITIONS);
const criterion = v.object({ user: v.optional(name), channel: v.optional(name), server: v.optional(name) }, 'a table');
const words = '"all", or a table with users, channels, servers or criteria';
const conditions = v.union(
  [
    v.picklist(['all', '*'], words),
    /** Halloy's older form: nicks and channels. */
    names,
    v.object(
      {
        users: v.optional(v.union([v.picklist(['all', '*']), names])),
        channels: v.optional(v.union([v.picklist(['all', '*']), names])),
        servers: v.optional(v.union([v.picklist(['all', '*']), names])),
        criteria: v.optional(listOf(criterion, 'a list of tables', MAX_CONDITIONS)),
        /** About lines of servers, which are not notified of. */
        server_messages: v.optional(v.unknown()),
      },
      words,
    ),
  ],
  words,
);

const entriesWith = (shown: boolean) => ({
  show_toast: key(v.optional(flag, shown), {
    type: 'true or false',
    default: String(shown),
    meaning: `Show a notification of the desktop.${shown ? ' Halloy’s default is `false`.' : ''}`,
  }),
  show_content: key(v.optional(flag, false), {
    type: 'true or false',
    default: 'false',
    meaning: 'Put what was said, or the name of the file, into it. The desktop’s notification service sees, shows and may keep it.',
  }),
  request_attention: key(v.optional(flag, false), {
    type: 'true or false',
    default: 'false',
    meaning: 'Make the window ask for attention.',
  }),
  delay: key(v.optional(whole(0, MAX_DELAY, ' milliseconds'), 500), {
    type: 'milliseconds',
    default: '500',
    meaning: 'No second notification of the same kind and place within this.',
  }),
  sound: key(unset(text(/^[^/\\\p{Cc}]+$/u, MAX_SOUND_LENGTH, 'the name of a sound, without folders')), {
    type: 'text',
    default: 'not set',
    meaning:
      'A sound to go with it: one of `bloop`, `bonk`, `dong`, `drop`, `peck`, `ring`, `sing`, `squeak`, `tweep`, `whistle` and `zone`; the name of an MP3, Ogg, FLAC or WAV file of at most 512 KiB in the folder `sounds` beside `config.toml`; or a name of the desktop’s sound theme such as `message-new-instant`, which plays where the notification service takes it.',
    readOnly: true,
  }),
  exclude: key(unset(conditions), {
    type: '"all" or { users, channels, servers, criteria }',
    default: 'not set',
    meaning: 'Where and from whom none is wanted.',
  }),
  include: key(unset(conditions), {
    type: '"all" or { users, channels, servers, criteria }',
    default: 'not set',
    meaning: 'What is told nevertheless.',
  }),
});
const loud = entriesWith(true);
const quiet = entriesWith(false);
const all = { while_away: key(v.optional(flag, true), { type: 'true or false', default: 'true', meaning: 'Also while you are away.' }) };

export const Notifications = v.object(all, 'a table');
export const LoudNotification = v.object(loud, 'a table');
export const QuietNotification = v.object(quiet, 'a table');

/** Shown unless the file says otherwise; `contact_request` is Sotto's own. */
export const loudKinds = ['direct_message', 'highlight', 'file_transfer_request', 'contact_request'] as const;
export const quietKinds = ['connected', 'disconnected', 'reconnected', 'monitored_online', 'monitored_offline', 'reaction'] as const;

const also = (kinds: readonly string[]): string[] => kinds.slice(1).map((kind) => `notifications.${kind}`);
const listed = (kinds: readonly string[]): string => kinds.map((kind) => `\`${kind}\``).join(', ');

export const notificationSections: readonly Section[] = [
  {
    path: 'notifications',
    heading: 'Notifications',
    about:
      'What the desktop tells you about while you look elsewhere. Never about a conversation that is before your eyes, what is read from a history, your own lines, ignored or blocked people. In a browser they have to be allowed once: Sotto offers it.',
    entries: all,
  },
  {
    path: 'notifications.direct_message',
    alsoAt: also(loudKinds),
    heading: 'Notifications that are on',
    about: `The same keys for each of ${listed(loudKinds)}. Unlike in Halloy these are shown where the file says nothing, without content. A contact request never shows what was written.`,
    entries: loud,
  },
  {
    path: 'notifications.connected',
    alsoAt: also(quietKinds),
    heading: 'Notifications that are off',
    about: `The same keys for each of ${listed(quietKinds)}.`,
    entries: quiet,
  },
  {
    path: 'notifications.channel.*',
    heading: 'Notifications of one channel',
    about: 'For every line of a channel, by its name: `[notifications.channel."#sotto"]`. Set `show_toast = true` there.',
    entries: quiet,
  },
];
