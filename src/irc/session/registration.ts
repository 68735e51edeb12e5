/** From the open link to 001: capabilities, SASL, nick. Nothing here speaks to the network by itself. */
import type { NetworkOptions } from '../options.ts';
import type { Capabilities } from './capabilities.ts';
import type { Ending, LinkSafety } from './context.ts';
import type { Clock } from './flood.ts';
import { createSasl, type SaslStep } from './sasl/exchange.ts';
import { candidates, type Random } from './sasl/mechanisms.ts';
import { readSts, wantsSecureWebSocket } from './sts.ts';

/** Nicks tried after the configured ones. */
const INVENTED_NICKS = 6;
/** A server that knows no capabilities says nothing to CAP: after this long it hears the password, where it may at all. */
const CAP_SILENCE_MS = 4_000;
/** From one word of a login to the next. */
const SASL_SILENCE_MS = 30_000;

export interface Registration {
  /** Sends the opening lines; the first is CAP LS 302. */
  start: () => void;
  /** Parameters of a CAP line after its target. */
  cap(params: readonly string[]): void;
  authenticate(challenge: string): void;
  /** A numeric from 900 to 908 with its parameters, the first of which is our nick. */
  saslNumeric(command: string, params: readonly string[]): void;
  /** The server does not know CAP (421), or wants the registration first (451). */
  capUnknown: () => void;
  /** The server does not take the nick: tries the next. */
  nickRefused(): void;
  /** What it was held for is done, or given up: goes on. */
  release(): void;
  /** 001 came. False where it must not count: SASL is required and has not succeeded; the session is over then. */
  welcome(): boolean;
  authenticated(): boolean;
  /** The server failed to prove itself, or played false: it gets no password by another way. */
  distrusted(): boolean;
  stop: () => void;
}

interface Deps {
  options: Pick<
    NetworkOptions,
    'host' | 'port' | 'nick' | 'altNicks' | 'username' | 'realname' | 'password' | 'sasl' | 'webSocket' | 'bouncerNetwork'
  >;
  link: LinkSafety;
  caps: Capabilities;
  clock: Clock;
  random: Random;
  send: (command: string, ...params: string[]) => void;
  onAuthenticating: () => void;
  /** A policy of the server on a secure link: seconds, 0 ends it. */
  onStsDuration: (seconds: number) => void;
  /** Reason of the away state to be in from the start, null: present. */
  away: () => string | null;
  /** The user wants to make an account before CAP END (draft/account-registration), and can. */
  hold: () => boolean;
  /** The server waits for that now. */
  onHeld: () => void;
  onReleased: () => void;
  warn: (text: string) => void;
  end: (ending: Ending) => void;
}

/** The nicks to try, in order: the configured ones, then ones made from the first. */
export function nickCandidates(nick: string, altNicks: readonly string[]): string[] {
  const invented = Array.from({ length: INVENTED_NICKS }, (_unused, index) =>
    index < 3 ? nick + '_'.repeat(index + 1) : `${nick.slice(0, 6)}${String(index * 137)}`,
  );
  return [...new Set([nick, ...altNicks, ...invented])];
}

