/**
 * The overlay for people who prefer speed and do not mind that the other side sees their network address: QUIC between two
 * iroh endpoints, direct or by a relay. It opens sockets on all interfaces and asks a router for a port (UPnP).
 *
 * There is one endpoint; our addresses are tokens at its door. Whoever names none of them gets silence.
 */
import type { Endpoint } from '@number0/iroh';
import { fromBase64, toBase64Url } from '../base64.ts';
import { createListeners } from '../listeners.ts';
import { MAX_PACKET_BYTES, OverlayError, type Address, type DatagramHandler, type Overlay, type OverlayState } from '../overlay.ts';
import { unlessAborted } from '../wait.ts';
import { decodeAddress, encodeAddress } from './address.ts';
import { createCalls, type Calls } from './calls.ts';
import { serveCalls } from './incoming.ts';
import { createTokens, type Tokens } from './tokens.ts';

const ALPN = [...new TextEncoder().encode('sotto/1')];
/** Base64 of the longest address. */
const MAX_ADDRESS_BYTES = 4_096;
const SECRET_KEY_BYTES = 32;
/** How often the network addresses are compared with those that are announced. */
const LOOK_MS = 15_000;
const OFF = 'iroh is switched off.';

export interface IrohOptions {
  /** `direct`: no server is asked for anything, both sides need a way to each other. `relay`: n0's public relays and name service help, and see who talks to whom. */
  mode: 'direct' | 'relay';
  /** UDP port to listen on; null takes any. */
  port: number | null;
  /** Address others reach us at where a router forwards a port: `host:port`, numeric. */
  externalAddress: string | null;
  /** The endpoint's secret key (32 bytes), from the encrypted store: with it the endpoint keeps its id. */
  secretKey: Uint8Array;
  /** Tokens of the last run. */
  tokens: readonly Uint8Array[];
  /** Notes the tokens before anybody learns of them. */
  keepTokens: (tokens: readonly Uint8Array[]) => Promise<void>;
  random: (length: number) => Uint8Array;
  log: (line: string) => void;
}

interface Running {
  endpoint: Endpoint;
  calls: Calls;
  signal: AbortSignal;
  /** Reads a ticket; null for what is none. */
  addressOf: (ticket: string) => ReturnType<Endpoint['addr']> | null;
  ticket: () => string;
}

const library = (): Promise<typeof import('@number0/iroh')> =>
  import('@number0/iroh').catch((cause: unknown) => {
    throw new OverlayError('missing', 'iroh has no program for this kind of computer.', { cause });
  });

