/**
 * One SASL exchange after the other (IRCv3 sasl 3.1 and 3.2), until a mechanism has succeeded or none is left. Says what to send;
 * sends nothing itself.
 */
import type { Candidate } from './mechanisms.ts';
import type { Mechanism, MechanismStep } from './mechanism.ts';
import { createChallenge, toChunks, type Challenge } from './payload.ts';

export type SaslStep =
  /** Parameters of AUTHENTICATE lines. */
  | { kind: 'send'; lines: readonly string[] }
  | { kind: 'done' }
  /** No mechanism is left, or the server is not to be trusted (`hostile`). `lines` end the exchange on its side. */
  | { kind: 'failed'; reason: string; hostile: boolean; lines: readonly string[] }
  | { kind: 'nothing' };

export interface Sasl {
  /** `mechanisms` is the value of the sasl capability, '' where the server names none (3.1). */
  start(mechanisms: string): SaslStep;
  /** The parameter of an AUTHENTICATE from the server. A promise where a key is derived; what is said meanwhile ends the exchange. */
  challenge(text: string): SaslStep | Promise<SaslStep>;
  /** A numeric from 900 to 908 and its parameters (the first is our nick). */
  numeric(command: string, params: readonly string[]): SaslStep;
  /** The server was silent too long. */
  timeout(): SaslStep;
  /** The capability is gone. */
  withdrawn(): SaslStep;
  /** Forgets the exchange without a word. */
  cancel(): void;
  running(): boolean;
}

interface Options {
  candidates: readonly Candidate[];
  /** Mechanisms that the link must not be used for; only told. */
  withheld: readonly string[];
}

const MAX_LISTED = 64;
const nothing: SaslStep = { kind: 'nothing' };

const readList = (value: string): ReadonlySet<string> | null =>
  value === ''
    ? null
    : new Set(
        value
          .toUpperCase()
          .split(',', MAX_LISTED)
          .map((name) => name.trim()),
      );

export function createSasl({ candidates, withheld }: Options): Sasl {
  let left: Candidate[] = [];
  let current: { candidate: Candidate; mechanism: Mechanism; challenge: Challenge } | null = null;
  let phase: 'idle' | 'asked' | 'talking' | 'deriving' | 'aborting' | 'over' = 'idle';
  /** What the server offers, as last told; null: it does not say. */
  let offered: ReadonlySet<string> | null = null;
  let reason = '';
  /** Why the current mechanism will be refused, in better words than 904 has. */
  let said = '';

  const running = (): boolean => current !== null;

  const fail = (why: string, hostile: boolean, lines: readonly string[]): SaslStep => {
    phase = 'over';
    current = null;
    left = [];
    return { kind: 'failed', reason: why, hostile, lines };
  };

  const next = (): SaslStep => {
    current = null;
    for (;;) {
      const candidate = left.shift();
      if (!candidate) return fail(reason, false, []);
      if (offered !== null && !offered.has(candidate.name)) continue;
      current = { candidate, mechanism: candidate.make(), challenge: createChallenge() };
      said = '';
      phase = 'asked';
      return { kind: 'send', lines: [candidate.name] };
    }
  };

  /** The server refused: whether what it refused was the mechanism or the login decides what may still be tried. */
  const refused = (why: string): SaslStep => {
    if (!current) return nothing;
    const { candidate } = current;
    if (phase !== 'asked') {
      left = left.filter(({ login, name }) => login !== candidate.login && !(candidate.name.startsWith('SCRAM') && name === 'PLAIN'));
      reason = why === '' ? 'account or password is wrong' : why;
    } else reason = `the server refused ${candidate.name}`;
    return next();
  };

  const follow = (step: MechanismStep): SaslStep => {
    if (step.kind === 'answer') {
      phase = 'talking';
      return { kind: 'send', lines: toChunks(step.bytes) };
    }
    if (step.kind === 'failed' && step.hostile) return fail(step.reason, true, ['*']);
    said = step.reason;
    if (step.kind === 'refused') return nothing;
    // The mechanism gives up by itself: the server confirms that with 906 before the next may be asked for.
    phase = 'aborting';
    return { kind: 'send', lines: ['*'] };
  };

  return {
    running,
    start: (mechanisms) => {
      offered = readList(mechanisms);
      left = [...candidates];
      const told = [...(offered ?? [])].join(',').slice(0, 100);
      const ours = [...new Set(candidates.map(({ name }) => name))].join(', ');
      const held = withheld.filter((name) => offered === null || offered.has(name));
      reason =
        held.length > 0
          ? `${held.join(' and ')} would go over a connection that is not encrypted (use_tls, or allow_unencrypted_passwords)`
          : `the server offers only ${told}, not ${ours}`;
      return next();
    },
    challenge: (text) => {
      if (!current || phase === 'over' || phase === 'aborting') return nothing;
      if (phase === 'deriving') return fail('the server spoke out of turn', true, ['*']);
      const { mechanism, challenge } = current;
      const bytes = challenge.push(text);
      if (bytes === null) return nothing;
      if (bytes === 'broken') return fail('the server sent a challenge that is no base64 or has no end', true, ['*']);
      const step = mechanism.next(bytes);
      if (!(step instanceof Promise)) return follow(step);
      phase = 'deriving';
      return step.then((late) => (current?.mechanism === mechanism && phase === 'deriving' ? follow(late) : nothing));
    },
    numeric: (command, params) => {
      if (!current) return nothing;
      const text = (params.at(-1) ?? '').slice(0, 200);
      switch (command) {
        // 900 and 901 only say whose account it is; 903 is what counts.
        case '900':
        case '901':
          return nothing;
        case '903': {
          if (!current.mechanism.complete())
            return fail(
              current.candidate.name.startsWith('SCRAM')
                ? 'the server reported success without proving that it knows the account'
                : 'the server reported success before it was asked for it',
              true,
              ['*'],
            );
          phase = 'over';
          current = null;
          return { kind: 'done' };
        }
        case '908':
          offered = readList(params[1] ?? '') ?? offered;
          return nothing;
        case '904':
        case '906':
          if (command === '904' || phase === 'aborting') return refused(said);
          return fail('the server ended the login', false, []);
        case '902':
          return refused(text);
        default:
          return fail(text === '' ? `the server answered ${command}` : text, false, []);
      }
    },
    timeout: () => (current ? fail('the server did not answer', false, ['*']) : nothing),
    withdrawn: () => (current ? fail('the server withdrew SASL', false, []) : nothing),
    cancel: () => {
      fail('', false, []);
    },
  };
}
