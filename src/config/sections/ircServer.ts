import * as v from 'valibot';
import { key, unset, type Section } from '../key.ts';
import { nickPasswordKeys, passwordKeys } from './secrets.ts';
import { channel, channelKey, flag, host, line, listOf, nickname, path, realname, username, whole } from './values.ts';

const MAX_SECONDS = 86_400;
const MAX_ATTEMPTS = 1_000_000;

const channelEntry = v.pipe(
  v.union(
    [channel, v.object({ name: channel, mute: v.optional(flag, false) }, 'a channel name or { name = "#channel", mute = true }')],
    'a channel name or { name = "#channel", mute = true }',
  ),
  v.transform((entry) => (typeof entry === 'string' ? { name: entry, mute: false } : entry)),
);
const attempts = 'a whole number from 1 or "unlimited"';

const entries = {
  protocol: key(v.optional(v.literal('irc', '"irc" or "veilid"'), 'irc'), {
    type: '"irc" or "veilid"',
    default: '"irc"',
    meaning: 'What kind of entry it is.',
  }),
  nickname: key(unset(nickname), { type: 'text', default: 'needed', meaning: 'Your nickname.', aliases: ['nick'] }),
  alt_nicks: key(v.optional(listOf(nickname, 'a list of nicknames', 20), []), {
    type: 'list of text',
    default: '[]',
    meaning: 'Tried in this order when the nickname is taken.',
  }),
  username: key(unset(username), { type: 'text', default: 'the nickname', meaning: 'User name that others see before the @.' }),
  realname: key(unset(realname), { type: 'text', default: 'the nickname', meaning: 'Real name, or any line of text about you.' }),
  server: key(unset(host), { type: 'text', default: 'needed', meaning: 'Host name or address, without scheme and port.' }),
  port: key(unset(whole(1, 65_535)), {
    type: '1 to 65535',
    default: '6697, or 6667 without TLS',
    meaning: 'Port. The default follows `use_tls`.',
  }),
  use_tls: key(v.optional(flag, true), { type: 'true or false', default: 'true', meaning: 'Encrypt the connection to the server.' }),
  dangerously_accept_invalid_certs: key(v.optional(flag, false), {
    type: 'true or false',
    default: 'false',
    meaning: 'Accept any certificate. Anybody on the way can then read along and take your passwords.',
    readOnly: true,
  }),
  root_cert_path: key(unset(path), {
    type: 'path',
    default: 'not set',
    meaning: 'A further root certificate (PEM) to trust for this server.',
    readOnly: true,
  }),
  ...passwordKeys('Password of the server (PASS)'),
  ...nickPasswordKeys,
  channels: key(v.optional(listOf(channelEntry, 'a list of channels'), []), {
    type: 'list of text or { name, mute }',
    default: '[]',
    meaning: 'Joined once connected. With `mute = true` a channel draws no attention.',
  }),
  channel_keys: key(v.optional(v.record(channel, channelKey, 'a table: channel = key'), {}), {
    type: 'table: channel = key',
    default: '{}',
    meaning: 'Keys of the channels above that need one.',
  }),
  on_connect: key(v.optional(listOf(line, 'a list of commands', 100), []), {
    type: 'list of text',
    default: '[]',
    meaning: 'Commands run once connected.',
  }),
  autoconnect: key(v.optional(flag, true), { type: 'true or false', default: 'true', meaning: 'Connect at the start.' }),
  reconnect_delay: key(v.optional(whole(1, MAX_SECONDS, ' seconds'), 10), {
    type: 'seconds',
    default: '10',
    meaning: 'Wait before connecting again.',
  }),
  max_connection_attempts: key(
    v.optional(
      v.union(
        [
          v.literal('unlimited'),
          v.pipe(
            v.number(),
            v.integer(attempts),
            v.minValue(1, attempts),
            v.maxValue(MAX_ATTEMPTS, `${attempts}, at most ${MAX_ATTEMPTS}`),
          ),
        ],
        attempts,
      ),
      10,
    ),
    { type: 'number or "unlimited"', default: '10', meaning: 'Attempts in a row before it gives up until you connect by hand.' },
  ),
  ping_time: key(v.optional(whole(1, MAX_SECONDS, ' seconds'), 180), {
    type: 'seconds',
    default: '180',
    meaning: 'Silence after which the server is asked whether it is still there.',
  }),
  ping_timeout: key(v.optional(whole(1, MAX_SECONDS, ' seconds'), 20), {
    type: 'seconds',
    default: '20',
    meaning: 'Wait for its answer before connecting again.',
  }),
  anti_flood: key(v.optional(whole(100, 60_000, ' milliseconds'), 2_000), {
    type: 'milliseconds, 100 to 60000',
    default: '2000',
    meaning: 'Time between two lines you send, after ten at once, so that the server does not drop you.',
  }),
};

export const IrcServer = v.object(entries);

export const ircServerSection: Section = {
  path: 'servers.*',
  heading: 'An IRC server',
  about: 'One table per server, under a name of your choice (1 to 64 characters): `[servers.libera]`.',
  entries,
};
