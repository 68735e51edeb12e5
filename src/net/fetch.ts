/**
 * The program's one HTTP fetch, for what others point us at: previews, icons, avatars. Whoever wrote the URL is taken for
 * an attacker who wants to reach this computer's network, learn who looks, or fill the memory.
 */
import { request, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { NetError } from './errors.ts';
import { readHost } from './host.ts';
import { openSocket } from './openSocket.ts';
import { freshCircuit, type Proxy } from './proxy.ts';
import { isPublicAddress } from './publicAddress.ts';
import type { Resolve } from './tcp.ts';

export const MAX_REDIRECTS = 5;
export const MAX_URL_LENGTH = 4_096;
const MAX_HEAD_BYTES = 16 * 1024;
/** Ports below 1,024 other than these, and those of IRC, belong to protocols that must not be spoken to by accident. */
const WEB_PORTS = new Set([80, 443]);
const IRC_PORTS = new Set([6_665, 6_666, 6_667, 6_668, 6_669, 6_697]);
/** Names that mean this computer or its network (RFC 6761, 6762, 8375), whoever resolves them. */
const LOCAL_NAME = /(^|\.)(localhost|local|localdomain|internal|intranet|lan|home|corp|home\.arpa|test|invalid)$/;

export interface FetchOptions {
  url: string;
  signal: AbortSignal;
  /** Of the content, after decompression. */
  maxBytes: number;
  /** For everything together, redirects included. */
  maxMs: number;
  /** Media types taken, in lower case: "image/png", or "image/" for a family. */
  types: readonly string[];
  /** The user asked for this very address, by a click. Nothing else is fetched under Tor. */
  asked: boolean;
  /** The same as the server's this is fetched for. Under Tor each fetch has a circuit of its own. */
  proxy: Proxy | null;
  /** What is longer than `maxBytes` is cut there, instead of refused. */
  cut?: boolean;
  userAgent?: string;
  /** For tests only: an address that is not public but may be asked, a resolver, and a root certificate. */
  seam?: { allow: (address: string) => boolean; resolve?: Resolve; rootCert?: string };
}

export interface Fetched {
  /** After redirects. */
  url: string;
  /** Media type in lower case, without parameters. */
  type: string;
  /** The charset parameter in lower case; null where there is none. */
  charset: string | null;
  bytes: Uint8Array;
  /** The content went on. */
  wasCut: boolean;
}

const badUrl = (why: string): NetError => new NetError('badUrl', why);
const refused = (): NetError => new NetError('addressRefused', 'This address lies in your own network; Sotto does not fetch from there.');

function readUrl(text: string, base?: URL): URL {
  if (text.length > MAX_URL_LENGTH) throw badUrl('The address is too long.');
  if (!URL.canParse(text, base)) throw badUrl('This is not an address of the web.');
  const url = new URL(text, base);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw badUrl('Only https and http addresses are fetched.');
  if (url.username !== '' || url.password !== '') throw badUrl('Addresses with a user name or password in them are not fetched.');
  const port = portOf(url);
  if ((port < 1_024 && !WEB_PORTS.has(port)) || IRC_PORTS.has(port)) throw badUrl(`Port ${port} is not one of the web.`);
  return url;
}

const portOf = (url: URL): number => (url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port));

/** Where a proxy resolves names, only what the URL itself says can be judged: every notation of an address is one here already. */
function checkName(url: URL, options: FetchOptions): void {
  const host = readHost(url.hostname);
  if (host.family !== 0) {
    if (!isPublicAddress(host.name) && options.seam?.allow(host.name) !== true) throw refused();
    return;
  }
  if (host.onion) return;
  if ((LOCAL_NAME.test(host.name) || !host.name.includes('.')) && options.seam?.allow(host.name) !== true) throw refused();
}

const open = (url: URL, options: FetchOptions, signal: AbortSignal): Promise<Socket> => {
  const { proxy, seam } = options;
  return openSocket({
    host: url.hostname,
    port: portOf(url),
    tls: url.protocol === 'https:',
    rootCert: seam?.rootCert ?? null,
    acceptInvalidCerts: false,
    pins: [],
    clientCert: null,
    proxy: proxy?.kind === 'tor' ? { ...proxy, circuit: freshCircuit() } : proxy,
    signal,
    checkAddresses: (addresses) => {
      if (!addresses.every(({ address }) => isPublicAddress(address) || seam?.allow(address) === true)) throw refused();
    },
    ...(seam?.resolve ? { resolve: seam.resolve } : {}),
  });
};

