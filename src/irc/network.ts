/** The supervisor that keeps one IRC session alive: dial, register, watch, reconnect. The door of this room. */
import type { Action, ConnectionState, IrcEvent, Member, Origin } from '../contract/chat.ts';
import { randomBytes } from 'node:crypto';
import { dial, type DialOptions } from '../net/dial.ts';
import { isFinalError, isSlowError, NetError } from '../net/errors.ts';
import type { Stream } from '../net/stream.ts';
import { retryDelay } from './backoff.ts';
import { IrcError } from './errors.ts';
import { isLocalHost } from './localHost.ts';
import type { NetworkOptions } from './options.ts';
import type { Ending } from './session/context.ts';
import type { Clock } from './session/flood.ts';
import { defaultIsupport, isChannelName, type Isupport } from './session/isupport.ts';
import type { Random } from './session/sasl/mechanisms.ts';
import { createSession, type Session } from './session/session.ts';
import { stsHost, stsPolicy, stsPort, stsStreamPort, wantsSecureWebSocket } from './session/sts.ts';
import { fold } from './state/fold.ts';
import { checkOptions } from './validate.ts';
import { createWanted } from './wanted.ts';
import { encodeLine } from './wire/encode.ts';
import { createLink, type Link } from './wire/link.ts';

export type { NetworkOptions } from './options.ts';

/** From the open link to 001. */
const REGISTRATION_TIMEOUT_MS = 60_000;
/** The same while the user makes an account; servers may have less patience. */
const ACCOUNT_TIMEOUT_MS = 5 * 60_000;
/** A session that lived this long starts the back-off anew. */
const STABLE_MS = 60_000;
/** How long a server may take to close after QUIT. */
const QUIT_TIMEOUT_MS = 1_500;
/** How long a server may take to answer after we slept. */
const RESUMED_PING_TIMEOUT_MS = 8_000;
const QUIT_REASON = 'Sotto';

export interface Network {
  /** Begins to connect, and goes on until `stop`; while it does, the same as `retryNow`. Failures are told as `state` events. */
  start(): void;
  /** Throws IrcError where it cannot be done; later refusals come as `server` events. */
  act(action: Action): void;
  /** QUIT, a short wait for the server's end of it, close. No event comes after it has resolved. */
  stop(reason: string | null): Promise<void>;
  /** Tries at once instead of at the end of the pause; also after a final error. */
  retryNow(): void;
  /**
   * The computer slept, or is in another network: a pause before the next attempt ends, an attempt that has no link yet begins anew, and a
   * link has to show within RESUMED_PING_TIMEOUT_MS that it is alive. Changes nothing after `stop` or a final error.
   */
  resumed(): void;
  /**
   * Connects, and waits before CAP END where the server lets an account be made there (draft/account-registration, before-connect): told as
   * `accountRegistration` `ready`. Ends with `release`, with an account, or after five minutes. Does nothing while online.
   */
  connectForAccount(): void;
  release(): void;
  /** A name as a key, by the server's CASEMAPPING. */
  fold(name: string): string;
  isChannel(name: string): boolean;
  /** What the server says about itself; standard values before there was one. */
  isupport(): Isupport;
  nick(): string;
  members(channel: string): Member[];
  joined(): string[];
  /** What is known of a user: null where we share no channel, or are not connected. */
  who(nick: string): Pick<Origin, 'user' | 'host' | 'account'> | null;
  tellsAccounts(): boolean;
}

/** What the surroundings give; tests bring their own. */
export interface Surroundings {
  dial: (options: DialOptions) => Promise<Stream>;
  clock: Clock;
  /** Milliseconds since 1970. */
  wallClock: () => number;
  random: () => number;
  /** For nonces; the system's where it is not given. */
  randomBytes?: Random;
}

const real: Surroundings = {
  dial,
  clock: {
    now: () => performance.now(),
    after: (ms, work) => {
      const timer = setTimeout(work, ms);
      return () => {
        clearTimeout(timer);
      };
    },
  },
  wallClock: () => Date.now(),
  random: () => Math.random(),
};

/** One run from dialing to the end of the link. */
interface Run {
  abort: AbortController;
  session: Session | null;
  link: Link | null;
  ending: Ending | null;
  /** Ended by `stop`, whatever else happened. */
  stopping: boolean;
  /** Whatever ends it now, the next one follows at once. */
  resumed: boolean;
  /** Asks an established link for a sign of life. */
  probe: (() => void) | null;
  ended: PromiseWithResolvers<undefined>;
}

