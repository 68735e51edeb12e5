/** SASL PLAIN (RFC 4616, IRCv3 sasl). Pure. Credentials are handed out once, and only for the right question. */

/** Characters of base64 in one AUTHENTICATE. */
const CHUNK = 400;

export interface SaslAccount {
  username: string;
  password: string;
}

export type SaslStep =
  | { kind: 'send'; lines: readonly string[] }
  | { kind: 'done' }
  /** `lines` end the exchange on the server's side. */
  | { kind: 'failed'; reason: string; lines: readonly string[] }
  | { kind: 'nothing' };

export interface Sasl {
  /** `mechanisms` is the value of the sasl capability, '' where the server names none. */
  start(mechanisms: string): SaslStep;
  /** The parameter of an AUTHENTICATE from the server. */
  challenge(text: string): SaslStep;
  /** A numeric from 900 to 908. */
  numeric(command: string, text: string): SaslStep;
  running(): boolean;
}

const encoder = new TextEncoder();

/** Base64 of `account NUL account NUL password` in pieces of 400; a last full piece is followed by "+". */
export function plainPayload({ username, password }: SaslAccount): string[] {
  const bytes = encoder.encode(`${username}\0${username}\0${password}`);
  const base64 = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
  const chunks = base64.match(/.{1,400}/g) ?? [];
  return chunks.at(-1)?.length === CHUNK ? [...chunks, '+'] : chunks;
}

export function createSasl(account: SaslAccount): Sasl {
  let phase: 'idle' | 'asked' | 'sent' | 'over' = 'idle';

  const fail = (reason: string, lines: readonly string[] = []): SaslStep => {
    phase = 'over';
    return { kind: 'failed', reason, lines };
  };
  const running = (): boolean => phase === 'asked' || phase === 'sent';

  return {
    running,
    start: (mechanisms) => {
      if (mechanisms !== '' && !mechanisms.toUpperCase().split(',').includes('PLAIN'))
        return fail(`the server offers only ${mechanisms.slice(0, 100)}, not PLAIN`);
      phase = 'asked';
      return { kind: 'send', lines: ['PLAIN'] };
    },
    challenge: (text) => {
      if (phase === 'asked' && text === '+') {
        phase = 'sent';
        return { kind: 'send', lines: plainPayload(account) };
      }
      return running() ? fail('the server asked something that PLAIN does not ask', ['*']) : { kind: 'nothing' };
    },
    numeric: (command, text) => {
      if (!running()) return { kind: 'nothing' };
      switch (command) {
        case '903':
          if (phase !== 'sent') return fail('the server reported success before it was asked for it', ['*']);
          phase = 'over';
          return { kind: 'done' };
        case '900':
        case '901':
        case '908':
          return { kind: 'nothing' };
        case '904':
          return fail(phase === 'sent' ? 'account or password is wrong' : `the server refused PLAIN (${text.slice(0, 100)})`);
        default:
          return fail(text === '' ? `the server answered ${command}` : text.slice(0, 200));
      }
    },
  };
}
