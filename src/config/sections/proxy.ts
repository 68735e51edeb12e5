import * as v from 'valibot';
import { key, unset, type Section } from '../key.ts';
import { host, keyring, password, whole } from './values.ts';

/** RFC 1929 §2, in octets. */
const MAX_SOCKS_CREDENTIAL_BYTES = 255;
const TOR_HOST = '127.0.0.1';
/** tor's own default SOCKSPort. */
const TOR_PORT = 9_050;

const address = {
  host: key(host, { type: 'text', default: 'needed', meaning: 'Host name or address of the proxy.', readOnly: true }),
  port: key(whole(1, 65_535), { type: '1 to 65535', default: 'needed', meaning: 'Port of the proxy.', readOnly: true }),
};

const login = (short: boolean) => {
  const words = `a text of at most ${MAX_SOCKS_CREDENTIAL_BYTES} bytes`;
  const fits = (text: string): boolean => !short || new TextEncoder().encode(text).length <= MAX_SOCKS_CREDENTIAL_BYTES;
  const credential = v.pipe(password, v.check(fits, words));
  return {
    username: key(unset(credential), { type: 'text', default: 'not set', meaning: 'Your name at the proxy.', readOnly: true }),
    password: key(unset(credential), { type: 'text', default: 'not set', meaning: 'Your password at the proxy.', readOnly: true }),
    password_keyring: key(v.optional(keyring, false), {
      type: 'true, false or text',
      default: 'false',
      meaning:
        'The password is in the desktop’s keyring: `true` means the entry named as the table with `.password` after it, such as `proxy.socks5.password`; a text names another one. Where it cannot be had nothing is connected, neither through the proxy nor without it.',
      readOnly: true,
    }),
  };
};

const httpEntries = { ...address, ...login(false) };
const socksEntries = { ...address, ...login(true) };
const torEntries = {
  host: key(v.optional(host, TOR_HOST), {
    type: 'text',
    default: '"127.0.0.1"',
    meaning: 'Where a tor is running.',
    readOnly: true,
  }),
  port: key(v.optional(whole(1, 65_535), TOR_PORT), { type: '1 to 65535', default: '9050', meaning: 'Its SOCKS port.', readOnly: true }),
};

export const HttpProxy = v.object(httpEntries, 'a table');
export const SocksProxy = v.object(socksEntries, 'a table');
export const TorProxy = v.object(torEntries, 'a table');

export const proxySections: readonly Section[] = [
  {
    path: 'proxy.http',
    alsoAt: ['servers.*.proxy.http'],
    heading: 'An HTTP proxy',
    about:
      'All IRC servers are reached through this proxy (CONNECT); in `[servers.<name>.proxy.http]`, that server. Of `http`, `socks5` and `tor` one can be set at each of the two places; a server’s own replaces the general one. Names are looked up by the proxy, never by this computer.',
    entries: httpEntries,
  },
  {
    path: 'proxy.socks5',
    alsoAt: ['servers.*.proxy.socks5'],
    heading: 'A SOCKS5 proxy',
    about: 'As above, for a proxy that speaks SOCKS5.',
    entries: socksEntries,
  },
  {
    path: 'proxy.tor',
    alsoAt: ['servers.*.proxy.tor'],
    heading: 'Tor',
    about:
      'As above, through a tor that runs on this computer or near it; an empty table is enough. Each server gets circuits of its own. Names that end in `.onion` work here only. Sotto brings no tor of its own.',
    entries: torEntries,
  },
];