export function createIrohOverlay(options: IrohOptions): Overlay {
  const { keepTokens, random, log } = options;
  const states = createListeners<OverlayState>();
  const changes = createListeners<Address[]>();
  const tokens: Tokens = createTokens(options.tokens, random);
  let state: OverlayState = { phase: 'stopped', reason: OFF, peers: null };
  let handler: DatagramHandler | null = null;
  let run: AbortController | null = null;
  let running: Running | null = null;
  let serving: Promise<void> = Promise.resolve();
  let announced = '';

  const enter = (phase: OverlayState['phase'], reason: string): void => {
    if (state.phase === phase && state.reason === reason) return;
    state = { phase, reason, peers: null };
    states.emit(state);
  };
  const need = (): Running => {
    if (running === null) throw new OverlayError('stopped', OFF);
    return running;
  };
  const addressBytes = (token: Uint8Array): Uint8Array | null => running && encodeAddress({ token, ticket: running.ticket() });
  const addresses = (): Address[] =>
    tokens.live().flatMap((token) => {
      const bytes = addressBytes(token);
      return bytes === null ? [] : [{ bytes, text: toBase64Url(bytes) }];
    });
  const announce = async (): Promise<void> => {
    await keepTokens(tokens.all());
    const now = addresses();
    const key = now.map(({ text }) => text).join();
    if (key === announced) return;
    announced = key;
    changes.emit(now);
  };

  const bind = async (signal: AbortSignal): Promise<Running> => {
    const iroh = await library();
    const builder = iroh.Endpoint.builder();
    if (options.mode === 'relay') iroh.presetN0(builder);
    else {
      iroh.presetMinimal(builder);
      builder.relayMode(iroh.RelayMode.disabled());
    }
    if (options.secretKey.length !== SECRET_KEY_BYTES) throw new OverlayError('missing', 'The key of the iroh endpoint is damaged.');
    builder.secretKey([...options.secretKey]);
    builder.alpns([[...ALPN]]);
    if (options.port !== null) builder.bindAddr(`0.0.0.0:${options.port}`);
    const endpoint = await builder.bind().catch((cause: unknown) => {
      throw new OverlayError(
        'missing',
        'iroh could not open its port. Another program uses it, or Sotto has to be restarted to use it again.',
        { cause },
      );
    });
    if (options.externalAddress !== null) {
      await endpoint.addExternalAddr(options.externalAddress).catch((cause: unknown) => {
        throw new OverlayError('missing', 'The external address for iroh is not an address and a port.', { cause });
      });
    }
    return {
      endpoint,
      calls: createCalls(endpoint, ALPN),
      signal,
      addressOf: (ticket) => {
        try {
          return iroh.EndpointTicket.fromString(ticket).endpointAddr();
        } catch {
          return null;
        }
      },
      ticket: () => iroh.EndpointTicket.fromAddr(endpoint.addr()).toString(),
    };
  };
  const take = async (token: Uint8Array, packet: Uint8Array): Promise<Uint8Array | 'wrongToken' | null> => {
    const own = tokens.find(token);
    const at = own && addressBytes(own);
    if (at === null) return 'wrongToken';
    return handler === null ? null : handler(packet, at);
  };

  return {
    name: 'iroh',
    records: null,
    state: () => state,
    onState: (listener) => states.add(listener),
    addresses,
    onAddresses: (listener) => changes.add(listener),
    onDatagram(next) {
      handler = next;
    },
    parseAddress(text) {
      const bytes = fromBase64(text, MAX_ADDRESS_BYTES);
      return bytes !== null && decodeAddress(bytes) !== null ? bytes : null;
    },
    async start(signal) {
      if (run !== null) return;
      signal.throwIfAborted();
      const controller = new AbortController();
      run = controller;
      await serving;
      enter('starting', 'Starting iroh.');
      try {
        running = await bind(controller.signal);
      } catch (error) {
        run = null;
        enter('stopped', error instanceof OverlayError ? error.message : OFF);
        throw error;
      }
      const { endpoint } = running;
      // watchAddr of @number0/iroh 1.1.0 aborts the process, so the addresses are looked at from time to time
      const watch = setInterval(() => {
        announce().catch((error: unknown) => {
          log(`iroh: the addresses could not be noted: ${error instanceof Error ? error.name : 'unknown error'}`);
        });
      }, LOOK_MS);
      serving = serveCalls(endpoint, take, controller.signal).catch((error: unknown) => {
        log(`iroh: no calls are taken any more: ${error instanceof Error ? error.name : 'unknown error'}`);
        enter('degraded', 'iroh does not take calls any more. Switch it off and on again.');
      });
      controller.signal.addEventListener(
        'abort',
        () => {
          clearInterval(watch);
        },
        { once: true },
      );
      await announce();
      if (options.mode === 'direct') {
        enter('ready', 'Others who know your address can reach this computer directly.');
        return;
      }
      enter('attaching', 'Looking for a relay.');
      unlessAborted(endpoint.online(), controller.signal).then(
        () => {
          enter('ready', 'Connected to a relay.');
        },
        () => undefined,
      );
    },
    async stop() {
      const was = running;
      run?.abort(new OverlayError('stopped', OFF));
      run = null;
      running = null;
      enter('stopped', OFF);
      announced = '';
      changes.emit([]);
      await was?.endpoint.close();
      await serving;
    },
    async renew(signal) {
      need();
      signal.throwIfAborted();
      tokens.renew();
      await announce();
      return addresses();
    },
    async release(address) {
      const known = decodeAddress(address);
      if (known === null || tokens.find(known.token) === null) return;
      tokens.release(known.token);
      await announce();
    },
    async send(address, bytes, signal) {
      if (bytes.length > MAX_PACKET_BYTES) throw new OverlayError('tooLarge', 'The packet is too long for one call.');
      const to = decodeAddress(address);
      if (to === null) throw new OverlayError('badAddress', 'This is not an iroh address.');
      const now = need();
      signal.throwIfAborted();
      const there = now.addressOf(to.ticket);
      if (there === null) throw new OverlayError('badAddress', 'This is not an iroh address, or it is damaged.');
      if (there.id().equals(now.endpoint.id())) throw new OverlayError('badAddress', 'This is your own address.');
      return now.calls.call(there, to.token, bytes, AbortSignal.any([signal, now.signal]));
    },
  };
}
