import * as v from 'valibot';
import { key, unset, type Section } from '../key.ts';
import { nickPasswordKeys, passwordKeys } from './secrets.ts';
import { channel, channelKey, flag, host, keyring, line, listOf, nickname, path, realname, text, username, whole } from './values.ts';

const MAX_SECONDS = 86_400;
const MAX_ATTEMPTS = 1_000_000;
const MAX_FINGERPRINTS = 20;
const MAX_WEBSOCKET_PATH = 1_000;

/** 32 or 64 octets in hex, with or without colons. */
const fingerprint = v.pipe(
  v.string('a SHA-256 or SHA-512 fingerprint: 64 or 128 hex digits'),
  v.transform((text) => text.replaceAll(/[:\s]/g, '').toLowerCase()),
  v.regex(/^([0-9a-f]{64}|[0-9a-f]{128})$/, 'a SHA-256 or SHA-512 fingerprint: 64 or 128 hex digits'),
);
const webSocketPath = text(/^\/[!-~]*$/, MAX_WEBSOCKET_PATH, 'a path that begins with "/", without spaces');

export const channelEntry = v.pipe(
  v.union(
    [channel, v.object({ name: channel, mute: v.optional(flag, false) }, 'a channel name or { name = "#channel", mute = true }')],
    'a channel name or { name = "#channel", mute = true }',
  ),
  v.transform((entry) => (typeof entry === 'string' ? { name: entry, mute: false } : entry)),
);
const attempts = 'a whole number from 1 or "unlimited"';

const serviceCommand = text(/^[A-Za-z]{1,20}$/, 20, 'one word such as "REGAIN"');
const userModes = text(/^[+-]?[A-Za-z](?:[+-]?[A-Za-z])*$/, 64, 'modes such as "+iw" or "+i-w"');
const capability = text(/^[A-Za-z0-9._/-]+$/, 100, 'the name of a capability, such as "away-notify"');

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
    meaning: 'Port. The default follows `use_tls`; with `use_websocket` it is 443, or 80 without TLS.',
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
  certificate_fingerprints: key(v.optional(listOf(fingerprint, 'a list of fingerprints', MAX_FINGERPRINTS), []), {
    type: 'list of text',
    default: '[]',
    meaning:
      'SHA-256 or SHA-512 fingerprints (hex) of the certificates this server may have. Then one of them is needed, and is enough, even where the certificate is self-signed, has expired or was made for another name.',
    readOnly: true,
  }),
  use_websocket: key(v.optional(flag, false), {
    type: 'true or false',
    default: 'false',
    meaning: 'Reach the server by WebSocket (`wss`, or `ws` without `use_tls`).',
  }),
  websocket_path: key(v.optional(webSocketPath, '/'), {
    type: 'text',
    default: '"/"',
    meaning: 'Path of the WebSocket, such as "/socket" with soju.',
  }),
  websocket_ping_interval: key(v.optional(whole(1, 3_600, ' seconds'), 60), {
    type: 'seconds, 1 to 3600',
    default: '60',
    meaning: 'Time between pings of the WebSocket; a server that leaves one unanswered is gone.',
  }),
  ...passwordKeys('Password of the server (PASS)'),
  allow_unencrypted_passwords: key(v.optional(flag, false), {
    type: 'true or false',
    default: 'false',
    meaning:
      'Send passwords over a connection without TLS, where anybody on the way can read them. Without it they are sent unencrypted only to this computer itself.',
    readOnly: true,
  }),
  ...nickPasswordKeys,
  nick_identify_syntax: key(unset(v.picklist(['nick-password', 'password-nick'], '"nick-password" or "password-nick"')), {
    type: '"nick-password" or "password-nick"',
    default: 'not set',
    meaning: 'Order in which NickServ wants nickname and password; not set, the nickname is named only where another one is in use.',
  }),
  should_ghost: key(v.optional(flag, false), {
    type: 'true or false',
    default: 'false',
    meaning: 'Take the nickname back from whoever has it, once you are signed in.',
  }),
  ghost_sequence: key(v.optional(listOf(serviceCommand, 'a list of NickServ commands', 8), ['REGAIN']), {
    type: 'list of text',
    default: '["REGAIN"]',
    meaning: 'The NickServ commands that do it, one after the other, such as "GHOST" or "RELEASE".',
  }),
  umodes: key(unset(userModes), { type: 'text', default: 'not set', meaning: 'User modes to set once connected, such as "+iw".' }),
  do_not_request: key(v.optional(listOf(capability, 'a list of capabilities', 100), []), {
    type: 'list of text',
    default: '[]',
    meaning: 'IRCv3 capabilities not to ask the server for, such as "away-notify" or "multiline".',
  }),
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
  channel_keys_keyring: key(v.optional(v.record(channel, keyring, 'a table: channel = true or the name of an entry'), {}), {
    type: 'table: channel = true, false or text',
    default: '{}',
    meaning:
      'Keys that are in the desktop’s keyring: `true` means the entry `servers.<name>.channel_keys.<channel>`; a text names another one. What `channel_keys` has counts first.',
    readOnly: true,
  }),
  queries: key(v.optional(listOf(nickname, 'a list of nicknames', 100), []), {
    type: 'list of text',
    default: '[]',
    meaning: 'Conversations with these nicks are opened once connected.',
  }),
  on_connect: key(v.optional(listOf(line, 'a list of commands', 100), []), {
    type: 'list of text',
    default: '[]',
    meaning: 'Commands run once connected, in this order. `/delay 5` waits five seconds before the next.',
  }),
  monitor: key(v.optional(listOf(nickname, 'a list of nicknames', 500), []), {
    type: 'list of text',
    default: '[]',
    meaning: 'Nicknames to watch: you are told when they come and go, where the server can do it.',
  }),
  who_poll_enabled: key(v.optional(flag, true), {
    type: 'true or false',
    default: 'true',
    meaning:
      'Ask who in your channels is away and logged in: once after joining, and now and then where the server does not tell it by itself.',
  }),
  who_poll_interval: key(v.optional(whole(1, 3_600, ' seconds'), 2), {
    type: 'seconds, 1 to 3600',
    default: '2',
    meaning: 'Shortest time between two such requests.',
  }),
  automated_chathistory: key(v.optional(flag, true), {
    type: 'true or false',
    default: 'true',
    meaning: 'Ask the server for what was said while you were away, where it keeps a history.',
    aliases: ['chathistory'],
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
    meaning: 'Time between two lines you send, after four at once, so that the server does not drop you.',
  }),
};

export const IrcServer = v.object(entries);

export const ircServerSection: Section = {
  path: 'servers.*',
  heading: 'An IRC server',
  about: 'One table per server, under a name of your choice (1 to 64 characters): `[servers.libera]`.',
  entries,
};