export function createNetwork(options: NetworkOptions, onEvent: (event: IrcEvent) => void, surroundings: Surroundings = real): Network {
  const { clock, wallClock, random } = surroundings;
  const host = stsHost(options.host);
  let where = `${options.host}:${options.port}`;
  /** The server asked for TLS on this port. From then on nothing goes there in the clear, also where TLS fails. */
  let upgrade: number | null = null;
  /** Reason of our away state, to come back into it. */
  let awayReason: string | null = null;
  let run: Run | null = null;
  /** The newest session, kept for names while there is none. */
  let session: Session | null = null;
  /** The next connection is to wait for an account to be made. */
  let isForAccount = false;
  let failures = 0;
  let stopped = true;
  let cancelRetry: (() => void) | null = null;
  /** The options with the secrets that were fetched last. */
  let current = options;
  let isFirst = true;

  const foldName = (name: string): string => fold(session?.roster.mapping() ?? 'rfc1459', name);
  const wanted = createWanted(options.channels, foldName);

  const tell = (phase: ConnectionState['phase'], text: string, retryAt: number | null = null): void => {
    onEvent({ kind: 'state', state: { phase, text, retryAt } });
  };

  /** A run is over: waits, gives up, or (when stopped) stays quiet. */
  const after = (mine: Run, ending: Ending): void => {
    run = null;
    if (mine.stopping) {
      tell('idle', 'Disconnected.');
      mine.ended.resolve(undefined);
      // Started again before the old link was gone.
      if (!stopped) connect();
      return;
    }
    if (ending.kind === 'upgrade' && upgrade === null) {
      upgrade = ending.port;
      tell('connecting', ending.text);
      connect();
      return;
    }
    if (mine.resumed) {
      failures = 0;
      connect();
      return;
    }
    failures += 1;
    if (ending.kind === 'final') {
      tell('failed', ending.text);
      return;
    }
    if (options.maxAttempts !== null && failures >= options.maxAttempts) {
      tell('failed', `${ending.text} Sotto gave up after ${failures} attempts.`);
      return;
    }
    const delay = retryDelay(options.reconnectDelaySeconds, failures, ending.kind === 'slow', random());
    tell('waiting', ending.text, wallClock() + delay);
    cancelRetry = clock.after(delay, connect);
  };

  const connect = (): void => {
    cancelRetry = null;
    if (stopped || run) return;
    const mine: Run = {
      abort: new AbortController(),
      session: null,
      link: null,
      ending: null,
      stopping: false,
      resumed: false,
      probe: null,
      ended: Promise.withResolvers(),
    };
    run = mine;
    if (options.webSocket !== null && !options.tls && stsPort(options.sts.get(host), wallClock()) !== null) {
      after(mine, { kind: 'final', text: wantsSecureWebSocket(options.host) });
      return;
    }
    const demanded = stsDemand();
    // A policy allows no way around a bad certificate.
    const acceptInvalidCerts = options.acceptInvalidCerts && demanded === null;
    const port = options.tls ? options.port : (demanded ?? options.port);
    where = `${options.host}:${port}`;
    if (options.proxy === null) tell('lookup', `Looking up ${options.host}…`);
    else tell('connecting', `Connecting to ${where} through the proxy…`);
    const dialed = (): Promise<Stream> =>
      surroundings.dial({
        host: options.host,
        port,
        tls: options.tls || demanded !== null,
        rootCert: options.rootCert,
        acceptInvalidCerts,
        pins: options.pins,
        clientCert: options.clientCert,
        proxy: current.proxy,
        webSocket: options.webSocket,
        signal: mine.abort.signal,
        onPhase: (phase) => {
          if (phase === 'connect' && options.proxy === null) tell('connecting', `Connecting to ${where}…`);
          if (phase === 'proxy') tell('proxy', `Asking the proxy for ${where}…`);
          if (phase === 'handshake') tell('securing', `Securing the connection to ${where}…`);
        },
      });
    const { refresh } = options;
    const dialing = refresh === undefined || isFirst ? dialed() : freshen(refresh, mine.abort.signal).then(dialed);
    isFirst = false;
    dialing.then(
      (stream) => {
        converse(mine, stream, port, acceptInvalidCerts && options.pins.length === 0);
      },
      (error: unknown) => {
        const code = error instanceof NetError ? error.code : 'failed';
        after(mine, {
          kind: isFinalError(code) ? 'final' : isSlowError(code) ? 'slow' : 'retry',
          text: error instanceof NetError ? error.message : `Connecting to ${where} failed.`,
        });
      },
    );
  };
  const freshen = async (refresh: NonNullable<NetworkOptions['refresh']>, signal: AbortSignal): Promise<void> => {
    try {
      const next = { ...current, ...(await refresh(signal)) };
      if (checkOptions(next) === null) current = next;
    } catch {
      // What was good for the last connection is tried again; a server that refuses it says so.
    }
    signal.throwIfAborted();
  };

  /** The port to which TLS is demanded of us, null where it is not, and for WebSocket, which has ports of its own. */
  const stsDemand = (): number | null => (options.webSocket === null ? (stsPort(options.sts.get(host), wallClock()) ?? upgrade) : null);
  const keepPolicy = (port: number, seconds: number): void => {
    const streamPort = options.webSocket === null ? port : stsStreamPort(options.sts.get(host));
    options.sts.set(host, seconds === 0 ? null : stsPolicy(streamPort, seconds, wallClock())).catch(() => {
      const text = `${where} wants TLS from now on, but that could not be written down: it may be forgotten with the next start.`;
      onEvent({ kind: 'server', target: null, text, severity: 'error', time: wallClock(), historic: false });
    });
  };

  const converse = (mine: Run, stream: Stream, port: number, unverified: boolean): void => {
    const timers = new Set<() => void>();
    let alive: (() => void) | null = null;
    /** When the last line of any kind came. */
    let heard = clock.now();
    let answered = true;
    let onlineSince: number | null = null;
    let dying = false;
    let policySeconds: number | null = null;
    const isLocal = options.proxy === null && isLocalHost(options.host);

    const drop = (ending: Ending): void => {
      mine.ending ??= ending;
      mine.link?.destroy();
    };
    /** Looks after `ms` whether the server was silent, and asks it for a sign of life if so. */
    const watch = (ms: number): void => {
      alive = clock.after(ms, () => {
        const left = heard + options.pingSeconds * 1_000 - clock.now();
        if (left > 0) {
          watch(left);
          return;
        }
        answered = false;
        next.ping();
        alive = clock.after(options.pingTimeoutSeconds * 1_000, () => {
          if (answered) watch(options.pingSeconds * 1_000);
          else drop({ kind: 'retry', text: `${where} has not answered for ${options.pingTimeoutSeconds} seconds.` });
        });
      });
    };
    const probe = (): void => {
      if (onlineSince === null) return;
      alive?.();
      const asked = clock.now();
      answered = false;
      next.ping();
      alive = clock.after(RESUMED_PING_TIMEOUT_MS, () => {
        if (answered) {
          watch(Math.max(0, options.pingSeconds * 1_000 - (clock.now() - asked)));
          return;
        }
        mine.resumed = true;
        drop({ kind: 'retry', text: `${where} does not answer any more.` });
      });
    };
    mine.probe = probe;
    let cancelRegistration = (): void => undefined;
    const limitRegistration = (): void => {
      cancelRegistration();
      cancelRegistration = clock.after(REGISTRATION_TIMEOUT_MS, () => {
        drop({ kind: 'retry', text: `${where} did not finish the registration in time.` });
      });
    };
    limitRegistration();
    timers.add(() => {
      cancelRegistration();
    });

    const link = createLink(stream, {
      onLine: (line) => {
        heard = clock.now();
        answered = true;
        next.receive(line);
      },
      onClose: (reason) => {
        isForAccount = false;
        for (const cancel of timers) cancel();
        alive?.();
        if (onlineSince !== null && clock.now() - onlineSince >= STABLE_MS) failures = 0;
        const said = next.close();
        // A policy lasts from the end of the link, however long that was up.
        if (policySeconds !== null && policySeconds > 0) keepPolicy(port, policySeconds);
        after(mine, mine.ending ?? said ?? { kind: 'retry', text: reason ?? `${where} closed the connection.` });
      },
    });
    mine.link = link;
    const next = createSession({
      options: current,
      link: {
        encrypted: stream.tls !== null,
        mayCarrySecrets: stream.tls !== null || isLocal || options.allowUnencryptedPasswords,
        unverified: stream.tls !== null && unverified,
      },
      random: surroundings.randomBytes ?? ((length) => Uint8Array.from(randomBytes(length))),
      onStsDuration: (seconds) => {
        policySeconds = seconds;
        keepPolicy(port, seconds);
      },
      away: () => awayReason,
      caseMapping: session?.roster.mapping() ?? 'rfc1459',
      clock,
      wallClock,
      emit: onEvent,
      write: link.write,
      onAuthenticating: () => {
        tell('authenticating', `Logging in to ${where}…`);
      },
      hold: () => isForAccount,
      onHeld: () => {
        cancelRegistration();
        cancelRegistration = clock.after(ACCOUNT_TIMEOUT_MS, () => {
          next.release();
        });
        tell('registering', `${where} waits for you to make an account.`);
      },
      onReleased: limitRegistration,
      onOnline: () => {
        isForAccount = false;
        onlineSince = clock.now();
        cancelRegistration();
        watch(options.pingSeconds * 1_000);
        tell('online', stream.tls === null ? `Connected to ${where}, not encrypted.` : `Connected to ${where} (${stream.tls}).`);
      },
      onEnd: (ending) => {
        if (dying) return;
        dying = true;
        mine.ending = ending;
        link.close();
        timers.add(clock.after(QUIT_TIMEOUT_MS, link.destroy));
      },
      joins: wanted.list,
      onJoined: wanted.joined,
      onLeft: wanted.left,
      onRenamed: wanted.renamed,
    });
    mine.session = next;
    session = next;
    if (mine.stopping) {
      link.destroy();
      return;
    }
    tell('registering', `Introducing ourselves to ${where}…`);
    next.start();
  };

  const stop = async (reason: string | null): Promise<void> => {
    const was = stopped;
    stopped = true;
    cancelRetry?.();
    cancelRetry = null;
    const current = run;
    if (!current) {
      if (!was) tell('idle', 'Disconnected.');
      return;
    }
    if (!current.stopping) {
      current.stopping = true;
      current.abort.abort();
      if (current.link) {
        current.session?.quit(sendable(reason) ? reason : QUIT_REASON);
        current.link.close();
        const cancel = clock.after(QUIT_TIMEOUT_MS, current.link.destroy);
        void current.ended.promise.then(cancel);
      }
    }
    await current.ended.promise;
  };

  const retryNow = (): void => {
    if (stopped || run) return;
    cancelRetry?.();
    failures = 0;
    connect();
  };

  const resumed = (): void => {
    if (stopped) return;
    if (!run) {
      if (cancelRetry !== null) retryNow();
      return;
    }
    if (run.link !== null) {
      run.probe?.();
      return;
    }
    if (run.resumed || run.stopping) return;
    run.resumed = true;
    run.abort.abort();
  };

  const start = (): void => {
    if (!stopped) {
      retryNow();
      return;
    }
    const problem = checkOptions(options);
    if (problem !== null) {
      tell('failed', problem);
      return;
    }
    stopped = false;
    upgrade = null;
    failures = 0;
    if (!run) connect();
  };

  return {
    resumed,
    start,
    connectForAccount: () => {
      if (run?.session?.online() === true) return;
      isForAccount = true;
      start();
    },
    release: () => {
      isForAccount = false;
      run?.session?.release();
    },
    act: (action) => {
      if (action.kind === 'quit') {
        if (action.reason !== null) encodeLine('QUIT', [action.reason]);
        void stop(action.reason);
        return;
      }
      const current = run?.session;
      if (stopped || !current) throw new IrcError('notConnected', 'Not connected to this server.');
      current.act(action);
      if (action.kind === 'away') awayReason = action.reason;
      if (action.kind === 'join') wanted.remember(action.channel, action.key);
    },
    stop,
    retryNow,
    fold: foldName,
    isupport: () => session?.isupport ?? defaultIsupport('rfc1459'),
    isChannel: (name) => isChannelName(session?.isupport ?? defaultIsupport('rfc1459'), name),
    nick: () => session?.nick() ?? options.nick,
    members: (channel) => (run?.session ? run.session.members(channel) : []),
    who: (nick) => run?.session?.who(nick) ?? null,
    tellsAccounts: () => run?.session?.tellsAccounts() ?? false,
    joined: () => (run?.session?.roster.channels() ?? []).map(({ name }) => name),
  };
}

const sendable = (reason: string | null): reason is string => {
  if (reason === null) return false;
  try {
    encodeLine('QUIT', [reason]);
    return true;
  } catch {
    return false;
  }
};