function ask(url: URL, socket: Socket, options: FetchOptions, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((done, fail) => {
    const asking = request({
      createConnection: () => socket,
      method: 'GET',
      path: `${url.pathname}${url.search}`,
      maxHeaderSize: MAX_HEAD_BYTES,
      signal,
      headers: {
        host: url.host,
        'user-agent': options.userAgent ?? 'Mozilla/5.0 (compatible)',
        accept: options.types.map((type) => (type.endsWith('/') ? `${type}*` : type)).join(', '),
        'accept-encoding': 'identity',
        connection: 'close',
      },
    });
    // A tunnel leaves the socket paused.
    asking.once('socket', (used) => used.resume());
    asking.once('response', done);
    asking.once('upgrade', (_response, used) => {
      used.destroy();
      fail(new NetError('httpStatus', 'The web server wants to speak something else than HTTP.'));
    });
    asking.on('error', (error) => {
      fail(new NetError('failed', 'The web server gave no answer that can be understood.', { cause: error }));
    });
    asking.end();
  });
}

function decoded(response: IncomingMessage): NodeJS.ReadableStream {
  const encoding = (response.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  switch (encoding) {
    case 'identity':
      return response;
    case 'gzip':
    case 'x-gzip':
      return response.pipe(createGunzip());
    case 'deflate':
      return response.pipe(createInflate());
    case 'br':
      return response.pipe(createBrotliDecompress());
    default:
      throw new NetError('wrongType', 'The content is compressed in a way that was not asked for.');
  }
}

/** Reads the content; it is counted after decompression, so that a small answer cannot grow large. */
async function readBody(response: IncomingMessage, options: FetchOptions): Promise<{ bytes: Uint8Array; wasCut: boolean }> {
  const { maxBytes, cut = false } = options;
  const tooLarge = (): NetError => new NetError('tooLarge', `The content is larger than ${maxBytes} bytes.`);
  if (!cut && Number(response.headers['content-length'] ?? 0) > maxBytes) throw tooLarge();
  const bytes = new Uint8Array(maxBytes);
  let length = 0;
  const body = decoded(response);
  const broken = Promise.withResolvers<never>();
  response.once('error', broken.reject);
  response.once('aborted', () => {
    broken.reject(new NetError('closed', 'The web server broke off.'));
  });
  const read = async (): Promise<boolean> => {
    for await (const chunk of body) {
      if (typeof chunk === 'string') continue;
      const room = maxBytes - length;
      bytes.set(chunk.subarray(0, room), length);
      length += Math.min(room, chunk.length);
      if (chunk.length <= room) continue;
      if (!cut) throw tooLarge();
      return true;
    }
    return false;
  };
  const wasCut = await Promise.race([read(), broken.promise]);
  return { bytes: bytes.slice(0, length), wasCut };
}

function typeOf(response: IncomingMessage, types: readonly string[]): { type: string; charset: string | null } {
  const header = response.headers['content-type'] ?? '';
  const type = (/^[^;\s]+/.exec(header)?.[0] ?? '').toLowerCase();
  const accepted = types.some((wanted) =>
    wanted.endsWith('/') ? type.startsWith(wanted) && type.length > wanted.length : type === wanted,
  );
  if (!accepted) throw new NetError('wrongType', 'The content is not of a kind that is shown.');
  return { type, charset: /;\s*charset="?([\w.:-]{1,40})/i.exec(header)?.[1]?.toLowerCase() ?? null };
}

/**
 * Fetches one https or http address. Before every connection, redirects included, the host is looked up once, refused
 * where any of its addresses is not public, and connected to at exactly those addresses. Behind a proxy nothing is looked
 * up here: addresses and local names in the URL are refused, the rest is the proxy's to judge. No cookies, no referrer, no
 * credentials. From https it never goes on to http.
 * Rejects with NetError.
 */
export async function fetchBounded(options: FetchOptions): Promise<Fetched> {
  if (options.proxy?.kind === 'tor' && !options.asked)
    throw new NetError('notAsked', 'Under Tor nothing is fetched by itself: click to fetch it on a circuit of its own.');
  const late = AbortSignal.timeout(options.maxMs);
  const signal = AbortSignal.any([options.signal, late]);
  let url = readUrl(options.url);
  try {
    for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
      checkName(url, options);
      const socket = await open(url, options, signal);
      try {
        const response = await ask(url, socket, options, signal);
        const status = response.statusCode ?? 0;
        const { location } = response.headers;
        if (status >= 300 && status <= 399 && location !== undefined) {
          const next = readUrl(location, url);
          if (url.protocol === 'https:' && next.protocol === 'http:') throw badUrl('The address leads from https to http.');
          url = next;
          continue;
        }
        if (status < 200 || status > 299) throw new NetError('httpStatus', `The web server answered with status ${status}.`);
        return { url: url.href, ...typeOf(response, options.types), ...(await readBody(response, options)) };
      } finally {
        socket.on('error', () => undefined);
        socket.destroy();
      }
    }
    throw badUrl(`The address was passed on more than ${MAX_REDIRECTS} times.`);
  } catch (error) {
    if (late.aborted && !options.signal.aborted) throw new NetError('timeout', 'Fetching took too long.', { cause: error });
    if (options.signal.aborted) throw new NetError('aborted', 'Fetching was cancelled.', { cause: error });
    if (error instanceof NetError) throw error;
    throw new NetError('failed', 'The content could not be read.', { cause: error });
  }
}
