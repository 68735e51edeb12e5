/** From the open link to 001: capabilities, SASL, nick. Nothing here speaks to the network by itself. */
import type { NetworkOptions } from '../options.ts';
import type { Capabilities } from './capabilities.ts';
import type { Ending } from './context.ts';
import { createSasl, type SaslStep } from './sasl.ts';

/** Nicks tried after the configured ones. */
const INVENTED_NICKS = 6;

export interface Registration {
  /** Sends the opening lines; the first is CAP LS 302. */
  start: () => void;
  /** Parameters of a CAP line after its target. */
  cap(params: readonly string[]): void;
  authenticate(challenge: string): void;
  /** A numeric from 900 to 908. */
  saslNumeric(command: string, text: string): void;
  /** The server does not take the nick: tries the next. */
  nickRefused(): void;
  /** 001 came. False where it must not count: SASL is required and has not succeeded; the session is over then. */
  welcome(): boolean;
  authenticated(): boolean;
}

interface Deps {
  options: Pick<NetworkOptions, 'nick' | 'altNicks' | 'username' | 'realname' | 'password' | 'sasl' | 'tls' | 'acceptInvalidCerts'>;
  caps: Capabilities;
  send: (command: string, ...params: string[]) => void;
  onAuthenticating: () => void;
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

export function createRegistration({ options, caps, send, onAuthenticating, warn, end }: Deps): Registration {
  const sasl = options.sasl ? createSasl(options.sasl) : null;
  const nicks = nickCandidates(options.nick, options.altNicks);
  let nextNick = 1;
  let phase: 'negotiating' | 'authenticating' | 'finishing' | 'registered' | 'over' = 'negotiating';
  let authenticated = false;

  const required = options.sasl?.disconnectOnFailure === true;

  const finish = (): void => {
    phase = 'finishing';
    send('CAP', 'END');
  };
  const saslFailed = (reason: string): void => {
    const text = `Logging in as ${options.sasl?.username ?? ''} failed: ${reason}.`;
    if (required) {
      phase = 'over';
      end({ kind: 'final', text: `${text} Sotto disconnected, as the configuration asks. Nothing else was sent.` });
      return;
    }
    warn(`${text} Going on without.`);
    if (phase === 'negotiating' || phase === 'authenticating') finish();
  };
  const follow = (step: SaslStep): void => {
    switch (step.kind) {
      case 'send':
        for (const line of step.lines) send('AUTHENTICATE', line);
        return;
      case 'failed':
        for (const line of step.lines) send('AUTHENTICATE', line);
        saslFailed(step.reason);
        return;
      case 'done':
        authenticated = true;
        if (phase === 'authenticating') finish();
        return;
      case 'nothing':
    }
  };

  return {
    start: () => {
      send('CAP', 'LS', '302');
      if (options.password !== null) send('PASS', options.password);
      send('NICK', options.nick);
      send('USER', options.username, '0', '*', options.realname);
      if (!options.tls && (options.password !== null || options.sasl !== null))
        warn('This connection is not encrypted (use_tls = false): the password can be read on its way.');
      if (options.tls && options.acceptInvalidCerts)
        warn('The certificate of this server was not checked (dangerously_accept_invalid_certs): somebody may be in between.');
    },
    cap: (params) => {
      for (const request of caps.apply(params)) send('CAP', 'REQ', request);
      if (phase === 'authenticating' && !caps.has('sasl')) {
        saslFailed('the server withdrew SASL');
        return;
      }
      if (phase !== 'negotiating' || !caps.settled()) return;
      if (sasl === null) finish();
      else if (!caps.has('sasl')) saslFailed('the server does not offer SASL');
      else {
        phase = 'authenticating';
        onAuthenticating();
        follow(sasl.start(caps.offered('sasl') ?? ''));
      }
    },
    authenticate: (challenge) => {
      if (sasl && phase === 'authenticating') follow(sasl.challenge(challenge));
    },
    saslNumeric: (command, text) => {
      if (sasl && phase === 'authenticating') follow(sasl.numeric(command, text));
    },
    nickRefused: () => {
      if (phase === 'registered' || phase === 'over') return;
      const nick = nicks[nextNick];
      nextNick += 1;
      if (nick === undefined) end({ kind: 'slow', text: 'The server took none of your nicks. Choose another with nickname or alt_nicks.' });
      else send('NICK', nick);
    },
    welcome: () => {
      if (phase === 'over') return false;
      if (required && !authenticated) {
        saslFailed('the server finished the registration without it');
        return false;
      }
      if (sasl && !authenticated && phase === 'negotiating')
        warn(`The server does not know SASL: you are not logged in as ${options.sasl?.username ?? ''}.`);
      phase = 'registered';
      return true;
    },
    authenticated: () => authenticated,
  };
}