export function createRegistration(deps: Deps): Registration {
  const { options, link, caps, clock, send, warn, end } = deps;
  const { usable, withheld } = candidates(options.sasl, { host: options.host, port: options.port, ...link }, deps.random);
  const sasl = options.sasl.length > 0 ? createSasl({ candidates: usable, withheld }) : null;
  const required = options.sasl.some((login) => login.required);
  const accounts = [...new Set(options.sasl.map(({ account }) => account).filter((account) => account !== ''))];
  const who = accounts[0] === undefined ? '' : ` as ${accounts[0]}`;
  const nicks = nickCandidates(options.nick, options.altNicks);
  let nextNick = 1;
  let phase: 'negotiating' | 'authenticating' | 'held' | 'finishing' | 'registered' | 'over' = 'negotiating';
  let introduced = false;
  let authenticated = false;
  let distrusted = false;
  let offeredSasl = false;
  let askedIsupport = false;
  let cancelSilence: (() => void) | null = null;

  const stop = (): void => {
    cancelSilence?.();
    cancelSilence = null;
  };
  const quit = (ending: Ending): void => {
    phase = 'over';
    stop();
    end(ending);
  };

  /** PASS waits where the link is plain: the server may want TLS first, and without consent nobody on the way is to hear it. */
  const introduce = (): void => {
    if (introduced || phase === 'over') return;
    introduced = true;
    stop();
    if (options.password !== null) {
      if (!link.mayCarrySecrets) {
        quit({
          kind: 'final',
          text: 'The server password was not sent, as this connection is not encrypted. Set use_tls, or allow_unencrypted_passwords if you accept that others can read it.',
        });
        return;
      }
      send('PASS', options.password);
    }
    send('NICK', options.nick);
    send('USER', options.username, '0', '*', options.realname);
  };

  const finish = (): void => {
    if (phase !== 'held' && !authenticated && deps.hold()) {
      phase = 'held';
      deps.onHeld();
      return;
    }
    if (options.bouncerNetwork !== null) {
      // Without it this would be the bouncer itself, or another network of it.
      if (!caps.has('soju.im/bouncer-networks')) {
        quit({ kind: 'slow', text: 'The bouncer does not offer its networks at the moment.' });
        return;
      }
      send('BOUNCER', 'BIND', options.bouncerNetwork);
    }
    phase = 'finishing';
    send('CAP', 'END');
  };
  const saslFailed = (reason: string): void => {
    stop();
    const text = `Logging in${who} failed: ${reason}.`;
    if (required && !authenticated) {
      quit({ kind: 'final', text: `${text} Sotto disconnected, as the configuration asks. Nothing else was sent.` });
      return;
    }
    warn(`${text} Going on without.`);
    if (phase === 'negotiating' || phase === 'authenticating') finish();
  };
  const follow = (step: SaslStep): void => {
    if (phase === 'over') return;
    switch (step.kind) {
      case 'send':
        for (const line of step.lines) send('AUTHENTICATE', line);
        stop();
        cancelSilence = clock.after(SASL_SILENCE_MS, () => {
          if (sasl) follow(sasl.timeout());
        });
        return;
      case 'failed':
        for (const line of step.lines) send('AUTHENTICATE', line);
        if (step.hostile) distrusted = true;
        saslFailed(step.reason);
        return;
      case 'done':
        stop();
        authenticated = true;
        if (phase === 'authenticating') finish();
        return;
      case 'nothing':
    }
  };

  /** Looks at the policy of the server. True where this session is over because of it. */
  const upgrade = (): boolean => {
    const value = caps.offered('sts');
    if (value === undefined) return false;
    const { port, duration } = readSts(value);
    if (link.encrypted) {
      // A policy of an impostor would lock the user out.
      if (duration !== null && link.unverified !== true) deps.onStsDuration(duration);
      return false;
    }
    if (port === null) return false;
    if (options.webSocket !== null) {
      // The port it names speaks IRC without WebSocket: where TLS is for this entry only its owner can say.
      quit({ kind: 'final', text: wantsSecureWebSocket(options.host) });
      return true;
    }
    quit({ kind: 'upgrade', port, text: `The server wants TLS (strict transport security): connecting anew to port ${port}.` });
    return true;
  };

  return {
    start: () => {
      send('CAP', 'LS', '302');
      if (options.password === null || link.encrypted) introduce();
      else cancelSilence = clock.after(CAP_SILENCE_MS, introduce);
      if (!link.encrypted && (options.password !== null || options.sasl.length > 0))
        warn(
          link.mayCarrySecrets
            ? 'This connection is not encrypted (use_tls = false): the password can be read on its way.'
            : 'This connection is not encrypted (use_tls = false): passwords are not sent over it.',
        );
      if (link.encrypted && link.unverified === true)
        warn('The certificate of this server was not checked (dangerously_accept_invalid_certs): somebody may be in between.');
    },
    cap: (params) => {
      if (phase === 'over') return;
      const requests = caps.apply(params);
      const subcommand = params[0]?.toUpperCase();
      if ((subcommand === 'NEW' || (subcommand === 'LS' && caps.listed())) && upgrade()) return;
      if (caps.listed()) introduce();
      for (const request of requests) send('CAP', 'REQ', request);
      const hasSasl = caps.has('sasl');
      const again = phase === 'registered' && hasSasl && !offeredSasl;
      offeredSasl = hasSasl;
      if (sasl?.running() === true && !hasSasl) {
        follow(sasl.withdrawn());
        return;
      }
      if (again && sasl) {
        // Services have come back: a login that they lost is made anew.
        follow(sasl.start(caps.offered('sasl') ?? ''));
        return;
      }
      if (phase !== 'negotiating' || !caps.settled() || !introduced) return;
      if (!askedIsupport && caps.has('draft/extended-isupport')) send('ISUPPORT');
      askedIsupport = true;
      const reason = deps.away();
      if (reason !== null && caps.has('draft/pre-away')) send('AWAY', reason);
      if (sasl === null) finish();
      else if (!hasSasl) saslFailed('the server does not offer SASL');
      else {
        phase = 'authenticating';
        deps.onAuthenticating();
        follow(sasl.start(caps.offered('sasl') ?? ''));
      }
    },
    authenticate: (challenge) => {
      const step = sasl?.running() === true ? sasl.challenge(challenge) : null;
      if (step instanceof Promise) void step.then(follow);
      else if (step) follow(step);
    },
    saslNumeric: (command, params) => {
      const account = params[2] ?? '';
      if (command === '900' && accounts.length > 0 && !accounts.some((name) => name.toLowerCase() === account.toLowerCase()))
        warn(`The server says that you are logged in as ${account.slice(0, 64)}, not${who}.`);
      if (sasl?.running() === true) follow(sasl.numeric(command, params));
    },
    capUnknown: introduce,
    release: () => {
      if (phase !== 'held') return;
      deps.onReleased();
      finish();
    },
    nickRefused: () => {
      if (phase === 'registered' || phase === 'over') return;
      const nick = nicks[nextNick];
      nextNick += 1;
      if (nick === undefined)
        quit({ kind: 'slow', text: 'The server took none of your nicks. Choose another with nickname or alt_nicks.' });
      else send('NICK', nick);
    },
    welcome: () => {
      if (phase === 'over') return false;
      stop();
      if (required && !authenticated) {
        saslFailed('the server finished the registration without it');
        return false;
      }
      if (sasl && !authenticated && (phase === 'negotiating' || phase === 'authenticating'))
        warn(`The server finished the registration without SASL: you are not logged in${who}.`);
      sasl?.cancel();
      phase = 'registered';
      return true;
    },
    authenticated: () => authenticated,
    distrusted: () => distrusted,
    stop,
  };
}
