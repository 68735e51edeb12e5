import { isIP } from 'node:net';
import * as v from 'valibot';
import { key, type Section } from '../key.ts';
import { flag, path, whole } from './values.ts';

/** Seconds an offer may wait: a day. */
const MAX_TIMEOUT = 86_400;

const address = v.pipe(
  v.string('an IP address'),
  v.check((text) => isIP(text) !== 0, 'an IP address'),
);

const entries = {
  enabled: key(v.optional(flag, true), {
    type: 'true or false',
    default: 'true',
    meaning: 'Show files that are offered and offer some. Nothing is ever taken without asking.',
  }),
  save_directory: key(v.optional(path, '~/Downloads'), {
    type: 'path',
    default: '"~/Downloads"',
    meaning: 'Where received files go. Without a leading `/` or `~/` it lies beside the configuration file.',
    readOnly: true,
  }),
  passive: key(v.optional(flag, true), {
    type: 'true or false',
    default: 'true',
    meaning: 'Let the other side wait for the connection when you send. With `false`, `[file_transfer.server]` is needed.',
  }),
  timeout: key(v.optional(whole(1, MAX_TIMEOUT, ' seconds'), 300), {
    type: 'seconds',
    default: '300',
    meaning: 'An offer that nobody has answered ends after this.',
  }),
  allow_lan: key(v.optional(flag, false), {
    type: 'true or false',
    default: 'false',
    meaning:
      'Connect to private addresses (10/8, 172.16/12, 192.168/16, fc00::/7) as well. Somebody could point Sotto at a device in your network.',
    readOnly: true,
  }),
};
export const FileTransfer = v.object(entries, 'a table');
export const fileTransferSection: Section = {
  path: 'file_transfer',
  heading: 'File transfers (DCC)',
  about:
    'Files go from computer to computer, not encrypted: the other side, and whoever is on the way, learns your network address and can read the file. Not possible for a server behind a proxy or Tor.',
  entries,
};

const port = (which: string) =>
  key(whole(1, 65_535), { type: '1 to 65535', default: 'needed', meaning: `${which} port of the range to listen on.`, readOnly: true });
const serverEntries = {
  public_address: key(address, {
    type: 'IP address',
    default: 'needed',
    meaning: 'The address the other side is told.',
    readOnly: true,
  }),
  bind_address: key(address, { type: 'IP address', default: 'needed', meaning: 'The address to listen on.', readOnly: true }),
  bind_port_first: port('First'),
  bind_port_last: port('Last'),
};
export const FileTransferServer = v.object(serverEntries, 'a table');
export const fileTransferServerSection: Section = {
  path: 'file_transfer.server',
  heading: 'Listening for file transfers',
  about: 'Needed to take passive offers and to send with `passive = false`. The ports must be reachable from outside.',
  entries: serverEntries,
};
